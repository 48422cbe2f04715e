/// The sinh-arcsinh transformation of Jones and Pewsey 2009 (Biometrika 96): which increasing function of a skewed or
/// long-tailed number is about normal. docs/maths/ep.md section 12. Pure; thread safe.
#pragma once
#include <span>
#include <vector>

namespace dovetail::ep {

/// z = sinh(tail asinh((x - location) / scale) - skew).
struct SinhArcsinh {
  double location = 0;
  double scale = 1;  ///< > 0
  double skew = 0;   ///< above 0: the longer tail is to the right
  double tail = 1;   ///< > 0; below 1: longer tails than the normal's

  [[nodiscard]] double normal_of(double x) const;
  /// The inverse.
  [[nodiscard]] double value_of(double z) const;
  /// log dz/dx.
  [[nodiscard]] double log_slope(double x) const;

  template <class Archive>
  void describe(Archive& archive) {
    archive(location);
    archive(scale);
    archive(skew);
    archive(tail);
  }
};

/// The one under which `points` (finite, at least 10, each as likely as another) are most likely as normal numbers; a
/// weak prior keeps skew and tail near 0 and 1 where points say nothing. Nelder-Mead; about 300 x points evaluations.
[[nodiscard]] SinhArcsinh fit_sinh_arcsinh(std::span<const double> points);

/// `count` quantiles, at (i + 1/2) / count, of `values` with `weights` (>= 0, some above 0).
[[nodiscard]] std::vector<double> weighted_quantiles(std::span<const double> values, std::span<const double> weights,
                                                     std::size_t count);

/// Likewise of the density that is exp of the straight lines between (grid[i], log_density[i]), and 0 outside. `grid`
/// ascending, at least two points.
[[nodiscard]] std::vector<double> quantiles_of_log_density(std::span<const double> grid,
                                                           std::span<const double> log_density, std::size_t count);

}  // namespace dovetail::ep
