// The kernel around the proposals: groups, slow blocks, counts, draws, bounds, prior recovery.
#include "dovetail/kernel/metropolis.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "chain.hpp"
#include "dovetail/adapt/tuning.hpp"
#include "dovetail/core/codec.hpp"
#include "dovetail/kernel/registry.hpp"
#include "tests/support/counting_new.hpp"
#include "tests/support/goodness_of_fit.hpp"

namespace dovetail::test {
namespace {

using std::numbers::pi;

const std::vector<Coordinate> kThree{real("a"), real("b"), real("c")};

ProposalSpec grouped(const std::string& name, double group) {
  return spec("normal", {name}, {{"group", {group}}, {"scale", {1}}}, {{"adapt", "none"}});
}

TEST(Metropolis, TablesMoveJointlyUnlessTheyAreGrouped) {
  for (const bool joint : {true, false}) {
    std::vector<std::vector<double>> looks;
    const SimplePath path(kThree, [&](Point x) {
      looks.emplace_back(x.begin(), x.end());
      return -kInfinity;
    });
    Chain chain(path, {grouped("c", joint ? 0 : 7), grouped("a", 0), grouped("b", joint ? 0 : 7)}, {0, 0, 0});
    chain.state.potential = {};  // a start with density, from which nothing is accepted
    looks.clear();
    chain.step();
    ASSERT_EQ(looks.size(), joint ? 1U : 2U);
    EXPECT_EQ(chain.record.proposals, looks.size());
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(looks[0][i] != 0, joint || i != 0);  // group 7 first, as declared
    if (joint) continue;
    EXPECT_TRUE(looks[1][0] != 0 && looks[1][1] == 0 && looks[1][2] == 0);
  }
}

TEST(Metropolis, CountsEachProposal) {
  const SimplePath path(kThree, [](Point x) { return x[1] > 0 ? -kInfinity : 0; });
  ProposalSpec slow = grouped("a", 0);
  slow.numbers["jump_interval"] = {4};
  Chain chain(path, {slow, grouped("b", 1), grouped("c", 2)}, {0, 0, 0});
  for (int n = 0; n < 400; ++n) chain.step();
  const auto& counts = chain.record.by_proposal;
  ASSERT_EQ(counts.size(), 3U);
  EXPECT_EQ(counts[0].moves, 100U);
  EXPECT_EQ(counts[0].accepted, 100U);
  EXPECT_EQ(counts[1].moves, 400U);
  EXPECT_LT(counts[1].accepted, 400U);
  EXPECT_EQ(counts[1].acceptance_sum, static_cast<double>(counts[1].accepted));
  EXPECT_EQ(counts[2].acceptance_sum, 400);
  EXPECT_EQ(chain.record.proposals, 900U);
  EXPECT_EQ(chain.record.acceptance_sum, 500 + counts[1].acceptance_sum);
}

TEST(Metropolis, TellsTheMeanAcceptanceOfItsLastStep) {
  const SimplePath path(kThree, [](Point x) { return x[1] != 0 ? -kInfinity : 0; });
  Chain chain(path, {grouped("a", 0), grouped("b", 1), grouped("c", 2)}, {0, 0, 0});
  chain.step();
  EXPECT_DOUBLE_EQ(chain.record.last.acceptance, 2.0 / 3);
  EXPECT_EQ(chain.kernel.shows(), Shows::acceptance);
}

// J = 3, D = 2: real moves at steps 0, 3 and, two intervals having passed, at all from 6 on.
TEST(Metropolis, SlowBlocksMoveAtTheirIntervalsAndThenAlways) {
  const SimplePath path(kThree, flat);
  ProposalSpec slow = spec("normal", {"a", "b", "c"}, {{"jump_interval", {3}}, {"jump_duration", {2}}});
  Chain chain(path, {slow}, {0, 0, 0});
  std::vector<int> moved_at;
  for (int n = 0; n < 9; ++n) {
    const std::vector<double> before = chain.state.x;
    chain.step();
    if (chain.state.x != before) moved_at.push_back(n);
  }
  EXPECT_EQ(moved_at, (std::vector<int>{0, 3, 6, 7, 8}));
}

TEST(Metropolis, AsksNothingWhenAllBlocksIdleAndStillDrawsItsUniform) {
  const SimplePath path(kThree, flat);
  ProposalSpec slow = spec("normal", {"a", "b", "c"}, {{"jump_interval", {5}}});
  Chain chain(path, {slow}, {0, 0, 0});
  Rng rng({1, Purpose::kernel, ItemId(0), Step(1)});
  const std::uint64_t looks = path.looks;
  chain.kernel.step(chain.state, {path, 1}, chain.tuning, rng, chain.workspace, chain.record);
  EXPECT_EQ(path.looks, looks);
  EXPECT_EQ(chain.record.proposals, 0U);
  EXPECT_TRUE(std::isnan(chain.record.last.acceptance));
  EXPECT_EQ(rng.words_drawn(), 2U);
}

// EPSIE's counters of slow blocks are not saved: resumed differs from uninterrupted. Here there is no counter.
TEST(Metropolis, EpsieDefectH_SlowBlocksGoOnAfterSavingAndLoading) {
  const SimplePath path(kThree, log_normal);
  ProposalSpec slow = grouped("a", 0);
  slow.numbers["jump_interval"] = {7};
  slow.numbers["jump_duration"] = {20};
  const std::vector<ProposalSpec> specs{slow, spec("normal", {"b", "c"})};
  Chain whole(path, specs, {0, 0, 0});
  Chain resumed(path, specs, {0, 0, 0});
  for (int n = 0; n < 300; ++n) {
    whole.adapting_step();
    resumed.adapting_step();
    resumed.state = unpack<ChainState>(pack(resumed.state));
    resumed.tuning = unpack<Tuning>(pack(resumed.tuning));
    resumed.kernel = MetropolisKernel(make_proposals(specs, path.coordinates(), 1000));
    resumed.workspace = Workspace();
    ASSERT_EQ(pack(whole.state), pack(resumed.state));
    ASSERT_EQ(pack(whole.tuning), pack(resumed.tuning));
  }
  EXPECT_EQ(pack(whole.record), pack(resumed.record));
}

TEST(Metropolis, WithoutTuningTheStartValuesHold) {
  const SimplePath path(kThree, log_normal);
  Chain tuned(path, {spec("normal", {"a", "b", "c"})}, {0, 0, 0});
  Chain bare(path, {spec("normal", {"a", "b", "c"})}, {0, 0, 0});
  bare.tuning.proposals.clear();
  for (int n = 0; n < 50; ++n) {
    tuned.step();
    bare.step();
    ASSERT_EQ(tuned.state.x, bare.state.x);
  }
}

TEST(Metropolis, MovesIntoTheSupportAndForgetsOldGradients) {
  const SimplePath path({real("x")}, [](Point x) { return x[0] > 0 && x[0] < 3 ? 0 : -kInfinity; });
  Chain chain(path, {spec("normal", {"x"}, {{"scale", {2}}})}, {5});
  chain.state.has_gradient = true;
  for (int n = 0; n < 100; ++n) chain.step();
  EXPECT_TRUE(chain.state.x[0] > 0 && chain.state.x[0] < 3);
  EXPECT_FALSE(chain.state.has_gradient);
  EXPECT_EQ(chain.record.error_events, 0U);
}

// A run of frozen rounds, each twice as long: the last one accepts what it should, with deviations taken from the
// scale.
TEST(Metropolis, LearnsBetweenFrozenRounds) {
  const SimplePath path({real("a"), real("b"), cyclic("phi", 0, 2 * pi), real("theta", 0, pi)}, [](Point x) {
    const double theta = pi / (1 + std::exp(-x[3]));
    return -0.5 * (x[0] * x[0] + x[1] * x[1] / 1e4) + 20 * std::cos(theta) + std::log(std::sin(theta)) +
           std::log(theta * (pi - theta));
  });
  Chain chain(path, {spec("normal", {"a", "b"}), spec("solid_angle", {"phi", "theta"}, {{"group", {1}}})},
              {0, 0, 0, -1});
  chain.tuning.scale = {1, 100, 1, 1};
  for (int round = 0; round < 12; ++round) {
    chain.record = {};
    for (int n = 0; n < 4 << round; ++n) chain.step();
    const ProposalTuning frozen = chain.tuning.proposals[0];
    if (round < 11) chain.kernel.end_round(chain.tuning, chain.record);
    EXPECT_NE(chain.tuning.proposals[0] == frozen, round < 11);
  }
  for (std::size_t p = 0; p < 2; ++p) {
    const auto& count = chain.record.by_proposal[p];
    EXPECT_NEAR(count.acceptance_sum / static_cast<double>(count.moves), 0.234, 0.05) << p;
  }
  const auto& normal = chain.tuning.proposals[0];
  EXPECT_NEAR(normal.covariance[0], 1, 1e-12);
  EXPECT_NEAR(normal.covariance[3], 1e4, 1e-8);
}

TEST(Metropolis, StepsWithoutAllocating) {
  const SimplePath path({real("a", 0), real("b"), cyclic("c", 0, 1), integer("d", 0, 9)}, flat);
  Chain chain(path,
              {spec("bounded_normal", {"a"}), spec("normal", {"b"}), spec("angular", {"c"}),
               spec("bounded_discrete", {"d"}, {{"group", {1}}})},
              {0, 0, 0.5, 3});
  chain.step();
  const std::size_t before = allocations();
  for (int n = 0; n < 1000; ++n) chain.step();
  EXPECT_EQ(allocations(), before);
}

// With a flat likelihood the prior comes back: values uniform on their boxes, circles, the sphere, integers.
TEST(Metropolis, RecoversThePrior) {
  const std::vector<Coordinate> coordinates{real("a", 2, 5), cyclic("phi", 0, 2 * pi), real("theta", 0, pi),
                                            integer("k", -1, 2)};
  const auto logistic = [](double u) { return 1 / (1 + std::exp(-u)); };
  const SimplePath path(coordinates, [&](Point u) {
    const double log_slopes = std::log(logistic(u[0]) * logistic(-u[0])) + std::log(logistic(u[2]) * logistic(-u[2]));
    return log_slopes + std::log(std::sin(pi * logistic(u[2])));
  });
  Chain chain(path,
              {spec("bounded_normal", {"a"}, {{"scale", {2}}}),
               spec("solid_angle", {"phi", "theta"}, {{"kappa", {0.4}}}, {{"adapt", "none"}}),
               spec("bounded_discrete", {"k"}, {{"scale", {2}}})},
              {0.3, 1, -1, 0});
  std::vector<double> a, phi, cosine;
  std::vector<std::int64_t> k(4);
  constexpr int kDraws = 20000, kThin = 12;  // acceptance is above 0.5: 12 joint moves over most of the space
  for (int n = 0; n < kDraws; ++n) {
    for (int t = 0; t < kThin; ++t) chain.step();
    a.push_back(logistic(chain.state.x[0]));
    phi.push_back(chain.state.x[1] / (2 * pi));
    cosine.push_back(0.5 - 0.5 * std::cos(pi * logistic(chain.state.x[2])));
    ++k[static_cast<std::size_t>(chain.state.x[3] + 1)];
  }
  EXPECT_GT(chain.acceptance(), 0.5);
  const auto even = [](double v) { return v; };
  for (const auto& sample : {a, phi, cosine}) expect_law(sample, even, kAlpha / 4);
  expect_frequencies(k, std::vector<double>(4, 0.25), kAlpha / 4);
}

constexpr double kBitJumps = 0.75;  ///< an integer of two values stays at every fourth jump, which is no decision

TEST(Mixture, IsWrittenWithWeightsAndBars) {
  const SimplePath path({integer("k", 0, 1)}, flat);  // slice makes one look at a bit, mh one too; count decisions
  const auto kernel = make_kernel("0.25*mh|0.75*slice", path.coordinates());
  ChainState state;
  state.x = {0};
  Tuning tuning = initial_tuning(path.coordinates());
  kernel->begin_tuning(tuning, path.coordinates());
  Workspace workspace;
  KernelRecord record;
  constexpr std::uint64_t kDraws = 20000;
  for (std::uint64_t n = 0; n < kDraws; ++n) {
    Rng rng({seed_from_name(), Purpose::kernel, ItemId(0), Step(n)});
    kernel->step(state, {path, 1}, tuning, rng, workspace, record);
  }
  EXPECT_NEAR(static_cast<double>(record.proposals) / kDraws, 0.25 * kBitJumps, ks_threshold(kDraws));
  EXPECT_EQ(kernel->shows(), Shows::acceptance);
}

TEST(Mixture, PartsMayBeCyclesAndWeightsMayBeLeftOut) {
  const SimplePath path({integer("k", 0, 1)}, flat);
  const auto kernel = make_kernel("slice+slice|slice+mh+slice", path.coordinates());
  KernelRecord record;
  constexpr std::uint64_t kDraws = 3000;
  for (std::uint64_t n = 0; n < kDraws; ++n) {
    ChainState state;
    state.x = {0};
    Workspace workspace;
    Rng rng({seed_from_name(), Purpose::kernel, ItemId(0), Step(n)});
    kernel->step(state, {path, 1}, initial_tuning(path.coordinates()), rng, workspace, record);
  }
  EXPECT_EQ(record.evaluations, 2 * kDraws + record.proposals);
  EXPECT_NEAR(static_cast<double>(record.proposals) / kDraws, 0.5 * kBitJumps, ks_threshold(kDraws));
}

TEST(Mixture, RefusesWhatCannotBeMeant) {
  const std::vector<Coordinate> coordinates{real("x")};
  for (const char* name : {"|", "mh|", "x*mh|slice", "*mh|slice", "0.5*|slice", "-1*mh|slice", "0*mh|0*slice",
                           "nan*mh|slice", "0.5**mh|slice", "1 *mh|slice", "0.7*mh|0.3*slise", "0.5*mh|0.6*slice",
                           "0.5*mh|0.499*slice", "0.5*mh|slice", "inf*mh|0.5*slice", "0.5*mh", "nan*mh|0.5*slice"}) {
    EXPECT_THROW((void)make_kernel(name, coordinates), UsageError) << name;
  }
  try {
    (void)make_kernel("0.5*mh|0.6*slice", coordinates);
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("add up to 1.1 ("), std::string::npos) << error.what();
  }
  EXPECT_NO_THROW((void)make_kernel("0.1*mh|0.2*slice|0.7*slice", coordinates));  // 1 but for rounding
}

}  // namespace
}  // namespace dovetail::test
