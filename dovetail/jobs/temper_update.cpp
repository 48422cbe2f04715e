// What a finished round teaches the next one: ladder, tuning, reference. Depends on merged statistics and the round
// number alone, so that continuing a run equals having asked for more rounds at once.
#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "dovetail/adapt/archive.hpp"
#include "dovetail/adapt/tuning.hpp"
#include "dovetail/core/fold.hpp"
#include "dovetail/jobs/temper_job.hpp"
#include "dovetail/jobs/temper_round.hpp"
#include "dovetail/tempering/schedule.hpp"

namespace dovetail {

using tempering::Ladder;
using tempering::Leg;

namespace {

constexpr std::uint32_t kVariationalAfterRound = 5;  ///< rounds before it feed the first fit
constexpr double kSluggish = 0.9;                    ///< energy autocorrelation above which a rung gets more passes
constexpr double kBrisk = 0.6;                       ///< and below which it gives one half back
constexpr std::uint32_t kPassesMost = 8;

/// Kernel steps of a rung in each scan; an undefined `correlation` leaves them as they were.
std::uint32_t adapt_passes(std::uint32_t before, double correlation) {
  if (correlation > kSluggish) return std::min(2 * before, kPassesMost);
  if (correlation < kBrisk) return std::max(before / 2, 1U);
  return before;
}

std::vector<double> fractions(std::span<const double> values, double whole) {
  std::vector<double> parts;
  for (const double value : values) parts.push_back(value / whole);
  return parts;
}

/// Where the rungs of one leg will stand.
struct NextSchedule {
  std::vector<double> betas;
  std::vector<double> barrier;    ///< the barrier from the reference to each beta, as a share of the whole
  std::vector<std::size_t> from;  ///< index of the rung whose state each takes
  std::string note;
};

NextSchedule plan_schedule(const LegView& leg, const TemperOptions& options, std::uint32_t round) {
  const std::size_t n = leg.betas.size();
  const std::vector<double>& cumulative = leg.barrier.cumulative;
  NextSchedule next{leg.betas, fractions(cumulative, cumulative.back()), std::vector<std::size_t>(n), {}};
  std::iota(next.from.begin(), next.from.end(), std::size_t{0});
  if (!options.schedule.empty()) return next;
  const std::size_t wanted = options.replicas != 0
                                 ? options.replicas
                                 : tempering::choose_replicas(leg.barrier, n, round, options.replicas_max);
  tempering::Schedule schedule = tempering::adapt_schedule(leg.betas, leg.barrier, wanted);
  next.betas = std::move(schedule.betas);
  next.barrier = fractions(schedule.coordinates, cumulative.back());
  next.note = std::move(schedule.note);
  if (next.betas.size() != n) next.from = tempering::reassign(cumulative, schedule.coordinates);
  return next;
}

/// The next ladder of one leg, with tuning, passes and the origin of each state.
struct NextLeg {
  std::vector<double> betas, log_ratios;
  std::vector<Tuning> tuning;
  std::vector<std::uint32_t> passes, takes_from;
  std::string note;
};

NextLeg plan_leg(const LegView& leg, const std::vector<RungRecord>& rungs, const TemperShared& shared,
                 const TemperOptions& options, const Kernel& kernel, std::span<const Coordinate> coordinates) {
  std::vector<double> mean_energy;
  std::vector<Tuning> adapted;
  std::vector<std::uint32_t> passes;
  for (const std::size_t address : leg.addresses) {
    const RungRecord& rung = rungs[address];
    mean_energy.push_back(rung.statistics.energy.mean());
    adapted.push_back(adapt_tuning(shared.tuning[address], rung.kernel, rung.moments, coordinates));
    adapt_step_size(adapted.back(), kernel.step_factor(rung.kernel));
    kernel.end_round(adapted.back(), rung.kernel);
    if (kernel.needs().archive) {
      const std::span<const double> positions = rung.positions;
      adapted.back().archive = make_archive({&positions, 1}, coordinates.size());
    }
    passes.push_back(options.swap_every != 0
                         ? options.swap_every
                         : adapt_passes(shared.passes[address], rung.statistics.energy.autocorrelation()));
  }
  NextSchedule schedule = plan_schedule(leg, options, shared.round + 1);
  NextLeg next;
  next.log_ratios = tempering::predict_log_ratios(leg.betas, leg.evidence.log_z, mean_energy, schedule.betas);
  next.tuning =
      move_tunings(adapted, fractions(leg.barrier.cumulative, leg.barrier.cumulative.back()), schedule.barrier);
  smooth_step_sizes(std::span(next.tuning).subspan(1));  // the reference has no kernel where it can be sampled
  for (const std::size_t k : schedule.from) {
    next.takes_from.push_back(static_cast<std::uint32_t>(leg.addresses[k]));
    next.passes.push_back(passes[k]);
  }
  next.betas = std::move(schedule.betas);
  next.note = std::move(schedule.note);
  return next;
}

/// Both legs' plans by tempering::Leg; that of a leg which is not there stays empty.
using Plans = std::array<NextLeg, kLegs>;

NextLeg& plan_of(Plans& plans, Leg leg) { return plans[static_cast<std::size_t>(leg)]; }
const NextLeg& plan_of(const Plans& plans, Leg leg) { return plans[static_cast<std::size_t>(leg)]; }

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

void add_counts(TemperShared& next, const TemperingRow& row) {
  next.trips.merge({row.restarts, row.round_trips});
  next.evaluations += row.density_evaluations;
  next.gradients += row.gradient_evaluations;
  next.errors += row.error_events;
}

Ladder next_ladder(const Ladder& ladder, const Plans& plans) {
  const std::vector<double>& fixed = plan_of(plans, Leg::fixed).betas;
  const std::vector<double>& variational = plan_of(plans, Leg::variational).betas;
  if (ladder.legs() == 2) return Ladder::two_legs(variational, fixed);
  return ladder.has(Leg::fixed) ? Ladder::one_leg(fixed, Leg::fixed) : Ladder::one_leg(variational, Leg::variational);
}

/// Lays the legs' plans out by rung of the next ladder.
void apply_plans(TemperShared& next, const Ladder& ladder, const Plans& plans) {
  const NextLeg& fixed = plan_of(plans, Leg::fixed);
  const NextLeg& variational = plan_of(plans, Leg::variational);
  next.log_ratios = {fixed.log_ratios, variational.log_ratios};
  next.ladder = next_ladder(ladder, plans);
  next.tuning.clear();
  next.passes.clear();
  next.takes_from.clear();
  bool unchanged = next.ladder.size() == ladder.size();
  for (std::size_t k = 0; k < next.ladder.size(); ++k) {
    const tempering::RungRole& role = next.ladder.role(k);
    const NextLeg& plan = plan_of(plans, role.leg);
    next.tuning.push_back(plan.tuning[role.index]);
    next.passes.push_back(plan.passes[role.index]);
    next.takes_from.push_back(plan.takes_from[role.index]);
    unchanged = unchanged && next.takes_from.back() == k;
  }
  if (unchanged) next.takes_from.clear();
}

}  // namespace

TemperShared TemperJob::update(const Shared& shared, const Outcome& outcome) const {
  const FinishedRound finished = view_round(shared.ladder, outcome);
  RoundResult result = report_round(finished, shared, steps(shared), options_.copies);
  Shared next = shared;
  ++next.round;
  add_counts(next, result.row);

  Plans plans;
  for (const LegView& leg : finished.legs) {
    plan_of(plans, leg.leg) =
        plan_leg(leg, finished.rungs, shared, options_, *kernel_, model_.description().coordinates);
  }
  if (shared.ladder.has(Leg::variational) && next.round >= kVariationalAfterRound) {
    fit_reference(next, shared, finished.rungs, plan_of(plans, Leg::variational), result.row.log_evidence,
                  !options_.schedule.empty());
  }
  for (const Leg leg : {Leg::variational, Leg::fixed}) {
    if (!plan_of(plans, leg).note.empty()) result.notes.push_back(plan_of(plans, leg).note);
  }
  apply_plans(next, shared.ladder, plans);
  next.last = std::move(result);
  return next;
}

}  // namespace dovetail
