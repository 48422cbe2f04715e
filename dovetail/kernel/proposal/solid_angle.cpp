#include "dovetail/kernel/proposal/solid_angle.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "dovetail/kernel/proposal/circle.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail {
namespace {

struct Direction {
  double x, y, z;
};

/// The polar angle t = pi logistic(u), its functions accurate next to both poles.
struct Polar {
  double sine;
  double cosine;
  double log_sine;
  double log_jacobian;  ///< log dt/du, up to a constant

  explicit Polar(double u) {
    const double log_low = math::log_logistic(u);
    const double log_high = math::log_logistic(-u);
    log_jacobian = log_low + log_high;
    const double log_near = std::min(log_low, log_high);  // of the distance to the nearer pole, over pi
    const double near = std::numbers::pi * math::exp(log_near);
    sine = math::sin(near);
    cosine = u < 0 ? math::cos(near) : -math::cos(near);
    log_sine = log_near + math::log(near > 0 ? sine / near : 1);  // up to log pi
  }
};

/// von Mises-Fisher around mu.
Direction near(const Direction& mu, double kappa, Rng& rng) {
  const double w = rng.uniform_open();
  const double angle = 2 * std::numbers::pi * rng.uniform();
  const double drop = kappa > 0 ? -math::log1p(w * math::expm1(-2 * kappa)) / kappa : 2 * w;  // 1 - cos alpha
  const double sine = std::sqrt(std::max(0.0, drop * (2 - drop)));
  const double along1 = sine * math::cos(angle);
  const double along2 = sine * math::sin(angle);
  const double sign = std::copysign(1.0, mu.z);
  const double a = -1 / (sign + mu.z);
  const double b = mu.x * mu.y * a;
  const Direction e1{1 + sign * mu.x * mu.x * a, sign * b, -sign * mu.x};
  const Direction e2{b, sign + mu.y * mu.y * a, -mu.y};
  const double stay = 1 - drop;
  return {stay * mu.x + along1 * e1.x + along2 * e2.x, stay * mu.y + along1 * e1.y + along2 * e2.y,
          stay * mu.z + along1 * e1.z + along2 * e2.z};
}

}  // namespace

double SolidAngleProposal::propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double>,
                                   PointOut to) const {
  const double radians = 2 * std::numbers::pi / turn_;
  const Polar here(from[block()[1]]);
  const double azimuth = radians * from[block()[0]];
  const Direction mu{here.sine * math::cos(azimuth), here.sine * math::sin(azimuth), here.cosine};
  const Direction next = near(mu, tuning.scale[0], rng);
  const double across = std::sqrt(next.x * next.x + next.y * next.y);
  to[block()[0]] = wrapped(math::atan2(next.y, next.x) / radians, lower_, turn_);
  to[block()[1]] = math::log(math::atan2(across, next.z)) - math::log(math::atan2(across, -next.z));
  if (!std::isfinite(to[block()[1]])) return -kInfinity;  // a pole, by rounding: no coordinate there
  const Polar there(to[block()[1]]);
  const double jacobians = here.log_jacobian - there.log_jacobian;
  return measure_ == Measure::angle ? here.log_sine - there.log_sine + jacobians : jacobians;
}

}  // namespace dovetail
