// Geyer's estimator, the inputs it is fed with, and batch means.
#include "dovetail/diagnose/ess.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/diagnose/moments.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail::diagnose {

namespace {
double log10_of(double x) { return math::log(x) / 2.302585092994045684; }

/// tau of Geyer's initial positive monotone sequence; `rho` gives the autocorrelation of a lag.
template <class Rho>
double geyer_time(std::size_t n, Rho&& rho) {
  double sum = 0;
  double previous = 0;
  std::size_t lag = 0;  // even: first lag of the pair
  for (;; lag += 2) {
    // past lag n - 3 averages are of three products at most: no evidence for one more pair
    if (lag > 0 && lag + 6 > n) break;
    const double pair = rho(lag) + rho(lag + 1);
    if (!(pair > 0)) break;
    previous = lag == 0 ? pair : std::min(pair, previous);
    sum += previous;
  }
  return -1 + 2 * sum + std::max(rho(lag), 0.0);
}
}  // namespace

Figure effective_sample_size(const Sequences& sequences, const BetweenWithin& moments, Autocovariance& autocovariance) {
  const std::size_t n = sequences.length;
  if (n < 4) return Figure::missing(Unavailable::too_few);
  if (!(moments.variance_plus > 0)) return Figure::missing(Unavailable::constant);
  const auto acov = autocovariance.mean_over(sequences, moments.means);
  const double unbias = static_cast<double>(n) / static_cast<double>(n - 1);
  const auto rho = [&](std::size_t t) {
    return t == 0 ? 1.0 : 1 - (moments.within - unbias * acov[t]) / moments.variance_plus;
  };
  const auto total = static_cast<double>(sequences.count * n);
  const double tau = std::max(geyer_time(n, rho), 1 / log10_of(total));
  return Figure::of(total / tau);
}

Figure effective_sample_size(const Sequences& sequences, Autocovariance& autocovariance) {
  if (sequences.length < 4) return Figure::missing(Unavailable::too_few);
  return effective_sample_size(sequences, between_within(sequences), autocovariance);
}

namespace {
/// Applies `input` to a column without obstacle and estimates the ESS of what it gives.
template <class Input>
Figure ess_of(const Column& column, Input&& input) {
  if (column.obstacle() != Unavailable::none) return Figure::missing(column.obstacle());
  Autocovariance autocovariance(column.half());
  const std::vector<double> split = input(column);
  return effective_sample_size(column.view(split), autocovariance);
}
}  // namespace

Figure ess_bulk(const ChainsView& view) {
  return ess_of(Column(view), [](const Column& c) { return c.scores(NormalScores(c.sequences() * c.half())); });
}

Figure ess_mean(const Column& column) {
  return ess_of(column, [](const Column& c) { return c.split_values(); });
}
Figure ess_mean(const ChainsView& view) { return ess_mean(Column(view)); }

Figure ess_sd(const Column& column) { return ess_of(column, squared_deviations); }
Figure ess_sd(const ChainsView& view) { return ess_sd(Column(view)); }

Figure ess_quantile(const ChainsView& view, double p) {
  DOVETAIL_REQUIRE(p > 0 && p < 1);
  return ess_of(Column(view), [p](const Column& c) { return c.indicator(p); });
}

Figure ess_tail(const ChainsView& view) {
  const Figure low = ess_quantile(view, 0.05);
  const Figure high = ess_quantile(view, 0.95);
  return low.available() && (!high.available() || low.value <= high.value) ? low : high;
}

std::vector<double> squared_deviations(const Column& column) {
  const double mean = moments(column).mean / column.scale();
  std::vector<double> split = column.split_values();
  for (double& v : split) v = (v - mean) * (v - mean);
  return split;
}

Figure ess_batch_means(const ChainsView& view) {
  const Column column(view);
  if (column.obstacle() != Unavailable::none) return Figure::missing(column.obstacle());
  const std::size_t draws = column.draws();
  const auto size = static_cast<std::size_t>(std::sqrt(static_cast<double>(draws)));
  const std::size_t batches = draws / size;
  const auto x = column.values();
  const double scale = column.scale();
  const auto total = static_cast<double>(x.size());
  const Moments all = moments(column);
  const double mean = all.mean / scale;
  const double batch_squares = sum_over_items(column.chains(), [&](std::size_t m) {
    return math::sum_lanes(batches, [&](std::size_t b) {
      const auto batch = x.subspan(m * draws + b * size, size);
      const double sum = math::sum_lanes(size, [&](std::size_t i) { return batch[i] / scale; });
      const double d = sum / static_cast<double>(size) - mean;
      return d * d;
    });
  });
  const double variance = all.sd / scale * (all.sd / scale);
  const double of_means = batch_squares / static_cast<double>(column.chains() * batches - 1);
  const double tau = std::max(static_cast<double>(size) * of_means / variance, 1 / log10_of(total));
  return Figure::of(total / tau);
}

}  // namespace dovetail::diagnose
