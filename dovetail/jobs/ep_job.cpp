#include "dovetail/jobs/ep_job.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dovetail/adapt/metric_estimate.hpp"
#include "dovetail/adapt/tuning.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/ep/laplace.hpp"
#include "dovetail/jobs/ep_start.hpp"
#include "dovetail/jobs/failures.hpp"
#include "dovetail/jobs/tilted_path.hpp"
#include "dovetail/kernel/evaluate.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail {
namespace {

constexpr std::uint64_t kWarmUp = 100;  ///< iterations of a chain in a round, when the user does not say
constexpr double kStartRadius = 0.5;    ///< of first points, in standard deviations of what sites begin with

/// Streams of a site's chains do not meet those of another site.
ItemId chain_id(ItemId item, std::size_t chain, std::uint32_t chains) {
  return ItemId(item.value * chains + static_cast<std::uint32_t>(chain));
}

}  // namespace

EpJob::EpJob(const DividedModel& model, const EpOptions& options)
    : model_(model),
      options_(options),
      warmup_(options.warmup.value_or(kWarmUp)),
      prior_(prior_of(model)),
      family_(family_of(options.family, model)),
      kernel_(options.depth_max, options.adapt_delta),
      windows_(plan_warm_up(WarmUpScheme::fisher, warmup_)) {
  options_.warmup = warmup_;
  for (std::uint32_t j = 0; j < model.shared(); ++j) {
    const Coordinate& c = model.description().coordinates[j];
    if (c.lower > -kInfinity || c.upper < kInfinity) scales_.push_back(j);
  }
}

std::string EpJob::first_fault() const { return faults_.first() ? fault_words(model_, faults_, {}) : std::string(); }

void EpJob::set_frame(Shared& shared) const {
  const std::size_t d = prior_.dimension();
  const auto normal = ep::normal_of(shared.global);
  DOVETAIL_ENSURE(normal.has_value());  // move_sites() has seen to it
  const auto factor = math::cholesky(normal->covariance, d);
  DOVETAIL_ENSURE(factor.has_value());
  shared.mean = normal->mean;
  shared.factor = *factor;
}

EpJob::Shared EpJob::begin_shared() const {
  Shared shared;
  shared.sites = first_factors(model_, options_);
  shared.global = shared.answer = ep::combine(prior_, shared.sites);
  shared.silent.assign(model_.sites(), 0);
  shared.planned.assign(model_.sites(), options_.draws);
  set_frame(shared);
  return shared;
}

EpJob::Local EpJob::begin_local(const Shared& shared, ItemId item, Scratch&) const {
  const std::size_t d = prior_.dimension();
  Site site;
  site.chains.resize(draws_nothing() ? 0 : options_.chains);
  for (std::size_t c = 0; c < site.chains.size(); ++c) {
    Rng rng({options_.seed, Purpose::initial_point, chain_id(item, c, options_.chains)});
    SiteChain& chain = site.chains[c];
    chain.point.resize(d + model_.locals(item.value));
    for (double& value : chain.point) value = kStartRadius * (2 * rng.uniform() - 1);
    for (std::size_t j = 0; j < d; ++j) {
      const auto row = std::span(shared.factor).subspan(j * d, d);
      chain.point[j] = shared.mean[j] + std::sqrt(math::dot(row, row)) * chain.point[j];
    }
    const std::vector<Coordinate> coordinates(chain.point.size());
    chain.tuning = initial_tuning(coordinates);
    chain.tuning.step_size = 0.1;
    chain.tuning.metric = diagonal_metric(std::vector<double>(chain.point.size(), 1.0));
  }
  return site;
}

std::uint64_t EpJob::iterations(const Shared& shared) const {
  if (draws_nothing()) return 1;
  return warmup_ + *std::max_element(shared.planned.begin(), shared.planned.end()) / options_.chains;
}

std::uint64_t EpJob::steps(const Shared& shared) const {
  switch (shared.correction.phase) {
    case EpPhase::rounds:
      return shared.converged || shared.round >= rounds() ? 0 : iterations(shared);
    case EpPhase::marginals:
      return scales_.size() * ep::MarginalGrid::kPoints;
    case EpPhase::importance:
      return (shared.correction.proposed.back().lattice.points + kPointsPerStep - 1) / kPointsPerStep;
    case EpPhase::integrals:
      return (kPointsChecked + kPointsPerStep - 1) / kPointsPerStep;
    case EpPhase::draws:
      return 1;
    case EpPhase::finished:
      break;
  }
  return 0;
}

/// Chains go on where they were, in the coordinates of the new approximation.
void EpJob::begin_round(const Shared& shared, ItemId item, Local& site, Record& record) const {
  const std::size_t d = prior_.dimension();
  record = Record();
  if (shared.correction.phase != EpPhase::rounds) return;
  record.points.resize(options_.chains);
  record.scores.resize(options_.chains);
  record.gradients.resize(options_.chains);
  site.cavity = is_consensus() ? ep::add_scaled(ep::flat(d), 1 / static_cast<double>(model_.sites()), prior_)
                               : ep::cavity(shared.global, shared.sites[item.value], options_.power);
  if (draws_nothing()) return;
  TiltedMemory memory;
  const TiltedPath path(model_, item.value, site.cavity, {shared.mean, shared.factor}, memory, faults_);
  Workspace workspace;
  for (std::size_t c = 0; c < site.chains.size(); ++c) {
    SiteChain& chain = site.chains[c];
    chain.state = ChainState();
    chain.state.x = chain.point;
    const auto z = std::span(chain.state.x).first(d);
    for (std::size_t j = 0; j < d; ++j) z[j] -= shared.mean[j];
    math::solve_lower(shared.factor, z);
    chain.state.potential = path.evaluate(chain.state.x);
    chain.positions.clear();
    chain.gradients.clear();
    // what is known of the local parameters stays; of z, which the new frame whitens, nothing is
    std::fill_n(chain.tuning.metric.scale.begin(), d, 1.0);
    Rng rng({options_.seed, Purpose::warm_up, chain_id(item, c, options_.chains), Step(shared.first_step)});
    kernel_.begin_window(chain.state, {path, options_.power}, chain.tuning, rng, workspace, record.kernel);
  }
}

/// One metric for all chains of the site, from their draws and gradients since half-way back.
void EpJob::learn_metric(Site& site) const {
  const std::size_t n = site.chains.front().state.x.size();
  std::vector<ChainMoments> moments;
  for (SiteChain& chain : site.chains) {
    const std::size_t rows = chain.positions.size() / n;
    if (rows < 2) return;
    moments.push_back(chain_moments(chain.positions, chain.gradients, rows, MetricKind::diagonal));
  }
  const MetricEstimate estimate = estimate_metrics(moments, MetricRule::fisher, Pooling::guarded);
  for (std::size_t c = 0; c < site.chains.size(); ++c) site.chains[c].tuning.metric = estimate.of_chain(c);
}

void EpJob::advance(const Shared& shared, ItemId item, Local& site, Record& record, Step step, Scratch& scratch) const {
  const std::uint64_t iteration = step.value - shared.first_step;
  switch (shared.correction.phase) {
    case EpPhase::rounds:
      if (draws_nothing()) return find_mode(item, site, record);
      return advance_chains(shared, item, site, record, step, scratch);
    case EpPhase::marginals:
      return evaluate_grid(shared, item, record, iteration);
    case EpPhase::importance:
      return evaluate_points(shared, item, record, iteration);
    case EpPhase::integrals:
      return evaluate_errors(shared, item, record, iteration);
    case EpPhase::draws:
      if (item.value == 0) draw_answer(shared, record);
      return;
    case EpPhase::finished:
      return;
  }
}

void EpJob::advance_chains(const Shared& shared, ItemId item, Site& site, Record& record, Step step,
                           Scratch& scratch) const {
  const TiltedPath path(model_, item.value, site.cavity, {shared.mean, shared.factor}, scratch.tilted, faults_);
  const Density density{path, options_.power};
  const std::uint64_t iteration = step.value - shared.first_step;
  if (iteration >= warmup_ + shared.planned[item.value] / options_.chains) return;  // others have more to do
  for (std::size_t c = 0; c < site.chains.size(); ++c) {
    SiteChain& chain = site.chains[c];
    Rng rng({options_.seed, Purpose::kernel, chain_id(item, c, options_.chains), step});
    if (iteration < warmup_) {
      kernel_.adapting_step(chain.state, density, chain.tuning, rng, scratch.workspace, record.kernel);
      if (!detail::bring_gradients(chain.state, density, record.kernel)) continue;
      for (std::size_t i = 0; i < chain.state.x.size(); ++i) {
        chain.positions.push_back(chain.state.x[i]);
        chain.gradients.push_back(chain.state.gradient_reference[i] + options_.power * chain.state.gradient_energy[i]);
      }
    } else {
      kernel_.step(chain.state, density, chain.tuning, rng, scratch.workspace, record.kernel);
      (void)detail::bring_gradients(chain.state, density, record.kernel);
      keep_draw(path, item, chain, c, record);
    }
  }
  if (iteration < warmup_) end_windows(iteration, density, item, site, record, step, scratch.workspace);
}

void EpJob::find_mode(ItemId item, const Site& site, Record& record) const {
  const std::vector<double> anywhere(model_.locals(item.value));  // scores do not depend on it
  const auto look = [&](Point x, PointOut gradient) {
    ++record.kernel.gradients;
    model_.site_score(item.value, x, anywhere, gradient);
    return model_.site_log_marginal(item.value, x).log;
  };
  record.target = ep::laplace_target(look, site.cavity, options_.power, family_);
}

void EpJob::keep_draw(const TiltedPath& path, ItemId item, SiteChain& chain, std::size_t c, Record& record) const {
  const std::size_t d = prior_.dimension();
  const auto more = [d](std::vector<double>& rows) {
    rows.resize(rows.size() + d);
    return std::span(rows).last(d);
  };
  std::copy(chain.state.x.begin(), chain.state.x.end(), chain.point.begin());
  path.shared_at(chain.state.x, std::span(chain.point).first(d));
  const Point x = std::span(chain.point).first(d);
  std::copy(x.begin(), x.end(), more(record.points[c]).begin());
  const SiteEstimator by = options_.estimator;
  if (by == SiteEstimator::score || by == SiteEstimator::lap || by == SiteEstimator::own) {
    model_.site_score(item.value, x, std::span(chain.point).subspan(d), more(record.scores[c]));
  }
  if (by == SiteEstimator::score || by == SiteEstimator::gradient) {
    path.score_of(chain.state.gradient_energy, more(record.gradients[c]));
  }
}

/// After an iteration of warm-up: what the windows that end with it do.
void EpJob::end_windows(std::uint64_t iteration, const Density& density, ItemId item, Site& site, Record& record,
                        Step step, Workspace& workspace) const {
  if (iteration + 1 == warmup_) record.kernel.divergences = record.kernel.depth_hits = 0;  // those of draws count
  for (const WarmUpWindow& window : windows_) {
    if (window.end != iteration + 1) continue;
    if (window.updates_metric) learn_metric(site);
    for (std::size_t c = 0; c < site.chains.size(); ++c) {
      SiteChain& chain = site.chains[c];
      if (iteration + 1 == warmup_) {
        kernel_.end_tuning(chain.tuning);
        chain.positions.clear();
        chain.gradients.clear();
        continue;
      }
      // the next window looks back over half of what was run
      const auto stale =
          static_cast<std::ptrdiff_t>(chain.positions.size() / chain.state.x.size() / 2 * chain.state.x.size());
      chain.positions.erase(chain.positions.begin(), chain.positions.begin() + stale);
      chain.gradients.erase(chain.gradients.begin(), chain.gradients.begin() + stale);
      Rng rng({options_.seed, Purpose::warm_up, chain_id(item, c, options_.chains), Step(step.value + 1)});
      kernel_.begin_window(chain.state, density, chain.tuning, rng, workspace, record.kernel);
    }
  }
}

/// Of the two scores the one whose target has less Monte Carlo error in nats; residuals of single parameters would
/// choose wrongly.
std::optional<ep::Estimate> EpJob::estimate(const Shared& shared, const Site& site, const Record& record,
                                            bool& by_gradients) const {
  const auto joined = [](const std::vector<std::vector<double>>& chains) {
    std::vector<double> all;
    for (const auto& chain : chains) all.insert(all.end(), chain.begin(), chain.end());
    return all;
  };
  if (draws_nothing()) return record.target ? std::optional(ep::Estimate{*record.target}) : std::nullopt;
  const std::vector<double> points = joined(record.points);
  if (options_.estimator == SiteEstimator::own) {
    const std::vector<double> scores = joined(record.scores);
    auto found = options_.own.estimate({options_.chains, points, scores}, site.cavity);
    const auto target = found ? ep::project(family_, found->target, site.cavity, options_.power) : std::nullopt;
    if (!target) return std::nullopt;
    found->target = *target;
    return found;
  }
  if (options_.estimator == SiteEstimator::moments || is_consensus()) {
    return ep::match_moments({options_.chains, points, {}}, site.cavity, options_.power, family_);
  }
  const auto at = ep::normal_of(shared.global);
  const auto regress = [&](const std::vector<std::vector<double>>& scores) -> std::optional<ep::Estimate> {
    const std::vector<double> all = joined(scores);
    if (all.empty()) return std::nullopt;
    return ep::regress_scores({options_.chains, points, all}, site.cavity, options_.power, family_, *at);
  };
  auto own = regress(record.scores);
  auto plain = regress(record.gradients);
  by_gradients = plain && (!own || plain->noise < own->noise);
  return by_gradients ? plain : own;
}

EpJob::Outcome EpJob::report(const Shared& shared, ItemId, const Local& site, const Record& record) const {
  if (shared.correction.phase != EpPhase::rounds) return {{}, record.integrals, record.variances};
  SiteReport report;
  report.gradients = record.kernel.gradients;
  report.errors = record.kernel.error_events;
  report.divergences = record.kernel.divergences;
  report.depth_hits = record.kernel.depth_hits;
  const auto found = estimate(shared, site, record, report.by_gradients);
  if (found) {
    report.target = found->target;
    report.noise = found->noise;
    report.worst_z = found->worst_z;
  }
  Outcome outcome;
  outcome.sites.push_back(std::move(report));
  return outcome;
}

EpJob::Outcome EpJob::merge(Outcome left, Outcome right) const {
  left.sites.insert(left.sites.end(), std::make_move_iterator(right.sites.begin()),
                    std::make_move_iterator(right.sites.end()));
  for (std::size_t i = 0; i < left.integrals.size(); ++i) left.integrals[i] += right.integrals[i];
  for (std::size_t i = 0; i < left.variances.size(); ++i) left.variances[i] += right.variances[i];
  return left;
}

}  // namespace dovetail
