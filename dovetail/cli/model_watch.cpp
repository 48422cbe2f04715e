// Lines are written out beforehand: a handler may do little more than write(2) and _exit(2).
#include "dovetail/cli/model_watch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <thread>
#include <utility>

#include "dovetail/cli/values.hpp"
#include "dovetail/core/error.hpp"

namespace dovetail::cli {
namespace {

constexpr std::size_t kLineMax = 8192;

struct PreparedLine {
  std::array<char, kLineMax> text;
  std::size_t size;
};
std::array<PreparedLine, kModelEnds> lines;
int line_descriptor = STDERR_FILENO;
timespec line_wait = {};
bool watching = false;

struct Fatal {
  int number;
  ModelEnd end;
  struct sigaction previous;
};
std::array<Fatal, 5> fatals = {{{SIGSEGV, ModelEnd::wrong_address, {}},
                                {SIGBUS, ModelEnd::bus_error, {}},
                                {SIGFPE, ModelEnd::arithmetic, {}},
                                {SIGILL, ModelEnd::illegal_instruction, {}},
                                {SIGABRT, ModelEnd::abort, {}}}};

std::atomic_flag ending = ATOMIC_FLAG_INIT;

/// The first of several threads that come here says why; the others wait for the end that it makes.
[[noreturn]] void end_process(ModelEnd end) {
  while (ending.test_and_set()) ::pause();
  ::signal(SIGTERM, SIG_DFL);
  for (timespec left = line_wait; ::nanosleep(&left, &left) != 0 && errno == EINTR;) continue;
  const PreparedLine& line = lines[static_cast<std::size_t>(end)];
  static_cast<void>(!::write(line_descriptor, line.text.data(), line.size));
  ::_exit(static_cast<int>(ExitCode::model));
}

extern "C" void handle_fatal(int number) {
  for (const Fatal& fatal : fatals) {
    if (fatal.number != number) continue;
    if (in_foreign_call()) end_process(fatal.end);
    sigaction(number, &fatal.previous, nullptr);
  }
  std::raise(number);  // Dovetail's own: as if nobody had looked; it arrives when this returns
}

extern "C" void handle_exit() {
  if (watching && in_foreign_call()) end_process(ModelEnd::exit);
}

}  // namespace

bool StuckCalls::look(std::span<const CallsOfThread> now) {
  std::map<const void*, Seen> next;
  bool stuck = false;
  for (const CallsOfThread& calls : now) {
    const auto before = seen_.find(calls.thread);
    const bool same = calls.count % 2 == 1 && before != seen_.end() && before->second.count == calls.count;
    const int looks = same ? before->second.looks + 1 : 0;
    stuck = stuck || looks >= kLooks;
    next[calls.thread] = {calls.count, looks};
  }
  seen_ = std::move(next);
  return stuck;
}

/// Looks as often as a call may be seen in the time that it may take.
class ModelWatch::Timer {
 public:
  explicit Timer(double timeout_s) : thread_([this, timeout_s] { look(timeout_s); }) {}
  ~Timer() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  void look(double timeout_s) {
    const std::chrono::duration<double> interval(timeout_s / StuckCalls::kLooks);
    StuckCalls calls;
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, interval, [this] { return done_; })) {
      if (calls.look(foreign_calls())) end_process(ModelEnd::hang);
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;  // last: it uses the others
};

std::string_view id_of(ModelEnd end) {
  if (end == ModelEnd::exit) return "exit";
  if (end == ModelEnd::memory) return "memory";
  return end == ModelEnd::hang ? "hang" : "crash";
}

std::string words_of(ModelEnd end, double timeout_s) {
  switch (end) {
    case ModelEnd::wrong_address:
      return "crashed in its own code (SIGSEGV: a wrong address, or no stack left)";
    case ModelEnd::bus_error:
      return "crashed in its own code (SIGBUS: an address without memory)";
    case ModelEnd::arithmetic:
      return "crashed in its own code (SIGFPE: an integer division by 0, say)";
    case ModelEnd::illegal_instruction:
      return "crashed in its own code (SIGILL: an instruction that this processor does not have)";
    case ModelEnd::abort:
      return "gave up in its own code (SIGABRT: abort(), a failed assertion, or memory that it spoilt)";
    case ModelEnd::exit:
      return "called exit(), which no model may";
    case ModelEnd::hang:
      return fmt::format("has not come back from one call for {}", seconds_text(timeout_s));
    case ModelEnd::memory:
      return "has used up the memory: it keeps what it allocates";
  }
  return "";
}

ModelWatch::ModelWatch(double timeout_s, int descriptor, const Line& line, double wait_s) {
  say(line);
  constexpr double kNanoseconds = 1e9;
  line_wait.tv_sec = static_cast<time_t>(wait_s);
  line_wait.tv_nsec = static_cast<long>((wait_s - static_cast<double>(line_wait.tv_sec)) * kNanoseconds);
  line_descriptor = descriptor;
  // glibc calls a handler once: of several threads whose models call exit() together each takes one of these.
  static const bool registered = [] {
    constexpr int kThreadsAtOnce = 256;
    for (int i = 0; i < kThreadsAtOnce; ++i) static_cast<void>(std::atexit(handle_exit));
    return true;
  }();
  static_cast<void>(registered);
  watching = true;
  for (Fatal& fatal : fatals) {
    struct sigaction action = {};
    action.sa_handler = handle_fatal;
    action.sa_flags = SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(fatal.number, &action, &fatal.previous);
  }
  timer_ = std::make_unique<Timer>(timeout_s);
}

ModelWatch::~ModelWatch() {
  timer_.reset();
  for (const Fatal& fatal : fatals) sigaction(fatal.number, &fatal.previous, nullptr);
  watching = false;
}

void ModelWatch::say(const Line& line) {
  for (std::size_t i = 0; i < kModelEnds; ++i) {
    const std::string text = line(static_cast<ModelEnd>(i));
    lines[i].size = std::min(text.size(), kLineMax);
    std::copy_n(text.begin(), lines[i].size, lines[i].text.begin());
  }
}

namespace {

/// The text of a file of /proc, read into memory that is there already: there may be no other.
std::string_view read_without_allocating(const char* path) {
  static std::array<char, 4096> text;
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  const ssize_t size = ::read(file, text.data(), text.size());
  ::close(file);
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(0, size))};
}

/// The number after `words` numbers or words; 0 where there is none.
std::uint64_t number_after(std::string_view text, int words) {
  for (; words > 0; --words) {
    text.remove_prefix(std::min(text.find_first_of(" \t\n"), text.size()));
    text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
  }
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

bool blame_model_for_memory() {
  if (!any_foreign_calls()) return false;  // no library was opened
  ::malloc_trim(0);
  constexpr int kDataColumn = 5;
  const std::uint64_t data_pages = number_after(read_without_allocating("/proc/self/statm"), kDataColumn);
  const std::string_view status = read_without_allocating("/proc/self/status");
  const std::size_t peak = status.find("VmPeak:");
  const std::uint64_t peak_kib = peak == std::string_view::npos ? 0 : number_after(status.substr(peak), 1);
  constexpr std::uint64_t kKibibyte = 1024;
  const std::uint64_t held = data_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  if (held <= peak_kib * kKibibyte / 2) return false;
  const PreparedLine& line = lines[static_cast<std::size_t>(ModelEnd::memory)];
  static_cast<void>(!::write(line_descriptor, line.text.data(), line.size));
  return true;
}

}  // namespace dovetail::cli
