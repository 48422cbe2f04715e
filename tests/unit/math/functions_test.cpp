// Values that are known exactly: zeros, infinities, NaN, poles, symmetries and closed forms.
#include "dovetail/math/functions.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::math {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kLeast = std::numeric_limits<double>::denorm_min();
constexpr double kMost = std::numeric_limits<double>::max();

// Equal as bits but for NaN: signs of zeros count.
testing::AssertionResult same(double a, double b) {
  if (std::isnan(a) && std::isnan(b)) return testing::AssertionSuccess();
  if (std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b)) return testing::AssertionSuccess();
  return testing::AssertionFailure() << a << " is not " << b;
}

TEST(Functions, KeepNaN) {
  for (const auto f : std::vector<double (*)(double)>{
           math::exp, math::expm1, math::log, math::log1p, math::sin, math::cos, math::tan, math::atan, math::tanh,
           math::erf, math::erfc, math::lgamma, digamma, normal_quantile, normal_cdf, erf_inverse, log_logistic}) {
    EXPECT_TRUE(std::isnan(f(kNan)));
  }
  EXPECT_TRUE(std::isnan(math::pow(kNan, 2)) && std::isnan(math::pow(2, kNan)));
  EXPECT_TRUE(std::isnan(math::atan2(kNan, 1)) && std::isnan(math::atan2(1, kNan)));
  EXPECT_TRUE(std::isnan(log_add(kNan, -kInf)) && std::isnan(log_add(kInf, kNan)) && std::isnan(log_add(-kInf, kNan)));
}

TEST(Functions, AreOddAtZeroWhereOdd) {
  for (const auto f :
       {math::expm1, math::log1p, math::sin, math::tan, math::atan, math::tanh, math::erf, erf_inverse}) {
    EXPECT_TRUE(same(f(0.0), 0.0));
    EXPECT_TRUE(same(f(-0.0), -0.0));
  }
}

TEST(Functions, MeetTheEndsOfTheirRanges) {
  EXPECT_TRUE(same(math::exp(0.0), 1) && same(math::exp(-0.0), 1) && same(math::exp(kInf), kInf));
  EXPECT_TRUE(same(math::exp(-kInf), 0) && same(math::exp(-746), 0) && same(math::exp(710), kInf));
  EXPECT_TRUE(same(math::exp(-745), kLeast));
  EXPECT_TRUE(same(math::expm1(-kInf), -1) && same(math::expm1(kInf), kInf));
  EXPECT_TRUE(same(math::log(1), 0) && same(math::log(0.0), -kInf) && same(math::log(-0.0), -kInf));
  EXPECT_TRUE(same(math::log(kInf), kInf) && same(math::log(-1), kNan) && same(math::log(-kInf), kNan));
  EXPECT_TRUE(same(math::log(kLeast), -744.4400719213812) && same(math::log(kMost), 709.782712893384));
  EXPECT_TRUE(same(math::log1p(-1), -kInf) && same(math::log1p(-2), kNan) && same(math::log1p(kInf), kInf));
  EXPECT_TRUE(same(math::expm1(kLeast), kLeast) && same(math::log1p(kLeast), kLeast) &&
              same(math::sin(kLeast), kLeast));
  EXPECT_TRUE(same(math::sin(kInf), kNan) && same(math::cos(-kInf), kNan) && same(math::tan(kInf), kNan));
  EXPECT_TRUE(same(math::cos(0.0), 1) && same(math::cos(kLeast), 1));
  EXPECT_TRUE(same(math::tanh(kInf), 1) && same(math::tanh(-kInf), -1) && same(math::tanh(700), 1));
  EXPECT_TRUE(same(math::erf(kInf), 1) && same(math::erf(-kInf), -1) && same(math::erfc(kInf), 0));
  EXPECT_TRUE(same(math::erfc(-kInf), 2) && same(math::erfc(28), 0) && same(math::erfc(0), 1));
}

TEST(Functions, PowersFollowTheStandard) {
  EXPECT_TRUE(same(math::pow(kNan, 0), 1) && same(math::pow(1, kNan), 1) && same(math::pow(0.0, 0), 1));
  EXPECT_TRUE(same(math::pow(0.0, 3), 0) && same(math::pow(-0.0, 3), -0.0) && same(math::pow(-0.0, 2), 0.0));
  EXPECT_TRUE(same(math::pow(0.0, -1), kInf) && same(math::pow(-0.0, -1), -kInf) && same(math::pow(-0.0, -2), kInf));
  EXPECT_TRUE(same(math::pow(-8, 1.0 / 3), kNan) && same(math::pow(-2, 3), -8) && same(math::pow(2, -1074), kLeast));
  EXPECT_TRUE(same(math::pow(2, 1024), kInf) && same(math::pow(0.5, kInf), 0) && same(math::pow(kInf, -2), 0));
}

TEST(Functions, AnglesKeepTheSignsOfZeros) {
  const double pi = 3.141592653589793;
  EXPECT_TRUE(same(math::atan2(0.0, 1), 0) && same(math::atan2(-0.0, 1), -0.0));
  EXPECT_TRUE(same(math::atan2(0.0, -1), pi) && same(math::atan2(-0.0, -1), -pi) && same(math::atan2(0.0, -0.0), pi));
  EXPECT_TRUE(same(math::atan2(1, 0.0), pi / 2) && same(math::atan2(-1, 0.0), -pi / 2));
  EXPECT_TRUE(same(math::atan2(kInf, kInf), pi / 4) && same(math::atan2(-kInf, -kInf), -2.356194490192345));
  EXPECT_TRUE(same(math::atan(kInf), pi / 2) && same(math::atan(-kInf), -pi / 2));
}

TEST(Functions, LogGammaHasItsZerosAndPoles) {
  EXPECT_TRUE(same(math::lgamma(1), 0) && same(math::lgamma(2), 0) && same(math::lgamma(3), 0.6931471805599453));
  for (const double pole : {0.0, -0.0, -1.0, -2.0, -100.0}) EXPECT_TRUE(same(math::lgamma(pole), kInf));
  EXPECT_TRUE(same(math::lgamma(kInf), kInf) && same(math::lgamma(kMost), kInf));
}

TEST(Digamma, HasItsClosedForms) {
  const double euler = 0.5772156649015329;
  const double ulp = 0x1p-52;
  EXPECT_NEAR(digamma(1), -euler, ulp);
  EXPECT_NEAR(digamma(2), 1 - euler, ulp);
  EXPECT_NEAR(digamma(0.5), -euler - 1.3862943611198906, 4 * ulp);
  EXPECT_NEAR(digamma(10), 2.2517525890667211, 4 * ulp);
  EXPECT_TRUE(same(digamma(kInf), kInf) && same(digamma(kLeast), -kInf));
  for (const double outside : {0.0, -0.0, -1.0, -0.5, -kInf}) EXPECT_TRUE(std::isnan(digamma(outside)));
}

TEST(NormalQuantile, HasItsEndsAndIsOdd) {
  EXPECT_TRUE(same(normal_quantile(0), -kInf) && same(normal_quantile(1), kInf) && same(normal_quantile(0.5), 0));
  for (const double outside : {-kLeast, 1.0000000000000002, -1.0, kInf, -kInf}) {
    EXPECT_TRUE(std::isnan(normal_quantile(outside)));
  }
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  for (int i = 0; i < 10000; ++i) {
    const double p = rng.uniform_open();
    ASSERT_TRUE(same(normal_quantile(1 - p), -normal_quantile(p)));
  }
}

TEST(NormalQuantiles, AreTheBitsOfSingleOnes) {
  const std::vector<double> edges = {0, 1, 0.5, 0.075, 0.925, -1, 2, kNan, kLeast, 1 - 0x1p-53, kInf, -kInf, 1e-300};
  for (std::size_t n = 0; n < 200; ++n) {
    std::vector<double> p;
    for (std::size_t i = 0; i < n; ++i) p.push_back(edges[i % edges.size()]);
    std::vector<double> z = p;
    normal_quantiles(z);
    for (std::size_t i = 0; i < n; ++i) ASSERT_TRUE(same(z[i], normal_quantile(p[i]))) << p[i];
  }
}

TEST(NormalCdf, HasItsEnds) {
  EXPECT_TRUE(same(normal_cdf(-kInf), 0) && same(normal_cdf(kInf), 1) && same(normal_cdf(0.0), 0.5));
  EXPECT_TRUE(same(normal_cdf(-kMost), 0) && same(normal_cdf(kMost), 1) && same(normal_cdf(-39), 0));
}

TEST(ErfInverse, HasItsEndsAndIsOdd) {
  EXPECT_TRUE(same(erf_inverse(1), kInf) && same(erf_inverse(-1), -kInf));
  for (const double outside : {1.0000000000000002, -2.0, kInf}) EXPECT_TRUE(std::isnan(erf_inverse(outside)));
  for (const double y : {kLeast, 1e-300, 0.3, 0.85, 0.86, 1 - 0x1p-53}) {
    EXPECT_TRUE(same(erf_inverse(-y), -erf_inverse(y)));
  }
}

TEST(LogAdd, HasItsClosedForms) {
  EXPECT_TRUE(same(log_add(-kInf, -kInf), -kInf) && same(log_add(-kInf, 3), 3) && same(log_add(3, -kInf), 3));
  EXPECT_TRUE(same(log_add(kInf, 1), kInf) && same(log_add(kInf, kInf), kInf) && same(log_add(kInf, -kInf), kInf));
  EXPECT_TRUE(same(log_add(0, 0), 0.6931471805599453) && same(log_add(-1e300, 1e300), 1e300));
  EXPECT_TRUE(same(log_add(0.3, 0.7), log_add(0.7, 0.3)));
}

TEST(LogLogistic, HasItsEnds) {
  EXPECT_TRUE(same(log_logistic(-kInf), -kInf) && same(log_logistic(-1e300), -1e300));
  EXPECT_EQ(log_logistic(kInf), 0);
  EXPECT_TRUE(same(log_logistic(0.0), -0.6931471805599453));
}

}  // namespace
}  // namespace dovetail::math
