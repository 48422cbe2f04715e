// The rounds after expectation propagation: what sites evaluate, and what a round makes of it.
#include <algorithm>
#include <cmath>

#include "dovetail/jobs/ep_job.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/linear_algebra.hpp"

namespace dovetail {
namespace {

constexpr std::size_t kQuantiles = 150;     ///< of a marginal
constexpr std::size_t kAnswerDraws = 4000;  ///< draws of the corrected answer
constexpr double kUnknown = -1e4;           ///< log density of a grid point where a site could not tell

/// Streams of one round of importance sampling.
ItemId stream_of(const EpCorrection& correction) {
  return ItemId(static_cast<std::uint32_t>(correction.proposed.size()));
}

}  // namespace

std::vector<double> EpJob::grid_normals(std::uint32_t coordinate) const {
  Rng rng({options_.seed, Purpose::importance, ItemId(coordinate), Step(1)});
  std::vector<double> normals(ep::MarginalGrid::kDraws / 2 * prior_.dimension());
  math::draw_normals(rng, normals);
  return normals;
}

/// One grid point of one coordinate: log of the mean, over draws, of what the approximation should be multiplied with.
void EpJob::evaluate_grid(const Shared& shared, ItemId item, Record& record, std::uint64_t iteration) const {
  const std::uint32_t coordinate = scales_[iteration / ep::MarginalGrid::kPoints];
  const auto g = ep::normal_of(shared.global);
  const std::vector<double> normals = grid_normals(coordinate);
  const ep::MarginalGrid grid(*g, shared.factor, coordinate, normals);
  std::vector<double> x(prior_.dimension());
  std::vector<double> logs;
  double doubt = 0;
  for (std::size_t draw = 0; draw < ep::MarginalGrid::kDraws; ++draw) {
    grid.point(iteration % ep::MarginalGrid::kPoints, draw, x);
    const SiteMarginal marginal = model_.site_log_marginal(item.value, x);
    logs.push_back(marginal.log - ep::log_factor(shared.sites[item.value], x));
    doubt = std::max(doubt, marginal.worst_correction);
  }
  record.integrals.push_back(ep::log_mean_exp(logs));
  record.doubts.push_back(doubt);
}

void EpJob::evaluate_points(const Shared& shared, ItemId item, Record& record, std::uint64_t iteration) const {
  const ep::Proposed& proposed = shared.correction.proposed.back();
  const std::size_t d = prior_.dimension();
  std::vector<double> normals(d);
  std::vector<double> x(d);
  const auto first = static_cast<std::uint32_t>(iteration * kPointsPerStep);
  const std::uint32_t last = std::min(first + kPointsPerStep, proposed.lattice.points);
  for (std::uint32_t i = first; i < last; ++i) {
    proposed.lattice.normals(i, normals);
    proposed.proposal.value_of(normals, x);
    const SiteMarginal marginal = model_.site_log_marginal(item.value, x);
    record.integrals.push_back(marginal.log);
    record.doubts.push_back(marginal.worst_correction);
  }
}

std::vector<double> EpJob::corrected_draws(const Shared& shared) const {
  const WeightedAnswer answer = weigh(shared.correction, prior_, shared.answer, *options_.correct);
  Rng rng({options_.seed, Purpose::importance, ItemId(0), Step(2)});
  const std::size_t d = prior_.dimension();
  std::vector<double> draws;
  for (const std::uint32_t i : ep::resample(answer.weights, kAnswerDraws, rng)) {
    const auto point = std::span(answer.points).subspan(i * d, d);
    draws.insert(draws.end(), point.begin(), point.end());
  }
  return draws;
}

void EpJob::draw_answer(const Shared& shared, Record& record) const {
  record.answer = corrected_draws(shared);
  const std::size_t d = prior_.dimension();
  for (std::size_t i = 0; i < record.answer.size(); ++i) {
    record.answer[i] = shared_value(model_.description().coordinates[i % d], record.answer[i]);
  }
}

void EpJob::drain(const Shared& shared, ItemId item, Record& record, Sink& sink) const {
  if (record.answer.empty()) return;
  DrawBlock block{item, Round(shared.round + shared.correction.rounds_made + 1), 0, prior_.dimension(), {}};
  block.values.swap(record.answer);
  sink.write(block);
}

/// The first proposal, where there is nothing to look at marginals of: the approximation, somewhat wider.
void EpJob::begin_correction(Shared& next) const {
  if (!scales_.empty()) {
    next.correction.phase = EpPhase::marginals;
    return;
  }
  Rng rng({options_.seed, Purpose::importance, stream_of(next.correction), Step(0)});
  next.correction.phase = EpPhase::importance;
  next.correction.proposed.push_back(
      {ep::proposal_of(std::vector<std::vector<double>>(), scales_, *ep::normal_of(next.answer)),
       ep::make_lattice(points_of_round(0), prior_.dimension(), rng)});
}

void EpJob::propose_from_marginals(const Shared& shared, const Outcome& outcome, Shared& next) const {
  const auto g = ep::normal_of(shared.global);
  std::vector<std::vector<double>> quantiles;
  for (std::size_t s = 0; s < scales_.size(); ++s) {
    const std::vector<double> normals = grid_normals(scales_[s]);
    const ep::MarginalGrid grid(*g, shared.factor, scales_[s], normals);
    std::vector<double> values;
    std::vector<double> logs;
    for (std::size_t i = 0; i < ep::MarginalGrid::kPoints; ++i) {
      const double offset = ep::MarginalGrid::offset(i);
      const double correction = outcome.integrals[s * ep::MarginalGrid::kPoints + i];
      values.push_back(grid.value(i));
      logs.push_back(std::isfinite(correction) ? correction - 0.5 * offset * offset : kUnknown);
    }
    quantiles.push_back(ep::quantiles_of_log_density(values, logs, kQuantiles));
  }
  Rng rng({options_.seed, Purpose::importance, stream_of(next.correction), Step(0)});
  next.correction.proposed.push_back({ep::proposal_of(quantiles, scales_, *ep::normal_of(next.answer)),
                                      ep::make_lattice(points_of_round(0), prior_.dimension(), rng)});
  next.correction.phase = EpPhase::importance;
}

/// Weights of all points so far; then another round with a proposal learnt from them, or an end.
void EpJob::learn_from_points(const Outcome& outcome, EpRow& row, Shared& next) const {
  EpCorrection& correction = next.correction;
  correction.log_likelihoods.insert(correction.log_likelihoods.end(), outcome.integrals.begin(),
                                    outcome.integrals.end());
  correction.doubts.insert(correction.doubts.end(), outcome.doubts.begin(), outcome.doubts.end());
  const WeightedAnswer answer = weigh(correction, prior_, next.answer, *options_.correct);
  correction.certificate = answer.certificate;
  row.effective = answer.certificate.effective;
  row.k_hat = answer.certificate.k_hat;
  const std::uint32_t points = points_of_round(correction.proposed.size());
  if (answer.certificate.holds || points == 0) {
    correction.phase = answer.certificate.holds ? EpPhase::draws : EpPhase::finished;
    return;
  }
  Rng rng({options_.seed, Purpose::importance, stream_of(correction), Step(0)});
  correction.proposed.push_back({ep::proposal_of({answer.points, answer.weights, answer.certificate.effective}, scales_,
                                                 *ep::normal_of(next.answer)),
                                 ep::make_lattice(points, prior_.dimension(), rng)});
}

EpJob::Shared EpJob::update_correction(const Shared& shared, const Outcome& outcome) const {
  Shared next = shared;
  EpRow row;
  row.phase = word(shared.correction.phase);
  row.sites = row.answered = static_cast<std::uint32_t>(model_.sites());
  row.round = shared.round + ++next.correction.rounds_made;
  row.answer_noise = shared.answer_noise;
  row.averaged = static_cast<std::uint32_t>(shared.targets.size());
  switch (shared.correction.phase) {
    case EpPhase::marginals:
      row.points = outcome.integrals.size() * ep::MarginalGrid::kDraws;
      propose_from_marginals(shared, outcome, next);
      break;
    case EpPhase::importance:
      row.points = outcome.integrals.size();
      learn_from_points(outcome, row, next);
      break;
    default:
      next.correction.phase = EpPhase::finished;
  }
  next.correction.evaluations += row.points * model_.sites();
  next.last = row;
  return next;
}

}  // namespace dovetail
