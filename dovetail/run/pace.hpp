/// How many steps to take before looking up: many, since all threads and ranks wait for each other there, but so few
/// that a signal is answered within a second; one, where a step takes longer. Depends on the clock, and may: where a
/// round is cut changes no draw.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace dovetail {

class Clock {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Starts with single steps and doubles while they prove fast, so that the first look comes after one step however slow
/// the model is. One Pace serves a whole run: what was learnt about a slow model holds in its next round.
class Pace {
 public:
  /// `steps_max`: what may be taken at once in this round. Its rungs may be more, and so slower, than the last one's.
  void begin_round(std::uint64_t steps_max) {
    steps_max_ = std::max<std::uint64_t>(1, steps_max);
    steps_ = std::max<std::uint64_t>(1, steps_ / 16);
  }
  [[nodiscard]] std::uint64_t next(std::uint64_t left) const { return std::min({left, steps_, steps_max_}); }
  /// `count` steps took that long.
  void took(std::uint64_t count, double seconds) {
    if (seconds < 0.15 && count == steps_) steps_ = std::min(steps_ * 2, steps_max_);
    if (seconds > 0.5) steps_ = std::max<std::uint64_t>(1, steps_ / 2);
  }

 private:
  std::uint64_t steps_max_ = 1;
  std::uint64_t steps_ = 1;
};

}  // namespace dovetail
