#include "dovetail/adapt/tuning.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail {
namespace {

constexpr double kFirstWidth = 10;
constexpr double kWidthPerBracket = 1 / 1.5;
constexpr double kChangeMax = 4;
constexpr double kPriorDraws = 5;
// Widths double up to 20 times and integers must stay exact in a double, steps up to 60 times and must not overflow.
constexpr double kIntegerWidthMax = 0x1p30;
constexpr double kRealWidthMax = 0x1p500;

double within_range(double width, const Coordinate& coordinate) {
  if (coordinate.kind != CoordinateKind::integer) return std::clamp(width, 1 / kRealWidthMax, kRealWidthMax);
  const double values = coordinate.upper - coordinate.lower + 1;
  return std::clamp(std::floor(width + 0.5), 1.0, std::max(1.0, std::min(values, kIntegerWidthMax)));
}

double adapt_width(double before, double bracket_mean, const Coordinate& coordinate) {
  if (!std::isfinite(bracket_mean)) return before;
  const double width = bracket_mean * kWidthPerBracket;
  return within_range(std::clamp(width, before / kChangeMax, before * kChangeMax), coordinate);
}

double adapt_scale(double before, double variance, std::uint64_t draws) {
  const auto n = static_cast<double>(draws);
  const double scale = std::sqrt((n * variance + kPriorDraws * before * before) / (n + kPriorDraws));
  return std::isfinite(scale) && scale > 0 ? scale : before;
}

double interpolate_log(double low, double high, double fraction) {
  if (low == high) return low;
  return math::exp((1 - fraction) * math::log(low) + fraction * math::log(high));
}

/// Scales of proposals that mean the same at both places.
void interpolate_proposals(const Tuning& low, const Tuning& high, double fraction, Tuning& between) {
  if (low.proposals.size() != high.proposals.size()) return;
  for (std::size_t p = 0; p < between.proposals.size(); ++p) {
    const ProposalTuning& a = low.proposals[p];
    const ProposalTuning& b = high.proposals[p];
    const bool alike = a.form == b.form && a.log_scale.size() == b.log_scale.size();
    if (!alike || a.log_scale.empty()) continue;
    ProposalTuning& mid = between.proposals[p];
    for (std::size_t i = 0; i < a.log_scale.size(); ++i) {
      mid.log_scale[i] = (1 - fraction) * a.log_scale[i] + fraction * b.log_scale[i];
    }
    refresh_scale(mid);
  }
}

/// What has no logarithm to go along (metric, shapes of proposals, archive) is that of the nearer place.
Tuning interpolate(const Tuning& low, const Tuning& high, double fraction) {
  Tuning between = fraction < 0.5 ? low : high;
  if (fraction == 0 || fraction == 1) return between;
  between.step_size = interpolate_log(low.step_size, high.step_size, fraction);
  for (std::size_t i = 0; i < low.scale.size(); ++i) {
    between.scale[i] = interpolate_log(low.scale[i], high.scale[i], fraction);
  }
  for (std::size_t i = 0; i < low.width.size(); ++i) {
    between.width[i] = interpolate_log(low.width[i], high.width[i], fraction);
  }
  interpolate_proposals(low, high, fraction, between);
  return between;
}

template <class T>
void add_elementwise(std::vector<T>& left, const std::vector<T>& right) {
  if (left.empty()) {
    left = right;
    return;
  }
  DOVETAIL_REQUIRE(right.empty() || left.size() == right.size());
  for (std::size_t i = 0; i < right.size(); ++i) left[i] += right[i];
}

}  // namespace

Tuning initial_tuning(std::span<const Coordinate> coordinates) {
  Tuning tuning;
  tuning.scale.assign(coordinates.size(), 1);
  for (const Coordinate& coordinate : coordinates) tuning.width.push_back(within_range(kFirstWidth, coordinate));
  return tuning;
}

Tuning adapt_tuning(const Tuning& before, const KernelRecord& pooled, const Moments& moments,
                    std::span<const Coordinate> coordinates) {
  DOVETAIL_REQUIRE(before.scale.size() == coordinates.size() && before.width.size() == coordinates.size());
  Tuning after = before;
  for (std::size_t i = 0; i < pooled.width_count.size(); ++i) {
    if (pooled.width_count[i] == 0) continue;
    const double bracket_mean = pooled.width_sum[i] / static_cast<double>(pooled.width_count[i]);
    after.width[i] = adapt_width(before.width[i], bracket_mean, coordinates[i]);
  }
  for (std::size_t i = 0; i < moments.dimension() && moments.count() > 1; ++i) {
    if (coordinates[i].kind != CoordinateKind::real || coordinates[i].presence) continue;
    after.scale[i] = adapt_scale(before.scale[i], moments.variance(i), moments.count());
  }
  return after;
}

void adapt_step_size(Tuning& tuning, double factor) {
  const double step = tuning.step_size * std::clamp(factor, 1 / kChangeMax, kChangeMax);
  if (std::isfinite(step) && step > 0) tuning.step_size = step;
}

KernelRecord merge_records(KernelRecord left, const KernelRecord& right) {
  if (left.error_events == 0) left.error_point = right.error_point;
  left.evaluations += right.evaluations;
  left.gradients += right.gradients;
  left.proposals += right.proposals;
  left.acceptance_sum += right.acceptance_sum;
  left.step_choices += right.step_choices;
  left.reversible += right.reversible;
  left.step_sum += right.step_sum;
  left.stuck += right.stuck;
  left.error_events += right.error_events;
  left.divergences += right.divergences;
  left.depth_hits += right.depth_hits;
  add_elementwise(left.width_sum, right.width_sum);
  add_elementwise(left.width_count, right.width_count);
  add_elementwise(left.by_proposal, right.by_proposal);
  return left;
}

std::vector<Tuning> move_tunings(std::span<const Tuning> old_tunings, std::span<const double> old_u,
                                 std::span<const double> new_u) {
  DOVETAIL_REQUIRE(!old_tunings.empty() && old_tunings.size() == old_u.size());
  std::vector<Tuning> moved;
  moved.reserve(new_u.size());
  for (const double u : new_u) {
    const auto above = static_cast<std::size_t>(std::lower_bound(old_u.begin(), old_u.end(), u) - old_u.begin());
    if (above == 0) {
      moved.push_back(old_tunings.front());
    } else if (above == old_u.size()) {
      moved.push_back(old_tunings.back());
    } else {
      const double fraction = (u - old_u[above - 1]) / (old_u[above] - old_u[above - 1]);
      moved.push_back(interpolate(old_tunings[above - 1], old_tunings[above], fraction));
    }
  }
  return moved;
}

void smooth_step_sizes(std::span<Tuning> rungs) {
  std::vector<double> logs;
  logs.reserve(rungs.size());
  for (const Tuning& tuning : rungs) logs.push_back(math::log(tuning.step_size));
  for (std::size_t k = 0; k < rungs.size(); ++k) {
    const double below = logs[k == 0 ? k : k - 1];
    const double above = logs[k + 1 == rungs.size() ? k : k + 1];
    rungs[k].step_size = math::exp(0.25 * below + 0.5 * logs[k] + 0.25 * above);
  }
}

}  // namespace dovetail
