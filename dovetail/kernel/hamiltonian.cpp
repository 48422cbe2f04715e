#include "dovetail/kernel/hamiltonian.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/kernel/evaluate.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/lower_triangle.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::detail {

// Momenta below 1e35 keep the products in single precision finite. No trajectory within the energy band gets there.
constexpr double kSquareMax = 1e70;

std::span<double> Rows::take(std::size_t n) {
  const auto row = rest_.first(n);
  rest_ = rest_.subspan(n);
  return row;
}

PhasePoint Rows::phase_point(std::size_t d, std::size_t m) {
  const auto x = take(d);
  const auto momentum = take(m);
  return {x, momentum, take(m)};
}

Candidate Rows::candidate(std::size_t d) {
  const auto x = take(d);
  const auto gradient_reference = take(d);
  return {x, gradient_reference, take(d), {}};
}

Hamiltonian::Hamiltonian(ChainState& state, const Density& density, const Metric& metric, Workspace& workspace,
                         KernelRecord& record)
    : state_(state), density_(density), metric_(metric), record_(record), coordinates_(density.path.coordinates()) {
  DOVETAIL_REQUIRE(state.x.size() == coordinates_.size());
  for (std::size_t i = 0; i < coordinates_.size(); ++i) {
    moving_ += moves(i) ? 1 : 0;
    absent_ += moves(i) && !is_there(coordinates_[i], state.x) ? 1 : 0;
  }
  DOVETAIL_REQUIRE(metric.kind == MetricKind::unit || metric.scale.size() == moving_);
  if (metric.kind == MetricKind::dense) {
    const std::size_t size = math::padded(moving_);
    DOVETAIL_REQUIRE(metric.factor.size() == math::packed_size(moving_) && absent_ == 0);
    from_ = workspace.singles(2 * size).first(size);
    to_ = {from_.data() + size, size};
    std::fill(from_.begin(), from_.end(), 0.0F);
  }
  state_.gradient_reference.resize(coordinates_.size());
  state_.gradient_energy.resize(coordinates_.size());
}

bool Hamiltonian::prepare() { return moving_ > absent_ && bring_gradients(state_, density_, record_); }

void Hamiltonian::start(PhasePoint& place, Rng& rng) const {
  std::copy(state_.x.begin(), state_.x.end(), place.x.begin());
  set_force(state_.gradient_reference, state_.gradient_energy, place.force);
  math::draw_normals(rng, place.momentum);
  hold_absent(place.momentum);
}

/// Zeroes the elements, of m, of coordinates that are not there.
void Hamiltonian::hold_absent(std::span<double> values) const {
  if (absent_ == 0) return;
  for (std::size_t i = 0, k = 0; i < dimension(); ++i) {
    if (!moves(i)) continue;
    if (!is_there(coordinates_[i], state_.x)) values[k] = 0;
    ++k;
  }
}

double Hamiltonian::joint(double log_density, std::span<const double> momentum) {
  return log_density - 0.5 * math::sum_of_squares(momentum);
}

double Hamiltonian::joint_at_start(const PhasePoint& place) const {
  return joint(density_.log(state_.potential), place.momentum);
}

double Hamiltonian::leapfrog(PhasePoint& place, double step, Candidate& end) const {
  const double half = 0.5 * step;
  const std::size_t m = moving_;
  for (std::size_t k = 0; k < m; ++k) place.momentum[k] += half * place.force[k];
  if (!(math::sum_of_squares(place.momentum) < kSquareMax)) return -kInfinity;  // the model is not asked at such points
  drift(place, step);
  if (end.x.data() != place.x.data()) std::copy(place.x.begin(), place.x.end(), end.x.begin());
  ++record_.gradients;
  end.potential = density_.path.evaluate_gradient(end.x, end.gradient_reference, end.gradient_energy);
  const double log_density = log_or_refuse(density_, end.potential, end.x, record_);
  if (log_density == -kInfinity) return -kInfinity;
  set_force(end.gradient_reference, end.gradient_energy, place.force);
  for (std::size_t k = 0; k < m; ++k) place.momentum[k] += half * place.force[k];
  return joint(log_density, place.momentum);
}

/// take(i, k): coordinate i is the k-th real one.
template <class Take>
void Hamiltonian::for_each_moving(Take&& take) const {
  if (moving_ == dimension()) {
    for (std::size_t i = 0; i < moving_; ++i) take(i, i);
    return;
  }
  for (std::size_t i = 0, k = 0; i < dimension(); ++i) {
    if (moves(i)) take(i, k++);
  }
}

/// x += step A y.
void Hamiltonian::drift(PhasePoint& place, double step) const {
  double* const x = place.x.data();
  const double* const y = place.momentum.data();
  const double* const scale = metric_.scale.data();
  switch (metric_.kind) {
    case MetricKind::unit:
      return for_each_moving([=](std::size_t i, std::size_t k) { x[i] += step * y[k]; });
    case MetricKind::diagonal:
      return for_each_moving([=](std::size_t i, std::size_t k) { x[i] += step * (scale[k] * y[k]); });
    case MetricKind::dense:
      for (std::size_t k = 0; k < moving_; ++k) from_[k] = static_cast<float>(y[k]);
      math::multiply_packed(metric_.factor, from_, to_);
      const float* const product = to_.data();
      return for_each_moving(
          [=](std::size_t i, std::size_t k) { x[i] += step * (scale[k] * static_cast<double>(product[k])); });
  }
}

/// force = A^T gradient.
void Hamiltonian::set_force(std::span<const double> gradient_reference, std::span<const double> gradient_energy,
                            std::span<double> force) const {
  // at beta = 0 the target's gradient has no weight and may be infinite or NaN
  const bool target = density_.beta != 0;
  const auto slope = [target, beta = density_.beta, reference = gradient_reference.data(),
                      energy = gradient_energy.data()](std::size_t i) {
    return target ? reference[i] + beta * energy[i] : reference[i];
  };
  double* const out = force.data();
  const double* const scale = metric_.scale.data();
  switch (metric_.kind) {
    case MetricKind::unit:
      for_each_moving([=](std::size_t i, std::size_t k) { out[k] = slope(i); });
      break;
    case MetricKind::diagonal:
      for_each_moving([=](std::size_t i, std::size_t k) { out[k] = scale[k] * slope(i); });
      break;
    case MetricKind::dense:
      float* const from = from_.data();
      for_each_moving([=](std::size_t i, std::size_t k) { from[k] = static_cast<float>(scale[k] * slope(i)); });
      math::multiply_packed_transposed(metric_.factor, from_, to_);
      for (std::size_t k = 0; k < moving_; ++k) out[k] = static_cast<double>(to_[k]);
      break;
  }
  hold_absent(force);
}

void Hamiltonian::move_to(const Candidate& chosen) const {
  std::copy(chosen.x.begin(), chosen.x.end(), state_.x.begin());
  std::copy(chosen.gradient_reference.begin(), chosen.gradient_reference.end(), state_.gradient_reference.begin());
  std::copy(chosen.gradient_energy.begin(), chosen.gradient_energy.end(), state_.gradient_energy.begin());
  state_.potential = chosen.potential;
}

}  // namespace dovetail::detail
