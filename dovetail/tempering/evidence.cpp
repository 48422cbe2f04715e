// Sums over a leg's pairs, their influence by batches, and the prediction of the next round's centres.
#include "dovetail/tempering/evidence.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dovetail/core/error.hpp"
#include "dovetail/core/fold.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::tempering {

namespace {
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double log_nonzero_share(const WeightSum& weights) {
  return math::log(static_cast<double>(weights.count - weights.zeros) / static_cast<double>(weights.count));
}

/// Estimates of one log(Z_{k+1}/Z_k); NaN or infinite where there is none.
struct PairEstimate {
  double forward, backward, bridge;
  bool by_batches;  ///< the bridge has both its sums
};

PairEstimate estimate_pair(const PairSide& up, const PairSide& down) {
  DOVETAIL_REQUIRE(up.slope == -down.slope && up.centre == -down.centre);
  PairEstimate pair{kNaN, kNaN, kNaN, false};
  if (up.weights.count == 0 || down.weights.count == 0) return pair;
  // E_{k+1}[g] misses the part of the lower rung's law where the target has density 0; likewise f at the other end
  pair.forward = up.weights.log_mean() - log_nonzero_share(down.weights);
  pair.backward = -down.weights.log_mean() + log_nonzero_share(up.weights);
  const double lower = math::sum(up.bridge) / static_cast<double>(up.weights.count);
  const double upper = math::sum(down.bridge) / static_cast<double>(down.weights.count);
  pair.by_batches = lower > 0 && upper > 0;
  if (pair.by_batches) {
    pair.bridge = up.centre + math::log(lower / upper);
  } else if (lower > 0 || upper > 0) {
    // c is out of reach of all draws: the bridge's own limits are F (c too high) and B (c too low)
    pair.bridge = lower > 0 ? pair.backward : pair.forward;
  }
  return pair;
}

double thermodynamic_step(const EnergyMoments& low, const EnergyMoments& high, double step) {
  return step * (low.mean() + high.mean()) / 2 - step * step / 12 * (high.variance() - low.variance());
}

std::optional<double> if_finite(double x) { return std::isfinite(x) ? std::optional<double>(x) : std::nullopt; }

/// Delta method by batches: what each stretch of the round says about the sum over all pairs.
std::optional<double> batch_error(std::span<const RungStatistics> rungs) {
  const std::size_t batches = batches_of(rungs.front().round_scans);
  if (rungs.front().round_scans < batches) return std::nullopt;
  std::vector<double> influence(batches, 0.0);
  for (std::size_t k = 0; k + 1 < rungs.size(); ++k) {
    const auto lower = std::span(rungs[k].up.bridge).first(batches);
    const auto upper = std::span(rungs[k + 1].down.bridge).first(batches);
    const double lower_mean = math::sum(lower) / static_cast<double>(batches);
    const double upper_mean = math::sum(upper) / static_cast<double>(batches);
    for (std::size_t b = 0; b < batches; ++b) influence[b] += lower[b] / lower_mean - upper[b] / upper_mean;
  }
  return if_finite(std::sqrt(variance_of_mean(influence)));
}

void note_problem(LegEvidence& evidence, std::size_t pair, const RungStatistics& low, const RungStatistics& high) {
  const std::string where =
      "between rungs " + std::to_string(pair) + " and " + std::to_string(pair + 1) + " counted from the reference ";
  if (low.up.weights.count == 0 || high.down.weights.count == 0) {
    evidence.problem =
        "no finite energy was met " + where + "(the evidence needs energies on both sides); check the model.";
  } else if (low.up.weights.zeros == low.up.weights.count) {
    evidence.problem = "every draw of the lower rung has target density 0 " + where +
                       "(nothing joins the two densities); use a reference nearer to the target or more rungs.";
  } else {
    evidence.problem = "the densities do not overlap " + where + "(their ratio cannot be had); use more rungs.";
  }
}
}  // namespace

double variance_of_mean(std::span<const double> series) {
  DOVETAIL_REQUIRE(series.size() >= 4);
  const std::size_t n = series.size();
  const auto size = static_cast<double>(n);
  const double mean = math::sum(series) / size;
  const auto covariance = [&](std::size_t lag) {
    return math::sum_lanes(n - lag, [&](std::size_t i) { return (series[i] - mean) * (series[i + lag] - mean); }) /
           size;
  };
  const double variance = covariance(0);
  if (!(variance > 0)) return variance;
  double tau = -1;
  double previous = std::numeric_limits<double>::infinity();
  for (std::size_t lag = 0; lag + 1 < n; lag += 2) {
    const double both = std::min(previous, (covariance(lag) + covariance(lag + 1)) / variance);
    if (!(both > 0)) break;
    tau += 2 * both;
    previous = both;
  }
  return std::max(tau, 1.0) * variance / (size - 1);
}

LegEvidence estimate_evidence(std::span<const RungStatistics> rungs, std::span<const double> betas) {
  DOVETAIL_REQUIRE(rungs.size() == betas.size() && rungs.size() >= 2);
  LegEvidence evidence;
  evidence.log_z.push_back(0);
  double forward = 0, backward = 0, thermodynamic = 0;
  bool by_batches = true;
  for (std::size_t k = 0; k + 1 < rungs.size(); ++k) {
    const PairSide& up = rungs[k].up;
    const PairSide& down = rungs[k + 1].down;
    const PairEstimate pair = estimate_pair(up, down);
    forward += pair.forward;
    backward += pair.backward;
    thermodynamic += thermodynamic_step(rungs[k].energy, rungs[k + 1].energy, betas[k + 1] - betas[k]);
    evidence.log_z.push_back(evidence.log_z.back() + pair.bridge);
    by_batches = by_batches && pair.by_batches;
    if (rungs[k].energy.count < rungs[k].scans || rungs[k + 1].energy.count < rungs[k + 1].scans) thermodynamic = kNaN;
    if (!std::isfinite(pair.bridge) && evidence.problem.empty()) note_problem(evidence, k, rungs[k], rungs[k + 1]);
    for (const WeightSum* weights : {&up.weights, &down.weights}) {
      if (weights->effective_share() >= evidence.weight_share_min) continue;
      evidence.weight_share_min = weights->effective_share();
      evidence.weight_share_pair = k;
    }
  }
  evidence.forward = if_finite(forward);
  evidence.backward = if_finite(backward);
  evidence.thermodynamic = if_finite(thermodynamic);
  evidence.bridge = if_finite(evidence.log_z.back());
  if (evidence.forward && evidence.backward) {
    evidence.middle = (forward + backward) / 2;
    evidence.gap = backward - forward;
  } else {
    evidence.middle = evidence.forward ? evidence.forward : evidence.backward;
  }
  if (by_batches) evidence.standard_error = batch_error(rungs);
  evidence.not_converged =
      evidence.gap && (*evidence.gap > 1 || (evidence.standard_error && *evidence.gap > 4 * *evidence.standard_error));
  return evidence;
}

LegEvidence estimate_evidence(std::span<const std::vector<RungStatistics>> copies, std::span<const double> betas) {
  DOVETAIL_REQUIRE(!copies.empty());
  std::vector<RungStatistics> merged;
  for (std::size_t k = 0; k < betas.size(); ++k) {
    std::vector<RungStatistics> leaves;
    for (const auto& copy : copies) leaves.push_back(copy[k]);
    merged.push_back(fold_tree(std::move(leaves), [](RungStatistics left, const RungStatistics& right) {
      left.merge(right);
      return left;
    }));
  }
  LegEvidence evidence = estimate_evidence(merged, betas);
  if (copies.size() < 4) return evidence;
  std::vector<double> values;
  for (const auto& copy : copies) {
    const auto bridge = estimate_evidence(copy, betas).bridge;
    if (!bridge) return evidence;
    values.push_back(*bridge);
  }
  const auto n = static_cast<double>(values.size());
  const double mean = math::sum(values) / n;
  const double squares =
      math::sum_lanes(values.size(), [&](std::size_t c) { return (values[c] - mean) * (values[c] - mean); });
  evidence.standard_error_copies = std::sqrt(squares / (n - 1) / n);
  return evidence;
}

CombinedEvidence combine_legs(const Estimate& first, const Estimate& second) {
  CombinedEvidence combined;
  if (!first.standard_error || !second.standard_error) {
    combined.estimate.value = (first.value + second.value) / 2;
    return combined;
  }
  const double a = *first.standard_error * *first.standard_error;
  const double b = *second.standard_error * *second.standard_error;
  const double share = a + b > 0 ? b / (a + b) : 0.5;
  combined.estimate.value = share * first.value + (1 - share) * second.value;
  combined.estimate.standard_error = std::sqrt(a + b > 0 ? a * b / (a + b) : 0.0);
  combined.disagree = std::fabs(first.value - second.value) > 4 * std::sqrt(a + b);
  return combined;
}

Estimate pool_rounds(const Estimate& previous, std::uint64_t previous_scans, const Estimate& last,
                     std::uint64_t last_scans) {
  DOVETAIL_REQUIRE(last_scans > 0);
  const double all = static_cast<double>(previous_scans) + static_cast<double>(last_scans);
  const double p = static_cast<double>(previous_scans) / all;
  const double q = static_cast<double>(last_scans) / all;
  Estimate pooled{p * previous.value + q * last.value, std::nullopt};
  if (previous.standard_error && last.standard_error) {
    const double a = p * *previous.standard_error;
    const double b = q * *last.standard_error;
    pooled.standard_error = std::sqrt(a * a + b * b);
  }
  return pooled;
}

namespace {
/// log Z between two nodes at `s` in [0, 1] of the interval of length h.
double between_nodes(double s, double h, double low, double high, double slope_low, double slope_high) {
  const double chord = low + (high - low) * s;
  const double secant = (high - low) / h;
  const double m0 = std::isfinite(slope_low) ? slope_low : secant;
  const double m1 = std::isfinite(slope_high) ? slope_high : secant;
  const double r = 1 - s;
  const double cubic = low + (high - low) * s * s * (3 - 2 * s) + h * s * r * (m0 * r - m1 * s);
  const double tangents = std::max(low + m0 * h * s, high - m1 * h * r);
  return std::min(std::max(cubic, tangents), chord);  // log Z is convex in beta
}
}  // namespace

std::vector<double> predict_log_ratios(std::span<const double> betas, std::span<const double> log_z,
                                       std::span<const double> mean_energy, std::span<const double> new_betas) {
  DOVETAIL_REQUIRE(betas.size() >= 2 && log_z.size() == betas.size() && mean_energy.size() == betas.size());
  std::vector<double> node(betas.size(), 0);
  for (std::size_t k = 1; k < betas.size(); ++k) {
    double step = log_z[k] - log_z[k - 1];
    if (!std::isfinite(step)) step = (betas[k] - betas[k - 1]) * (mean_energy[k] + mean_energy[k - 1]) / 2;
    node[k] = node[k - 1] + (std::isfinite(step) ? step : 0);
  }
  std::vector<double> ratios;
  double previous = 0;
  std::size_t k = 0;
  for (std::size_t j = 0; j < new_betas.size(); ++j) {
    while (k + 2 < betas.size() && betas[k + 1] <= new_betas[j]) ++k;
    const double h = betas[k + 1] - betas[k];
    const double here =
        between_nodes((new_betas[j] - betas[k]) / h, h, node[k], node[k + 1], mean_energy[k], mean_energy[k + 1]);
    if (j > 0) ratios.push_back(here - previous);
    previous = here;
  }
  return ratios;
}

}  // namespace dovetail::tempering
