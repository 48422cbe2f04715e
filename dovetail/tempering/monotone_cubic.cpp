// Slopes by the recipe of Fritsch and Carlson, and the Hermite form.
#include "dovetail/tempering/monotone_cubic.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/core/error.hpp"

namespace dovetail::tempering {

MonotoneCubic::MonotoneCubic(std::span<const double> x, std::span<const double> y)
    : x_(x.begin(), x.end()), y_(y.begin(), y.end()), slope_(x.size()) {
  DOVETAIL_REQUIRE(x.size() >= 2 && y.size() == x.size());
  const std::size_t intervals = x.size() - 1;
  std::vector<double> secant(intervals);
  for (std::size_t k = 0; k < intervals; ++k) {
    DOVETAIL_REQUIRE(x[k] < x[k + 1]);
    secant[k] = (y[k + 1] - y[k]) / (x[k + 1] - x[k]);
  }
  slope_.front() = secant.front();
  slope_.back() = secant.back();
  for (std::size_t k = 1; k < intervals; ++k) {
    slope_[k] = secant[k - 1] * secant[k] > 0 ? (secant[k - 1] + secant[k]) / 2 : 0;
  }
  for (std::size_t k = 0; k < intervals; ++k) {
    if (secant[k] == 0) continue;  // both slopes are 0 already
    const double a = slope_[k] / secant[k];
    const double b = slope_[k + 1] / secant[k];
    const double radius = a * a + b * b;
    if (radius <= 9) continue;  // inside the circle of radius 3 a Hermite cubic is monotone
    const double shrink = 3 / std::sqrt(radius);
    slope_[k] = shrink * a * secant[k];
    slope_[k + 1] = shrink * b * secant[k];
  }
}

std::size_t MonotoneCubic::interval(double t) const {
  const auto above = std::upper_bound(x_.begin() + 1, x_.end() - 1, t);
  return static_cast<std::size_t>(above - x_.begin()) - 1;
}

double MonotoneCubic::value(double t) const {
  if (t <= x_.front()) return y_.front();
  if (t >= x_.back()) return y_.back();
  const std::size_t k = interval(t);
  const double h = x_[k + 1] - x_[k];
  const double s = (t - x_[k]) / h;
  const double r = 1 - s;
  const double rise = s * s * (3 - 2 * s);
  const double v = y_[k] + (y_[k + 1] - y_[k]) * rise + h * s * r * (slope_[k] * r - slope_[k + 1] * s);
  return std::clamp(v, std::min(y_[k], y_[k + 1]), std::max(y_[k], y_[k + 1]));  // against rounding
}

double MonotoneCubic::derivative(double t) const {
  t = std::clamp(t, x_.front(), x_.back());
  const std::size_t k = interval(t);
  const double h = x_[k + 1] - x_[k];
  const double s = (t - x_[k]) / h;
  return 6 * s * (1 - s) * (y_[k + 1] - y_[k]) / h + (1 - s) * (1 - 3 * s) * slope_[k] +
         s * (3 * s - 2) * slope_[k + 1];
}

}  // namespace dovetail::tempering
