// R-hat from means and variances of split sequences.
#include "dovetail/diagnose/r_hat.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dovetail::diagnose {

Figure potential_scale_reduction(const BetweenWithin& moments) {
  if (!(moments.variance_plus > 0)) return Figure::missing(Unavailable::constant);
  if (!(moments.within > 0)) return Figure::of(std::numeric_limits<double>::infinity());
  return Figure::of(std::sqrt(moments.variance_plus / moments.within));
}

namespace {
/// The chain whose mean (of its two halves) is farthest from the mean of all; the first of equals.
std::optional<std::size_t> farthest_chain(const std::vector<double>& means) {
  const std::size_t chains = means.size() / 2;
  if (chains < 3) return std::nullopt;
  const double grand =
      sum_over_items(means.size(), [&](std::size_t j) { return means[j]; }) / static_cast<double>(means.size());
  std::size_t farthest = 0;
  double largest = -1;
  for (std::size_t m = 0; m < chains; ++m) {
    const double distance = std::fabs((means[2 * m] + means[2 * m + 1]) / 2 - grand);
    if (distance > largest) {
      largest = distance;
      farthest = m;
    }
  }
  return farthest;
}

/// Empty where no chain is constant, all of them being what they are compared with.
std::optional<RHat> with_constant_chains(const Column& column) {
  const Figure infinite = Figure::of(std::numeric_limits<double>::infinity());
  RHat result{infinite, infinite, infinite, std::nullopt};
  double value = 0;
  bool alike = true;
  for (std::size_t m = 0; m < column.chains(); ++m) {
    if (!column.chain_constant(m)) continue;
    if (!result.odd_chain) {
      result.odd_chain = m;
      value = column.values()[m * column.draws()];
    }
    alike = alike && column.values()[m * column.draws()] == value;
    ++result.constant_chains;
  }
  if (!result.odd_chain) return std::nullopt;
  const std::size_t moving = column.chains() - result.constant_chains;
  if (alike && moving > 0) {
    const auto same = std::count(column.values().begin(), column.values().end(), value);
    const std::size_t others = static_cast<std::size_t>(same) - result.constant_chains * column.draws();
    result.constant_share = static_cast<double>(others) / static_cast<double>(moving * column.draws());
  }
  return result;
}
}  // namespace

RHat r_hat(const Column& column, std::span<const double> bulk_scores, std::span<const double> folded_scores,
           std::span<const double> split_values) {
  DOVETAIL_REQUIRE(column.obstacle() == Unavailable::none);
  if (const auto infinite = with_constant_chains(column)) return *infinite;
  const BetweenWithin bulk = between_within(column.view(bulk_scores));
  const BetweenWithin folded = between_within(column.view(folded_scores));
  RHat result;
  result.bulk = potential_scale_reduction(bulk);
  result.tail = potential_scale_reduction(folded);
  result.classical = potential_scale_reduction(between_within(column.view(split_values)));
  result.odd_chain = farthest_chain(result.tail_is_largest() ? folded.means : bulk.means);
  return result;
}

RHat r_hat(const ChainsView& view) {
  const Column column(view);
  if (column.obstacle() != Unavailable::none) {
    const Figure missing = Figure::missing(column.obstacle());
    return {missing, missing, missing, std::nullopt};
  }
  const NormalScores table(column.sequences() * column.half());
  return r_hat(column, column.scores(table), column.folded_scores(table), column.split_values());
}

}  // namespace dovetail::diagnose
