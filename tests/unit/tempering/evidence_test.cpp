// Evidence estimates on ladders of independent energies with known log Z, and their rules for what cannot be had.
#include "dovetail/tempering/evidence.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "dovetail/tempering/schedule.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/tempering/toy_energies.hpp"

namespace dovetail::tempering {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Truth {
  test::DrawEnergy draw;
  std::vector<double> betas;
  std::function<double(double)> log_z;  ///< at beta, 0 at beta = 0
  [[nodiscard]] std::vector<double> ratios(double off = 0) const {
    std::vector<double> c;
    for (std::size_t k = 0; k + 1 < betas.size(); ++k) c.push_back(log_z(betas[k + 1]) - log_z(betas[k]) + off);
    return c;
  }
};

Truth precision_truth(int d, std::size_t n) {
  return {test::precision_path(d), test::geometric_precisions(n),
          [d](double beta) { return -0.5 * d * std::log(1 + 9 * beta); }};
}
/// V ~ N(36 beta - 18, 36): log Z = 18 beta^2 - 18 beta
Truth shift_truth(std::size_t n) {
  return {test::gaussian_shift(), equal_schedule(n), [](double beta) { return 18 * beta * (beta - 1); }};
}

class Independent : public ::testing::TestWithParam<int> {
 protected:
  static Truth truth() {
    return GetParam() == 0 ? shift_truth(8) : precision_truth(GetParam(), GetParam() == 2 ? 6 : 10);
  }
};
INSTANTIATE_TEST_SUITE_P(Evidence, Independent, ::testing::Values(0, 2, 10), [](const auto& which) {
  return which.param == 0 ? "Shift" : "Precision" + std::to_string(which.param);
});

TEST_P(Independent, SteppingStonesAreUnbiasedBothWays) {
  const Truth t = truth();
  test::Replicates forward, backward;
  for (std::uint64_t r = 0; r < 400; ++r) {
    Rng rng = test::stream(test::seed_from_name(), r);
    const auto rungs = test::independent_round(t.draw, t.betas, 128, t.ratios(), rng);
    const LegEvidence e = estimate_evidence(rungs, t.betas);
    forward.add(std::exp(*e.forward - t.log_z(1)));
    backward.add(std::exp(t.log_z(1) - *e.backward));
    EXPECT_EQ(*e.middle, (*e.forward + *e.backward) / 2);
    EXPECT_EQ(*e.gap, *e.backward - *e.forward);
  }
  EXPECT_LT(std::fabs(forward.z(1)), test::kZ);
  EXPECT_LT(std::fabs(backward.z(1)), test::kZ);
  EXPECT_LT(forward.error(), 0.03);
  EXPECT_LT(backward.error(), 0.03);
}

// The bridge is consistent for any c: its bias is of order SE^2, so 1024 scans leave it below the error of 100
// replicates
TEST_P(Independent, BridgeIsRightForAnyCentre) {
  const Truth t = truth();
  for (const double off : {-0.7, 0.0, 0.7}) {
    test::Replicates bridge, thermodynamic;
    for (std::uint64_t r = 0; r < 100; ++r) {
      Rng rng = test::stream(test::seed_from_name(), r);
      const auto rungs = test::independent_round(t.draw, t.betas, 1024, t.ratios(off), rng);
      const LegEvidence e = estimate_evidence(rungs, t.betas);
      bridge.add(*e.bridge);
      thermodynamic.add(*e.thermodynamic);
      EXPECT_EQ(e.log_z.size(), t.betas.size());
      EXPECT_EQ(e.log_z.back(), *e.bridge);
      EXPECT_TRUE(e.problem.empty());
    }
    EXPECT_LT(std::fabs(bridge.mean - t.log_z(1)), test::kZ * bridge.error() + bridge.deviation() * bridge.deviation());
    EXPECT_LT(bridge.error(), 0.02);
    // the trapezoid with its curvature term leaves an error of order step^4; 1 % of log Z's change is ample here
    EXPECT_LT(std::fabs(thermodynamic.mean - t.log_z(1)),
              test::kZ * thermodynamic.error() + 0.01 * std::fabs(t.log_z(0.5)));
  }
}

// docs/adr/0012: quadrature over chi^2_100 gives standard errors 0.0577 (bridge) and 0.0655 (forward) at 4096 scans of
// 20 rungs, and 0.0476 and 0.0501 with 29
TEST(Evidence, ErrorsOfTheHundredDimensionalPathAreThoseOfQuadrature) {
  struct Row {
    std::size_t rungs;
    double bridge, forward;
  };
  for (const Row& row : {Row{20, 0.0577, 0.0655}, Row{29, 0.0476, 0.0501}}) {
    const Truth t = precision_truth(100, row.rungs);
    test::Replicates bridge, forward;
    const std::uint64_t scans = 256, repeats = 300;
    for (std::uint64_t r = 0; r < repeats; ++r) {
      Rng rng = test::stream(test::seed_from_name(row.rungs), r);
      const LegEvidence e =
          estimate_evidence(test::independent_round(t.draw, t.betas, scans, t.ratios(), rng), t.betas);
      bridge.add(*e.bridge);
      forward.add(*e.forward);
    }
    const double grown = std::sqrt(4096.0 / static_cast<double>(scans));
    const double tolerance = test::kZ / std::sqrt(2.0 * static_cast<double>(repeats));
    EXPECT_NEAR(bridge.deviation() / (row.bridge * grown), 1, tolerance);
    EXPECT_NEAR(forward.deviation() / (row.forward * grown), 1, tolerance);
  }
}

TEST_P(Independent, StandardErrorIsThatOfReplicates) {
  const Truth t = truth();
  test::Replicates bridge, error;
  const double repeats = 300;
  double covered = 0;
  for (std::uint64_t r = 0; r < static_cast<std::uint64_t>(repeats); ++r) {
    Rng rng = test::stream(test::seed_from_name(), r);
    const LegEvidence e = estimate_evidence(test::independent_round(t.draw, t.betas, 512, t.ratios(), rng), t.betas);
    bridge.add(*e.bridge);
    error.add(*e.standard_error);
    covered += std::fabs(*e.bridge - t.log_z(1)) < 2 * *e.standard_error ? 1 : 0;
  }
  // Geyer's rule over 64 batch means gives 1.08 times the true error on average when batches are independent; the
  // replicate deviation has relative error 1/sqrt(2 R)
  EXPECT_NEAR(error.mean / bridge.deviation(), 1.08, 0.08 + test::kZ / std::sqrt(2 * repeats));
  // 92 to 98 %, as docs/maths/tempering.md section 12 asks, and the noise of R replicates
  EXPECT_NEAR(covered / repeats, 0.95, 0.03 + test::kZ * std::sqrt(0.95 * 0.05 / repeats));
}

TEST(Evidence, NoStandardErrorBelow64Scans) {
  const Truth t = shift_truth(5);
  Rng rng = test::stream(test::seed_from_name());
  const LegEvidence short_round =
      estimate_evidence(test::independent_round(t.draw, t.betas, 32, t.ratios(), rng), t.betas);
  EXPECT_TRUE(short_round.bridge.has_value());
  EXPECT_FALSE(short_round.standard_error.has_value());
  EXPECT_TRUE(estimate_evidence(test::independent_round(t.draw, t.betas, 64, t.ratios(), rng), t.betas).standard_error);
}

// c far from every energy: the formula's limits are B (c too low) and F (c too high)
TEST(Evidence, BridgeBecomesAStepStoneWhenTheCentreIsFarOff) {
  const Truth t = shift_truth(3);
  Rng rng = test::stream(test::seed_from_name());
  const auto energies = [&](double off) {
    Rng same = rng;
    return estimate_evidence(test::independent_round(t.draw, t.betas, 64, t.ratios(off), same), t.betas);
  };
  EXPECT_NEAR(*energies(150).bridge, *energies(0).forward, 1e-9);
  EXPECT_NEAR(*energies(-150).bridge, *energies(0).backward, 1e-9);
  EXPECT_NEAR(*energies(1e4).bridge, *energies(0).forward, 1e-9);
  EXPECT_NEAR(*energies(-1e4).bridge, *energies(0).backward, 1e-9);
  EXPECT_FALSE(energies(1e4).standard_error.has_value());
}

// Reference U(0, 1), target 1 on (0, p): V = 0 or -inf, log Z = log p. The backward weights alone would say 0.
TEST(Evidence, ATargetThatMissesPartOfTheReferenceIsStillMeasured) {
  const double p = 0.3;
  const std::uint64_t scans = 4096;
  const std::vector<double> betas{0, 0.5, 1};
  Rng rng = test::stream(test::seed_from_name());
  const auto rungs = test::record_round(betas, scans, {-1.5, 0}, [&](std::vector<double>& v) {
    v[0] = rng.uniform() < p ? 0 : -kInf;
    v[1] = v[2] = 0;
  });
  const LegEvidence e = estimate_evidence(rungs, betas);
  const double error = std::sqrt((1 - p) / p / static_cast<double>(scans));
  EXPECT_LT(std::fabs(*e.forward - std::log(p)), test::kZ * error);
  EXPECT_LT(std::fabs(*e.backward - std::log(p)), test::kZ * error);
  EXPECT_LT(std::fabs(*e.bridge - std::log(p)), test::kZ * error);
  EXPECT_FALSE(e.thermodynamic.has_value());  // the mean energy of the reference is -inf
  EXPECT_NEAR(barrier_of(rungs).rejection[0], 1 - p, test::kZ * std::sqrt(p * (1 - p) / static_cast<double>(scans)));
}

TEST(Evidence, ATargetThatIsNeverMetIsSaidInWords) {
  const std::vector<double> betas{0, 0.5, 1};
  const auto rungs = test::record_round(betas, 64, {0, 0}, [&](std::vector<double>& v) { v = {-kInf, -1, -1}; });
  const LegEvidence e = estimate_evidence(rungs, betas);
  EXPECT_FALSE(e.forward.has_value());
  EXPECT_FALSE(e.bridge.has_value());
  EXPECT_FALSE(e.standard_error.has_value());
  EXPECT_NE(e.problem.find("target density 0 between rungs 0 and 1"), std::string::npos) << e.problem;
  const auto nan = test::record_round(betas, 64, {0, 0}, [&](std::vector<double>& v) { v = {0, kNaN, kNaN}; });
  EXPECT_FALSE(estimate_evidence(nan, betas).bridge.has_value());
  EXPECT_FALSE(estimate_evidence(nan, betas).problem.empty());
}

TEST(Evidence, AConstantEnergyIsExact) {
  const auto betas = equal_schedule(4);
  const auto rungs = test::record_round(betas, 64, {0, 0, 0}, [](std::vector<double>& v) { v.assign(4, -2.5); });
  const LegEvidence e = estimate_evidence(rungs, betas);
  EXPECT_NEAR(*e.forward, -2.5, 1e-14);
  EXPECT_NEAR(*e.backward, -2.5, 1e-14);
  EXPECT_NEAR(*e.bridge, -2.5, 1e-14);
  EXPECT_NEAR(*e.thermodynamic, -2.5, 1e-14);
  EXPECT_NEAR(*e.standard_error, 0, 1e-14);
  EXPECT_NEAR(e.weight_share_min, 1, 1e-14);
  EXPECT_FALSE(e.not_converged);
}

TEST(Evidence, CopiesPoolAndGiveASecondStandardError) {
  const Truth t = shift_truth(8);
  std::vector<std::vector<RungStatistics>> copies;
  for (std::uint64_t c = 0; c < 16; ++c) {
    Rng rng = test::stream(test::seed_from_name(), c);
    copies.push_back(test::independent_round(t.draw, t.betas, 512, t.ratios(), rng));
  }
  const LegEvidence pooled = estimate_evidence(copies, t.betas);
  const LegEvidence single = estimate_evidence(copies.front(), t.betas);
  EXPECT_LT(std::fabs(*pooled.bridge), test::kZ * *pooled.standard_error);
  // both errors estimate sd/4; relative errors 1/sqrt(2 * 15) and about 16 % each
  EXPECT_NEAR(*pooled.standard_error / *single.standard_error, 0.25, 0.25 * test::kZ * 0.23);
  EXPECT_NEAR(*pooled.standard_error_copies / *pooled.standard_error, 1, test::kZ * 0.24);
  copies.resize(3);
  EXPECT_FALSE(estimate_evidence(copies, t.betas).standard_error_copies.has_value());
}

TEST(Evidence, TooFewRungsAreFlagged) {
  Rng rng = test::stream(test::seed_from_name());
  const Truth coarse = precision_truth(100, 4);
  const LegEvidence e =
      estimate_evidence(test::independent_round(coarse.draw, coarse.betas, 256, coarse.ratios(), rng), coarse.betas);
  EXPECT_TRUE(e.not_converged);
  EXPECT_LT(e.weight_share_min, 0.2);
  const Truth fine = precision_truth(2, 6);
  EXPECT_FALSE(estimate_evidence(test::independent_round(fine.draw, fine.betas, 256, fine.ratios(), rng), fine.betas)
                   .not_converged);
}

TEST(VarianceOfMean, IsTheSampleVarianceForWhatLooksIndependent) {
  const std::vector<double> alternating{1, -1, 1, -1, 1, -1, 1, -1};  // negative correlation: never below independence
  EXPECT_NEAR(variance_of_mean(alternating), 1.0 / 7, 1e-15);
  EXPECT_EQ(variance_of_mean(std::vector<double>(8, 3.0)), 0);
}

// 64 terms 0 0 0 0 4 4 4 4 ...: autocovariances by hand at lags 0, 1, 2, 3 of a square wave of period 8 and height 2:
// 4, 4 (1/2), 0, -2 up to ends; Gamma_0 = 1 + rho_1, Gamma_1 = rho_2 + rho_3 < 0
TEST(VarianceOfMean, CountsCorrelatedTermsByTheInitialMonotoneSequence) {
  std::vector<double> wave(64);
  for (std::size_t i = 0; i < 64; ++i) wave[i] = i % 8 < 4 ? 0 : 4;
  // lag 1: 63 products, of which 15 cross an edge: (48 * 4 - 15 * 4)/64 = 33/16; rho_1 = 33/64
  const double tau = -1 + 2 * (1 + 33.0 / 64);
  EXPECT_NEAR(variance_of_mean(wave), tau * 4 / 63, 1e-14);
}

TEST(CombineLegs, WeighsByInverseVarianceAndFlagsDisagreement) {
  const CombinedEvidence c = combine_legs({1, 0.1}, {2, 0.3});
  EXPECT_NEAR(c.estimate.value, (1 / 0.01 + 2 / 0.09) / (1 / 0.01 + 1 / 0.09), 1e-14);
  EXPECT_NEAR(*c.estimate.standard_error, std::sqrt(1 / (1 / 0.01 + 1 / 0.09)), 1e-14);
  EXPECT_FALSE(c.disagree);  // 1 < 4 * 0.316
  EXPECT_TRUE(combine_legs({1, 0.1}, {2, 0.2}).disagree);
  const CombinedEvidence bare = combine_legs({1, std::nullopt}, {2, 0.3});
  EXPECT_EQ(bare.estimate.value, 1.5);
  EXPECT_FALSE(bare.estimate.standard_error.has_value());
  EXPECT_EQ(combine_legs({1, 0.0}, {3, 0.0}).estimate.value, 2);
}

TEST(PoolRounds, WeighsByScans) {
  const Estimate e = pool_rounds({1, 0.2}, 512, {4, 0.1}, 1024);
  EXPECT_NEAR(e.value, 3, 1e-15);
  EXPECT_NEAR(*e.standard_error, std::sqrt(0.04 + 0.04) / 3, 1e-15);
  EXPECT_FALSE(pool_rounds({1, std::nullopt}, 512, {4, 0.1}, 1024).standard_error.has_value());
}

TEST(PredictLogRatios, FollowsTheCurveBetweenNodes) {
  for (const Truth& t : {precision_truth(10, 10), shift_truth(8)}) {
    std::vector<double> log_z, slope;
    for (const double beta : t.betas) {
      log_z.push_back(t.log_z(beta));
      slope.push_back((t.log_z(beta + 1e-6) - t.log_z(beta - 1e-6)) / 2e-6);
    }
    const auto fresh = equal_schedule(23);
    const auto ratios = predict_log_ratios(t.betas, log_z, slope, fresh);
    ASSERT_EQ(ratios.size(), 22u);
    // Hermite error h^4/384 max |L''''|, largest where 1 + 9 beta is least: 0.002 for d = 10; the shift is a parabola
    for (std::size_t j = 0; j < 22; ++j) EXPECT_NEAR(ratios[j], t.log_z(fresh[j + 1]) - t.log_z(fresh[j]), 0.004);
  }
}

TEST(PredictLogRatios, StaysBetweenChordAndTangentsForAVagueReference) {
  // log Z falls by 50 at once: the slope at 0 is -1e10 and useless
  const auto ratios = predict_log_ratios(std::vector<double>{0, 0.5, 1}, std::vector<double>{0, -50, -55},
                                         std::vector<double>{-1e10, -12, -8}, std::vector<double>{0, 0.25, 0.5, 1});
  EXPECT_NEAR(ratios[0], -50 + 12 * 0.25, 1e-12);
  EXPECT_NEAR(ratios[1], -12 * 0.25, 1e-12);
  EXPECT_NEAR(ratios[2], -5, 1e-12);
}

TEST(PredictLogRatios, FallsBackOnMeanEnergiesThenOnZero) {
  const std::vector<double> betas{0, 0.5, 1}, same = betas;
  const auto trapezoid =
      predict_log_ratios(betas, std::vector<double>{0, kNaN, kNaN}, std::vector<double>{-4, -2, -1}, same);
  EXPECT_NEAR(trapezoid[0], -1.5, 1e-15);
  EXPECT_NEAR(trapezoid[1], -0.75, 1e-15);
  const auto nothing =
      predict_log_ratios(betas, std::vector<double>{0, -kInf, kNaN}, std::vector<double>{-kInf, -2, -1}, same);
  EXPECT_EQ(nothing[0], 0);
  EXPECT_NEAR(nothing[1], -0.75, 1e-15);
}

}  // namespace
}  // namespace dovetail::tempering
