// Pareto smoothing: known tails, bounded weights, degenerate weights.
#include "dovetail/diagnose/psis.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/functions.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::diagnose {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

/// log weights with P(w > y) = y^(-1/k), from uniforms.
std::vector<double> pareto_log_weights(double k, std::size_t draws, auto&& uniform) {
  std::vector<double> log_weights(draws);
  for (std::size_t s = 0; s < draws; ++s) log_weights[s] = -k * math::log1p(-uniform(s));
  return log_weights;
}

TEST(Psis, FindsTheShapeOfExactParetoQuantiles) {
  constexpr std::size_t draws = 100000;
  for (const double k : {0.2, 0.5, 0.7, 1.0}) {
    const auto grid = [&](std::size_t s) { return (static_cast<double>(s) + 0.5) / draws; };
    const ParetoSmoothed smoothed = pareto_smooth(pareto_log_weights(k, draws, grid));
    EXPECT_NEAR(smoothed.k_hat.value, k, 0.1);
    EXPECT_EQ(smoothed.tail, 949U);  // ceil(3 sqrt(1e5))
  }
}

// One estimate has a standard deviation near (1 + k)/sqrt(949) = 0.065 at k = 1; the mean of 50 has 0.0092, and 4.9 of
// those are 0.045.
TEST(Psis, FindsTheShapeOfParetoDrawsOnAverage) {
  for (const double k : {0.2, 0.5, 0.7, 1.0}) {
    double sum = 0;
    for (std::uint64_t run = 0; run < 50; ++run) {
      Rng rng(
          {dovetail::test::seed_from_name(run), Purpose::test, ItemId(static_cast<std::uint32_t>(10 * k)), Step(0)});
      sum += pareto_smooth(pareto_log_weights(k, 100000, [&](std::size_t) { return rng.uniform(); })).k_hat.value;
    }
    EXPECT_NEAR(sum / 50, k, 0.1);
  }
}

TEST(Psis, UniformWeightsHaveNoTail) {
  std::vector<double> log_weights(10000);
  Rng rng({dovetail::test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  for (double& w : log_weights) w = math::log(rng.uniform_open());
  EXPECT_LT(pareto_smooth(log_weights).k_hat.value, 0);
}

TEST(Psis, FitRecoversAGridOfQuantiles) {
  // quantiles of the generalised Pareto distribution with k = 0.5, sigma = 2: 4 ((1-p)^(-1/2) - 1)
  std::vector<double> x(2000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double p = (static_cast<double>(i) + 0.5) / static_cast<double>(x.size());
    x[i] = 4 * (1 / std::sqrt(1 - p) - 1);
  }
  const GeneralisedPareto fit = fit_generalised_pareto(x);
  EXPECT_NEAR(fit.k, 0.5, 0.02);
  EXPECT_NEAR(fit.sigma, 2, 0.04);
}

TEST(Psis, SmoothsTheTailAndNothingElse) {
  std::vector<double> log_weights(1000);
  Rng rng({dovetail::test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  for (double& w : log_weights) w = -0.8 * math::log(rng.uniform_open());
  const ParetoSmoothed smoothed = pareto_smooth(log_weights);
  const double highest = *std::max_element(log_weights.begin(), log_weights.end());
  EXPECT_EQ(smoothed.tail, 95U);
  std::vector<double> sorted = log_weights;
  std::sort(sorted.begin(), sorted.end());
  const double cutoff = sorted[1000 - 95 - 1];
  for (std::size_t s = 0; s < log_weights.size(); ++s) {
    EXPECT_LE(smoothed.log_weights[s], 0);
    if (log_weights[s] <= cutoff) {
      EXPECT_EQ(smoothed.log_weights[s], log_weights[s] - highest);
    } else {
      EXPECT_GE(smoothed.log_weights[s], cutoff - highest);
    }
  }
  // the order of weights stays
  for (std::size_t s = 1; s < log_weights.size(); ++s) {
    if (log_weights[s] > log_weights[s - 1]) {
      EXPECT_GE(smoothed.log_weights[s], smoothed.log_weights[s - 1]);
    }
  }
}

TEST(Psis, CommonFactorOfWeightsDoesNotMatter) {
  std::vector<double> log_weights(500);
  for (std::size_t s = 0; s < 500; ++s) log_weights[s] = static_cast<double>(s * 211 % 500) / 64;
  const ParetoSmoothed plain = pareto_smooth(log_weights);
  for (double& w : log_weights) w += 4096;
  const ParetoSmoothed shifted = pareto_smooth(log_weights);
  EXPECT_EQ(shifted.k_hat.value, plain.k_hat.value);
  EXPECT_EQ(shifted.log_weights, plain.log_weights);
}

TEST(Psis, RelativeEfficiencyWidensTheTail) {
  std::vector<double> log_weights(10000);
  for (std::size_t s = 0; s < log_weights.size(); ++s) log_weights[s] = static_cast<double>(s) / 1000;
  EXPECT_EQ(pareto_smooth(log_weights, 1).tail, 300U);
  EXPECT_EQ(pareto_smooth(log_weights, 0.25).tail, 600U);
  EXPECT_EQ(pareto_smooth(log_weights, 1e-9).tail, 2000U);  // a fifth at most
}

TEST(Psis, ImportanceEssMatchesAHandComputation) {
  const std::vector<double> log_weights{0, math::log(2), math::log(3), -kInf};
  EXPECT_NEAR(pareto_smooth(log_weights).importance_ess.value, 36.0 / 14, 1e-14);
}

TEST(Psis, WordsInsteadOfNumbers) {
  EXPECT_EQ(pareto_smooth({}).k_hat.reason, Unavailable::too_few);
  const std::vector<double> equal(100, -3.0);
  EXPECT_EQ(pareto_smooth(equal).k_hat.reason, Unavailable::constant);
  EXPECT_EQ(pareto_smooth(equal).importance_ess.value, 100);
  const std::vector<double> few{0, 1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(pareto_smooth(few).k_hat.reason, Unavailable::too_few);
  std::vector<double> bad(100, 0.0);
  bad[7] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(pareto_smooth(bad).k_hat.reason, Unavailable::non_finite);
  EXPECT_TRUE(pareto_smooth(bad).log_weights.empty());
  bad[7] = kInf;
  EXPECT_EQ(pareto_smooth(bad).k_hat.reason, Unavailable::non_finite);
  const std::vector<double> none(100, -kInf);
  EXPECT_EQ(pareto_smooth(none).k_hat.reason, Unavailable::non_finite);
  // zero weights below the tail are fine
  std::vector<double> sparse(100, -kInf);
  for (std::size_t s = 0; s < 10; ++s) sparse[s * 9] = -static_cast<double>(s);
  EXPECT_TRUE(pareto_smooth(sparse).k_hat.available());
  EXPECT_EQ(pareto_smooth(sparse).tail, 10U);
}

TEST(Psis, LimitGrowsWithDraws) {
  EXPECT_DOUBLE_EQ(k_hat_limit(100), 0.5);
  EXPECT_NEAR(k_hat_limit(1000), 2.0 / 3, 1e-15);
  EXPECT_EQ(k_hat_limit(10000), 0.7);
}

}  // namespace
}  // namespace dovetail::diagnose
