/// Monotone piecewise cubic interpolation (Fritsch and Carlson 1980; docs/maths/tempering.md section 5).
#pragma once
#include <span>
#include <vector>

namespace dovetail::tempering {

/// Passes through its nodes, is monotone where they are, reproduces a straight line, is flat where two nodes are level.
class MonotoneCubic {
 public:
  /// `x` strictly increasing, at least 2; `y` as many. DOVETAIL_REQUIRE.
  MonotoneCubic(std::span<const double> x, std::span<const double> y);
  /// At `t`, held inside [x.front(), x.back()].
  [[nodiscard]] double value(double t) const;
  [[nodiscard]] double derivative(double t) const;

 private:
  [[nodiscard]] std::size_t interval(double t) const;
  std::vector<double> x_, y_, slope_;
};

}  // namespace dovetail::tempering
