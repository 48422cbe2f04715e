/// A program that is started and watched: in a process group of its own, which signals are passed to, and of which
/// nothing is left when it has ended.
#pragma once
#include <sys/types.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

namespace dovetail::cli {

/// While one lives, SIGINT, SIGTERM and SIGUSR1 wait until they are asked for (those that the caller had ignored stay
/// ignored). The destructor lets them through again. One at a time, on a process of one thread.
class HeldSignals {
 public:
  HeldSignals();
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  /// Waits for one of the three, for the end of a child, or for the time; which of the three, or nothing.
  std::optional<int> wait(double seconds);
  /// The last that a wait has met, whoever waited; 0: none.
  [[nodiscard]] int last() const { return last_; }
  /// As it was before, for children.
  [[nodiscard]] const sigset_t& mask_before() const { return before_; }

 private:
  sigset_t held_{};
  sigset_t before_{};
  int last_ = 0;
};

/// Exit codes from here on are how shells and launchers tell of the signal that ended a process.
inline constexpr int kOfSignals = 128;

/// How a program ended.
struct ChildEnd {
  int exit_code = 0;
  int signal = 0;  ///< that ended it, or 0

  /// "exit code 6", "signal 9 (Killed)"; codes from 128 on are read as shells and launchers mean them.
  [[nodiscard]] std::string words() const;
};

/// Runs words[0], found along PATH, to its end, with an empty input; its results are this process's. Each signal that
/// arrives meanwhile goes to its process group; where `stop` is a signal (not 0), that goes there instead, every second
/// until the end: a launcher that is just beginning loses signals. When it has ended, whatever processes it left
/// behind, in whatever group, are killed: they are this process's children by then. Children from before are spared;
/// orphans of theirs cannot be told from the program's. Should this process be killed, the program is told to end.
/// UsageError when there is no such program.
[[nodiscard]] ChildEnd run_child(const std::vector<std::string>& words, HeldSignals& signals, int stop);

}  // namespace dovetail::cli
