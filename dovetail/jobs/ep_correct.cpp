// The rounds after expectation propagation: what sites evaluate, and what a round makes of it.
#include <algorithm>
#include <cmath>

#include "dovetail/jobs/ep_job.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/linear_algebra.hpp"

namespace dovetail {
namespace {

constexpr double kAnswerDraws = 4000;  ///< draws of the corrected answer, and no more than effective points
constexpr double kUnknown = -1e4;      ///< log density of a grid point where a site could not tell

// Steps of Purpose::importance, whose first three are proposals, normals of marginals, and draws of the answer.
constexpr std::uint64_t kCheckedStep = 3;

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
  for (std::size_t draw = 0; draw < ep::MarginalGrid::kDraws; ++draw) {
    grid.point(iteration % ep::MarginalGrid::kPoints, draw, x);
    logs.push_back(model_.site_log_marginal(item.value, x).log - ep::log_factor(shared.sites[item.value], x));
  }
  record.integrals.push_back(ep::log_mean_exp(logs));
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
    record.integrals.push_back(model_.site_log_marginal(item.value, x).log);
  }
}

void EpJob::evaluate_errors(const Shared& shared, ItemId item, Record& record, std::uint64_t iteration) const {
  const std::vector<std::uint32_t>& checked = shared.correction.checked;
  std::vector<double> x(prior_.dimension());
  const std::size_t first = iteration * kPointsPerStep;
  for (std::size_t i = first; i < std::min<std::size_t>(first + kPointsPerStep, checked.size()); ++i) {
    ep::point_of(shared.correction.proposed, checked[i], x);
    Rng rng({options_.seed, Purpose::importance, item, Step(kErrorSteps + i)});
    const IntegralError found = model_.site_integral_error(item.value, x, rng);
    record.integrals.push_back(found.error);
    record.variances.push_back(found.variance);
  }
}

std::vector<double> EpJob::corrected_draws(const Shared& shared) const {
  const WeightedAnswer answer = weigh(shared.correction, prior_, shared.answer, *options_.correct);
  Rng rng({options_.seed, Purpose::importance, ItemId(0), Step(2)});
  const std::size_t d = prior_.dimension();
  const auto count = static_cast<std::size_t>(std::min(kAnswerDraws, answer.certificate.effective));
  std::vector<double> draws;
  for (const std::uint32_t i : ep::resample(answer.weights, count, rng)) {
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
    quantiles.push_back(ep::quantiles_of_log_density(values, logs, ep::kMapQuantiles));
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
  const WeightedAnswer answer = weigh(correction, prior_, next.answer, *options_.correct);
  correction.certificate = answer.certificate;
  row.effective = answer.certificate.effective;
  row.k_hat = answer.certificate.k_hat;
  if (answer.certificate.weights_hold) {
    Rng rng({options_.seed, Purpose::importance, ItemId(0), Step(kCheckedStep)});
    correction.checked = ep::resample(answer.weights, kPointsChecked, rng);
    correction.phase = EpPhase::integrals;
    return;
  }
  const std::uint32_t points = points_of_round(correction.proposed.size());
  if (points == 0) {
    correction.phase = EpPhase::finished;
    return;
  }
  Rng rng({options_.seed, Purpose::importance, stream_of(correction), Step(0)});
  correction.proposed.push_back({ep::proposal_of({answer.points, answer.weights, answer.certificate.effective}, scales_,
                                                 *ep::normal_of(next.answer)),
                                 ep::make_lattice(points, prior_.dimension(), rng)});
}

void EpJob::judge_integrals(const Outcome& outcome, EpRow& row, Shared& next) const {
  EpCorrection& correction = next.correction;
  correction.errors = outcome.integrals;
  correction.error_variances = outcome.variances;
  correction.certificate = weigh(correction, prior_, next.answer, *options_.correct).certificate;
  row.effective = correction.certificate->effective;
  row.k_hat = correction.certificate->k_hat;
  correction.phase = correction.certificate->holds ? EpPhase::draws : EpPhase::finished;
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
    case EpPhase::integrals:
      row.points = outcome.integrals.size();
      judge_integrals(outcome, row, next);
      break;
    default:
      next.correction.phase = EpPhase::finished;
  }
  next.correction.evaluations += row.points * model_.sites();
  next.last = row;
  return next;
}

}  // namespace dovetail
