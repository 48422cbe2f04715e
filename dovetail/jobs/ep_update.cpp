// What a finished round of sites makes of the approximation: targets, a step that keeps it proper, the averaged answer,
// and whether that is good enough.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "dovetail/core/fold.hpp"
#include "dovetail/diagnose/thresholds.hpp"
#include "dovetail/ep/allocation.hpp"
#include "dovetail/jobs/ep_job.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail {
namespace {

constexpr double kStep = 0.7;  ///< from the second round on: undamped rounds cycle where sites are many
constexpr double kPublishedFirst = 0.5;
constexpr double kPublishedLeast = 0.2;
constexpr double kLogTen = 2.302585092994045684;
constexpr double kSlower = 0.5 / 0.7;  ///< where the distance does not fall
constexpr double kBatchBias = 1.3;  ///< batches of ten draws tell some 25 % less noise than there is (docs/maths/ep.md)
constexpr double kSettled = 3;      ///< distance in units of the noise, from which on a round says where the answer is
constexpr std::size_t kSettledLeast = 2;
constexpr std::uint64_t kPlannedMost = 16;  ///< times the average: the others wait for the busiest site

ep::Natural mean_of(const std::vector<ep::Natural>& all) {
  return ep::add_scaled(ep::flat(all.front().dimension()), 1 / static_cast<double>(all.size()),
                        ep::combine(ep::flat(all.front().dimension()), all));
}

/// What draws say that miss Stein's identity by this much is not believed: the site keeps its factor.
bool is_doubtful(const SiteReport& report) { return report.target && report.worst_z > diagnose::threshold::kSteinZMax; }

/// What may replace the site's factor.
const std::optional<ep::Natural>& usable_target(const SiteReport& report) {
  static const std::optional<ep::Natural> kNone;
  return is_doubtful(report) ? kNone : report.target;
}

}  // namespace

double EpJob::wanted_step(const Shared& shared) const {
  if (is_consensus()) return 1;
  if (options_.step) return *options_.step;
  const auto sites = static_cast<double>(model_.sites());
  if (options_.step_rule == StepRule::published) {
    const double least = std::min(1 / sites, kPublishedLeast);
    if (sites == 1) return kPublishedFirst;
    return (kPublishedFirst - least) * math::exp(-kLogTen / (sites - 1) * shared.round) + least;
  }
  if (options_.estimator == SiteEstimator::moments) return 1 / sites;
  return shared.round == 0 && options_.start.empty() ? 1 : kStep * shared.slower;
}

void EpJob::count(const Shared& before, const std::vector<SiteReport>& reports, EpRow& row, Shared& next) const {
  row.round = before.round + 1;
  row.phase = word(EpPhase::rounds);
  row.sites = static_cast<std::uint32_t>(reports.size());
  for (std::size_t k = 0; k < reports.size(); ++k) {
    const SiteReport& report = reports[k];
    if (is_doubtful(report)) ++row.doubtful;
    if (usable_target(report)) {
      ++row.answered;
      if (report.by_gradients) ++row.by_gradients;
      row.noise += kBatchBias * report.noise;
      row.noisiest_site = std::max(row.noisiest_site, kBatchBias * report.noise);
    } else {
      ++next.silent[k];
    }
    row.gradient_evaluations += report.gradients;
    row.error_events += report.errors;
    row.divergences += report.divergences;
    row.depth_hits += report.depth_hits;
  }
  if (!draws_nothing()) row.draws = std::accumulate(before.planned.begin(), before.planned.end(), std::uint64_t{0});
  next.gradients += row.gradient_evaluations;
  next.errors += row.error_events;
  next.divergences += row.divergences;
  next.draws += row.draws;
}

/// Rounds whose distance is not beyond their noise have arrived: the answer is the mean of their targets, each of which
/// is that of a whole undamped round.
void EpJob::judge(const Shared& before, const ep::Natural& target, EpRow& row, Shared& next) const {
  const bool arrived = row.answered == row.sites && row.distance <= options_.tolerance + kSettled * row.noise;
  if (!arrived) {
    next.targets.clear();
    next.target_noise.clear();
  } else {
    next.targets.push_back(target);
    next.target_noise.push_back(row.noise);
  }
  next.answer = next.global;
  // where nothing moved the approximation is as noisy as it was
  if (row.answered > 0 && row.step > 0) next.answer_noise = row.noise * row.step / (2 - row.step);
  if (!next.targets.empty()) {
    const ep::Natural mean = mean_of(next.targets);
    if (ep::normal_of(mean)) {
      next.answer = mean;
      double sum = 0;
      for (const double noise : next.target_noise) sum += noise;
      const auto n = static_cast<double>(next.target_noise.size());
      next.answer_noise = sum / (n * n);
    }
  }
  row.answer_noise = next.answer_noise;
  row.averaged = static_cast<std::uint32_t>(next.targets.size());
  next.converged = next.targets.size() >= kSettledLeast && next.answer_noise <= options_.tolerance;
  // far from there, and no nearer than half of two rounds ago: slower steps
  next.distances.push_back(row.distance);
  const std::size_t n = next.distances.size();
  if (n >= 4 && before.slower == 1 && row.distance > 10 * row.noise && row.distance > 0.5 * next.distances[n - 3]) {
    next.slower = kSlower;
  }
}

std::vector<std::uint64_t> EpJob::plan(const Shared& before, const std::vector<SiteReport>& reports) const {
  if (options_.allocation == Allocation::even) return before.planned;
  std::vector<ep::Effort> sites;
  for (std::size_t k = 0; k < reports.size(); ++k) {
    const std::uint64_t draws = before.planned[k];
    const auto iterations = static_cast<double>(warmup_ * options_.chains + draws);  // a draw costs as one of warm-up
    sites.push_back({draws, usable_target(reports[k]) ? reports[k].noise : 0,
                     static_cast<double>(reports[k].gradients) / iterations});
  }
  return ep::allocate(sites, options_.draws, {draws_least(family_), kPlannedMost * options_.draws, options_.chains});
}

EpJob::Shared EpJob::update(const Shared& shared, const Outcome& outcome) const {
  Shared next = shared.correction.phase == EpPhase::rounds ? update_rounds(shared, outcome.sites)
                                                           : update_correction(shared, outcome);
  next.first_step += steps(shared);
  if (options_.correct && next.correction.phase == EpPhase::rounds && steps(next) == 0) begin_correction(next);
  return next;
}

EpJob::Shared EpJob::update_rounds(const Shared& shared, const std::vector<SiteReport>& reports) const {
  Shared next = shared;
  EpRow row;
  count(shared, reports, row, next);
  std::vector<std::optional<ep::Natural>> targets;
  std::vector<ep::Natural> wanted;  // the factors of an undamped round
  for (std::size_t k = 0; k < reports.size(); ++k) {
    targets.push_back(usable_target(reports[k]));
    wanted.push_back(targets.back().value_or(shared.sites[k]));
  }
  const ep::Natural target = ep::combine(prior_, wanted);
  const auto at = ep::normal_of(shared.global);
  row.distance = 0.5 * ep::squared_size(ep::add_scaled(target, -1, shared.global), *at);
  row.wanted_step = wanted_step(shared);
  ep::Move move = ep::move_sites(prior_, shared.sites, targets, options_.power, row.wanted_step);
  row.step = move.step;
  row.moved = ep::divergence(move.global, shared.global);
  next.sites = std::move(move.sites);
  next.global = std::move(move.global);
  if (row.step == 0) ++next.stuck_rounds;
  next.planned = plan(shared, reports);
  ++next.round;
  judge(shared, target, row, next);
  set_frame(next);
  const std::size_t d = prior_.dimension();
  for (std::size_t j = 0; j < d; ++j) {
    const auto scale = std::span(next.factor).subspan(j * d, d);
    next.history.push_back(next.mean[j]);
    next.history.push_back(std::sqrt(math::dot(scale, scale)));
  }
  next.last = next.last_round = row;
  return next;
}

}  // namespace dovetail
