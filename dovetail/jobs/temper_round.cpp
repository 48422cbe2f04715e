#include "dovetail/jobs/temper_round.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "dovetail/adapt/tuning.hpp"
#include "dovetail/core/fold.hpp"

namespace dovetail {

using tempering::Ladder;
using tempering::Leg;
using tempering::LegEvidence;
using tempering::RungStatistics;

namespace {

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
    left.positions.insert(left.positions.end(), right.positions.begin(), right.positions.end());
    left.trips.merge(right.trips);
    return left;
  });
}

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
  TemperingRow& row = result.row;
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

void fill_swaps(TemperingRow& row, const std::vector<LegView>& legs) {
  Spread swaps;
  for (const LegView& leg : legs) {
    for (const RungStatistics& rung : leg.statistics) {
      if (rung.acceptance_count > 0) swaps.add(1 - rung.rejection());
    }
  }
  row.swap_acceptance_min = swaps.least.value_or(0);
  row.swap_acceptance_mean = swaps.mean.value_or(0);
}

void fill_kernels(TemperingRow& row, const std::vector<RungRecord>& rungs, const Ladder& ladder) {
  Spread correlation, acceptance, reversible;
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
    }
    if (kernel.step_choices > 0) {
      reversible.add(static_cast<double>(kernel.reversible) / static_cast<double>(kernel.step_choices));
    }
  }
  row.energy_autocorrelation_max = correlation.most;
  row.energy_autocorrelation_mean = correlation.mean;
  row.kernel_acceptance_min = acceptance.least;
  row.kernel_acceptance_mean = acceptance.mean;
  row.reversible_min = reversible.least;
}

void fill_barriers(TemperingRow& row, const std::vector<LegView>& legs) {
  row.rejection_sum = legs.front().barrier.rejection_sum;
  row.barrier = legs.front().barrier.corrected;
  if (legs.size() == 2 && std::isfinite(legs[1].barrier.corrected)) {
    row.barrier_variational = legs[1].barrier.corrected;
  }
}

}  // namespace

FinishedRound view_round(const Ladder& ladder, const TemperJob::Outcome& outcome) {
  FinishedRound finished;
  for (std::size_t k = 0; k < ladder.size(); ++k) finished.rungs.push_back(merge_copies(outcome, ladder.size(), k));
  for (const Leg leg : {Leg::fixed, Leg::variational}) {
    if (ladder.has(leg)) finished.legs.push_back(view_leg(ladder, leg, finished.rungs, outcome));
  }
  return finished;
}

RoundResult report_round(const FinishedRound& finished, const TemperShared& shared, std::uint64_t scans,
                         std::uint32_t copies) {
  RoundResult result;
  TemperingRow& row = result.row;
  row.round = shared.round + 1;
  row.scans = scans;
  row.replicas = static_cast<std::uint32_t>(shared.ladder.size());
  row.copies = copies;
  fill_swaps(row, finished.legs);
  fill_kernels(row, finished.rungs, shared.ladder);
  fill_barriers(row, finished.legs);
  fill_evidence(result, finished.legs, shared.last);
  for (const LegView& leg : finished.legs) {
    result.legs.push_back({leg.leg, leg.barrier.corrected, leg.betas, leg.barrier.rejection, leg.evidence.forward,
                           leg.evidence.backward});
    if (!leg.evidence.problem.empty()) result.notes.push_back(leg.evidence.problem);
  }
  return result;
}

}  // namespace dovetail
