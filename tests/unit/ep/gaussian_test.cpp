// Natural parameters against closed forms.
#include "dovetail/ep/gaussian.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::ep {
namespace {

constexpr double kExact = 1e-12;

Natural random_factor(std::size_t d, std::uint64_t index) {
  Rng rng({test::seed_from_name(index), Purpose::test});
  std::vector<double> a(d * (d + 2));
  math::draw_normals(rng, a);
  Natural factor{math::gram(a, d, d + 2), std::vector<double>(d)};
  math::draw_normals(rng, factor.shift);
  return factor;
}

TEST(Natural, ConvertsToMomentsAndBack) {
  for (const std::size_t d : {1U, 2U, 5U, 34U}) {
    const Natural factor = random_factor(d, d);
    const auto normal = normal_of(factor);
    ASSERT_TRUE(normal);
    const auto back = natural_of(*normal);
    ASSERT_TRUE(back);
    for (std::size_t i = 0; i < d * d; ++i) EXPECT_NEAR(back->precision[i], factor.precision[i], 1e-8);
    for (std::size_t i = 0; i < d; ++i) EXPECT_NEAR(back->shift[i], factor.shift[i], 1e-8);
    for (std::size_t i = 0; i < d; ++i) {  // symmetric bit for bit
      for (std::size_t j = 0; j < i; ++j) EXPECT_EQ(normal->covariance[i * d + j], normal->covariance[j * d + i]);
    }
  }
}

TEST(Natural, OfTwoCorrelatedParametersIsTheTextbookInverse) {
  const auto normal = normal_of({{2, 1, 1, 3}, {1, -1}});
  ASSERT_TRUE(normal);
  EXPECT_NEAR(normal->covariance[0], 0.6, kExact);
  EXPECT_NEAR(normal->covariance[1], -0.2, kExact);
  EXPECT_NEAR(normal->covariance[3], 0.4, kExact);
  EXPECT_NEAR(normal->mean[0], 0.8, kExact);
  EXPECT_NEAR(normal->mean[1], -0.6, kExact);
}

TEST(Natural, ThatIsNoDistributionIsAValueNotAnError) {
  const double nan = std::nan("");
  for (const Natural& bad : {Natural{{-1}, {0}}, Natural{{0}, {0}}, Natural{{nan}, {0}}, Natural{{1}, {nan}},
                             Natural{{1, 2, 2, 1}, {0, 0}}}) {
    const Natural good = add_scaled(flat(bad.dimension()), 1, random_factor(bad.dimension(), 1));
    EXPECT_FALSE(normal_of(bad));
    EXPECT_FALSE(divergence(bad, good));
    EXPECT_FALSE(divergence(good, bad));
  }
  EXPECT_FALSE(natural_of({{0}, {-1}}));
  EXPECT_FALSE(log_integral({{-1}, {0}}));
}

TEST(Natural, LogIntegralOfOneDimension) {
  // integral of exp(-2 x^2 + 3 x) = sqrt(pi / 2) exp(9 / 8)
  EXPECT_NEAR(*log_integral({{4}, {3}}), 0.5 * math::log(1.5707963267948966) + 1.125, kExact);
}

TEST(Natural, DivergenceOfOneDimension) {
  // N(1, 4) from N(0, 1), and the other way round
  const Natural p = *natural_of({{1}, {4}});
  const Natural q = *natural_of({{0}, {1}});
  EXPECT_NEAR(*divergence(p, q), 0.5 * (4 + 1 - 1 - math::log(4)), kExact);
  EXPECT_NEAR(*divergence(q, p), 0.5 * (0.25 + 0.25 - 1 + math::log(4)), kExact);
}

TEST(Natural, DivergenceOfASmallChangeIsHalfItsSquaredSize) {
  constexpr double kSmall = 1e-4;
  const Natural at = random_factor(5, 1);
  Natural change = flat(5);
  change = add_scaled(std::move(change), kSmall, random_factor(5, 2));
  const double half = 0.5 * squared_size(change, *normal_of(at));
  EXPECT_NEAR(*divergence(at, add_scaled(at, 1, change)) / half, 1, 20 * kSmall);
}

}  // namespace
}  // namespace dovetail::ep
