// Gamma factors: conversions both ways, the projection, and sites that are conjugate.
#include "dovetail/ep/gamma.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::ep {
namespace {

constexpr double kExact = 1e-12;

TEST(Gamma, ConvertsBothWaysWithOneSubtractedOnce) {
  const auto factor = gamma_of(GammaMoments{2.5, 1.25});  // shape 5, rate 2
  ASSERT_TRUE(factor);
  EXPECT_NEAR(factor->power, 4, kExact);
  EXPECT_NEAR(factor->rate, 2, kExact);
  const auto moments = moments_of(*factor);
  ASSERT_TRUE(moments);
  EXPECT_NEAR(moments->mean, 2.5, kExact);
  EXPECT_NEAR(moments->variance, 1.25, kExact);
}

TEST(Gamma, ConvertsToMeansOfLogarithmsAndBack) {
  for (const double shape : {1e-3, 0.3, 1.0, 2.0, 17.5, 1e4}) {
    const GammaNatural factor{shape - 1, 3};
    const auto means = log_moments_of(factor);
    ASSERT_TRUE(means);
    const auto back = gamma_of(*means);
    ASSERT_TRUE(back);
    const double gap = math::log(means->mean) - means->log_mean;
    const double tolerance = 1e-14 * (1 + std::fabs(means->log_mean)) / gap + 1e-14;
    EXPECT_NEAR((back->power + 1) / shape, 1, tolerance) << shape;
    EXPECT_NEAR(back->rate / 3, 1, tolerance) << shape;
  }
  // an exponential law: the mean of the logarithm is minus Euler's constant
  EXPECT_NEAR(log_moments_of({0, 1})->log_mean, -0.57721566490153286, kExact);
}

/// Of the lognormal law N(0, s^2), E[x] = e^(s^2/2) and E[log x] = 0: E_p[log q] is largest at the projection.
TEST(Gamma, WithTheMeansOfALawIsTheNearestToIt) {
  for (const double s : {0.3, 1.0, 2.0}) {
    const GammaLogMoments p{math::exp(0.5 * s * s), 0};
    const auto expected_log = [&](GammaNatural q) { return q.power * p.log_mean - q.rate * p.mean - *log_integral(q); };
    const GammaNatural nearest = *gamma_of(p);
    constexpr double kStep = 1e-3;
    for (int i = 0; i < 8; ++i) {
      const double a = kStep * std::cos(i * 0.785) * (nearest.power + 1);
      const double b = kStep * std::sin(i * 0.785) * nearest.rate;
      EXPECT_LT(expected_log(add_scaled(nearest, 1, {a, b})), expected_log(nearest)) << s << " " << i;
    }
  }
}

TEST(Gamma, LogIntegralIsThatOfFactorials) {
  EXPECT_NEAR(*log_integral({4, 2}), math::log(24.0 / 32), kExact);  // 4! / 2^5
}

TEST(Gamma, ThatIsNoDistributionIsEmpty) {
  const double nan = std::nan("");
  for (const GammaNatural& bad : {GammaNatural{-1, 1}, {0, 0}, {0, -1}, {nan, 1}, {1, nan}}) {
    EXPECT_FALSE(moments_of(bad));
    EXPECT_FALSE(log_moments_of(bad));
    EXPECT_FALSE(log_integral(bad));
  }
  EXPECT_FALSE(gamma_of(GammaMoments{1, 0}));
  EXPECT_FALSE(gamma_of(GammaLogMoments{1, 0}));  // E[log x] below log E[x]
  EXPECT_FALSE(gamma_of(GammaLogMoments{1, nan}));
  EXPECT_FALSE(gamma_of(GammaLogMoments{-1, -5}));
}

/// A rate x with prior shape 2, rate 1; counts y_i ~ Poisson(x t_i), waits w_j ~ Exponential(x). However rows are
/// divided, one round of targets from any draws makes shape 2 + sum y + (number of waits), rate 1 + sum t + sum w.
TEST(Gamma, SitesOfCountsAndWaitsAreExactInOneRound) {
  const std::vector<GammaNatural> rows = {{3, 1}, {0, 0.5}, {4, 2}, {1, 0.7}, {1, 0.1}, {7, 3}, {1, 2.2}};
  for (const std::size_t sites : {1U, 2U, 3U, 7U}) {
    GammaNatural posterior{1, 1};
    for (std::size_t k = 0; k < sites; ++k) {
      Rng rng({test::seed_from_name(sites), Purpose::test, ItemId(static_cast<std::uint32_t>(k))});
      std::vector<double> points(20);
      std::vector<double> scores(20);
      for (std::size_t i = 0; i < points.size(); ++i) {
        points[i] = math::exp(math::draw_normal(rng));
        for (std::size_t row = k; row < rows.size(); row += sites) {
          scores[i] += rows[row].power / points[i] - rows[row].rate;
        }
      }
      const auto target = regress_gamma_scores(points, scores);
      ASSERT_TRUE(target);
      posterior = add_scaled(posterior, 1, *target);
    }
    EXPECT_NEAR(posterior.power + 1, 19, 19 * kExact);
    EXPECT_NEAR(posterior.rate, 10.5, 10.5 * kExact);
  }
}

/// A site l(x) = exp(-1/x) in a gamma cavity: regression finds what the tilted mean and variance ask for. Points are
/// quantiles of the tilted law, at the middle of equal shares.
TEST(Gamma, RegressionMatchesMeanAndVarianceOfTheTiltedLaw) {
  const GammaNatural cavity{2, 1.5};
  constexpr double kWidth = 1e-4;
  std::vector<double> below;  // cumulative, unnormalised
  std::vector<double> at;
  double total = 0, first = 0, second = 0;
  for (double x = kWidth / 2; x < 30; x += kWidth) {
    const double mass = math::exp(cavity.power * math::log(x) - cavity.rate * x - 1 / x);
    total += mass;
    first += mass * x;
    second += mass * x * x;
    below.push_back(total);
    at.push_back(x);
  }
  const double mean = first / total;
  const GammaNatural tilted = *gamma_of(GammaMoments{mean, second / total - mean * mean});
  constexpr std::size_t kPoints = 100000;
  std::vector<double> points;
  std::vector<double> scores;
  std::size_t cell = 0;
  for (std::size_t i = 0; i < kPoints; ++i) {
    const double wanted = total * (static_cast<double>(i) + 0.5) / kPoints;
    while (below[cell] < wanted) ++cell;
    points.push_back(at[cell]);
    scores.push_back(1 / (at[cell] * at[cell]));
  }
  const auto found = regress_gamma_scores(points, scores);
  ASSERT_TRUE(found);
  // the middle of a share misses at most some (1 / points) of the variance, mostly in the tail
  EXPECT_NEAR(add_scaled(cavity, 1, *found).power, tilted.power, 1e-3);
  EXPECT_NEAR(add_scaled(cavity, 1, *found).rate, tilted.rate, 1e-3);
}

TEST(Gamma, RegressionOnOnePointIsEmpty) {
  EXPECT_FALSE(regress_gamma_scores({}, {}));
  const std::vector<double> same(5, 2.0);
  EXPECT_FALSE(regress_gamma_scores(same, same));
}

}  // namespace
}  // namespace dovetail::ep
