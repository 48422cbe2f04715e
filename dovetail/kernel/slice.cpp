#include "dovetail/kernel/slice.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/kernel/doubling.hpp"
#include "dovetail/kernel/evaluate.hpp"
#include "dovetail/math/distributions.hpp"

namespace dovetail {
namespace {

using Outcome = detail::SliceOutcome;

struct StreamDraws {
  Rng& rng;
  double uniform() { return rng.uniform(); }
  bool coin() { return rng.bits32() >> 31 != 0; }
  double below(double n) { return static_cast<double>(math::draw_integer(rng, 0, static_cast<std::int64_t>(n) - 1)); }
};

/// The line through the state along one coordinate. Looks move state.x[i]; settle() leaves the state consistent.
class CoordinateLine {
 public:
  CoordinateLine(ChainState& state, const Density& density, const Coordinate& coordinate, std::size_t i,
                 KernelRecord& record)
      : state_(state), density_(density), record_(record), x_(state.x[i]), coordinate_(coordinate) {}

  [[nodiscard]] double log_density() const { return density_.log(state_.potential); }
  void set_level(double level) { level_ = level; }

  [[nodiscard]] bool contains(double at) {
    if (is_outside(at)) return false;
    Potential found;
    return look(at, found) > level_;
  }
  [[nodiscard]] bool propose(double at) { return propose_log(at) > level_; }
  [[nodiscard]] double propose_log(double at) { return look(at, candidate_); }

  /// Ends the update: at the candidate proposed last, or where it started.
  void settle(double at, bool moved) {
    x_ = at;
    if (!moved) return;
    state_.potential = candidate_;
    state_.has_gradient = false;
  }

 private:
  /// Integers beyond their bounds have no density, and the model need not be asked.
  [[nodiscard]] bool is_outside(double at) const {
    return coordinate_.kind == CoordinateKind::integer && (at < coordinate_.lower || at > coordinate_.upper);
  }
  double look(double at, Potential& found) {
    x_ = at;
    ++record_.evaluations;
    found = density_.path.evaluate(state_.x);
    return detail::log_or_refuse(density_, found, state_.x, record_);
  }

  ChainState& state_;
  const Density& density_;
  KernelRecord& record_;
  double& x_;
  const Coordinate& coordinate_;
  Potential candidate_;
  double level_ = 0;
};

template <class Line>
Outcome update_by_doubling(CoordinateLine& slice, const Line& line, double x, double width, Rng& rng) {
  slice.set_level(slice.log_density() - math::draw_exponential(rng));
  StreamDraws draws{rng};
  const Outcome outcome = detail::doubling_update(line, slice, draws, x, width);
  slice.settle(outcome.at, outcome.kind == Outcome::Kind::moved);
  return outcome;
}

/// `at` in [lower, upper), at most one circumference away from it.
double wrap(double at, const Coordinate& circle) {
  const double circumference = circle.upper - circle.lower;
  if (at < circle.lower) at += circumference;
  if (at >= circle.upper) at -= circumference;
  return at < circle.lower || at >= circle.upper ? circle.lower : at;  // rounding at the seam
}

/// Shrinkage from the whole circle, cut at a uniform point. The bracket's numbers may leave [lower, upper); looks do
/// not.
Outcome update_on_circle(CoordinateLine& slice, const Coordinate& circle, double x, Rng& rng) {
  slice.set_level(slice.log_density() - math::draw_exponential(rng));
  const double circumference = circle.upper - circle.lower;
  double a = x - circumference * rng.uniform();
  double b = a + circumference;
  for (unsigned shrinks = 0; shrinks < detail::kShrinksMax && !detail::RealLine{}.exhausted(a, b); ++shrinks) {
    const double y = a + (b - a) * rng.uniform();
    const double wrapped = wrap(y, circle);
    if (slice.propose(wrapped)) {
      slice.settle(wrapped, true);
      return {wrapped, 0, Outcome::Kind::moved};
    }
    (y < x ? a : b) = y;
  }
  slice.settle(x, false);
  return {x, 0, Outcome::Kind::stuck};
}

/// Draws from the full conditional of two values: moves with probability 1 / (1 + exp(l(here) - l(there))).
Outcome update_two_values(CoordinateLine& slice, const Coordinate& range, double x, Rng& rng) {
  const double here = slice.log_density();
  const double there = slice.propose_log(range.lower + range.upper - x);
  const double u = rng.uniform();
  const bool nowhere = here == -kInfinity && there == -kInfinity;
  const bool moves = !nowhere && u < 1 / (1 + math::exp(here - there));
  const double at = moves ? range.lower + range.upper - x : x;
  slice.settle(at, moves);
  return {at, 0, nowhere ? Outcome::Kind::stuck : moves ? Outcome::Kind::moved : Outcome::Kind::stayed};
}

Outcome update_coordinate(CoordinateLine& slice, const Coordinate& coordinate, double x, double width, Rng& rng) {
  switch (coordinate.kind) {
    case CoordinateKind::cyclic:
      return update_on_circle(slice, coordinate, x, rng);
    case CoordinateKind::integer:
      if (coordinate.upper <= coordinate.lower) return {x, 0, Outcome::Kind::stayed};
      if (coordinate.upper == coordinate.lower + 1) return update_two_values(slice, coordinate, x, rng);
      return update_by_doubling(slice, detail::IntegerLine{coordinate.lower, coordinate.upper}, x,
                                std::max(1.0, std::floor(width + 0.5)), rng);
    case CoordinateKind::real:
      break;
  }
  return update_by_doubling(slice, detail::RealLine{}, x, width, rng);
}

}  // namespace

void SliceKernel::step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace&,
                       KernelRecord& record) const {
  const auto coordinates = density.path.coordinates();
  DOVETAIL_REQUIRE(state.x.size() == coordinates.size() && tuning.width.size() == coordinates.size());
  if (is_error(density.log(state.potential))) return record_error(record, state.x);
  record.width_sum.resize(coordinates.size());
  record.width_count.resize(coordinates.size());
  for (unsigned pass = 0; pass < passes_; ++pass) {
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
      if (coordinates[i].switches || !is_there(coordinates[i], state.x)) continue;
      CoordinateLine slice(state, density, coordinates[i], i, record);
      const Outcome outcome = update_coordinate(slice, coordinates[i], state.x[i], tuning.width[i], rng);
      if (outcome.kind == Outcome::Kind::stuck) ++record.stuck;
      if (outcome.bracket > 0) {
        record.width_sum[i] += outcome.bracket;
        ++record.width_count[i];
      }
    }
  }
}

}  // namespace dovetail
