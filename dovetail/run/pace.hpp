/// How many steps to take before looking up: long enough to cost nothing, short enough that a signal is answered soon.
/// Depends on the clock, and may: where a round is cut changes no draw.
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

class Pace {
 public:
  explicit Pace(std::uint64_t steps_max) : steps_max_(std::max<std::uint64_t>(1, steps_max)) {}
  [[nodiscard]] std::uint64_t next(std::uint64_t left) const { return std::min({left, steps_, steps_max_}); }
  void took(double seconds) {
    if (seconds < 0.05) steps_ = std::min(steps_ * 2, steps_max_);
    if (seconds > 0.2) steps_ = std::max<std::uint64_t>(1, steps_ / 2);
  }

 private:
  std::uint64_t steps_max_;
  std::uint64_t steps_ = 16;
};

}  // namespace dovetail
