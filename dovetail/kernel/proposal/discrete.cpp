#include "dovetail/kernel/proposal/discrete.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/truncated_normal.hpp"

namespace dovetail {
namespace {

constexpr double kIntegerMax = 0x1p53;  ///< beyond, neighbours cannot be told apart in a double

bool is_within(double k, const IntegerRange& range) {
  return k >= range.lower && k <= range.upper && std::fabs(k) <= kIntegerMax;
}

double rounded(double jump, Rounding rounding) {
  if (rounding == Rounding::nearest) return std::floor(jump + 0.5);
  return jump > 0 ? std::ceil(jump) : std::floor(jump);
}

/// The normal jumps from k that lead to a value within the bounds.
struct Reach {
  double low;
  double high;
};
Reach reach_from(double k, const IntegerRange& range, Rounding rounding) {
  const double edge = rounding == Rounding::nearest ? 0.5 : 0;
  return {range.lower - k - edge, range.upper - k + edge};
}

/// Rounded, and within least..most.
double whole_jump(double jump, double least, double most, Rounding rounding) {
  const double m = std::clamp(rounded(jump, rounding), least, most);
  if (m != 0 || rounding == Rounding::nearest) return m;
  return most >= 1 ? 1 : -1;  // the jump was 0, by rounding
}

bool jumps(const IntegerRange& range, Rng& rng) {
  return range.has_choice() && (range.takes_part >= 1 || rng.uniform() < range.takes_part);
}

double mass(const Reach& reach, double s) { return math::normal_mass_around_zero(reach.low / s, reach.high / s); }

constexpr double kTakesPartMax = 0.75;
constexpr double kMovedOnAverage = 1.5;

}  // namespace

double takes_part(const IntegerRange& range, Rounding rounding, std::size_t together) {
  const bool always_changes = rounding == Rounding::exclusive && range.has_two_values();
  if (together <= 1 && !always_changes) return 1;
  return std::min(kTakesPartMax, kMovedOnAverage / static_cast<double>(together));
}

double DiscreteProposal::propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                                 PointOut to) const {
  const std::span<double> z = scratch.first(size());
  math::draw_normals(rng, z);
  double h = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    if (!jumps(ranges_[i], rng)) continue;
    const std::size_t at = block()[i];
    to[at] = from[at] + rounded(tuning.scale[i] * z[i], rounding_);
    if (!is_within(to[at], ranges_[i])) h = -kInfinity;
  }
  return h;
}

double DiscreteProposal::hastings_alone(std::size_t i, Point, Point to, const ProposalTuning&) const {
  return is_within(to[block()[i]], ranges_[i]) ? 0 : -kInfinity;
}

double BoundedDiscreteProposal::propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double>,
                                        PointOut to) const {
  double h = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    const IntegerRange& range = ranges_[i];
    if (!jumps(range, rng)) continue;
    const std::size_t at = block()[i];
    const double s = tuning.scale[i];
    const Reach reach = reach_from(from[at], range, rounding_);
    const math::NormalAroundZero jump = math::draw_normal_around_zero(rng, reach.low / s, reach.high / s);
    to[at] = from[at] + whole_jump(s * jump.z, range.lower - from[at], range.upper - from[at], rounding_);
    h += term(i, from[at], jump.mass, to[at], s);
  }
  return h;
}

double BoundedDiscreteProposal::hastings_alone(std::size_t i, Point from, Point to,
                                               const ProposalTuning& tuning) const {
  const std::size_t at = block()[i];
  const double s = tuning.scale[i];
  return term(i, from[at], mass(reach_from(from[at], ranges_[i], rounding_), s), to[at], s);
}

double BoundedDiscreteProposal::term(std::size_t i, double from, double mass_here, double to, double s) const {
  if (from == to) return 0;
  if (!is_within(to, ranges_[i])) return -kInfinity;
  return math::log(mass_here / mass(reach_from(to, ranges_[i], rounding_), s));
}

}  // namespace dovetail
