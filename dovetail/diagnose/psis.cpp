// Generalised Pareto fit to the largest weights, and the quantiles that replace them.
#include "dovetail/diagnose/psis.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "dovetail/core/error.hpp"
#include "dovetail/diagnose/thresholds.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::diagnose {

namespace {
constexpr std::size_t kTailMin = 5;

/// mean log(1 - theta x): the profile estimate of k for a given theta.
double shape_at(double theta, std::span<const double> x) {
  return math::sum_lanes(x.size(), [&](std::size_t i) { return math::log1p(-theta * x[i]); }) /
         static_cast<double>(x.size());
}

double profile_log_likelihood(double theta, double k, std::span<const double> x) {
  const auto m = static_cast<double>(x.size());
  // at theta = 0 the distribution is exponential with scale mean x
  const double rate = k == 0 ? m / math::sum(x) : -theta / k;
  return m * (math::log(rate) - k - 1);
}

/// Quantile of the fit, minus the location.
double pareto_quantile(double p, double k, double sigma) {
  const double t = -math::log1p(-p);
  return k == 0 ? sigma * t : sigma * math::expm1(k * t) / k;
}
}  // namespace

GeneralisedPareto fit_generalised_pareto(std::span<const double> x) {
  const std::size_t m = x.size();
  DOVETAIL_REQUIRE(m >= kTailMin && x.front() > 0);
  const std::size_t points = 30 + static_cast<std::size_t>(std::sqrt(static_cast<double>(m)));
  const std::size_t quarter = (m + 2) / 4;  // m / 4 rounded, halves up: rank of the first quartile, from 1
  std::vector<double> theta(points);
  std::vector<double> log_likelihood(points);
  for (std::size_t j = 0; j < points; ++j) {
    const double root = std::sqrt(static_cast<double>(points) / (static_cast<double>(j) + 0.5));
    theta[j] = 1 / x.back() + (1 - root) / (3 * x[quarter - 1]);
    log_likelihood[j] = profile_log_likelihood(theta[j], shape_at(theta[j], x), x);
  }
  const double best = *std::max_element(log_likelihood.begin(), log_likelihood.end());
  const double weight_sum = math::sum_lanes(points, [&](std::size_t j) { return math::exp(log_likelihood[j] - best); });
  const double mean_theta =
      math::sum_lanes(points, [&](std::size_t j) { return theta[j] * math::exp(log_likelihood[j] - best); }) /
      weight_sum;
  const double k = shape_at(mean_theta, x);
  return {k, k == 0 ? math::sum(x) / static_cast<double>(m) : -k / mean_theta};
}

ParetoSmoothed pareto_smooth(std::span<const double> log_weights, double relative_efficiency) {
  DOVETAIL_REQUIRE(relative_efficiency > 0);
  ParetoSmoothed result;
  result.k_hat = result.importance_ess = Figure::missing(Unavailable::too_few);
  if (log_weights.empty()) return result;
  const double highest = *std::max_element(log_weights.begin(), log_weights.end());
  if (std::any_of(log_weights.begin(), log_weights.end(), [](double w) { return std::isnan(w); }) ||
      !std::isfinite(highest)) {
    result.k_hat = result.importance_ess = Figure::missing(Unavailable::non_finite);
    return result;
  }
  const std::size_t draws = log_weights.size();
  result.log_weights.resize(draws);
  for (std::size_t s = 0; s < draws; ++s) result.log_weights[s] = log_weights[s] - highest;
  const double sum = math::sum_lanes(draws, [&](std::size_t s) { return math::exp(result.log_weights[s]); });
  const double squares = math::sum_lanes(draws, [&](std::size_t s) { return math::exp(2 * result.log_weights[s]); });
  result.importance_ess = Figure::of(sum * sum / squares);

  const double wanted = std::ceil(3 * std::sqrt(static_cast<double>(draws) / relative_efficiency));
  const std::size_t tail = std::min(draws / 5, static_cast<std::size_t>(std::min(wanted, static_cast<double>(draws))));
  if (tail < kTailMin) return result;
  // the tail and the cutoff below it, ascending; equal weights in order of their position
  std::vector<std::size_t> order(draws);
  for (std::size_t s = 0; s < draws; ++s) order[s] = s;
  const auto less = [&](std::size_t a, std::size_t b) {
    const double wa = result.log_weights[a];
    const double wb = result.log_weights[b];
    return wa < wb || (wa == wb && a < b);
  };
  const auto cutoff_at = order.end() - static_cast<std::ptrdiff_t>(tail) - 1;
  std::nth_element(order.begin(), cutoff_at, order.end(), less);
  std::sort(cutoff_at, order.end(), less);
  const double cutoff = math::exp(result.log_weights[*cutoff_at]);
  std::vector<double> exceedances;
  std::vector<std::size_t> members;
  for (auto it = cutoff_at + 1; it != order.end(); ++it) {
    const double x = math::exp(result.log_weights[*it]) - cutoff;
    if (x > 0) {
      exceedances.push_back(x);
      members.push_back(*it);
    }
  }
  result.tail = exceedances.size();
  if (exceedances.size() < kTailMin) {
    result.k_hat = Figure::missing(exceedances.empty() ? Unavailable::constant : Unavailable::too_few);
    return result;
  }
  const GeneralisedPareto fit = fit_generalised_pareto(exceedances);
  const auto m = static_cast<double>(exceedances.size());
  const double k = (m * fit.k + 10 * 0.5) / (m + 10);
  result.k_hat = Figure::of(k);
  for (std::size_t z = 0; z < members.size(); ++z) {
    const double smoothed = cutoff + pareto_quantile((static_cast<double>(z) + 0.5) / m, k, fit.sigma);
    result.log_weights[members[z]] = std::min(math::log(smoothed), 0.0);
  }
  return result;
}

double k_hat_limit(std::size_t draws) {
  DOVETAIL_REQUIRE(draws >= 2);
  const double log10_draws = math::log(static_cast<double>(draws)) / 2.302585092994045684;
  return std::min(1 - 1 / log10_draws, threshold::kKHatMax);
}

}  // namespace dovetail::diagnose
