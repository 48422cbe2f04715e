/// Arithmetic on a circle, for cyclic coordinates.
#pragma once
#include <cmath>

namespace dovetail {

/// `at` in [lower, lower + period).
inline double wrapped(double at, double lower, double period) {
  if (at >= lower && at < lower + period) return at;
  at -= period * std::floor((at - lower) / period);
  return at >= lower && at < lower + period ? at : lower;  // rounding at the seam
}

/// The way from one angle to another: `difference` modulo the period, in [-period/2, period/2). Period 0: no circle.
inline double shortest(double difference, double period) {
  return period == 0 ? difference : wrapped(difference, -0.5 * period, period);
}

}  // namespace dovetail
