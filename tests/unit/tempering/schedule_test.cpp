// Barrier, schedule and number of rungs against ladders whose answers are known.
#include "dovetail/tempering/schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/tempering/monotone_cubic.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/tempering/toy_energies.hpp"

namespace dovetail::tempering {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Reference values: equal acceptance 2 I_{1/(1+q)}(d/2,d/2) of the geometric ladder with 10 rungs (incomplete beta
// function), true barrier 2^(2-d)/B(d/2,d/2) log(10)/2
struct PrecisionCase {
  int d;
  double acceptance, barrier, corrected;
};
const std::vector<PrecisionCase> kPrecision{{2, 0.8727718323255323, 1.151292546497023, 1.1499496211845521},
                                            {10, 0.69355928951758, 2.8332590011450174, 2.8295102000190457}};

TEST(GeometricSchedule, IsARatioAboveTheReference) {
  const auto betas = geometric_schedule(1000, 4);
  ASSERT_EQ(betas.size(), 5U);
  EXPECT_EQ(betas.front(), 0);
  EXPECT_EQ(betas.back(), 1);
  EXPECT_DOUBLE_EQ(betas[1], 0.001);
  for (std::size_t k = 2; k < betas.size(); ++k) EXPECT_NEAR(betas[k] / betas[k - 1], 10, 1e-12);
  EXPECT_EQ(geometric_schedule(4, 2), (std::vector<double>{0, 0.25, 1}));
}

TEST(GeometricSchedule, RefusesWhatIsNoLadder) {
  for (const double temperature : {1.0, 0.5, -2.0, 0.0, kNaN, std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(static_cast<void>(geometric_schedule(temperature, 4)), UsageError) << temperature;
  }
  EXPECT_THROW(static_cast<void>(geometric_schedule(10, 1)), UsageError);
  EXPECT_THROW(static_cast<void>(geometric_schedule(10, 0)), UsageError);
  EXPECT_THROW(static_cast<void>(geometric_schedule(1 + 1e-15, 1000)), UsageError);  // betas that cannot be told apart
}

TEST(Barrier, IndependentEnergiesGiveTheAcceptanceOfEveryPair) {
  for (const auto& c : kPrecision) {
    const auto betas = test::geometric_precisions(10);
    Rng rng = test::stream(test::seed_from_name(static_cast<std::uint64_t>(c.d)));
    const std::uint64_t scans = 16384;
    const auto rungs = test::independent_round(test::precision_path(c.d), betas, scans, std::vector<double>(9, 0), rng);
    // a mean of numbers in [0, 1] has variance at most p (1 - p)/n
    const double error = std::sqrt(c.acceptance * (1 - c.acceptance) / static_cast<double>(scans));
    for (std::size_t k = 0; k + 1 < 10; ++k)
      EXPECT_LT(std::fabs(1 - rungs[k].rejection() - c.acceptance), 5.33 * error);
    // neighbouring acceptances share a rung: the sum's error is at most 3 independent thirds
    EXPECT_LT(std::fabs(barrier_of(rungs).corrected - c.barrier),
              0.01 * c.barrier + test::kZ * std::sqrt(3 * 9.0) * error * 1.2);
  }
}

TEST(Barrier, CorrectionUndoesTheFiniteLadder) {
  for (const auto& c : kPrecision) {
    const Barrier barrier = barrier_from_rejections(std::vector<double>(9, 1 - c.acceptance), 1024);
    EXPECT_NEAR(barrier.rejection_sum, 9 * (1 - c.acceptance), 1e-13);
    EXPECT_NEAR(barrier.corrected, c.corrected, 1e-12);
    EXPECT_LT(std::fabs(barrier.corrected - c.barrier), 0.003 * c.barrier);
  }
  // Gaussian shift, 8 rungs: acceptance 2 Phi(-dm/sqrt 2), dm = 6/7, and the correction is exact: Lambda = 6/sqrt(pi)
  const double acceptance = std::erfc(6.0 / 7 / 2);
  const Barrier shift = barrier_from_rejections(std::vector<double>(7, 1 - acceptance), 1024);
  EXPECT_NEAR(shift.rejection_sum, 3.1888221590770813, 1e-12);
  EXPECT_NEAR(shift.corrected, 3.385137501286538, 1e-12);
}

TEST(Barrier, MatchesTheGaussianShiftLadder) {
  Rng rng = test::stream(test::seed_from_name());
  const auto betas = equal_schedule(8);
  const std::uint64_t scans = 16384;
  const auto rungs = test::independent_round(test::gaussian_shift(), betas, scans, std::vector<double>(7, 0), rng);
  const double rho = 3.1888221590770813 / 7;
  for (std::size_t k = 0; k + 1 < 8; ++k) {
    EXPECT_LT(std::fabs(rungs[k].rejection() - rho), 5.28 * std::sqrt(rho * (1 - rho) / static_cast<double>(scans)));
  }
}

TEST(Barrier, GuardsShrinkShortRoundsRaiseTinyOnesAndCapLargeOnes) {
  const Barrier early = barrier_from_rejections(std::vector<double>{1, 0, 0.5}, 2);
  EXPECT_DOUBLE_EQ(early.rejection[0], 0.75);  // (2 * 1 + 1)/(2 + 2)
  EXPECT_DOUBLE_EQ(early.rejection[1], 0.25);
  EXPECT_DOUBLE_EQ(early.rejection[2], 0.5);
  EXPECT_DOUBLE_EQ(early.rejection_sum, 1.5);
  const Barrier late = barrier_from_rejections(std::vector<double>{1, 0, 0.5}, 8);
  EXPECT_EQ(late.rejection[0], 1);
  EXPECT_EQ(late.rejection[1], kRejectionLeast);
  EXPECT_GT(late.cumulative[2], late.cumulative[1]);
  EXPECT_NEAR(late.cumulative[1], 2 / std::sqrt(3.14159265358979324) * math::erf_inverse(0.999), 1e-14);
}

TEST(Barrier, NaNCountsAsFullRejectionAndIsReported) {
  const Barrier barrier = barrier_from_rejections(std::vector<double>{0.2, kNaN, 0.3}, 1024);
  EXPECT_EQ(barrier.undefined, 1u);
  EXPECT_EQ(barrier.rejection[1], 1);
  EXPECT_EQ(barrier.rejection_sum, 1.5);
  EXPECT_EQ(barrier.coarsest, 1u);
  EXPECT_TRUE(barrier.coarse);
  EXPECT_EQ(barrier.round_trip_rate, 0);
}

TEST(Barrier, RoundTripRateIsThatOfTheIndexProcess) {
  const Barrier barrier = barrier_from_rejections(std::vector<double>{0.5, 0.25}, 1024);
  EXPECT_NEAR(barrier.round_trip_rate, 1 / (2 + 2 * (1 + 1.0 / 3)), 1e-15);
  EXPECT_FALSE(barrier.coarse);
  EXPECT_FALSE(barrier.all_tiny);
}

TEST(Barrier, CumulativeCurveIsTheClosedFormBetweenNodes) {
  const auto betas = test::geometric_precisions(20);
  const Barrier barrier = barrier_from_rejections(std::vector<double>(19, 1 - 0.9394797075963679), 1 << 15);
  const MonotoneCubic curve(betas, barrier.cumulative);
  for (double beta = 0; beta <= 1; beta += 0.01) {
    EXPECT_NEAR(curve.value(beta), 0.5 * std::log(1 + 9 * beta), 0.01);
  }
  EXPECT_NEAR(curve.derivative(0.5), 4.5 / (1 + 4.5), 0.02);
}

TEST(Schedule, ReachesTheOptimalLadderOfThePrecisionPath) {
  // exact rejections of any pair of the d = 2 path: acceptance 2 I_{1/(1+q)}(1, 1) = 2/(1+q), q the precision ratio
  const auto rejections = [](const std::vector<double>& betas) {
    std::vector<double> rho;
    for (std::size_t k = 0; k + 1 < betas.size(); ++k)
      rho.push_back(1 - 2 / (1 + (1 + 9 * betas[k + 1]) / (1 + 9 * betas[k])));
    return rho;
  };
  std::vector<double> betas = equal_schedule(10);
  for (int round = 0; round < 8; ++round)
    betas = adapt_schedule(betas, barrier_from_rejections(rejections(betas), 4096), 10).betas;
  // reference ladder: 1 + 9 beta geometric with 10 rungs
  const std::vector<double> best{0,
                                 0.03239440722387599,
                                 0.07423339302222876,
                                 0.12827052111465376,
                                 0.19806215580079162,
                                 0.2882015182005142,
                                 0.40462098151253095,
                                 0.5549825003543789,
                                 0.7491818696456966,
                                 1.0};
  for (std::size_t k = 0; k + 1 < best.size(); ++k) {
    EXPECT_NEAR(betas[k + 1] - betas[k], best[k + 1] - best[k], 0.02 * (best[k + 1] - best[k]));
  }
}

TEST(Schedule, ReachesTheOptimalLadderFromSampledEnergies) {
  std::vector<double> betas = equal_schedule(10);
  Rng rng = test::stream(test::seed_from_name());
  for (std::uint32_t round = 4; round <= 13; ++round) {
    const auto rungs =
        test::independent_round(test::precision_path(10), betas, 1U << round, std::vector<double>(9, 0), rng);
    betas = adapt_schedule(betas, barrier_of(rungs), 10).betas;
  }
  const auto best = test::geometric_precisions(10);
  // the last round's rejections have relative error at most sqrt(.694/.306/8192) = 1.7 %; a spacing follows a few of
  // them
  for (std::size_t k = 0; k + 1 < best.size(); ++k) {
    EXPECT_NEAR((betas[k + 1] - betas[k]) / (best[k + 1] - best[k]), 1, 0.02 + test::kZ * 0.017);
  }
}

TEST(Schedule, EqualRejectionsAreLeftWhereTheyAre) {
  const auto betas = test::geometric_precisions(10);
  const Schedule schedule = adapt_schedule(betas, barrier_from_rejections(std::vector<double>(9, 0.3), 1024), 10);
  for (std::size_t k = 0; k < betas.size(); ++k) EXPECT_NEAR(schedule.betas[k], betas[k], 1e-14);
  EXPECT_TRUE(schedule.note.empty());
}

TEST(Schedule, EndsAreExact) {
  for (const std::size_t n : {2, 3, 7, 13}) {
    for (const double rho : {0.1, 0.37, 0.9}) {
      const Schedule schedule =
          adapt_schedule(equal_schedule(5), barrier_from_rejections(std::vector<double>{rho, 0.2, 0.61, 0.3}, 1024), n);
      EXPECT_EQ(schedule.betas.front(), 0);
      EXPECT_EQ(schedule.betas.back(), 1);
      ASSERT_EQ(schedule.betas.size(), n);
      for (std::size_t k = 0; k + 1 < n; ++k) EXPECT_LT(schedule.betas[k], schedule.betas[k + 1]);
    }
  }
}

TEST(Schedule, TinyRejectionsKeepIt) {
  const std::vector<double> betas{0, 0.2, 0.9, 1};
  const Barrier barrier = barrier_from_rejections(std::vector<double>{0, 1e-9, 0}, 1024);
  EXPECT_TRUE(barrier.all_tiny);
  const Schedule schedule = adapt_schedule(betas, barrier, 4);
  EXPECT_EQ(schedule.betas, betas);
  EXPECT_FALSE(schedule.note.empty());
  EXPECT_EQ(adapt_schedule(betas, barrier, 3).betas, equal_schedule(3));
}

TEST(Schedule, BetasThatCannotBeToldApartAreMergedAndSaidSo) {
  const std::vector<double> betas{0, 0.5, std::nextafter(0.5, 1), 1};
  const Barrier barrier = barrier_from_rejections(std::vector<double>{0.01, 0.99, 0.01}, 1024);
  const Schedule schedule = adapt_schedule(betas, barrier, 12);
  EXPECT_LT(schedule.betas.size(), 12u);
  EXPECT_EQ(schedule.coordinates.size(), schedule.betas.size());
  EXPECT_NE(schedule.note.find("12 rungs were wanted"), std::string::npos);
  for (std::size_t k = 0; k + 1 < schedule.betas.size(); ++k) {
    EXPECT_GE(schedule.betas[k + 1] - schedule.betas[k], 16 * 0x1p-52 * schedule.betas[k + 1]);
  }
  const Schedule coarse =
      adapt_schedule(equal_schedule(4), barrier_from_rejections(std::vector<double>(3, 0.4), 1024), 9, 0.3);
  for (std::size_t k = 0; k + 1 < coarse.betas.size(); ++k) EXPECT_GE(coarse.betas[k + 1] - coarse.betas[k], 0.3);
  EXPECT_EQ(coarse.betas.back(), 1);
}

std::string message_of(const std::vector<double>& betas) {
  try {
    check_schedule(betas);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Schedule, AUsersOwnIsCheckedWithCauseAndCure) {
  EXPECT_EQ(message_of({0, 0.5, 1}), "");
  EXPECT_EQ(message_of({0, 1}), "");
  EXPECT_NE(message_of({0.1, 1}).find("starts at 0.1 instead of 0"), std::string::npos);
  EXPECT_NE(message_of({0, 0.9}).find("ends at 0.9 instead of 1"), std::string::npos);
  EXPECT_NE(message_of({0, 0.5, 0.5, 1}).find("number 3: 0.5 is followed by 0.5"), std::string::npos);
  EXPECT_NE(message_of({0, 0.7, 0.5, 1}).find("does not increase"), std::string::npos);
  EXPECT_NE(message_of({0, kNaN, 1}).find("does not increase"), std::string::npos);
  EXPECT_NE(message_of({kNaN, 1}).find("starts at"), std::string::npos);
  EXPECT_NE(message_of({1}).find("1 betas"), std::string::npos);
  EXPECT_NE(message_of({}).find("0 betas"), std::string::npos);
}

Barrier with_barrier(double corrected, std::size_t to_insert = 0) {
  Barrier barrier;
  barrier.corrected = corrected;
  barrier.to_insert = to_insert;
  return barrier;
}

TEST(ChooseReplicas, FollowsTheBarrierInTheEarlyRoundsOnly) {
  EXPECT_EQ(choose_replicas(with_barrier(9.16), 10, 2, 200), 10u);
  for (std::uint32_t round = 3; round <= 8; ++round)
    EXPECT_EQ(choose_replicas(with_barrier(9.16), 10, round, 200), 29u);
  EXPECT_EQ(choose_replicas(with_barrier(9.16), 20, 9, 200), 20u);
  EXPECT_EQ(choose_replicas(with_barrier(9.16), 19, 9, 200), 29u);  // 29 > 1.5 * 19
  EXPECT_EQ(choose_replicas(with_barrier(1), 30, 9, 200), 30u);
}

TEST(ChooseReplicas, LeavesSmallChangesAlone) {
  EXPECT_EQ(choose_replicas(with_barrier(9.16), 26, 5, 200), 26u);  // 29 - 26 < 3.9
  EXPECT_EQ(choose_replicas(with_barrier(9.16), 25, 5, 200), 29u);  // 29 - 25 >= 3.75
  EXPECT_EQ(choose_replicas(with_barrier(0.9), 5, 5, 200), 4u);     // one of five is more than 15 %
}

TEST(ChooseReplicas, StaysBetweenItsLimits) {
  EXPECT_EQ(choose_replicas(with_barrier(0), 10, 4, 200), kReplicasMin);
  EXPECT_EQ(choose_replicas(with_barrier(100), 10, 4, 200), 200u);
  EXPECT_EQ(choose_replicas(with_barrier(100), 10, 12, 14), 10u);
}

TEST(ChooseReplicas, AddsARungForEveryPairThatHardlyEverSwaps) {
  EXPECT_EQ(choose_replicas(with_barrier(3, 1), 10, 4, 200), 11u);
  EXPECT_EQ(choose_replicas(with_barrier(8, 2), 10, 4, 200), 25u);
  EXPECT_EQ(choose_replicas(with_barrier(3, 2), 10, 9, 200), 10u);
  EXPECT_EQ(choose_replicas(with_barrier(3, 2), 10, 4, 11), 11u);
  EXPECT_EQ(barrier_from_rejections(std::vector<double>{0.96, 0.95, 1, 0.2}, 64).to_insert, 2u);
}

TEST(Reassign, TakesTheNearestOldRungTiesToTheLower) {
  const std::vector<double> old{0, 1, 3, 4};
  EXPECT_EQ(reassign(old, std::vector<double>{0, 2, 4}), (std::vector<std::size_t>{0, 1, 3}));
  EXPECT_EQ(reassign(old, std::vector<double>{0, 0.4, 0.6, 2.1, 3.5, 4}), (std::vector<std::size_t>{0, 0, 1, 2, 2, 3}));
}

TEST(Reassign, AnUnchangedLadderKeepsItsStates) {
  const Barrier barrier = barrier_from_rejections(std::vector<double>(9, 0.4), 1024);
  const Schedule schedule = adapt_schedule(equal_schedule(10), barrier, 10);
  const auto source = reassign(barrier.cumulative, schedule.coordinates);
  for (std::size_t k = 0; k < 10; ++k) EXPECT_EQ(source[k], k);
}

}  // namespace
}  // namespace dovetail::tempering
