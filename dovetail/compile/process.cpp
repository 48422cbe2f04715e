// The output by poll; a second process guards the first's group.
#include "dovetail/compile/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "dovetail/core/error.hpp"
#include "dovetail/store/descriptor.hpp"
#include "dovetail/store/program.hpp"

namespace dovetail {
namespace {

using detail::Descriptor;

constexpr std::size_t kOutputBytesMax = std::size_t{1} << 20;
constexpr int kAskEveryMs = 50;
constexpr int kPatienceMs = 2000;  // between asking a group to end and killing it

[[noreturn]] void fail(const std::string& word, int cause) {
  throw FileError("cannot start " + word + ": " + std::strerror(cause) +
                  " (too many processes or open files?); try again when the machine has room");
}

/// Ends a process group when this process ends, however it ends. PR_SET_PDEATHSIG alone reaches a compiler's driver and
/// not what the driver has started. Without it (fork failed) there is that.
class Guard {
 public:
  explicit Guard(pid_t group) {
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ == 0) watch(parent, group);
  }
  ~Guard() {
    if (process_ < 0) return;
    ::kill(process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) == -1 && errno == EINTR) {
    }
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  /// Async-signal-safe.
  [[noreturn]] static void watch(pid_t parent, pid_t group) {
    ::setpgid(0, 0);  // out of reach of ^C: it must outlive the others
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    ::closefrom(0);  // also what somebody waits to see closed
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    while (::getppid() == parent) ::sigwaitinfo(&all, nullptr);
    ::kill(-group, SIGKILL);
    ::_exit(0);
  }
  pid_t process_;
};

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  return status;
}

/// Asks the group to end, which lets a compiler remove its temporary files, then makes it.
[[noreturn]] void terminate(pid_t child, const std::string& word) {
  ::kill(-child, SIGTERM);
  for (int waited = 0; waited < kPatienceMs; waited += kAskEveryMs) {
    if (::waitpid(child, nullptr, WNOHANG) == child) break;
    ::poll(nullptr, 0, kAskEveryMs);
  }
  ::kill(-child, SIGKILL);  // children that outlived it
  wait_for(child);
  throw Error(ExitCode::interrupted, word + " was interrupted (nothing is left behind); run the command again");
}

/// Appends what there is to read; false at the end of the output.
bool read_some(int descriptor, std::string& output) {
  std::array<char, 8192> buffer{};
  const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  const std::size_t room = kOutputBytesMax - output.size();
  output.append(buffer.data(), std::min(static_cast<std::size_t>(count), room));
  return count > 0;
}

}  // namespace

std::string ProcessResult::ending() const {
  if (signal == 0) return "exit code " + std::to_string(exit_code);
  return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

ProcessResult run_process(const std::vector<std::string>& words, const std::function<bool()>& stopped) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail(words.front(), errno);
  const Descriptor from_child(ends[0]);
  Descriptor to_parent(ends[1]);
  std::optional<Guard> guard;
  ProgramStart start{to_parent.number(), to_parent.number(), {}, [&guard](pid_t group) { guard.emplace(group); }};
  sigemptyset(&start.mask);
  const Program program = start_program(words, start);
  const pid_t child = program.process;
  if (child < 0) fail(words.front(), program.failure);
  to_parent = Descriptor();

  ProcessResult result;
  const Descriptor end(
      static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));  // where there is none, poll() waits for its time
  for (bool open = true; open || !has_ended(child);) {
    pollfd next = {open ? from_child.number() : end.number(), POLLIN, 0};
    if (::poll(&next, 1, kAskEveryMs) > 0 && open) open = read_some(from_child.number(), result.output);
    if (stopped && stopped()) terminate(child, words.front());
  }
  guard.reset();  // before the number of the group can be somebody else's
  const int status = wait_for(child);
  if (WIFSIGNALED(status)) {
    result.signal = WTERMSIG(status);
  } else {
    result.exit_code = WEXITSTATUS(status);
  }
  return result;
}

}  // namespace dovetail
