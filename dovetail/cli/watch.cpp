// `dovetail watch RUN`: the events of a run as they come, until it is over. Looks at files, which works from any
// machine that shares them.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/run_place.hpp"
#include "dovetail/cli/run_state.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLookEvery{200};
constexpr int kLooksAtQueue = 25;  // one look at the queue for so many at the files: squeue is shared by many
constexpr int kLooksUntilLost = 25;

/// The complete lines of events.jsonl that were not there before.
class NewLines {
 public:
  explicit NewLines(fs::path file) : file_(std::move(file)) {}

  std::vector<std::string> read() {
    std::vector<std::string> lines;
    if (!fs::exists(file_)) return lines;
    const InputFile input(file_);
    if (input.size() < done_) done_ = 0;  // another run in the same folder
    std::string text(input.size() - done_, '\0');
    text.resize(input.read_at(done_, std::as_writable_bytes(std::span(text))));
    for (std::size_t start = 0;;) {
      const std::size_t end = text.find('\n', start);
      if (end == std::string::npos) return lines;
      lines.push_back(text.substr(start, end - start));
      done_ += end + 1 - start;
      start = end + 1;
    }
  }

 private:
  fs::path file_;
  std::uint64_t done_ = 0;
};

/// A failed run's; of a file that says nothing of the kind, that of a bug.
ExitCode exit_code_of(const EventValue& value) {
  const auto* code = std::get_if<std::uint64_t>(&value);
  const bool known = code != nullptr && *code > 0 && *code <= static_cast<std::uint64_t>(ExitCode::checkpoint);
  return known ? static_cast<ExitCode>(*code) : ExitCode::bug;
}

class Watcher {
 public:
  Watcher(fs::path run, bool json) : run_(std::move(run)), json_(json), lines_(run_ / "events.jsonl") {}

  ExitCode follow() {
    for (int look = 0, idle = 0;; ++look) {
      const bool ask_queue = look % kLooksAtQueue == 0;
      const RunState state = ask_queue || idle > 0 ? look_at(run_) : without_queue();
      print_new();  // after the look: what is there at the end is printed before the end is told
      idle = state.is_at_rest() ? idle + 1 : 0;
      tell_job(state);
      if (idle > 0 && state.manifest && state.manifest->status != "running") return outcome(*state.manifest);
      if (idle >= kLooksUntilLost) return lost(state);
      std::this_thread::sleep_for(kLookEvery);
    }
  }

 private:
  /// With the state of the job as it was at the last look at the queue.
  [[nodiscard]] RunState without_queue() const { return look_at(run_, job_); }

  void print_new() {
    for (const std::string& line : lines_.read()) {
      const Event event = parse_event(line, run_.string() + "/events.jsonl: ");
      print_result((json_ ? line : event_text(event)) + "\n");
      for (const auto& [name, value] : event.fields) {
        if (event.kind == "error" && name == "code") failure_ = exit_code_of(value);
      }
    }
  }

  void tell_job(const RunState& state) {
    if (state.job && (!job_ || job_->words() != state.job->words()))
      print_note(fmt::format("job {}: {}\n", state.job->id, state.job->words()));
    job_ = state.job;
  }

  [[nodiscard]] ExitCode outcome(const Manifest& manifest) const {
    if (manifest.status == "ok" || manifest.status == "warnings") return ExitCode::done;
    print_note(fmt::format("{}: {}; `dovetail resume {}` goes on with it\n", printable(manifest.status),
                           printable(manifest.status_reason), shell_path(run_.string())));
    return manifest.status == "failed" ? failure_ : ExitCode::stopped;
  }

  [[nodiscard]] ExitCode lost(const RunState& state) const {
    throw Error(ExitCode::workers,
                state.manifest
                    ? fmt::format("nobody has been writing to {} for some seconds, and it is not finished (its process "
                                  "was killed); `dovetail resume {}` goes on with it",
                                  run_.string(), shell_path(run_.string()))
                    : fmt::format("job {} has ended ({}) and left no run; {} holds what it printed", state.job->id,
                                  state.job->state, (slurm_folder(run_) / "output.log").string()));
  }

  fs::path run_;
  bool json_;
  NewLines lines_;
  std::optional<SlurmJob> job_;
  ExitCode failure_ = ExitCode::bug;  ///< of the last event of an error
};

ExitCode run(const Arguments& arguments) {
  return Watcher(find_run(arguments.positionals.front()), arguments.has("--json")).follow();
}

}  // namespace

Command watch_command() {
  return {"watch",
          "RUN",
          1,
          1,
          "print a run's events as they come, and end as it does",
          "dovetail watch dovetail-runs/latest",
          TakesSettings::none,
          {{"--json", 0, "", "the lines of events.jsonl as they are"}},
          run};
}

}  // namespace dovetail::cli
