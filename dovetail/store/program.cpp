// fork, execvp. Nothing is allocated between the two.
#include "dovetail/store/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "dovetail/core/error.hpp"
#include "dovetail/store/descriptor.hpp"

namespace dovetail {
namespace {

using detail::Descriptor;

constexpr int kLookEveryMs = 100;

/// Both ends close when a program takes a process over.
struct Pipe {
  Descriptor out, in;
  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    out = Descriptor(ends[0]);
    in = Descriptor(ends[1]);
    return true;
  }
};

/// Waits for a byte; false when the parent is gone. The pipe's end would not tell: children that other threads start at
/// the same time hold it too.
bool may_go(int from, pid_t parent) {
  pollfd next = {from, POLLIN, 0};
  while (::poll(&next, 1, kLookEveryMs) <= 0 && ::getppid() == parent) {
  }
  return ::getppid() == parent;
}

/// The child's side, async-signal-safe. It waits for `go`; an errno goes through `report` when the program cannot be
/// started.
[[noreturn]] void become(char* const* words, const ProgramStart& start, const Pipe& go, int report, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (!may_go(go.out.number(), parent)) ::_exit(127);  // it died before it could be watched
  for (const int number : {SIGPIPE, SIGXFSZ}) ::signal(number, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &start.mask, nullptr);
  const int input = ::open("/dev/null", O_RDONLY);
  ::dup2(input, STDIN_FILENO);
  if (input > STDIN_FILENO) ::close(input);
  ::dup2(start.output, STDOUT_FILENO);
  ::dup2(start.errors, STDERR_FILENO);
  ::execvp(words[0], words);
  const int cause = errno;
  [[maybe_unused]] const ssize_t told = ::write(report, &cause, sizeof cause);
  ::_exit(127);
}

/// 0 when the program runs: its end of the pipe closed by itself.
int failure_to_start(int from_child) {
  int cause = 0;
  ssize_t count = 0;
  do {
    count = ::read(from_child, &cause, sizeof cause);
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(sizeof cause) ? cause : 0;
}

}  // namespace

Program start_program(const std::vector<std::string>& words, const ProgramStart& start) {
  DOVETAIL_REQUIRE(!words.empty());
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));  // what execvp asks for
  pointers.push_back(nullptr);
  Pipe go, report;
  if (!go.open() || !report.open()) return {-1, errno};
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return {-1, errno};
  if (child == 0) become(pointers.data(), start, go, report.in.number(), parent);
  ::setpgid(child, child);  // here too, so that the group is there whoever runs first
  if (start.before_it_runs) start.before_it_runs(child);
  [[maybe_unused]] const ssize_t went = ::write(go.in.number(), "", 1);
  report.in = Descriptor();
  return {child, failure_to_start(report.out.number())};
}

bool has_ended(pid_t process) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(process), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == process;
}

}  // namespace dovetail
