// Importance weights of several proposals, resampling and grids of marginals, exactly.
#include "dovetail/ep/importance.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::ep {
namespace {

std::vector<Proposed> two_rounds() {
  Rng rng({test::seed_from_name(), Purpose::test});
  return {{{{}, {}, {0, 1}, {1, 0, 0.3, 1}}, make_lattice(101, 2, rng)},
          {{{0}, {{0.5, 1, -0.3, 0.9}}, {2, 0}, {2, 0, -0.5, 0.7}}, make_lattice(307, 2, rng)}};
}

TEST(BalancedWeights, AreOneWhereTheTargetIsTheMixture) {
  const auto rounds = two_rounds();
  const auto points = points_of(rounds, 2);
  ASSERT_EQ(points.size(), 2 * (101U + 307U));
  std::vector<double> log_target;
  std::vector<double> work(2);
  for (std::size_t i = 0; i < 408; ++i) {
    const auto x = std::span(points).subspan(2 * i, 2);
    log_target.push_back(math::log(101.0 / 408 * math::exp(rounds[0].proposal.log_density(x, work)) +
                                   307.0 / 408 * math::exp(rounds[1].proposal.log_density(x, work))));
  }
  for (const double log : balanced_log_weights(rounds, points, log_target)) EXPECT_NEAR(log, 0, 1e-9);
}

TEST(BalancedWeights, EstimateTheIntegralOfTheTarget) {
  const auto rounds = two_rounds();
  const auto points = points_of(rounds, 2);
  const Natural target{{2, 0.3, 0.3, 1.5}, {1, 0.4}};
  std::vector<double> log_target;
  for (std::size_t i = 0; i < 408; ++i) log_target.push_back(log_factor(target, std::span(points).subspan(2 * i, 2)));
  const auto logs = balanced_log_weights(rounds, points, log_target);
  const auto weights = normalised(logs);
  const double effective = 1 / math::sum_of_squares(weights);
  const double error = std::sqrt(1 / effective - 1.0 / 408);  // as of independent points; lattices are better
  EXPECT_NEAR(log_mean_exp(logs), *log_integral(target), 4 * error);
  const Normal found = moments_of(points, weights, 2);
  const auto exact = normal_of(target);
  for (std::size_t j = 0; j < 2; ++j) {
    EXPECT_NEAR(found.mean[j], exact->mean[j], 4 * std::sqrt(exact->covariance[3 * j] / effective));
    EXPECT_NEAR(found.covariance[3 * j] / exact->covariance[3 * j], 1, 4 * std::sqrt(2 / effective));
  }
  EXPECT_GT(effective, 80);
}

TEST(Resample, TakesEveryPointAsOftenAsItsWeightSays) {
  Rng rng({test::seed_from_name(), Purpose::test});
  const std::vector<double> weights = {0.5, 0.031, 0.219, 0.25};
  std::vector<double> counts(4);
  const auto indices = resample(weights, 1000, rng);
  ASSERT_EQ(indices.size(), 1000U);
  for (const std::uint32_t i : indices) ++counts[i];
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(counts[i], 1000 * weights[i], 1);
  EXPECT_FALSE(std::is_sorted(indices.begin(), indices.end()));
}

TEST(MarginalGrid, HasItsValueAndTheConditionalMeansOfTheOthers) {
  const Normal g{{1, -2, 0.5}, {2, 0.6, -0.3, 0.6, 1, 0.2, -0.3, 0.2, 0.8}};
  const auto factor = *math::cholesky(g.covariance, 3);
  Rng rng({test::seed_from_name(), Purpose::test});
  std::vector<double> normals(MarginalGrid::kDraws / 2 * 3);
  math::draw_normals(rng, normals);
  const MarginalGrid grid(g, factor, 1, normals);
  for (const std::size_t i : {0U, 7U, 21U}) {
    const double value = -2 + MarginalGrid::offset(i);
    EXPECT_NEAR(grid.value(i), value, 1e-12);
    std::vector<double> mean(3), x(3);
    for (std::size_t draw = 0; draw < MarginalGrid::kDraws; ++draw) {
      grid.point(i, draw, x);
      EXPECT_NEAR(x[1], value, 1e-12);
      for (std::size_t j = 0; j < 3; ++j) mean[j] += x[j] / MarginalGrid::kDraws;
    }
    EXPECT_NEAR(mean[0], 1 + 0.6 * (value + 2), 1e-12);  // covariance over variance 1
    EXPECT_NEAR(mean[2], 0.5 + 0.2 * (value + 2), 1e-12);
  }
}

TEST(LogFactor, IsTheQuadraticForm) {
  const Natural factor{{2, 0.5, 0.5, -1}, {3, 0.2}};
  EXPECT_NEAR(log_factor(factor, std::vector<double>{0.7, -2}), 3 * 0.7 - 0.4 - 0.5 * (2 * 0.49 - 2 * 0.7 - 4), 1e-12);
}

}  // namespace
}  // namespace dovetail::ep
