// Handlers store a number and nothing else: all that is safe in one.
#include "dovetail/cli/signals.hpp"

#include <array>
#include <atomic>
#include <csignal>

namespace dovetail::cli {
namespace {

std::atomic<int> last_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a handler may touch lock-free atomics only");

extern "C" void note_signal(int number) { last_signal = number; }

struct Handled {
  int number;
  int flags;
  struct sigaction previous;
};
int alive = 0;  // StopSignals
std::array<Handled, 3> handled = {
    {{SIGINT, static_cast<int>(SA_RESETHAND | SA_RESTART), {}}, {SIGTERM, SA_RESTART, {}}, {SIGUSR1, SA_RESTART, {}}}};

}  // namespace

StopSignals::StopSignals() {
  if (alive++ > 0) return;
  last_signal = 0;
  for (Handled& entry : handled) {
    struct sigaction action = {};
    action.sa_handler = note_signal;
    action.sa_flags = entry.flags;
    sigemptyset(&action.sa_mask);
    sigaction(entry.number, nullptr, &entry.previous);
    if (entry.previous.sa_handler != SIG_IGN) sigaction(entry.number, &action, nullptr);
  }
}

StopSignals::~StopSignals() {
  if (--alive > 0) return;
  for (const Handled& entry : handled) sigaction(entry.number, &entry.previous, nullptr);
}

StopReason StopSignals::received() {
  switch (last_signal.load()) {
    case 0:
      return StopReason::finished;
    case SIGINT:
      return StopReason::interrupted;
    default:
      return StopReason::terminated;
  }
}

const char* StopSignals::name() {
  switch (last_signal.load()) {
    case SIGINT:
      return "SIGINT";
    case SIGTERM:
      return "SIGTERM";
    case SIGUSR1:
      return "SIGUSR1";
    default:
      return "";
  }
}

}  // namespace dovetail::cli
