/// What a run tells the outside: events, never printing. The command line renders them.
#pragma once
#include <cstdint>
#include <string>

#include "dovetail/core/ids.hpp"

namespace dovetail {

struct Progress {
  Round round{};                 ///< the round at work
  std::uint64_t steps_done = 0;  ///< in this round
  std::uint64_t steps = 0;       ///< of this round
  double seconds = 0;            ///< since this process began the run
};

/// Why a run came back. `enough`: what it was run for has been reached, which is an end like any other.
enum class StopReason : std::uint8_t { finished, interrupted, terminated, time_limit, enough };

class Observer {
 public:
  virtual ~Observer() = default;
  /// Between segments, from the thread that called run(). Must not alter results, and cannot.
  virtual void progress(const Progress&) {}
  /// From the same thread, while it waits for others and has heard of none for so long. `unattended`: what is known to
  /// be left alone, such as "site north"; may be empty.
  virtual void waits(double /*seconds*/, const std::string& /*unattended*/) {}
  /// Polled between segments, and while waiting; anything but `finished` ends the run with a good checkpoint.
  virtual StopReason should_stop() { return StopReason::finished; }
};

}  // namespace dovetail
