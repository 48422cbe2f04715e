/// Hamiltonian flow written out with plain loops, apart from the engine's: what its trajectories are compared with. The
/// factor of a dense metric multiplies by the same two functions, whose bits tests/unit/math holds to plain loops.
#pragma once
#include <cmath>
#include <vector>

#include "dovetail/kernel/kernel.hpp"
#include "dovetail/math/lower_triangle.hpp"

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
  PlainFlow(const Density& density, const Metric& metric) : density_(density), metric_(metric) {
    const auto coordinates = density.path.coordinates();
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
      if (coordinates[i].kind == CoordinateKind::real) real_.push_back(i);
    }
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
    Numbers velocity = multiplied(state.momentum, false);
    for (std::size_t k = 0; k < m; ++k) state.x[real_[k]] += step * scale(k) * velocity[k];
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
    Numbers slope(m);
    for (std::size_t k = 0; k < m; ++k) {
      slope[k] = scale(k) * (reference[real_[k]] + density_.beta * energy[real_[k]]);
    }
    state.force = multiplied(slope, true);
    return density_.log(potential);
  }

  [[nodiscard]] double scale(std::size_t k) const { return metric_.kind == MetricKind::unit ? 1 : metric_.scale[k]; }
  /// L v, or L^T v.
  [[nodiscard]] Numbers multiplied(const Numbers& v, bool transposed) const {
    if (metric_.kind != MetricKind::dense) return v;
    std::vector<float> from(v.begin(), v.end());
    from.resize(math::padded(v.size()));
    std::vector<float> to(from.size());
    transposed ? math::multiply_packed_transposed(metric_.factor, from, to)
               : math::multiply_packed(metric_.factor, from, to);
    return Numbers(to.begin(), to.begin() + static_cast<std::ptrdiff_t>(v.size()));
  }

  Density density_;
  Metric metric_;
  std::vector<std::size_t> real_;
};

}  // namespace dovetail::test
