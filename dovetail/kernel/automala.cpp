#include "dovetail/kernel/automala.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/kernel/evaluate.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail {
namespace {

constexpr int kExponentMax = 60;

/// A point of phase space with what was computed there. All spans have d elements.
struct Place {
  PointOut x;
  PointOut velocity;
  PointOut gradient_reference;
  PointOut gradient_energy;
  PointOut force;  ///< gradient of l_beta; 0 for coordinates that do not move
  Potential potential;
  double joint = 0;  ///< l_beta - |velocity|^2 / 2
};

/// What the search for a step size settled on.
struct Chosen {
  int exponent = 0;        ///< j: the step is step_size * 2^j
  double gain = 0;         ///< change of the joint log density over that step
  Place* place = nullptr;  ///< where it ends; null when the search ran past its limit
};

class Refreshments {
 public:
  Refreshments(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace& workspace,
               KernelRecord& record);
  /// Brings the cached gradients up to date; false when nothing can move from here.
  bool prepare();
  void draw_preconditioner();
  void refresh();
  [[nodiscard]] int count() const;

 private:
  [[nodiscard]] bool moves(std::size_t i) const {
    return coordinates_[i].kind == CoordinateKind::real && is_there(coordinates_[i], state_.x);
  }
  void still(PointOut values) const;
  void set_force(Place& place) const;
  double trial(const Place& from, int exponent, Place& to);
  Chosen search(double low, double high);
  Chosen search_smaller(double low);
  Chosen search_larger(double high, double gain);
  bool chosen_in_reverse(const Chosen& chosen, double low, double high);
  void accept(const Place& place);

  ChainState& state_;
  const Density& density_;
  const Tuning& tuning_;
  Rng& rng_;
  KernelRecord& record_;
  std::span<const Coordinate> coordinates_;
  std::size_t moving_;
  std::span<double> scale_;  ///< d: diagonal of the preconditioner
  Place start_;
  Place first_;
  Place second_;
};

Refreshments::Refreshments(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng,
                           Workspace& workspace, KernelRecord& record)
    : state_(state),
      density_(density),
      tuning_(tuning),
      rng_(rng),
      record_(record),
      coordinates_(density.path.coordinates()) {
  const std::size_t d = coordinates_.size();
  moving_ = 0;
  for (std::size_t i = 0; i < d; ++i) moving_ += moves(i) ? 1 : 0;
  std::size_t row = 0;
  const auto next = [&] { return workspace.row(row++, d); };
  scale_ = next();
  start_.velocity = next();
  start_.force = next();
  for (Place* place : {&first_, &second_}) {
    place->x = next();
    place->velocity = next();
    place->gradient_reference = next();
    place->gradient_energy = next();
    place->force = next();
  }
  state_.gradient_reference.resize(d);
  state_.gradient_energy.resize(d);
  start_.x = state_.x;
  start_.gradient_reference = state_.gradient_reference;
  start_.gradient_energy = state_.gradient_energy;
}

bool Refreshments::prepare() {
  if (moving_ == 0 || !detail::bring_gradients(state_, density_, record_)) return false;
  set_force(start_);
  return true;
}

int Refreshments::count() const {
  return 3 * static_cast<int>(std::ceil(math::pow(static_cast<double>(moving_), 0.35)));
}

/// Drawn once per kernel call and independent of x, so the kernel is a mixture of kernels with fixed preconditioners.
void Refreshments::draw_preconditioner() {
  const double choice = rng_.uniform();
  const double eta = rng_.uniform();
  for (std::size_t i = 0; i < scale_.size(); ++i) {
    const double s = i < tuning_.scale.size() && tuning_.scale[i] > 0 ? tuning_.scale[i] : 1;
    scale_[i] = choice < 1.0 / 3 ? s : choice < 2.0 / 3 ? 1 : 1 / (eta + (1 - eta) / s);
  }
}

void Refreshments::set_force(Place& place) const {
  // at beta = 0 the target's gradient has no weight and may be infinite or NaN
  if (density_.beta == 0) {
    std::copy(place.gradient_reference.begin(), place.gradient_reference.end(), place.force.begin());
  } else {
    for (std::size_t i = 0; i < place.force.size(); ++i) {
      place.force[i] = place.gradient_reference[i] + density_.beta * place.gradient_energy[i];
    }
  }
  still(place.force);
}

/// Zeroes the elements of coordinates that do not move.
void Refreshments::still(PointOut values) const {
  if (moving_ == coordinates_.size()) return;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!moves(i)) values[i] = 0;
  }
}

/// One leapfrog step of size step_size * 2^exponent; returns the change of the joint log density, not finite where the
/// trajectory left the support or met a failure. `to` is complete only when the result is finite.
double Refreshments::trial(const Place& from, int exponent, Place& to) {
  const std::size_t d = scale_.size();
  const double step = std::ldexp(tuning_.step_size, exponent);
  const double half = 0.5 * step;
  for (std::size_t i = 0; i < d; ++i) to.velocity[i] = from.velocity[i] + half * scale_[i] * from.force[i];
  if (!std::isfinite(math::sum_of_squares(to.velocity))) return -kInfinity;
  for (std::size_t i = 0; i < d; ++i) to.x[i] = from.x[i] + step * scale_[i] * to.velocity[i];
  ++record_.gradients;
  to.potential = density_.path.evaluate_gradient(to.x, to.gradient_reference, to.gradient_energy);
  const double log_density = detail::log_or_refuse(density_, to.potential, to.x, record_);
  if (log_density == -kInfinity) return -kInfinity;
  set_force(to);
  for (std::size_t i = 0; i < d; ++i) to.velocity[i] += half * scale_[i] * to.force[i];
  to.joint = log_density - 0.5 * math::sum_of_squares(to.velocity);
  return to.joint - from.joint;
}

Chosen Refreshments::search(double low, double high) {
  const double gain = trial(start_, 0, first_);
  if (!std::isfinite(gain) || gain < low) return search_smaller(low);
  if (gain > high) return search_larger(high, gain);
  return {0, gain, &first_};
}

Chosen Refreshments::search_smaller(double low) {
  for (int n = 1; n <= kExponentMax; ++n) {
    const double gain = trial(start_, -n, first_);
    if (gain > low) return {-n, gain, &first_};
  }
  return {-kExponentMax, 0, nullptr};
}

/// Keeps the last two trials, since the one before the last is chosen.
Chosen Refreshments::search_larger(double high, double gain) {
  Place* last = &first_;
  Place* next = &second_;
  for (int n = 1; n <= kExponentMax; ++n) {
    const double next_gain = trial(start_, n, *next);
    if (!std::isfinite(next_gain) || next_gain < high) return {n - 1, gain, last};
    std::swap(last, next);
    gain = next_gain;
  }
  return {kExponentMax, 0, nullptr};
}

/// Whether the search from the end point, velocity flipped, with the same bounds chooses the same exponent. The trial
/// at that exponent retraces the move, so its gain is known; the trials likeliest to disagree come first.
bool Refreshments::chosen_in_reverse(const Chosen& chosen, double low, double high) {
  Place& end = *chosen.place;
  Place& other = chosen.place == &first_ ? second_ : first_;
  for (double& v : end.velocity) v = -v;
  const double back = -chosen.gain;
  if (chosen.exponent < 0) {
    if (!(back > low)) return false;
    for (int j = chosen.exponent + 1; j <= 0; ++j) {
      if (trial(end, j, other) > low) return false;
    }
    return true;
  }
  if (chosen.exponent == 0 && back <= high) return back >= low;
  if (back < high) return false;
  const double larger = trial(end, chosen.exponent + 1, other);
  if (std::isfinite(larger) && !(larger < high)) return false;
  for (int j = chosen.exponent - 1; j >= 0; --j) {
    const double gain = trial(end, j, other);
    if (!std::isfinite(gain) || gain < high) return false;
  }
  return true;
}

void Refreshments::accept(const Place& place) {
  const auto copy = [](PointOut from, PointOut to) { std::copy(from.begin(), from.end(), to.begin()); };
  copy(place.x, start_.x);
  copy(place.gradient_reference, start_.gradient_reference);
  copy(place.gradient_energy, start_.gradient_energy);
  copy(place.force, start_.force);
  state_.potential = place.potential;
}

void Refreshments::refresh() {
  math::draw_normals(rng_, start_.velocity);
  still(start_.velocity);
  const double a = math::log(rng_.uniform_open());
  const double b = math::log(rng_.uniform_open());
  const double log_u = math::log(rng_.uniform_open());
  const double low = std::min(a, b);
  const double high = std::max(a, b);
  start_.joint = density_.log(state_.potential) - 0.5 * math::sum_of_squares(start_.velocity);

  const Chosen chosen = search(low, high);
  ++record_.proposals;
  ++record_.step_choices;
  record_.step_sum += std::ldexp(1.0, chosen.exponent);
  if (chosen.place == nullptr) {
    ++record_.stuck;
    return;
  }
  if (!chosen_in_reverse(chosen, low, high)) return;
  ++record_.reversible;
  record_.acceptance_sum += chosen.gain >= 0 ? 1 : math::exp(chosen.gain);
  if (log_u < chosen.gain) accept(*chosen.place);
}

}  // namespace

void AutoMalaKernel::step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng,
                          Workspace& workspace, KernelRecord& record) const {
  DOVETAIL_REQUIRE(state.x.size() == density.path.dimension());
  Refreshments refreshments(state, density, tuning, rng, workspace, record);
  if (!refreshments.prepare()) return;
  refreshments.draw_preconditioner();
  for (int n = refreshments.count(); n > 0; --n) refreshments.refresh();
}

double AutoMalaKernel::step_factor(const KernelRecord& record) const {
  return record.step_choices == 0 ? 1 : record.step_sum / static_cast<double>(record.step_choices);
}

}  // namespace dovetail
