#include "dovetail/jobs/ep_summary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "dovetail/diagnose/psis.hpp"
#include "dovetail/diagnose/thresholds.hpp"
#include "dovetail/diagnose/warnings.hpp"
#include "dovetail/jobs/environment.hpp"
#include "dovetail/jobs/ep_start.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail {
namespace {

namespace threshold = diagnose::threshold;

/// Of a parameter whose coordinate is normal with this mean and sd.
ParameterSummary figures_of(const Coordinate& coordinate, double mean, double sd) {
  const double to_q95 = math::normal_quantile(0.95) * sd;
  ParameterSummary figures;
  figures.name = coordinate.name;
  if (coordinate.lower == -kInfinity) {
    figures.mean = mean;
    figures.sd = sd;
    figures.q5 = mean - to_q95;
    figures.q50 = mean;
    figures.q95 = mean + to_q95;
    return figures;
  }
  figures.mean = coordinate.lower + math::exp(mean + 0.5 * sd * sd);  // lognormal above its bound
  figures.sd = (figures.mean - coordinate.lower) * std::sqrt(math::expm1(sd * sd));
  figures.q5 = coordinate.lower + math::exp(mean - to_q95);
  figures.q50 = coordinate.lower + math::exp(mean);
  figures.q95 = coordinate.lower + math::exp(mean + to_q95);
  return figures;
}

void warn(Summary& summary, std::string_view id, std::string text, std::string fix) {
  summary.warnings.push_back({std::string(id), std::move(text), std::move(fix)});
}

/// Which conditions of a certificate do not hold.
std::string why_it_failed(const EpCertificate& found, std::size_t d, std::size_t points, double noise) {
  std::vector<std::string> reasons;
  if (found.k_hat && *found.k_hat >= diagnose::k_hat_limit(points)) {
    reasons.push_back(
        fmt::format("k-hat of the weights is {:.2f}, not below {:.2f}", *found.k_hat, diagnose::k_hat_limit(points)));
  }
  if (!(found.effective >= wanted_points(d, noise))) {
    reasons.push_back(
        fmt::format("{:.0f} effective points, {:.0f} are wanted", found.effective, wanted_points(d, noise)));
  }
  if (found.unknown > 0) reasons.push_back(fmt::format("sites' integrals are no number at {} points", found.unknown));
  if (found.doubt && !(*found.doubt <= noise)) {
    reasons.push_back(
        std::isfinite(*found.doubt)
            ? fmt::format("errors of sites' integrals move the answer by up to {:.2g} nats, not at most {}",
                          *found.doubt, noise)
            : "the model cannot tell how far its integrals over local parameters are off");
  }
  if (reasons.empty()) reasons.emplace_back("the weighted points have no covariance");
  return fmt::format("{}", fmt::join(reasons, "; "));
}

void add_warnings(const EpJob& job, const EpShared& shared, const EpSummary& ep, Summary& summary) {
  if (!shared.last_round) return;
  const EpRow& row = *shared.last_round;
  if (!shared.converged && !job.is_consensus()) {
    warn(summary, diagnose::warning::kEpNotConverged,
         fmt::format("not converged: {:.2g} nats still to be moved (of which noise {:.2g}), Monte Carlo error of the "
                     "answer {:.2g} nats, wanted {}",
                     row.distance, row.noise, shared.answer_noise, job.options().tolerance),
         "more --rounds where the distance still falls; more --draws where the noise is what remains");
  }
  if (row.noise > threshold::kEpNoiseMax) {
    warn(summary, diagnose::warning::kEpNoise, fmt::format("sites' targets are noisy: {:.2g} nats a round", row.noise),
         job.options().estimator == SiteEstimator::moments ? "use --estimator score, or many more --draws"
                                                           : "more --draws; fewer, larger sites (--sites-max)");
  }
  if (row.answered < row.sites) {
    warn(summary, diagnose::warning::kEpSilentSites,
         fmt::format("{} of {} sites gave no usable target in the last round and kept their factor",
                     row.sites - row.answered, row.sites),
         "more --draws; look for rows of such a site that the model cannot explain");
  }
  if (row.doubtful > 0) {
    warn(summary, diagnose::warning::kEpDoubtfulSites,
         fmt::format("the draws of {} sites miss Stein's identity by more than {} standard errors", row.doubtful,
                     threshold::kSteinZMax),
         "longer --warmup and more --draws (chains that have not met), or look at the gradients of the model");
  }
  if (shared.stuck_rounds > 0) {
    warn(summary, diagnose::warning::kEpStuck,
         fmt::format("in {} rounds no step kept the approximation proper", shared.stuck_rounds),
         "more --draws; a smaller --step; fewer, larger sites");
  }
  if (shared.divergences > 0 && row.divergences > 0) {
    warn(summary, diagnose::warning::kEpDivergences,
         fmt::format("{} divergent trajectories in the last round", row.divergences),
         "a larger --adapt-delta, or a longer --warmup");
  }
  const auto& coordinates = job.model().description().coordinates;
  std::size_t wide = 0;
  for (std::size_t j = 0; j < ep.mean.size(); ++j) {
    const double sd = std::sqrt(ep.covariance[j * (ep.mean.size() + 1)]);
    if (coordinates[j].lower == 0 && sd > threshold::kLogScaleSdMax) ++wide;
  }
  const auto& certificate = shared.correction.certificate;
  if (certificate && shared.correction.phase == EpPhase::finished && !certificate->holds) {
    warn(summary, diagnose::warning::kEpNotCorrected,
         "the correction failed: " + why_it_failed(*certificate, ep.mean.size(),
                                                   shared.correction.log_likelihoods.size(), *job.options().correct),
         "take the answer as one with EP's own bias; fewer, larger sites make it smaller");
  }
  const bool corrected = certificate && certificate->holds;
  if (wide > 0 && !corrected) {
    warn(
        summary, diagnose::warning::kEpSkewedScales,
        fmt::format("{} scales have an sd of their logarithm above {}: their posterior is likely to be skewed, and the "
                    "approximation then cuts its long tail (sd too small, by more than a third in bad cases)",
                    wide, threshold::kLogScaleSdMax),
        "remove it with --correct 0.05, or check with fewer sites; the means of other parameters are less affected");
  }
}

/// Figures of a column of weighted values.
ParameterSummary figures_of(const std::string& name, const std::vector<double>& values, const WeightedAnswer& answer) {
  ParameterSummary figures;
  figures.name = name;
  double square = 0;
  for (std::size_t i = 0; i < values.size(); ++i) figures.mean += answer.weights[i] * values[i];
  for (std::size_t i = 0; i < values.size(); ++i) {
    square += answer.weights[i] * (values[i] - figures.mean) * (values[i] - figures.mean);
  }
  figures.sd = std::sqrt(square);
  const auto quantiles = ep::weighted_quantiles(values, answer.weights, 10);  // at .05, .15, ..., .95
  figures.q5 = quantiles.front();
  figures.q50 = ep::weighted_quantiles(values, answer.weights, 1).front();
  figures.q95 = quantiles.back();
  figures.ess_bulk = answer.certificate.effective;
  figures.mcse_mean = figures.sd / std::sqrt(answer.certificate.effective);
  return figures;
}

/// Replaces the figures of parameters where the correction is certified.
std::optional<EpCorrectionSummary> correction_of(const EpJob& job, const EpShared& shared, Summary& summary) {
  if (!shared.correction.certificate) return std::nullopt;
  const WeightedAnswer answer = weigh(shared.correction, job.prior(), shared.answer, *job.options().correct);
  const EpCertificate& certificate = answer.certificate;
  EpCorrectionSummary correction;
  correction.certified = certificate.holds ? 1 : 0;
  correction.rounds = shared.correction.rounds_made;
  correction.points = answer.weights.size();
  correction.effective = certificate.effective;
  correction.k_hat = certificate.k_hat;
  correction.integral_doubt = certificate.doubt;
  correction.bias = certificate.bias;
  correction.mean = certificate.normal.mean;
  correction.covariance = certificate.normal.covariance;
  if (!certificate.holds) return correction;
  correction.log_evidence = certificate.log_evidence;
  if (certificate.log_evidence) correction.log_evidence_se = certificate.log_evidence_se;
  const std::size_t d = job.model().shared();
  std::vector<double> values(answer.weights.size());
  for (std::size_t j = 0; j < d; ++j) {
    const Coordinate& coordinate = job.model().description().coordinates[j];
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = shared_value(coordinate, answer.points[i * d + j]);
    summary.parameters[j] = figures_of(coordinate.name, values, answer);
  }
  return correction;
}

}  // namespace

const char* word(SiteEstimator estimator) {
  constexpr std::array kWords = {"score", "lap", "gradient", "moments", "laplace", "consensus", "own"};
  return kWords[static_cast<std::size_t>(estimator)];
}

Summary summarise_ep(const EpJob& job, const EpShared& shared) {
  const DividedModel& model = job.model();
  Summary summary;
  summary.command = "ep";
  summary.model = model.description().name;
  summary.seed = job.options().seed;
  summary.version = build().version;
  summary.sampling.chains = job.options().chains;
  if (job.options().estimator == SiteEstimator::laplace) {
    summary.sampling.chains = 0;
  } else {
    summary.sampling.draws = job.options().draws / job.options().chains;
    summary.sampling.warmup = *job.options().warmup;
  }
  summary.sampling.divergences = shared.divergences;
  summary.sampling.gradient_evaluations = shared.gradients;
  const auto answer = ep::normal_of(shared.answer);
  EpSummary ep;
  ep.sites = static_cast<std::uint32_t>(model.sites());
  ep.rounds = shared.round;
  ep.converged = shared.converged ? 1 : 0;
  ep.estimator = word(job.options().estimator);
  ep.family = words(job.family(), model);
  if (shared.last_round) ep.distance = shared.last_round->distance;
  ep.answer_noise = shared.answer_noise;
  ep.averaged = static_cast<std::uint32_t>(shared.targets.size());
  const std::size_t d = model.shared();
  for (std::size_t j = 0; j < d; ++j) {
    const Coordinate& coordinate = model.description().coordinates[j];
    summary.parameters.push_back(figures_of(coordinate, answer->mean[j], std::sqrt(answer->covariance[j * (d + 1)])));
  }
  ep.names = shared_names(model);
  ep.mean = answer->mean;
  ep.covariance = answer->covariance;
  for (std::size_t k = 0; k < model.sites(); ++k) {
    const ep::Natural without = ep::cavity(shared.global, shared.sites[k], 1);
    ep.site_names.push_back(model.site_name(k));
    // a whole factor may leave no cavity where steps keep that of a lesser power proper
    ep.influence.push_back(ep::divergence(shared.global, without).value_or(kInfinity));
  }
  add_warnings(job, shared, ep, summary);
  ep.correction = correction_of(job, shared, summary);
  summary.notes.emplace_back(
      ep.correction && ep.correction->certified != 0
          ? "figures are those of weighted points: their errors are told, and no bias of expectation propagation "
            "is among them"
          : "figures are those of a normal approximation on the unconstrained scale; its own "
            "bias is part of none of the "
            "errors told here");
  summary.ep = std::move(ep);
  summary.status = summary.warnings.empty() ? "ok" : "warnings";
  return summary;
}

}  // namespace dovetail
