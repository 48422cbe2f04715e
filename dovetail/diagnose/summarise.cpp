// All figures of a column from one sort.
#include "dovetail/diagnose/summarise.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/diagnose/ess.hpp"
#include "dovetail/diagnose/moments.hpp"

namespace dovetail::diagnose {

Summariser::Summariser(std::size_t chains, std::size_t draws)
    : chains_(chains), draws_(draws), scores_(2 * chains * (draws / 2)), autocovariance_(draws / 2) {}

ColumnSummary Summariser::operator()(const ChainsView& view) {
  const Column column(view);
  DOVETAIL_REQUIRE(column.chains() == chains_ && column.draws() == draws_);
  const Unavailable obstacle = column.obstacle();
  ColumnSummary summary;
  summary.chains = chains_;
  summary.draws = draws_;
  summary.non_finite = column.non_finite();
  const Figure missing = Figure::missing(obstacle);
  summary.mean = summary.sd = summary.q5 = summary.q50 = summary.q95 = missing;
  summary.mcse_mean = summary.ess_bulk = summary.ess_tail = summary.ess_mean = missing;
  summary.r_hat = {missing, missing, missing, std::nullopt};
  if (obstacle == Unavailable::non_finite || column.values().empty()) return summary;

  const Moments all = moments(column);
  summary.mean = Figure::of(all.mean);
  summary.sd = chains_ * draws_ > 1 ? Figure::of(all.sd) : Figure::missing(Unavailable::too_few);
  summary.q5 = Figure::of(column.quantile(0.05));
  summary.q50 = Figure::of(column.quantile(0.5));
  summary.q95 = Figure::of(column.quantile(0.95));
  if (obstacle != Unavailable::none) return summary;

  const std::vector<double> values = column.split_values();
  const std::vector<double> bulk = column.scores(scores_);
  summary.r_hat = r_hat(column, bulk, column.folded_scores(scores_), values);
  const auto ess = [&](std::span<const double> split) {
    return effective_sample_size(column.view(split), autocovariance_);
  };
  summary.ess_bulk = ess(bulk);
  summary.ess_mean = ess(values);
  const Figure low = ess(column.indicator(0.05));
  const Figure high = ess(column.indicator(0.95));
  summary.ess_tail = low.available() && (!high.available() || low.value <= high.value) ? low : high;
  summary.mcse_mean =
      summary.ess_mean.available() ? Figure::of(all.sd / std::sqrt(summary.ess_mean.value)) : summary.ess_mean;
  return summary;
}

ColumnSummary summarise(const ChainsView& view) { return Summariser(view.count(), view.draws())(view); }

}  // namespace dovetail::diagnose
