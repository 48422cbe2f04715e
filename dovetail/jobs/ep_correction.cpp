#include "dovetail/jobs/ep_correction.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/diagnose/psis.hpp"
#include "dovetail/diagnose/thresholds.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail {
namespace {

constexpr double kEffectiveMin = 1000;

/// By the points of the last round alone, over their own proposal: it was learnt from the points before them, so the
/// estimate has no bias, whereas proposals of a mixture are too high at the points that they were fitted to.
void add_evidence(std::span<const ep::Proposed> made, std::span<const double> points,
                  std::span<const double> log_target, EpCertificate& certificate) {
  const ep::Proposed& last = made.back();
  const std::size_t n = last.lattice.points;
  const std::size_t d = last.proposal.dimension();
  const auto logs = ep::balanced_log_weights(made.last(1), points.last(n * d), log_target.last(n));
  const double effective = 1 / math::sum_of_squares(ep::normalised(logs));
  certificate.log_evidence = ep::log_mean_exp(logs);
  certificate.log_evidence_se = std::sqrt(std::max(0.0, 1 / effective - 1 / static_cast<double>(n)));
}

}  // namespace

const char* word(EpPhase phase) {
  constexpr std::array kWords = {"ep", "marginals", "importance", "draws", "finished"};
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
    if (!std::isfinite(log_target[i])) log_target[i] = -1e300;  // a point that nothing is known of has no weight
  }
  const std::vector<double> raw = ep::balanced_log_weights(made, answer.points, log_target);
  const auto smoothed = diagnose::pareto_smooth(raw);
  EpCertificate& certificate = answer.certificate;
  certificate.k_hat = smoothed.k_hat.optional();
  certificate.effective = smoothed.importance_ess.optional().value_or(0);
  answer.weights = ep::normalised(smoothed.log_weights.empty() ? std::span<const double>(raw) : smoothed.log_weights);
  certificate.normal = ep::moments_of(answer.points, answer.weights, d);
  certificate.doubt = math::dot(answer.weights, correction.doubts);
  add_evidence(made, answer.points, log_target, certificate);
  const auto weighted = ep::natural_of(certificate.normal);
  const auto bias = weighted ? ep::divergence(*weighted, approximation) : std::nullopt;
  certificate.bias = bias.value_or(0);
  const bool tail = !certificate.k_hat || *certificate.k_hat < diagnose::k_hat_limit(n);  // no tail at all is harmless
  certificate.holds = tail && bias && certificate.effective >= wanted_points(d, noise) &&
                      certificate.doubt <= diagnose::threshold::kSiteIntegralDoubtMax;
  return answer;
}

}  // namespace dovetail
