// fork, execvp, sigtimedwait. Nothing is allocated between fork and exec.
#include "dovetail/cli/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "dovetail/cli/console.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/descriptor.hpp"

namespace dovetail::cli {
namespace {

using dovetail::detail::Descriptor;

constexpr double kLookEvery = 1;  // second; an end is told by a signal, this is for one that was lost
constexpr double kReapEvery = 0.01;

/// The child's side, async-signal-safe. An errno goes through `report` when the program cannot be started.
[[noreturn]] void become(char* const* words, const sigset_t& mask, int output, int report, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);  // it died before it could be watched
  ::signal(SIGPIPE, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  const int input = ::open("/dev/null", O_RDONLY);
  ::dup2(input, STDIN_FILENO);
  if (input > STDIN_FILENO) ::close(input);
  ::dup2(output, STDOUT_FILENO);
  ::execvp(words[0], words);
  const int cause = errno;
  [[maybe_unused]] const ssize_t told = ::write(report, &cause, sizeof cause);
  ::_exit(127);
}

/// Nothing when the program runs, else why not.
std::optional<int> failure_to_start(int from_child) {
  int cause = 0;
  ssize_t count = 0;
  do {
    count = ::read(from_child, &cause, sizeof cause);
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(sizeof cause) ? std::optional(cause) : std::nullopt;
}

/// Leaves it to be waited for.
bool has_ended(pid_t child) {
  siginfo_t info = {};
  return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child;
}

/// Ended ones too, until they are waited for. Empty on a system without the list.
std::vector<pid_t> children_now() {
  std::vector<pid_t> children;
  std::ifstream list("/proc/thread-self/children");
  for (pid_t child = 0; list >> child;) children.push_back(child);
  return children;
}

/// Kills the children that this process has, but for `spared`, and waits for them; theirs become its own and follow.
void end_children(const std::vector<pid_t>& spared, HeldSignals& signals) {
  while (true) {
    std::vector<pid_t> children = children_now();
    std::erase_if(children,
                  [&](pid_t child) { return std::find(spared.begin(), spared.end(), child) != spared.end(); });
    if (children.empty()) return;
    for (const pid_t child : children) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, WNOHANG);
    }
    signals.wait(kReapEvery);
  }
}

}  // namespace

HeldSignals::HeldSignals() {
  sigemptyset(&held_);
  for (const int number : {SIGINT, SIGTERM, SIGUSR1, SIGCHLD}) sigaddset(&held_, number);
  for (const int number : {SIGINT, SIGTERM, SIGUSR1}) {
    struct sigaction action = {};
    ::sigaction(number, nullptr, &action);
    if (action.sa_handler == SIG_IGN) sigdelset(&held_, number);
  }
  ::sigprocmask(SIG_BLOCK, &held_, &before_);
}

HeldSignals::~HeldSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

std::optional<int> HeldSignals::wait(double seconds) {
  constexpr double kNanoseconds = 1e9;
  const auto whole = static_cast<time_t>(seconds);
  const timespec time{whole, static_cast<long>((seconds - static_cast<double>(whole)) * kNanoseconds)};
  const int number = ::sigtimedwait(&held_, nullptr, &time);
  if (number <= 0 || number == SIGCHLD) return std::nullopt;
  last_ = number;
  return number;
}

std::string ChildEnd::words() const {
  const int number = signal != 0 ? signal : exit_code - kOfSignals;
  const bool known = number > 0 && number < SIGRTMIN;
  std::string name = known ? fmt::format("signal {} ({})", number, ::strsignal(number)) : "";
  if (signal != 0) return name;
  return fmt::format("exit code {}{}", exit_code, known ? ": " + name : "");
}

ChildEnd run_child(const std::vector<std::string>& words, HeldSignals& signals, int stop) {
  DOVETAIL_REQUIRE(!words.empty());
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));  // what execvp asks for
  pointers.push_back(nullptr);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  std::array<int, 2> ends{};
  const auto fail = [&words](int cause) {
    throw UsageError(fmt::format("cannot start {}: {} (nothing was run); check the name, or PATH",
                                 printable(words.front()), std::strerror(cause)));
  };
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail(errno);
  const Descriptor from_child(ends[0]);
  Descriptor to_parent(ends[1]);
  const pid_t parent = ::getpid();
  const std::vector<pid_t> before = children_now();  // of who was here before dovetail: `sleep 9 & exec dovetail ...`
  const pid_t child = ::fork();
  if (child < 0) fail(errno);
  if (child == 0) become(pointers.data(), signals.mask_before(), result_output(), to_parent.number(), parent);
  ::setpgid(child, child);  // here too, so that the group is there whoever runs first
  to_parent = Descriptor();
  const auto cause = failure_to_start(from_child.number());

  while (!has_ended(child)) {
    const auto number = signals.wait(kLookEvery);
    if (has_ended(child)) break;
    if (stop == 0 && number) ::kill(-child, *number);
    if (stop != 0 && signals.last() != 0) ::kill(-child, stop);
  }
  ::kill(-child, SIGKILL);  // not yet waited for, so the number is still this group's
  int status = 0;
  ::waitpid(child, &status, 0);
  end_children(before, signals);
  if (cause) fail(*cause);
  return WIFSIGNALED(status) ? ChildEnd{0, WTERMSIG(status)} : ChildEnd{WEXITSTATUS(status), 0};
}

}  // namespace dovetail::cli
