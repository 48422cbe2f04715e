/// The standard normal on an interval that holds 0, as a jump from inside a box sees it: mass and draw.
///
/// Both are measured from 0 in units of erf, so that neither a short interval nor a far end loses digits; a difference
/// of two distribution functions would. Pure but for the stream.
#pragma once
#include <algorithm>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail::math {

inline constexpr double kRootTwo = 1.4142135623730951;
inline constexpr double kRootOneHalf = 0.7071067811865476;

/// Phi(high) - Phi(low) for low <= 0 <= high, both may be infinite. Relative error a few units in the last place.
inline double normal_mass_around_zero(double low, double high) {
  return 0.5 * (erf(high * kRootOneHalf) + erf(-low * kRootOneHalf));
}

struct NormalAroundZero {
  double z;
  double mass;  ///< of the interval: normal_mass_around_zero()
};
/// Standard normal given low <= z <= high, for low <= 0 <= high, by inverse distribution function. Two words.
inline NormalAroundZero draw_normal_around_zero(Rng& rng, double low, double high) {
  const double below = erf(-low * kRootOneHalf);
  const double above = erf(high * kRootOneHalf);
  const double u = rng.uniform_open();
  return {std::clamp(kRootTwo * erf_inverse(u * (below + above) - below), low, high), 0.5 * (above + below)};
}

}  // namespace dovetail::math
