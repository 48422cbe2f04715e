// Families of blocks: a projection has the marginals of what it projects, and is the nearest of its family.
#include "dovetail/ep/family.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::ep {
namespace {

constexpr std::size_t kD = 5;
const Family kBlocks{{{0, 3}, {1, 2, 4}}};

Natural random_factor(std::uint64_t index) {
  Rng rng({test::seed_from_name(index), Purpose::test});
  std::vector<double> a(kD * (kD + 2));
  math::draw_normals(rng, a);
  Natural factor{math::gram(a, kD, kD + 2), std::vector<double>(kD)};
  math::draw_normals(rng, factor.shift);
  return factor;
}

TEST(Family, RestrictionDropsCorrelationsBetweenBlocks) {
  const Natural factor{{2, 1, 4, 1, 3, 5, 4, 5, 6}, {1, -1, 7}};
  EXPECT_EQ(restrict_to(Family::dense(3), factor), factor);
  EXPECT_EQ(restrict_to(Family::diagonal(3), factor), (Natural{{2, 0, 0, 0, 3, 0, 0, 0, 6}, {1, -1, 7}}));
  EXPECT_EQ(restrict_to({{{0, 2}, {1}}}, factor), (Natural{{2, 0, 4, 0, 3, 0, 4, 0, 6}, {1, -1, 7}}));
}

/// Q = {{2, 1}, {1, 3}}, r = (1, -1): means .8 and -.6, variances .6 and .4; the cavity takes 1 of each precision.
TEST(Family, ProjectionOfTwoCorrelatedParametersIsByHand) {
  const Natural cavity{{1, 0, 0, 1}, {0, 0}};
  const auto found = project(Family::diagonal(2), {{1, 1, 1, 2}, {1, -1}}, cavity, 1);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->precision[0], 1 / 0.6 - 1, 1e-12);
  EXPECT_NEAR(found->precision[3], 1 / 0.4 - 1, 1e-12);
  EXPECT_EQ(found->precision[1], 0);
  EXPECT_NEAR(found->shift[0], 0.8 / 0.6, 1e-12);
  EXPECT_NEAR(found->shift[1], -0.6 / 0.4, 1e-12);
}

TEST(Family, ProjectionHasTheMarginalsOfItsBlocks) {
  const Natural site = random_factor(0);
  const Natural cavity = restrict_to(kBlocks, random_factor(1));
  for (const double power : {1.0, 0.3}) {
    const auto found = project(kBlocks, site, cavity, power);
    ASSERT_TRUE(found);
    EXPECT_EQ(restrict_to(kBlocks, *found), *found);
    const Normal wanted = *normal_of(add_scaled(cavity, power, site));
    const Normal has = *normal_of(add_scaled(cavity, power, *found));
    for (std::size_t j = 0; j < kD; ++j) EXPECT_NEAR(has.mean[j], wanted.mean[j], 1e-11);
    for (const Family::Block& block : kBlocks.blocks) {
      const auto here = part_of(has.covariance, kD, block);
      const auto there = part_of(wanted.covariance, kD, block);
      for (std::size_t i = 0; i < here.size(); ++i) EXPECT_NEAR(here[i], there[i], 1e-11);
    }
  }
  EXPECT_EQ(*project(Family::dense(kD), site, random_factor(1), 1), site);
}

/// KL(p || q) has no slope at the projection in any direction of the family, and rises in all of them.
TEST(Family, ProjectionIsTheNearestOfTheFamily) {
  constexpr double kStep = 1e-3;
  const Natural site = random_factor(0);
  const Natural cavity = restrict_to(kBlocks, random_factor(1));
  const Natural p = add_scaled(cavity, 1, site);
  const Natural q = add_scaled(cavity, 1, *project(kBlocks, site, cavity, 1));
  const double nearest = *divergence(p, q);
  for (std::uint64_t i = 2; i < 12; ++i) {
    const Natural direction = restrict_to(kBlocks, random_factor(i));
    const double curvature = 0.5 * kStep * kStep * squared_size(direction, *normal_of(q));
    for (const double sign : {1.0, -1.0}) {
      const double more = *divergence(p, add_scaled(q, sign * kStep, direction)) - nearest;
      EXPECT_NEAR(more / curvature, 1, 0.1);
    }
  }
  EXPECT_GT(*divergence(p, restrict_to(kBlocks, p)), nearest * 1.01);
}

TEST(Family, ProjectionOfWhatIsNoDistributionIsEmpty) {
  EXPECT_FALSE(project(Family::diagonal(2), {{-3, 0, 0, 1}, {0, 0}}, {{1, 0, 0, 1}, {0, 0}}, 1));
}

TEST(Family, LargestBlock) {
  EXPECT_EQ(kBlocks.largest(), 3U);
  EXPECT_EQ(Family::dense(4).largest(), 4U);
  EXPECT_EQ(Family::diagonal(4).largest(), 1U);
}

}  // namespace
}  // namespace dovetail::ep
