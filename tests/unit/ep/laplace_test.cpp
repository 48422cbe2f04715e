// Factors at the mode: exact for normal likelihoods whatever the power, and the mode and curvature of another.
#include "dovetail/ep/laplace.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "dovetail/math/functions.hpp"

namespace dovetail::ep {
namespace {

const Natural kCavity{{2, .3, .3, 1}, {.5, -1}};
const Natural kSite{{1.5, -.7, -.7, .8}, {2, 1}};

/// log likelihood of a normal site.
double normal_look(std::span<const double> x, std::span<double> gradient) {
  double log = 0;
  for (std::size_t j = 0; j < 2; ++j) {
    const double row = kSite.precision[2 * j] * x[0] + kSite.precision[2 * j + 1] * x[1];
    gradient[j] = kSite.shift[j] - row;
    log += x[j] * (kSite.shift[j] - 0.5 * row);
  }
  return log;
}

TEST(Laplace, FindsANormalSiteWhateverThePower) {
  for (const double power : {1.0, 0.5, 0.05}) {
    const auto found = laplace_target(normal_look, kCavity, power, Family::dense(2));
    ASSERT_TRUE(found);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(found->precision[i], kSite.precision[i], 1e-12);
    for (std::size_t j = 0; j < 2; ++j) EXPECT_NEAR(found->shift[j], kSite.shift[j], 1e-12);
    const Natural alone = restrict_to(Family::diagonal(2), kCavity);
    const auto diagonal = laplace_target(normal_look, alone, power, Family::diagonal(2));
    const auto wanted = project(Family::diagonal(2), kSite, alone, power);
    ASSERT_TRUE(diagonal);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(diagonal->precision[i], wanted->precision[i], 1e-11);
    for (std::size_t j = 0; j < 2; ++j) EXPECT_NEAR(diagonal->shift[j], wanted->shift[j], 1e-11);
  }
}

/// l = exp(-e^x), cavity N(m, 1/q): the mode solves q (m - x) = power e^x, and the curvature is e^x.
TEST(Laplace, IsAtTheModeOfThePoweredTiltedDistribution) {
  const SiteLook look = [](std::span<const double> x, std::span<double> gradient) {
    gradient[0] = -math::exp(x[0]);
    return gradient[0];
  };
  for (const double power : {1.0, 0.3}) {
    double mode = 0;
    for (int i = 0; i < 100; ++i) {  // Newton on 2 (1 - x) = power e^x
      const double e = power * math::exp(mode);
      mode += (2 * (1 - mode) - e) / (2 + e);
    }
    const auto found = laplace_target(look, {{2}, {2}}, power, Family::dense(1));
    ASSERT_TRUE(found);
    EXPECT_NEAR(found->precision[0], math::exp(mode), 1e-6);
    EXPECT_NEAR(found->shift[0], -math::exp(mode) + math::exp(mode) * mode, 1e-6);
  }
}

TEST(Laplace, IsEmptyWhereThereIsNothingToFind) {
  EXPECT_FALSE(laplace_target(normal_look, flat(2), 1, Family::dense(2)));  // no cavity
  const SiteLook up = [](std::span<const double> x, std::span<double> gradient) {
    gradient[0] = 8 * x[0];
    return 4 * x[0] * x[0];  // steeper than the cavity: no mode
  };
  EXPECT_FALSE(laplace_target(up, {{1}, {1}}, 1, Family::dense(1)));
  const SiteLook none = [](std::span<const double>, std::span<double> gradient) {
    gradient[0] = 0;
    return std::nan("");
  };
  EXPECT_FALSE(laplace_target(none, {{1}, {1}}, 1, Family::dense(1)));
}

}  // namespace
}  // namespace dovetail::ep
