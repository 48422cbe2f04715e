/// Signals that end a run early with a good checkpoint.
#pragma once
#include "dovetail/run/observer.hpp"

namespace dovetail::cli {

/// While one lives, SIGINT, SIGTERM and SIGUSR1 only set a flag (unless the caller had them ignored, as `nohup` and
/// background jobs of scripts do). A second SIGINT ends the process at once: the default action is back by then.
/// SIGHUP keeps its action: a closed terminal ends the process, and the last checkpoint serves, unless `nohup` had it
/// ignored. The destructor puts the earlier actions back. One within another changes nothing. For one thread.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// `interrupted` after SIGINT, `terminated` after SIGTERM or SIGUSR1, else `finished`.
  [[nodiscard]] static StopReason received();
  /// "SIGTERM" and so on; empty when none came.
  [[nodiscard]] static const char* name();
};

/// Whether a signal has come that ends a run.
[[nodiscard]] inline bool is_told_to_stop() { return StopSignals::received() != StopReason::finished; }

}  // namespace dovetail::cli
