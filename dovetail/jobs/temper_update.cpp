// What a finished round teaches the next one: evidence, barrier, ladder, tuning, reference. Depends on merged
// statistics and the round number alone, so that continuing a run equals having asked for more rounds at once.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "dovetail/adapt/tuning.hpp"
#include "dovetail/core/fold.hpp"
#include "dovetail/jobs/temper_job.hpp"
#include "dovetail/tempering/barrier.hpp"
#include "dovetail/tempering/evidence.hpp"
#include "dovetail/tempering/schedule.hpp"

namespace dovetail {

using tempering::Barrier;
using tempering::Ladder;
using tempering::Leg;
using tempering::LegEvidence;
using tempering::RungStatistics;

namespace {

constexpr std::uint32_t kVariationalAfterRound = 5;  ///< rounds before it feed the first fit
constexpr double kSluggish = 0.9;                    ///< energy autocorrelation above which a rung gets more passes
constexpr double kBrisk = 0.6;                       ///< and below which it gives one half back
constexpr std::uint32_t kPassesMost = 8;
constexpr double kUnsettled = 2;               ///< error of the pool, in errors of the round, that ends it
constexpr std::uint32_t kCopiesForError = 16;  ///< fewer copies say less about the error than batches do

/// Rung k merged over copies, in a fixed tree.
RungRecord merge_copies(const TemperJob::Outcome& outcome, std::size_t rungs, std::size_t rung) {
  std::vector<RungRecord> leaves;
  for (std::size_t at = rung; at < outcome.size(); at += rungs) leaves.push_back(outcome[at]);
  return fold_tree(std::move(leaves), [](RungRecord left, const RungRecord& right) {
    left.statistics.merge(right.statistics);
    left.kernel = merge_records(left.kernel, right.kernel);
    left.moments.merge(right.moments);
    left.trips.merge(right.trips);
    return left;
  });
}

/// One leg's rungs from its reference to its target.
struct LegView {
  Leg leg;
  std::vector<std::size_t> addresses;
  std::vector<double> betas;
  std::vector<RungStatistics> statistics;
  Barrier barrier;
  LegEvidence evidence;
};

LegView view_leg(const Ladder& ladder, Leg leg, const std::vector<RungRecord>& rungs,
                 const TemperJob::Outcome& outcome) {
  LegView view{leg, {}, {}, {}, {}, {}};
  const auto betas = ladder.betas(leg);
  view.betas.assign(betas.begin(), betas.end());
  for (std::size_t index = 0; index < betas.size(); ++index) {
    view.addresses.push_back(ladder.address(leg, index));
    view.statistics.push_back(rungs[view.addresses.back()].statistics);
  }
  view.barrier = tempering::barrier_of(view.statistics);
  std::vector<std::vector<RungStatistics>> copies(outcome.size() / ladder.size());
  for (std::size_t c = 0; c < copies.size(); ++c) {
    for (const std::size_t address : view.addresses) {
      copies[c].push_back(outcome[c * ladder.size() + address].statistics);
    }
  }
  view.evidence = tempering::estimate_evidence(copies, view.betas);
  return view;
}

std::optional<double> finite(double value) { return std::isfinite(value) ? std::optional(value) : std::nullopt; }

/// Least and mean of the values that are there.
struct Spread {
  std::optional<double> least, most, mean;
  void add(double value) {
    if (!std::isfinite(value)) return;
    least = std::min(least.value_or(value), value);
    most = std::max(most.value_or(value), value);
    sum_ += value;
    mean = sum_ / static_cast<double>(++count_);
  }

 private:
  double sum_ = 0;
  int count_ = 0;
};

tempering::Estimate estimate_of(const LegEvidence& leg, std::uint32_t copies) {
  const bool over_copies = copies >= kCopiesForError && leg.standard_error_copies;
  return {leg.bridge ? *leg.bridge : *leg.middle, over_copies ? leg.standard_error_copies : leg.standard_error};
}

/// The round's own estimate: one leg's, or both legs' by inverse variance.
std::optional<tempering::Estimate> own_evidence(RoundResult& result, const std::vector<LegView>& legs) {
  const LegEvidence& main = legs.front().evidence;
  if (!main.bridge && !main.middle) return std::nullopt;
  const tempering::Estimate own = estimate_of(main, result.row.copies);
  if (legs.size() == 1 || !main.bridge || !legs[1].evidence.bridge) return own;
  const auto combined = tempering::combine_legs(own, estimate_of(legs[1].evidence, result.row.copies));
  result.legs_disagree = combined.disagree;
  return combined.estimate;
}

/// The headline: this round and those before it that have an error, weighted by their scans. When they disagree (a mode
/// was found late) or those before had not settled, this round begins anew. docs/adr/0013.
void fill_evidence(RoundResult& result, const std::vector<LegView>& legs, const std::optional<RoundResult>& previous) {
  RoundRow& row = result.row;
  row.log_evidence_forward = legs.front().evidence.forward;
  row.log_evidence_backward = legs.front().evidence.backward;
  std::optional<tempering::Estimate> headline = own_evidence(result, legs);
  if (!headline) return;
  if (headline->standard_error) {
    result.pooled_scans = row.scans;
    if (previous && previous->pooled_scans > 0) {
      const tempering::Estimate before{*previous->row.log_evidence, previous->row.log_evidence_se};
      // a pool of as many scans but with a far larger error stems from rounds that had not settled
      const bool unsettled = *before.standard_error > kUnsettled * *headline->standard_error;
      if (!unsettled && !tempering::combine_legs(before, *headline).disagree) {
        headline = tempering::pool_rounds(before, previous->pooled_scans, *headline, row.scans);
        result.pooled_scans += previous->pooled_scans;
      }
    }
  }
  row.log_evidence = headline->value;
  row.log_evidence_se = headline->standard_error;
}

void fill_swaps_and_kernels(RoundRow& row, const std::vector<LegView>& legs, const std::vector<RungRecord>& rungs,
                            const Ladder& ladder) {
  Spread swaps, correlation, acceptance, reversible;
  for (const LegView& leg : legs) {
    for (const RungStatistics& rung : leg.statistics) {
      if (rung.acceptance_count > 0) swaps.add(1 - rung.rejection());
    }
  }
  for (std::size_t k = 0; k < rungs.size(); ++k) {
    const KernelRecord& kernel = rungs[k].kernel;
    row.density_evaluations += kernel.evaluations;
    row.gradient_evaluations += kernel.gradients;
    row.error_events += kernel.error_events;
    row.restarts += rungs[k].trips.restarts;
    row.round_trips += rungs[k].trips.round_trips;
    if (!ladder.role(k).is_reference) correlation.add(rungs[k].statistics.energy.autocorrelation());
    if (kernel.proposals > 0) {
      const auto proposals = static_cast<double>(kernel.proposals);
      acceptance.add(kernel.acceptance_sum / proposals);
      reversible.add(static_cast<double>(kernel.reversible) / proposals);
    }
  }
  row.swap_acceptance_min = swaps.least.value_or(0);
  row.swap_acceptance_mean = swaps.mean.value_or(0);
  row.energy_autocorrelation_max = correlation.most;
  row.energy_autocorrelation_mean = correlation.mean;
  row.kernel_acceptance_min = acceptance.least;
  row.kernel_acceptance_mean = acceptance.mean;
  row.reversible_min = reversible.least;
}

std::vector<double> barrier_coordinates(std::span<const double> cumulative) {
  std::vector<double> u(cumulative.begin(), cumulative.end());
  for (double& value : u) value /= cumulative.back();
  return u;
}

/// The next ladder of one leg, with tuning, passes and the origin of each state.
struct NextLeg {
  std::vector<double> betas, log_ratios;
  std::vector<Tuning> tuning;
  std::vector<std::uint32_t> passes, takes_from;
  std::string note;
};

NextLeg plan_leg(const LegView& leg, const std::vector<RungRecord>& rungs, const TemperShared& shared,
                 const TemperOptions& options, std::span<const Coordinate> coordinates) {
  NextLeg next;
  const std::size_t n = leg.betas.size();
  std::vector<double> mean_energy, old_u = barrier_coordinates(leg.barrier.cumulative), new_u = old_u;
  std::vector<Tuning> adapted;
  std::vector<std::uint32_t> passes;
  for (const std::size_t address : leg.addresses) {
    const RungRecord& rung = rungs[address];
    mean_energy.push_back(rung.statistics.energy.mean());
    adapted.push_back(adapt_tuning(shared.tuning[address], rung.kernel, rung.moments, coordinates));
    const double correlation = rung.statistics.energy.autocorrelation();
    const std::uint32_t before = shared.passes[address];
    passes.push_back(correlation > kSluggish ? std::min(2 * before, kPassesMost)
                     : correlation < kBrisk  ? std::max(before / 2, 1U)
                                             : before);
  }
  next.betas = leg.betas;
  std::vector<std::size_t> from(n);
  for (std::size_t k = 0; k < n; ++k) from[k] = k;
  if (options.schedule.empty()) {
    const std::size_t wanted = options.replicas != 0
                                   ? options.replicas
                                   : tempering::choose_replicas(leg.barrier, n, shared.round + 1, options.replicas_max);
    tempering::Schedule schedule = tempering::adapt_schedule(leg.betas, leg.barrier, wanted);
    next.betas = std::move(schedule.betas);
    next.note = std::move(schedule.note);
    new_u.clear();
    for (const double c : schedule.coordinates) new_u.push_back(c / leg.barrier.cumulative.back());
    if (next.betas.size() != n) from = tempering::reassign(leg.barrier.cumulative, schedule.coordinates);
  }
  next.log_ratios = tempering::predict_log_ratios(leg.betas, leg.evidence.log_z, mean_energy, next.betas);
  next.tuning = move_tunings(adapted, old_u, new_u);
  smooth_step_sizes(std::span(next.tuning).subspan(1));  // the reference has no kernel where it can be sampled
  for (const std::size_t k : from) {
    next.takes_from.push_back(static_cast<std::uint32_t>(leg.addresses[k]));
    next.passes.push_back(passes[k]);
  }
  return next;
}

/// Fits the Gaussian to the target draws of all copies and legs; the ladder of its leg starts anew when first used.
void fit_reference(TemperShared& next, const TemperShared& shared, const std::vector<RungRecord>& rungs, NextLeg& leg,
                   std::optional<double> log_evidence, bool fixed_schedule) {
  std::vector<Moments> targets;
  for (const std::size_t address : TemperJob::targets(shared.ladder)) targets.push_back(rungs[address].moments);
  const Moments pooled = fold_tree(std::move(targets), [](Moments left, const Moments& right) {
    left.merge(right);
    return left;
  });
  tempering::TargetMoments moments{
      {pooled.mean().begin(), pooled.mean().end()}, {}, static_cast<double>(pooled.count())};
  for (std::size_t i = 0; i < pooled.dimension(); ++i) moments.covariance.push_back(pooled.variance(i));
  next.gaussian = shared.gaussian.fitted(moments, tempering::Shape::mean_field);
  if (!shared.variational_active && !fixed_schedule) leg.betas = tempering::equal_schedule(leg.betas.size());
  next.variational_active = true;
  // near its optimum V is almost constant, so log Z(beta) is almost linear
  leg.log_ratios.clear();
  for (std::size_t k = 0; k + 1 < leg.betas.size(); ++k) {
    leg.log_ratios.push_back((leg.betas[k + 1] - leg.betas[k]) * log_evidence.value_or(0));
  }
}

}  // namespace

TemperShared TemperJob::update(const Shared& shared, const Outcome& outcome) const {
  const Ladder& ladder = shared.ladder;
  std::vector<RungRecord> rungs;
  for (std::size_t k = 0; k < ladder.size(); ++k) rungs.push_back(merge_copies(outcome, ladder.size(), k));
  std::vector<LegView> legs;
  for (const Leg leg : {Leg::fixed, Leg::variational}) {
    if (ladder.has(leg)) legs.push_back(view_leg(ladder, leg, rungs, outcome));
  }

  Shared next = shared;
  ++next.round;
  RoundResult result;
  RoundRow& row = result.row;
  row.round = next.round;
  row.scans = steps(shared);
  row.replicas = static_cast<std::uint32_t>(ladder.size());
  row.copies = options_.copies;
  fill_swaps_and_kernels(row, legs, rungs, ladder);
  fill_evidence(result, legs, shared.last);
  row.rejection_sum = legs.front().barrier.rejection_sum;
  row.barrier = legs.front().barrier.corrected;
  if (legs.size() == 2) row.barrier_variational = finite(legs[1].barrier.corrected);
  for (const LegView& leg : legs) {
    result.legs.push_back({leg.leg, leg.barrier.corrected, leg.betas, leg.barrier.rejection, leg.evidence.forward,
                           leg.evidence.backward});
    if (!leg.evidence.problem.empty()) result.notes.push_back(leg.evidence.problem);
  }
  next.trips.merge({row.restarts, row.round_trips});
  next.evaluations += row.density_evaluations;
  next.gradients += row.gradient_evaluations;
  next.errors += row.error_events;

  next.tuning.clear();
  next.passes.clear();
  next.takes_from.clear();
  std::array<NextLeg, kLegs> plans;
  for (const LegView& leg : legs) {
    plans[static_cast<std::size_t>(leg.leg)] = plan_leg(leg, rungs, shared, options_, model_.description().coordinates);
  }
  NextLeg& fixed = plans[static_cast<std::size_t>(Leg::fixed)];
  NextLeg& variational = plans[static_cast<std::size_t>(Leg::variational)];
  if (ladder.has(Leg::variational) && next.round >= kVariationalAfterRound) {
    fit_reference(next, shared, rungs, variational, row.log_evidence, !options_.schedule.empty());
  }
  for (const NextLeg* plan : {&variational, &fixed}) {
    if (!plan->note.empty()) result.notes.push_back(plan->note);
  }
  next.log_ratios = {fixed.log_ratios, variational.log_ratios};
  next.ladder = legs.size() == 2
                    ? Ladder::two_legs(variational.betas, fixed.betas)
                    : Ladder::one_leg(ladder.has(Leg::fixed) ? fixed.betas : variational.betas, legs.front().leg);
  for (std::size_t k = 0; k < next.ladder.size(); ++k) {
    const tempering::RungRole role = next.ladder.role(k);
    const NextLeg& plan = plans[static_cast<std::size_t>(role.leg)];
    next.tuning.push_back(plan.tuning[role.index]);
    next.passes.push_back(plan.passes[role.index]);
    next.takes_from.push_back(plan.takes_from[role.index]);
  }
  if (next.ladder.size() == ladder.size()) {
    bool unchanged = true;
    for (std::size_t k = 0; k < next.takes_from.size(); ++k) unchanged &= next.takes_from[k] == k;
    if (unchanged) next.takes_from.clear();
  }
  next.last = std::move(result);
  return next;
}

}  // namespace dovetail
