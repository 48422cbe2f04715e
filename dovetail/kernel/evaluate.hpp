/// One look at a density on behalf of a kernel: counted, with error events turned into values that are never accepted.
#pragma once
#include <cmath>

#include "dovetail/kernel/kernel.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail::detail {

/// min(1, exp(log_ratio)); 0 for NaN, which leads from -inf to -inf.
[[nodiscard]] inline double metropolis_acceptance(double log_ratio) {
  if (log_ratio >= 0) return 1;
  return log_ratio > -kInfinity ? math::exp(log_ratio) : 0;
}

/// True when the model failed at a point: l_beta is NaN or +inf, or V is although the point has a density at both ends,
/// which a rung with another beta would meet.
[[nodiscard]] inline bool is_failure(const Potential& potential, double log_density) {
  if (is_error(log_density)) return true;
  if (log_density == -kInfinity) return false;
  return std::isnan(potential.energy) || (potential.energy == kInfinity && potential.reference > -kInfinity);
}

/// l_beta at `x` from the potential found there; -inf, with an error event in `record`, where the model failed.
[[nodiscard]] inline double log_or_refuse(const Density& density, const Potential& potential, Point x,
                                          KernelRecord& record) {
  const double log_density = density.log(potential);
  if (!is_failure(potential, log_density)) return log_density;
  record_error(record, x);
  return -kInfinity;
}

/// Brings the cached gradients of `state` up to date; false when nothing can move from here: a failing model, also one
/// whose gradient fails where its density is fine (counted), or no density (counted as stuck). The caches must have the
/// path's dimension.
[[nodiscard]] inline bool bring_gradients(ChainState& state, const Density& density, KernelRecord& record) {
  const double here = density.log(state.potential);
  if (is_error(here)) {
    record_error(record, state.x);
    return false;
  }
  if (here == -kInfinity) {
    ++record.stuck;
    return false;
  }
  if (!state.has_gradient) {
    ++record.gradients;
    const Potential found = density.path.evaluate_gradient(state.x, state.gradient_reference, state.gradient_energy);
    const double again = density.log(found);
    if (is_failure(found, again) || again == -kInfinity) {  // the caches may hold another point's numbers
      record_error(record, state.x);
      return false;
    }
    state.has_gradient = true;
  }
  return true;
}

}  // namespace dovetail::detail
