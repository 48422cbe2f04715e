/// Hamiltonian flow written out with plain loops, apart from the engine's: what its trajectories are compared with.
#pragma once
#include <cmath>
#include <vector>

#include "dovetail/kernel/kernel.hpp"

namespace dovetail::test {

using Numbers = std::vector<double>;

inline double plain_dot(const Numbers& a, const Numbers& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

/// A point of phase space: d coordinates, m whitened momenta, A^T grad l_beta, and -H.
struct PlainState {
  Numbers x, momentum, force;
  double joint = 0;
};

class PlainFlow {
 public:
  PlainFlow(const Density& density, const Metric& metric) : density_(density) {
    const auto coordinates = density.path.coordinates();
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
      if (coordinates[i].kind == CoordinateKind::real) real_.push_back(i);
    }
    const std::size_t m = real_.size();
    factor_.assign(m * m, 0.0);
    for (std::size_t k = 0; k < m; ++k) {
      factor_[k * m + k] = metric.kind == MetricKind::unit ? 1 : metric.factor[k];
    }
    if (metric.kind == MetricKind::dense) factor_ = metric.factor;
  }
  [[nodiscard]] std::size_t moving() const { return real_.size(); }

  [[nodiscard]] PlainState start(const Numbers& x, const Numbers& momentum) const {
    PlainState state{x, momentum, {}, 0};
    state.joint = look(state) - plain_dot(momentum, momentum) / 2;
    return state;
  }
  void leapfrog(PlainState& state, double step) const {
    const std::size_t m = moving();
    for (std::size_t k = 0; k < m; ++k) state.momentum[k] += step / 2 * state.force[k];
    for (std::size_t k = 0; k < m; ++k) {
      for (std::size_t j = 0; j <= k; ++j) state.x[real_[k]] += step * factor_[k * m + j] * state.momentum[j];
    }
    const double log_density = look(state);
    for (std::size_t k = 0; k < m; ++k) state.momentum[k] += step / 2 * state.force[k];
    state.joint = log_density - plain_dot(state.momentum, state.momentum) / 2;
  }

 private:
  /// Fills the force and returns l_beta.
  double look(PlainState& state) const {
    const std::size_t m = moving();
    Numbers reference(state.x.size()), energy(state.x.size());
    const Potential potential = density_.path.evaluate_gradient(state.x, reference, energy);
    state.force.assign(m, 0);
    for (std::size_t k = 0; k < m; ++k) {
      for (std::size_t j = 0; j <= k; ++j) {
        const std::size_t i = real_[k];
        state.force[j] += factor_[k * m + j] * (reference[i] + density_.beta * energy[i]);
      }
    }
    return density_.log(potential);
  }

  Density density_;
  std::vector<std::size_t> real_;
  Numbers factor_;  // m x m, lower
};

}  // namespace dovetail::test
