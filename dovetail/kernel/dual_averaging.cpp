#include "dovetail/kernel/dual_averaging.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/math/functions.hpp"

namespace dovetail {
namespace {

constexpr double kGamma = 0.05;
constexpr double kFirst = 10;    // t0
constexpr double kDecay = 0.75;  // kappa

}  // namespace

void restart(DualAveraging& state, double step_size) {
  state = DualAveraging();
  state.centre = math::log(10 * step_size);
  state.log_step_mean = math::log(step_size);
}

double observe(DualAveraging& state, double acceptance, double target) {
  const double seen = acceptance >= 0 ? std::min(acceptance, 1.0) : 0;
  const auto t = static_cast<double>(++state.count);
  const double share = 1 / (t + kFirst);
  state.error_mean = (1 - share) * state.error_mean + share * (target - seen);
  const double log_step = state.centre - std::sqrt(t) / kGamma * state.error_mean;
  const double weight = math::pow(t, -kDecay);
  state.log_step_mean = weight * log_step + (1 - weight) * state.log_step_mean;
  return math::exp(log_step);
}

double settled_step_size(const DualAveraging& state) { return math::exp(state.log_step_mean); }

}  // namespace dovetail
