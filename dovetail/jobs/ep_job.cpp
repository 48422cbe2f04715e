#include "dovetail/jobs/ep_job.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dovetail/adapt/metric_estimate.hpp"
#include "dovetail/adapt/tuning.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/failures.hpp"
#include "dovetail/kernel/evaluate.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail {
namespace {

constexpr std::uint64_t kWarmUp = 100;  ///< iterations of a chain in a round, when the user does not say
constexpr double kStartRadius = 0.5;    ///< of first points, in standard deviations of the prior

/// The tilted distribution of one site, cavity times likelihood of its rows, over z and u.
class TiltedPath final : public Path {
 public:
  TiltedPath(const DividedModel& model, std::size_t site, const ep::Natural& cavity, const EpShared& frame,
             std::vector<double>& numbers, ModelFaults& faults)
      : model_(model),
        site_(site),
        cavity_(cavity),
        frame_(frame),
        faults_(faults),
        d_(model.shared()),
        coordinates_(d_ + model.locals(site)) {
    numbers.resize(3 * d_ + coordinates_.size());
    x_ = std::span(numbers).first(d_);
    pull_ = std::span(numbers).subspan(d_, d_);
    in_shared_ = std::span(numbers).subspan(2 * d_, d_);
    spare_ = std::span(numbers).subspan(3 * d_);
  }

  [[nodiscard]] std::span<const Coordinate> coordinates() const override { return coordinates_; }
  [[nodiscard]] bool has_gradient() const override { return true; }

  /// x of z.
  void shared_at(Point z, PointOut x) const {
    math::multiply_lower(frame_.factor, z.first(d_), x);
    for (std::size_t j = 0; j < d_; ++j) x[j] += frame_.mean[j];
  }

  [[nodiscard]] Potential evaluate(Point point) const override { return look(point, spare_.subspan(d_)); }

  Potential evaluate_gradient(Point point, PointOut in_cavity, PointOut in_rows) const override {
    std::fill(in_cavity.begin() + static_cast<std::ptrdiff_t>(d_), in_cavity.end(), 0.0);
    const Potential found = look(point, in_rows.subspan(d_));
    for (std::size_t j = 0; j < d_; ++j) in_cavity[j] = in_rows[j] = 0;
    for (std::size_t i = 0; i < d_; ++i) {  // L' times the gradients in x
      for (std::size_t j = 0; j <= i; ++j) {
        in_cavity[j] += frame_.factor[i * d_ + j] * pull_[i];
        in_rows[j] += frame_.factor[i * d_ + j] * in_shared_[i];
      }
    }
    return found;
  }

 private:
  /// Leaves the gradients in x in pull_ and in_shared_.
  Potential look(Point point, PointOut in_local) const {
    shared_at(point, x_);
    double square = 0, linear = 0;
    for (std::size_t j = 0; j < d_; ++j) {
      const double row = math::dot(std::span(cavity_.precision).subspan(j * d_, d_), x_);
      square += row * x_[j];
      linear += cavity_.shift[j] * x_[j];
      pull_[j] = cavity_.shift[j] - row;
    }
    const double log_cavity = linear - 0.5 * square;
    const double log_rows = model_.site_gradient(site_, x_, point.subspan(d_), in_shared_, in_local);
    if (is_error(log_cavity + log_rows)) faults_.note(x_, std::isnan(log_rows) ? "gave NaN" : "gave +inf");
    return {log_cavity, log_rows, log_cavity, log_rows};
  }

  const DividedModel& model_;
  std::size_t site_;
  const ep::Natural& cavity_;
  const EpShared& frame_;
  ModelFaults& faults_;
  std::size_t d_;
  std::vector<Coordinate> coordinates_;
  std::span<double> x_, pull_, in_shared_, spare_;
};

ep::Natural prior_of(const DividedModel& model) {
  const std::size_t d = model.shared();
  ep::Natural prior = ep::flat(d);
  for (std::size_t j = 0; j < d; ++j) {
    prior.precision[j * (d + 1)] = 1 / (model.prior_sd()[j] * model.prior_sd()[j]);
    prior.shift[j] = model.prior_mean()[j] * prior.precision[j * (d + 1)];
  }
  return prior;
}

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
      kernel_(options.depth_max, options.adapt_delta),
      windows_(plan_warm_up(WarmUpScheme::fisher, warmup_)) {
  options_.warmup = warmup_;
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
  shared.sites.assign(model_.sites(), ep::flat(prior_.dimension()));
  shared.global = shared.answer = prior_;
  shared.silent.assign(model_.sites(), 0);
  set_frame(shared);
  return shared;
}

EpJob::Local EpJob::begin_local(const Shared& shared, ItemId item, Scratch&) const {
  const std::size_t d = prior_.dimension();
  Site site;
  site.chains.resize(options_.chains);
  for (std::size_t c = 0; c < site.chains.size(); ++c) {
    Rng rng({options_.seed, Purpose::initial_point, chain_id(item, c, options_.chains)});
    SiteChain& chain = site.chains[c];
    chain.point.resize(d + model_.locals(item.value));
    for (double& value : chain.point) value = kStartRadius * (2 * rng.uniform() - 1);
    for (std::size_t j = 0; j < d; ++j) {
      chain.point[j] = shared.mean[j] + std::sqrt(1 / prior_.precision[j * (d + 1)]) * chain.point[j];
    }
    const std::vector<Coordinate> coordinates(chain.point.size());
    chain.tuning = initial_tuning(coordinates);
    chain.tuning.step_size = 0.1;
    chain.tuning.metric = diagonal_metric(std::vector<double>(chain.point.size(), 1.0));
  }
  return site;
}

std::uint64_t EpJob::steps(const Shared& shared) const {
  return shared.converged || shared.round >= options_.rounds ? 0 : iterations();
}

/// Chains go on where they were, in the coordinates of the new approximation.
void EpJob::begin_round(const Shared& shared, ItemId item, Local& site, Record& record) const {
  const std::size_t d = prior_.dimension();
  record = Record();
  record.points.resize(options_.chains);
  record.scores.resize(options_.chains);
  site.cavity = ep::cavity(shared.global, shared.sites[item.value], 1);
  std::vector<double> numbers;
  const TiltedPath path(model_, item.value, site.cavity, shared, numbers, faults_);
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
    Rng rng({options_.seed, Purpose::warm_up, chain_id(item, c, options_.chains), Step(shared.round * iterations())});
    kernel_.begin_window(chain.state, {path, 1}, chain.tuning, rng, workspace, record.kernel);
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
  const std::size_t d = prior_.dimension();
  const TiltedPath path(model_, item.value, site.cavity, shared, scratch.numbers, faults_);
  const Density density{path, 1};
  const std::uint64_t iteration = step.value - shared.round * iterations();
  const bool warm_up = iteration < warmup_;
  for (std::size_t c = 0; c < site.chains.size(); ++c) {
    SiteChain& chain = site.chains[c];
    Rng rng({options_.seed, Purpose::kernel, chain_id(item, c, options_.chains), step});
    if (warm_up) {
      kernel_.adapting_step(chain.state, density, chain.tuning, rng, scratch.workspace, record.kernel);
      (void)detail::bring_gradients(chain.state, density, record.kernel);
      for (std::size_t i = 0; i < chain.state.x.size() && chain.state.has_gradient; ++i) {
        chain.positions.push_back(chain.state.x[i]);
        chain.gradients.push_back(chain.state.gradient_reference[i] + chain.state.gradient_energy[i]);
      }
    } else {
      kernel_.step(chain.state, density, chain.tuning, rng, scratch.workspace, record.kernel);
    }
    std::copy(chain.state.x.begin(), chain.state.x.end(), chain.point.begin());
    path.shared_at(chain.state.x, std::span(chain.point).first(d));
    if (warm_up) continue;
    const Point x = std::span(chain.point).first(d);
    record.points[c].insert(record.points[c].end(), x.begin(), x.end());
    if (options_.estimator != SiteEstimator::score) continue;
    record.scores[c].resize(record.points[c].size());
    model_.site_score(item.value, x, std::span(chain.point).subspan(d), std::span(record.scores[c]).last(d));
  }
  if (!warm_up) return;
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
      kernel_.begin_window(chain.state, density, chain.tuning, rng, scratch.workspace, record.kernel);
    }
  }
}

EpJob::Outcome EpJob::report(const Shared& shared, ItemId, const Local& site, const Record& record) const {
  std::vector<double> points;
  std::vector<double> scores;
  for (std::size_t c = 0; c < record.points.size(); ++c) {
    points.insert(points.end(), record.points[c].begin(), record.points[c].end());
    scores.insert(scores.end(), record.scores[c].begin(), record.scores[c].end());
  }
  const auto at = ep::normal_of(shared.global);
  const ep::TiltedDraws draws{options_.chains, points, scores};
  const auto estimate = options_.estimator == SiteEstimator::score
                            ? ep::regress_scores(draws, site.cavity, options_.family, *at)
                            : ep::match_moments(draws, site.cavity, 1, options_.family);
  SiteReport report;
  report.gradients = record.kernel.gradients;
  report.errors = record.kernel.error_events;
  report.divergences = record.kernel.divergences;
  report.depth_hits = record.kernel.depth_hits;
  if (estimate) {
    report.target = estimate->target;
    report.noise = estimate->noise;
    report.worst_z = estimate->worst_z;
  }
  Outcome outcome;
  outcome.push_back(std::move(report));
  return outcome;
}

EpJob::Outcome EpJob::merge(Outcome left, Outcome right) const {
  left.insert(left.end(), std::make_move_iterator(right.begin()), std::make_move_iterator(right.end()));
  return left;
}

}  // namespace dovetail
