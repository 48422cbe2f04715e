// sigtimedwait, and /proc for who is left.
#include "dovetail/cli/child.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "dovetail/cli/console.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/program.hpp"

namespace dovetail::cli {
namespace {

constexpr double kLookEvery = 1;  // second; an end is told by a signal, this is for one that was lost
constexpr double kReapEvery = 0.01;

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
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::vector<pid_t> before = children_now();  // of who was here before dovetail: `sleep 9 & exec dovetail ...`
  const Program program = start_program(words, {result_output(), STDERR_FILENO, signals.mask_before()});
  const auto fail = [&] {
    throw UsageError(fmt::format("cannot start {}: {} (nothing was run); check the name, or PATH",
                                 printable(words.front()), std::strerror(program.failure)));
  };
  const pid_t child = program.process;
  if (child < 0) fail();

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
  if (program.failure != 0) fail();
  return WIFSIGNALED(status) ? ChildEnd{0, WTERMSIG(status)} : ChildEnd{WEXITSTATUS(status), 0};
}

}  // namespace dovetail::cli
