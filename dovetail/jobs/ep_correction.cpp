#include "dovetail/jobs/ep_correction.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/diagnose/psis.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail {
namespace {

constexpr double kEffectiveMin = 1000;
constexpr double kEvidenceEffectiveMin = 100;  ///< in the last round alone

/// By the points of the last round alone, over their own proposal: it was learnt from the points before them, so the
/// estimate has no bias, whereas proposals of a mixture are too high at the points that they were fitted to. None where
/// those few say little, or their tail makes a mean of weights unreliable.
void add_evidence(std::span<const ep::Proposed> made, std::span<const double> points,
                  std::span<const double> log_target, EpCertificate& certificate) {
  const ep::Proposed& last = made.back();
  const std::size_t n = last.lattice.points;
  const std::size_t d = last.proposal.dimension();
  const auto logs = ep::balanced_log_weights(made.last(1), points.last(n * d), log_target.last(n));
  if (!std::isfinite(ep::log_mean_exp(logs))) return;
  const auto k_hat = diagnose::pareto_smooth(logs).k_hat.optional();
  const double effective = 1 / math::sum_of_squares(ep::normalised(logs));
  if (effective < kEvidenceEffectiveMin || (k_hat && !(*k_hat < diagnose::k_hat_limit(n)))) return;
  certificate.log_evidence = ep::log_mean_exp(logs);
  certificate.log_evidence_se = std::sqrt(std::max(0.0, 1 / effective - 1 / static_cast<double>(n)));
}

/// Where the sum of integrals is off by e, the answer is off by KL = log mean exp(e) - mean e, half of the variance of
/// e over the answer when that is small, and the evidence by log mean exp(e). What estimates of e vary by of themselves
/// is no part of that; two standard errors of the difference are added, so that a check which can tell nothing fails.
void add_integral_errors(const EpCorrection& correction, EpCertificate& certificate) {
  const auto n = static_cast<double>(correction.errors.size());
  const double mean = math::sum(correction.errors) / n;
  const double own = math::sum(correction.error_variances) / n;
  double squares = 0;
  for (const double error : correction.errors) squares += (error - mean) * (error - mean);
  const double spread = squares / (n - 1);
  if (!std::isfinite(spread) || !std::isfinite(own)) {
    certificate.doubt = kInfinity;
    return;
  }
  certificate.doubt = 0.5 * std::max(0.0, spread - own + 2 * spread * std::sqrt(2 / (n - 1)));
  if (!certificate.log_evidence) return;
  *certificate.log_evidence += mean + 0.5 * std::max(0.0, spread - own);
  const double se = certificate.log_evidence_se;
  certificate.log_evidence_se = std::sqrt(se * se + spread / n);
}

}  // namespace

const char* word(EpPhase phase) {
  constexpr std::array kWords = {"ep", "marginals", "importance", "integrals", "draws", "finished"};
  return kWords[static_cast<std::size_t>(phase)];
}

double wanted_points(std::size_t d, double noise) {
  const auto n = static_cast<double>(d);
  return std::max(kEffectiveMin, n * (n + 3) / (4 * noise));  // the noise of moments of that many independent draws
}

double shared_value(const Coordinate& c, double u) {
  const bool below = c.lower > -kInfinity;
  const bool above = c.upper < kInfinity;
  if (below && above) return c.lower + (c.upper - c.lower) * math::exp(math::log_logistic(u));
  if (below) return c.lower + math::exp(u);
  return above ? c.upper - math::exp(u) : u;
}

std::uint32_t points_of_round(std::size_t made) {
  constexpr std::array<std::uint32_t, 6> kPoints = {2003, 2003, 4001, 8009, 16001, 32003};
  return made < kPoints.size() ? kPoints[made] : 0;
}

WeightedAnswer weigh(const EpCorrection& correction, const ep::Natural& prior, const ep::Natural& approximation,
                     double noise) {
  const std::size_t d = prior.dimension();
  const std::size_t n = correction.log_likelihoods.size();
  // the newest proposal may not have been used yet
  std::size_t rounds = 0;
  for (std::size_t points = 0; points < n; ++rounds) points += correction.proposed[rounds].lattice.points;
  const auto made = std::span(correction.proposed).first(rounds);
  WeightedAnswer answer{ep::points_of(made, d), {}, {}};
  const double constant = *ep::log_integral(prior);
  std::vector<double> log_target(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double prior_log = ep::log_factor(prior, std::span(answer.points).subspan(i * d, d)) - constant;
    log_target[i] = prior_log + correction.log_likelihoods[i];
    if (std::isfinite(log_target[i])) continue;
    if (log_target[i] != -kInfinity) ++answer.certificate.unknown;
    log_target[i] = -1e300;  // a point that nothing is known of has no weight
  }
  const std::vector<double> raw = ep::balanced_log_weights(made, answer.points, log_target);
  const auto smoothed = diagnose::pareto_smooth(raw);
  EpCertificate& certificate = answer.certificate;
  certificate.k_hat = smoothed.k_hat.optional();
  certificate.effective = smoothed.importance_ess.optional().value_or(0);
  answer.weights = ep::normalised(smoothed.log_weights.empty() ? std::span<const double>(raw) : smoothed.log_weights);
  certificate.normal = ep::moments_of(answer.points, answer.weights, d);
  add_evidence(made, answer.points, log_target, certificate);
  const auto weighted = ep::natural_of(certificate.normal);
  const auto bias = weighted ? ep::divergence(*weighted, approximation) : std::nullopt;
  certificate.bias = bias.value_or(0);
  const bool tail = !certificate.k_hat || *certificate.k_hat < diagnose::k_hat_limit(n);  // no tail at all is harmless
  certificate.weights_hold =
      tail && bias && certificate.effective >= wanted_points(d, noise) && certificate.unknown == 0;
  if (!correction.errors.empty()) add_integral_errors(correction, certificate);
  certificate.holds = certificate.weights_hold && certificate.doubt && *certificate.doubt <= noise;
  return answer;
}

}  // namespace dovetail
