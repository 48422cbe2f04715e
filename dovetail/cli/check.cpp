// `dovetail check MODEL`: values, gradient, purity, threads and speed of a model, before a run is spent on it. The
// model works in a child process, so that its crash or hang is a finding like any other.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <new>
#include <nlohmann/json.hpp>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/examine.hpp"
#include "dovetail/cli/model.hpp"
#include "dovetail/cli/model_watch.hpp"
#include "dovetail/cli/settings.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

using Json = nlohmann::ordered_json;

/// A file without a name that parent and child share.
class SharedFile {
 public:
  SharedFile() : descriptor_(::memfd_create("dovetail-check", MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw FileError(fmt::format("no memory can be shared: {}", std::strerror(errno)));
  }
  ~SharedFile() { ::close(descriptor_); }
  SharedFile(const SharedFile&) = delete;
  SharedFile& operator=(const SharedFile&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] std::uint64_t size() const {
    struct stat status {};
    return ::fstat(descriptor_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
  }
  [[nodiscard]] std::string text() const {
    std::string all(size(), '\0');
    const ssize_t count = ::pread(descriptor_, all.data(), all.size(), 0);
    all.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return all;
  }

 private:
  int descriptor_;
};

/// What one call of the command is about.
struct Question {
  ModelSource source;
  ModelCheckOptions options;
  double timeout_s = 0;
  bool json = false;
};

/// A model that allocates without end shall find an end before the machine does: all that is there, on top of what the
/// process has reserved by now.
void limit_memory() {
  double pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_AS, &limit) != 0) return;
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  const double wanted = (pages + static_cast<double>(::sysconf(_SC_PHYS_PAGES))) * page;
  if (limit.rlim_cur != RLIM_INFINITY && static_cast<double>(limit.rlim_cur) <= wanted) return;
  limit.rlim_cur = static_cast<rlim_t>(wanted);
  ::setrlimit(RLIMIT_AS, &limit);
}

/// The report, or an error of Dovetail's own kind, as a message to the parent.
Json answer(const Question& question, const SharedFile& printed) {
  try {
    const auto model = open_model(question.source);
    CheckReport report = examine(*model, question.options);
    std::fflush(nullptr);
    report.printed_bytes = printed.size();
    const ModelDescription& about = model->description();
    return {{"report", question.json ? report_json(about, report) : report_text(about, report)},
            {"passed", report.check.passed()}};
  } catch (const Error& error) {
    return {{"error", error.what()}, {"code", static_cast<int>(error.code())}};
  } catch (const std::bad_alloc&) {
    return {{"error", fmt::format("model {}: memory has run out", question.source.spec)},
            {"code", static_cast<int>(ExitCode::model)}};
  }
}

std::string dump(const Json& message) { return message.dump(-1, ' ', false, Json::error_handler_t::replace); }

[[noreturn]] void work_as_child(const Question& question, const SharedFile& messages, const SharedFile& printed) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(printed.descriptor(), STDOUT_FILENO);
  limit_memory();
  const ModelWatch watch(question.timeout_s, messages.descriptor(), [&](ModelEnd end) {
    const std::string fix = end == ModelEnd::hang ? "where it needs more time, give it with --model-timeout"
                                                  : "run it in a debugger, or build it with -fsanitize=address";
    return dump({{"id", id_of(end)}, {"text", "the model " + words_of(end, question.timeout_s)}, {"fix", fix}});
  });
  const std::string message = dump(answer(question, printed));
  static_cast<void>(!::write(messages.descriptor(), message.data(), message.size()));
  ::_exit(0);
}

/// Of a child that ended and left no message.
ModelFinding finding_of(int status) {
  if (WIFSIGNALED(status)) {
    return {"crash",
            fmt::format("the process of the model was ended by signal {} ({})", WTERMSIG(status),
                        ::strsignal(WTERMSIG(status))),
            WTERMSIG(status) == SIGKILL ? "this often means that memory has run out" : "look who sent it"};
  }
  return {"exit", fmt::format("the model ended its process with exit code {}", WEXITSTATUS(status)),
          "no model may; in a run this could not be told from its end"};
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

ExitCode run(const Arguments& arguments) {
  RunSettings settings;
  apply_flags(settings, arguments.options);  // those that are declared below
  const std::string& spec = arguments.positionals.front();
  Question question;
  question.source.called = spec;
  question.source.spec = library_of(spec, [](const std::string& line) { print_note(printable(line) + "\n"); });
  question.source.data = settings.data;
  question.source.parts = Parts::apart;
  question.source.time_limit_s = question.timeout_s = settings.model_timeout_s;
  question.options.seed = settings.temper.seed;
  question.json = arguments.has("--json");

  const SharedFile messages;
  const SharedFile printed;
  const pid_t child = ::fork();
  if (child < 0) throw FileError(fmt::format("no process can be started: {}", std::strerror(errno)));
  if (child == 0) work_as_child(question, messages, printed);
  const int status = wait_for(child);

  const std::string text = messages.text();
  const Json message = Json::parse(text, nullptr, false);
  if (message.contains("error")) {
    throw Error(static_cast<ExitCode>(message["code"].get<int>()), message["error"].get<std::string>());
  }
  if (message.contains("report")) {
    print_result(message["report"].get<std::string>());
    return message["passed"].get<bool>() ? ExitCode::done : ExitCode::model;
  }
  const ModelFinding finding =
      message.contains("id") ? ModelFinding{message["id"], message["text"], message["fix"]} : finding_of(status);
  print_result(question.json ? end_json(spec, finding) : end_text(spec, finding));
  return ExitCode::model;
}

}  // namespace

Command check_command() {
  return {"check",
          "MODEL",
          1,
          1,
          "look a model over: values, gradient against differences, threads, speed",
          "dovetail check builtin:galaxies",
          TakesSettings::none,
          {{"--data", 0, "FILE.json", "data of a library or a program"},
           {"--seed", 0, "N", "seed of the points [1]"},
           {"--model-timeout", 0, "TIME", "longest call of a library or program [60s]"},
           {"--json", 0, "", "as JSON"}},
          run};
}

}  // namespace dovetail::cli
