// The tempering job piece by piece: swaps between partners, records, a change of leg, reshaping, draws, updates.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "dovetail/tempering/evidence.hpp"
#include "dovetail/tempering/schedule.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {
namespace {

using tempering::Ladder;
using tempering::Leg;

TemperOptions two_leg_options(std::uint32_t rounds) {
  TemperOptions options = own_options(rounds);
  options.legs = 2;
  options.reference = ReferenceKind::variational;
  return options;
}

/// A line of energies, and what every address decides about its swap.
class Line {
 public:
  Line(const TemperJob& job, const TemperShared& shared) : job_(job), shared_(shared) {
    const std::uint32_t n = job.items(shared);
    records.resize(n);
    energy.resize(n);
    TemperJob::Scratch scratch;
    for (std::uint32_t i = 0; i < n; ++i) {
      Replica replica = job.begin_local(shared, ItemId(i), scratch);
      job.begin_round(shared, ItemId(i), replica, records[i]);
    }
  }
  [[nodiscard]] std::vector<Trade> settle(std::uint64_t step) {
    std::vector<Trade> trades;
    const auto packet = [&](std::size_t i) { return TemperJob::Packet{energy[i]}; };
    for (std::uint32_t i = 0; i < records.size(); ++i) {
      const TemperJob::Packet own = packet(i), below = packet(i > 0 ? i - 1 : 0),
                              above = packet(i + 1 < records.size() ? i + 1 : i);
      const bool lower = i > 0 && job_.linked(shared_, ItemId(i - 1)), upper = job_.linked(shared_, ItemId(i));
      trades.push_back(job_.settle(shared_, ItemId(i), records[i], own, lower ? &below : nullptr,
                                   upper ? &above : nullptr, Step(step)));
    }
    return trades;
  }
  std::vector<RungRecord> records;
  std::vector<double> energy;

 private:
  const TemperJob& job_;
  const TemperShared& shared_;
};

class Settle : public ::testing::TestWithParam<unsigned> {
 protected:
  Settle() : model_(make_model("builtin:mvn,d=1")) {
    TemperOptions options = GetParam() == 2 ? two_leg_options(5) : own_options(5);
    options.copies = 3;
    options.schedule = {0, 0.1, 0.35, 0.7, 1};
    job_ = std::make_unique<TemperJob>(*model_, options);
    shared_ = job_->begin_shared();
    seed_ = options.seed;
    n_ = shared_.ladder.size();
  }
  void draw_energies(Line& line, std::uint64_t step) const {
    Rng rng({seed_from_name(), Purpose::test, ItemId(0), Step(step)});
    for (double& v : line.energy) v = 8 * rng.uniform() - 4;
  }
  std::unique_ptr<Model> model_;
  std::unique_ptr<TemperJob> job_;
  TemperShared shared_;
  std::uint64_t seed_ = 0;
  std::size_t n_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Legs, Settle, ::testing::Values(1, 2));

TEST_P(Settle, PartnersAgreeAndCopiesKeepApart) {
  Line line(*job_, shared_);
  int swaps = 0;
  for (std::uint64_t step = 0; step < 200; ++step) {
    draw_energies(line, step);
    const auto trades = line.settle(step);
    for (std::size_t i = 0; i < trades.size(); ++i) {
      if (trades[i] == Trade::with_upper) {
        ASSERT_NE((i + 1) % n_, 0u) << "over the border of a copy";
        ASSERT_EQ(trades[i + 1], Trade::with_lower) << "step " << step << ", address " << i;
        ++swaps;
      }
      if (trades[i] == Trade::with_lower) {
        ASSERT_EQ(trades[i - 1], Trade::with_upper) << "step " << step << ", address " << i;
      }
    }
  }
  EXPECT_GT(swaps, 500);
}

// log U < (beta' - beta)(V - V'), U of the stream (swap, lower address, step); the crossing swaps at each of its turns.
TEST_P(Settle, DecidesByTheEnergiesOfBothAndTheStreamOfThePair) {
  Line line(*job_, shared_);
  for (std::uint64_t step = 0; step < 200; ++step) {
    draw_energies(line, step);
    const auto trades = line.settle(step);
    for (std::uint32_t i = 0; i + 1 < trades.size(); ++i) {
      const std::size_t rung = i % n_;
      if (rung + 1 == n_ || rung % 2 != step % 2) {
        EXPECT_NE(trades[i], Trade::with_upper);
        continue;
      }
      const double step_beta = shared_.ladder.role(rung + 1).beta - shared_.ladder.role(rung).beta;
      Rng rng({seed_, Purpose::swap, ItemId(i), Step(step)});
      const bool accepts =
          step_beta == 0 || std::log(rng.uniform_open()) < step_beta * (line.energy[i] - line.energy[i + 1]);
      EXPECT_EQ(trades[i] == Trade::with_upper, accepts) << "step " << step << ", address " << i;
    }
  }
}

TEST_P(Settle, RecordsEveryPairOfALegAtEveryScan) {
  Line line(*job_, shared_);
  std::vector<double> expected(line.records.size(), 0);
  for (std::uint64_t step = 0; step < 40; ++step) {
    draw_energies(line, step);
    (void)line.settle(step);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto& role = shared_.ladder.role(i % n_);
      if (!role.toward_target) continue;
      const std::size_t up = i - i % n_ + *role.toward_target;
      const double ratio =
          (shared_.ladder.role(*role.toward_target).beta - role.beta) * (line.energy[i] - line.energy[up]);
      expected[i] += std::min(1.0, std::exp(ratio));
    }
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& role = shared_.ladder.role(i % n_);
    EXPECT_EQ(line.records[i].statistics.acceptance_count, role.toward_target ? 40u : 0u);
    EXPECT_NEAR(line.records[i].statistics.acceptance_sum, expected[i], 1e-12);
  }
}

TEST(BeginRound, GivesEachRungTheSlopesAndCentresOfItsOwnLeg) {
  const auto model = make_model("builtin:mvn,d=1");
  TemperOptions options = two_leg_options(5);
  options.replicas = 3;
  const TemperJob job(*model, options);
  TemperShared shared = job.begin_shared();
  shared.ladder = Ladder::two_legs({0, 0.25, 1}, {0, 0.5, 1});
  shared.log_ratios = {std::vector<double>{10, 11}, std::vector<double>{20, 21}};  // fixed, variational
  Line line(job, shared);
  // addresses: variational 0, 0.25, 1, then fixed 1, 0.5, 0
  const double up_centre[6] = {20, 21, 0, 0, 11, 10}, down_centre[6] = {0, -20, -21, -11, -10, 0};
  const double up_slope[6] = {0.25, 0.75, 0, 0, 0.5, 0.5}, down_slope[6] = {0, -0.25, -0.75, -0.5, -0.5, 0};
  for (std::size_t i = 0; i < 6; ++i) {
    const auto& statistics = line.records[i].statistics;
    EXPECT_EQ(statistics.up.slope, up_slope[i]) << i;
    EXPECT_EQ(statistics.down.slope, down_slope[i]) << i;
    if (up_slope[i] != 0) {
      EXPECT_EQ(statistics.up.centre, up_centre[i]) << i;
    }
    if (down_slope[i] != 0) {
      EXPECT_EQ(statistics.down.centre, down_centre[i]) << i;
    }
  }
}

// A state that comes over the crossing meets a kernel that looks from another reference.
TEST(Crossing, RefreshesTheEnergyBeforeTheNextMove) {
  const auto model = make_model("builtin:mvn,d=2");
  TemperOptions options = two_leg_options(5);
  options.replicas = 3;
  const TemperJob job(*model, options);
  TemperShared shared = job.begin_shared();
  shared.variational_active = true;
  shared.gaussian = tempering::GaussianReference({0.5, -0.5}, {0.3, 0.4});
  TemperJob::Scratch scratch;
  ModelFaults faults;
  const auto check = [&](ItemId item, Replica replica, const Path& path, Leg leg) {
    RungRecord record;
    job.begin_round(shared, item, replica, record);
    replica.leg = leg == Leg::fixed ? Leg::variational : Leg::fixed;
    replica.chain.potential.energy = 1e3;  // of the other leg: a kernel that believed it would never move
    job.advance(shared, item, replica, record, Step(7), scratch);
    EXPECT_EQ(replica.leg, leg);
    const Potential fresh = path.evaluate(replica.chain.x);
    EXPECT_EQ(replica.chain.potential.energy, fresh.energy);
    EXPECT_EQ(replica.chain.potential.reference, fresh.reference);
    EXPECT_EQ(job.offer(shared, item, replica).energy, fresh.energy);
    EXPECT_LT(std::fabs(record.statistics.energy.mean_before), 500);
  };
  const Replica replica = job.begin_local(shared, ItemId(1), scratch);
  check(ItemId(1), replica, ReferencePath(*model, shared.gaussian, faults), Leg::variational);
  check(ItemId(4), replica, PriorPath(*model, faults), Leg::fixed);
}

TEST(BeginRound, RefreshesEnergiesAfterARefit) {
  const auto model = make_model("builtin:mvn,d=2");
  TemperOptions options = two_leg_options(5);
  options.replicas = 3;
  const TemperJob job(*model, options);
  TemperShared shared = job.begin_shared();
  shared.variational_active = true;
  shared.gaussian = tempering::GaussianReference({0.5, -0.5}, {0.3, 0.4});
  TemperJob::Scratch scratch;
  Replica replica = job.begin_local(shared, ItemId(1), scratch);
  shared.gaussian = tempering::GaussianReference({0.1, 0.2}, {0.5, 0.4});
  RungRecord record;
  job.begin_round(shared, ItemId(1), replica, record);
  ModelFaults faults;
  const Potential fresh = ReferencePath(*model, shared.gaussian, faults).evaluate(replica.chain.x);
  EXPECT_EQ(replica.chain.potential.energy, fresh.energy);
  EXPECT_EQ(replica.chain.potential.reference, fresh.reference);
}

// Wherever a state is between two steps, its cached potentials are those that its leg's path gives at its point.
TEST(Crossing, CachesAreThoseOfTheLegAtEveryCheckpoint) {
  const auto model = make_model("builtin:unid");
  TemperOptions options = two_leg_options(8);
  const TemperJob job(*model, options);
  State<TemperJob> state = begin_from(job, job.begin_shared());
  const auto executor = make_serial_executor();
  NoSink sink;
  Observer quiet;
  ModelFaults faults;
  std::size_t looks = 0;
  Surroundings<TemperJob> around{*executor, sink, quiet, {}, {}, 1e-9};
  around.save = [&](const State<TemperJob>& at) {
    if (!at.in_round || !at.shared.variational_active) return;
    for (std::size_t i = 0; i < at.locals.size(); ++i) {
      const Replica& replica = at.locals[i];
      const Potential& cached = replica.chain.potential;
      const Potential fresh = replica.leg == Leg::fixed
                                  ? PriorPath(*model, faults).evaluate(replica.chain.x)
                                  : ReferencePath(*model, at.shared.gaussian, faults).evaluate(replica.chain.x);
      EXPECT_EQ(cached.energy, fresh.energy);
      EXPECT_EQ(cached.reference, fresh.reference);
      if (replica.leg != at.shared.ladder.role(i).leg) {  // it has just come over
        EXPECT_TRUE(at.shared.ladder.role(i).is_target) << "a state of the other leg at address " << i;
      }
      ++looks;
    }
  };
  run(job, state, around);
  EXPECT_GT(looks, 20u);
}

TEST(Reshape, StatesFollowTheRungsTheyAreTakenFrom) {
  const auto model = make_model("builtin:mvn,d=1");
  TemperOptions options = own_options(5);
  options.copies = 2;
  options.replicas = 3;
  const TemperJob job(*model, options);
  const TemperShared before = job.begin_shared();
  TemperShared after = before;
  after.ladder = Ladder::one_leg(tempering::equal_schedule(5));
  after.takes_from = {0, 0, 1, 2, 2};
  std::vector<Replica> replicas(6);
  for (std::uint32_t i = 0; i < 6; ++i) {
    replicas[i].id = 10 - i;
    replicas[i].trip = tempering::TripState::from_reference;
    replicas[i].chain.x = {static_cast<double>(i)};
  }
  job.reshape(before, after, replicas);
  ASSERT_EQ(replicas.size(), 10u);
  const double expected[10] = {0, 0, 1, 2, 2, 3, 3, 4, 5, 5};
  std::set<std::uint32_t> ids;
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(replicas[i].chain.x[0], expected[i]);
    const bool second = i > 0 && expected[i] == expected[i - 1];
    EXPECT_EQ(replicas[i].trip == tempering::TripState::no_end_seen, second);
    if (!second) {
      EXPECT_EQ(replicas[i].id, 10 - static_cast<std::uint32_t>(expected[i]));
    }
    ids.insert(replicas[i].id);
  }
  EXPECT_EQ(ids.size(), 10u) << "two replicas with one identity";
}

TEST(Draws, CarryTheDensitiesOfTheirPoint) {
  const auto model = make_model("builtin:mvn,d=2");  // outputs are the coordinates
  for (const unsigned legs : {1U, 2U}) {
    TemperOptions options = legs == 2 ? two_leg_options(7) : own_options(7);
    options.copies = 2;
    const TemperJob job(*model, options);
    const TemperResult result = run_temper(*model, options);
    ASSERT_EQ(result.draws.size(), 2 * legs);
    for (const auto& rows : result.draws) {
      ASSERT_EQ(rows.size(), 128u * 5);
      for (std::size_t at = 0; at < rows.size(); at += 5) {
        const LogDensity parts = model->log_density(Point(rows).subspan(at, 2));
        ASSERT_EQ(rows[at + 2], parts.prior);
        ASSERT_EQ(rows[at + 3], parts.likelihood);
      }
    }
    // log_reference is the log prior on the fixed leg alone
    EXPECT_EQ(result.draws.back()[4], result.draws.back()[2]);
    if (legs == 2) {
      EXPECT_NE(result.draws.front()[4], result.draws.front()[2]);
    }
  }
}

TEST(Copies, HaveStreamsOfTheirOwn) {
  const auto model = make_model("builtin:mvn,d=1");
  for (const char* kernel : {"exact", "slice"}) {
    TemperOptions options = own_options(8);
    options.copies = 2;
    options.kernel = kernel;
    options.every_rung = true;
    const TemperResult result = run_temper(*model, options);
    const std::size_t n = result.summary.tempering->replicas;
    ASSERT_EQ(result.draws.size(), 2 * n);  // both targets, then the other rungs of copy 0 and of copy 1
    for (std::size_t k = 0; k + 1 < n; ++k) {
      const auto &a = result.draws[2 + k], &b = result.draws[2 + (n - 1) + k];
      for (std::size_t at = 0; at < a.size(); at += result.columns.size()) ASSERT_NE(a[at], b[at]) << kernel;
    }
  }
}

TEST(Update, KeepsAFixedScheduleInBothLegs) {
  const auto model = make_model("builtin:unid");
  const std::vector<double> schedule{0, 0.05, 0.3, 1};
  for (const unsigned legs : {1U, 2U}) {
    TemperOptions options = two_leg_options(8);
    options.legs = legs;
    options.schedule = schedule;
    const TemperJob job(*model, options);
    State<TemperJob> state = begin_from(job, job.begin_shared());
    Observer quiet;
    run_job(job, state, quiet);
    ASSERT_TRUE(state.shared.variational_active);
    const auto betas = state.shared.ladder.betas(Leg::variational);
    EXPECT_EQ(std::vector<double>(betas.begin(), betas.end()), schedule);
    if (legs == 2) {
      const auto fixed = state.shared.ladder.betas(Leg::fixed);
      EXPECT_EQ(std::vector<double>(fixed.begin(), fixed.end()), schedule);
    }
    EXPECT_TRUE(state.shared.takes_from.empty()) << "no state leaves its rung when the ladder keeps its length";
  }
}

TEST(Update, PredictsTheRatiosOfEachLeg) {
  const auto model = make_model("builtin:unid");
  TemperOptions options = two_leg_options(9);
  options.replicas = 6;
  const TemperJob job(*model, options);
  State<TemperJob> state = begin_from(job, job.begin_shared());
  Observer quiet;
  run_job(job, state, quiet);
  const auto& fixed = state.shared.log_ratios[static_cast<std::size_t>(Leg::fixed)];
  const auto& variational = state.shared.log_ratios[static_cast<std::size_t>(Leg::variational)];
  const double truth = closed_form_of(*model, "log_evidence");
  EXPECT_NEAR(std::accumulate(fixed.begin(), fixed.end(), 0.0), truth, 0.5);
  EXPECT_NEAR(std::accumulate(variational.begin(), variational.end(), 0.0), truth, 0.5);
  // from a fitted reference log Z is almost linear in beta; from the prior most of it comes near beta = 0
  const auto from_prior = state.shared.ladder.betas(Leg::fixed), from_fit = state.shared.ladder.betas(Leg::variational);
  for (std::size_t k = 0; k + 1 < 6; ++k) {
    EXPECT_NEAR(variational[k] / (from_fit[k + 1] - from_fit[k]), truth, 0.5);
  }
  EXPECT_LT(fixed[0] / (from_prior[1] - from_prior[0]), 3 * truth);
}

/// What a whole round of the job reports, taken before update() sees it.
TemperJob::Outcome outcome_of_round(const TemperJob& job, State<TemperJob>& state) {
  const auto executor = make_serial_executor();
  std::vector<TemperJob::Scratch> scratch(1);
  detail::begin_round(job, state, *executor);
  Segment<TemperJob> segment(job, state, scratch);
  executor->execute(segment, state.step, job.steps(state.shared));
  segment.finish();
  TemperJob::Outcome outcome;
  for (const RungRecord& record : state.records) outcome.push_back(record);
  return outcome;
}

// What update() asks for and what the engine then has: in every copy each state sits where the ladder took it from.
TEST(Reshape, IsUsedWhenTheLadderChangesItsLength) {
  const auto model = make_model("builtin:unid");
  TemperOptions options = own_options(6);
  options.copies = 3;
  const TemperJob job(*model, options);
  TemperShared shared = job.begin_shared();
  shared.round = 5;
  State<TemperJob> state = begin_from(job, shared);
  (void)outcome_of_round(job, state);
  const std::vector<Replica> before = state.locals;
  detail::end_phase(job, state, *make_serial_executor());
  const std::size_t n = state.shared.ladder.size();
  ASSERT_NE(n, 10u);
  ASSERT_EQ(state.shared.takes_from.size(), n);
  EXPECT_EQ(state.shared.takes_from.front(), 0u);
  EXPECT_EQ(state.shared.takes_from.back(), 9u);
  ASSERT_EQ(state.locals.size(), 3 * n);
  for (std::size_t i = 0; i < 3 * n; ++i) {
    EXPECT_EQ(state.locals[i].chain.x, before[i / n * 10 + state.shared.takes_from[i % n]].chain.x);
  }
}

TEST(Update, HeadlineIsTheMeanOverRoundsByScans) {
  const auto model = make_model("builtin:unid");
  const TemperJob job(*model, own_options(8));
  State<TemperJob> state = begin_from(job, job.begin_shared());
  const TemperJob seven(*model, own_options(7));
  Observer quiet;
  run_job(seven, state, quiet);
  const auto outcome = outcome_of_round(job, state);
  TemperShared alone = state.shared;
  alone.last.reset();
  const TemperingRow own = job.update(alone, outcome).last->row;
  const RoundResult before = *state.shared.last;
  const RoundResult pooled = *job.update(state.shared, outcome).last;
  ASSERT_EQ(before.pooled_scans, 64u + 128u);  // rounds 6 and 7: the first with a standard error
  EXPECT_EQ(pooled.pooled_scans, 64u + 128u + 256u);
  const double a = 192.0 / 448, b = 256.0 / 448;
  EXPECT_NEAR(*pooled.row.log_evidence, a * *before.row.log_evidence + b * *own.log_evidence, 1e-12);
  EXPECT_NEAR(*pooled.row.log_evidence_se, std::hypot(a * *before.row.log_evidence_se, b * *own.log_evidence_se),
              1e-12);

  TemperShared astray = state.shared;  // the rounds before saw another mode
  *astray.last->row.log_evidence += 10;
  const RoundResult anew = *job.update(astray, outcome).last;
  EXPECT_EQ(anew.row.log_evidence, own.log_evidence);
  EXPECT_EQ(anew.pooled_scans, 256u);
}

TEST(Update, GivesSluggishRungsMorePasses) {
  const auto model = make_model("builtin:unid");
  TemperOptions options = own_options(6);
  options.replicas = 5;
  options.schedule = {0, 0.1, 0.3, 0.6, 1};
  const TemperJob job(*model, options);
  TemperShared shared = job.begin_shared();
  shared.round = 5;
  shared.passes = {1, 1, 2, 4, 8};
  State<TemperJob> state = begin_from(job, shared);
  auto outcome = outcome_of_round(job, state);
  const auto next_passes = [&](double correlation) {
    for (RungRecord& record : outcome) {
      auto& energy = record.statistics.energy;
      energy.squares_before = energy.squares_after = 100;
      energy.product = 100 * correlation;
    }
    return job.update(shared, outcome).passes;
  };
  using Passes = std::vector<std::uint32_t>;
  EXPECT_EQ(next_passes(0.95), (Passes{2, 2, 4, 8, 8}));
  EXPECT_EQ(next_passes(0.7), (Passes{1, 1, 2, 4, 8}));
  EXPECT_EQ(next_passes(0.3), (Passes{1, 1, 1, 2, 4}));
}

// 64 batches of all copies together know the error better than the spread of a few copies, whose t-quantile is large.
TEST(Update, TakesTheErrorOverCopiesFromSixteenOn) {
  const auto model = make_model("builtin:unid");
  for (const std::uint32_t copies : {4U, 15U, 16U}) {
    TemperOptions options = own_options(6);
    options.copies = copies;
    options.replicas = 5;
    const TemperJob job(*model, options);
    TemperShared shared = job.begin_shared();
    shared.round = 5;  // of 64 scans
    State<TemperJob> state = begin_from(job, shared);
    const auto outcome = outcome_of_round(job, state);
    std::vector<std::vector<tempering::RungStatistics>> apart(copies);
    for (std::size_t i = 0; i < outcome.size(); ++i) apart[i / 5].push_back(outcome[i].statistics);
    const auto evidence = tempering::estimate_evidence(apart, shared.ladder.betas(Leg::fixed));
    const TemperingRow row = job.update(shared, outcome).last->row;
    EXPECT_EQ(row.log_evidence, evidence.bridge);
    EXPECT_EQ(row.log_evidence_se, copies < 16 ? evidence.standard_error : evidence.standard_error_copies) << copies;
  }
}

TEST(Update, PoolsTargetDrawsOfAllCopiesAndLegsIntoTheReference) {
  const auto model = make_model("builtin:mvn,d=2");
  TemperOptions options = two_leg_options(6);
  options.copies = 2;
  options.replicas = 4;
  const TemperJob job(*model, options);
  State<TemperJob> state = begin_from(job, job.begin_shared());
  TemperOptions five = options;
  five.rounds = 4;
  Observer quiet;
  run_job(TemperJob(*model, five), state, quiet);
  const auto outcome = outcome_of_round(job, state);
  Moments pooled;
  for (std::size_t i = 0; i < outcome.size(); ++i) {
    if (state.shared.ladder.role(i % 8).is_target) pooled.merge(outcome[i].moments);
  }
  EXPECT_EQ(pooled.count(), 4u * 32);
  const TemperShared next = job.update(state.shared, outcome);
  ASSERT_TRUE(next.variational_active);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(next.gaussian.mean()[i], pooled.mean()[i], 1e-13);
    EXPECT_NEAR(next.gaussian.scale()[i], std::sqrt(pooled.variance(i)), 1e-13);
  }
}

}  // namespace
}  // namespace dovetail::test
