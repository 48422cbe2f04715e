// Differences of two runs: closed forms, Holm's adjustment against the closed test that it abbreviates, and laws of p.
#include "dovetail/diagnose/difference.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <cstdint>
#include <limits>

#include "dovetail/diagnose/thresholds.hpp"
#include "tests/support/goodness_of_fit.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/diagnose/support.hpp"

namespace dovetail::diagnose {
namespace {

using dovetail::test::kAlpha;
using dovetail::test::seed_from_name;
using test::autoregressive_chains;
using test::Chains;

constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(Difference, IsMeasuredInErrorsAddedInQuadrature) {
  const Difference d = difference({10, 3}, {0, 4});
  EXPECT_EQ(d.value, 10);
  EXPECT_EQ(d.se, 5);
  EXPECT_EQ(d.z, 2);
  EXPECT_NEAR(d.p, 0.045500263896358417, 1e-16);  // 2 (1 - Phi(2)), Abramowitz and Stegun, table 26.1
  const Difference mirrored = difference({0, 4}, {10, 3});
  EXPECT_EQ(mirrored.z, -2);
  EXPECT_EQ(mirrored.p, d.p);
}

TEST(Difference, OfErrorsWhoseSquaresOverflowOrVanish) {
  EXPECT_DOUBLE_EQ(difference({1e201, 3e200}, {0, 4e200}).z, 2);
  EXPECT_DOUBLE_EQ(difference({1e-199, 3e-200}, {0, 4e-200}).z, 2);
}

TEST(Difference, WithoutErrorsIsNothingOrCertain) {
  EXPECT_EQ(difference({3, 0}, {3, 0}).z, 0);
  EXPECT_EQ(difference({3, 0}, {3, 0}).p, 1);
  EXPECT_EQ(difference({3, 0}, {4, 0}).z, -kInf);
  EXPECT_EQ(difference({3, 0}, {4, 0}).p, 0);
  EXPECT_EQ(difference({3, 0}, {4, 0.5}).z, -2);
}

TEST(Holm, AdjustsAsByHand) {
  // ascending 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1; the last is raised to the one before
  const std::vector<double> p = {0.01, 0.04, 0.03, 0.005};
  const std::vector<double> adjusted = holm_adjusted(p);
  const double expected[] = {0.03, 0.06, 0.06, 0.02};
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_DOUBLE_EQ(adjusted[i], expected[i]) << i;
  EXPECT_EQ(holm_adjusted(std::vector<double>{0.3}), std::vector<double>{0.3});
  EXPECT_EQ(holm_adjusted(std::vector<double>{0.7, 0.6}), (std::vector<double>{1, 1}));
  EXPECT_TRUE(holm_adjusted({}).empty());
}

/// The closed test behind it (Marcus, Peritz and Gabriel 1976): a hypothesis falls when every set of hypotheses with it
/// falls, and a set falls by Bonferroni's rule.
double closed_test(const std::vector<double>& p, std::size_t hypothesis) {
  double worst = 0;
  for (std::uint32_t set = 1; set < (std::uint32_t{1} << p.size()); ++set) {
    if ((set >> hypothesis & 1) == 0) continue;
    double least = 1;
    for (std::size_t i = 0; i < p.size(); ++i) {
      if ((set >> i & 1) != 0) least = std::min(least, p[i]);
    }
    worst = std::max(worst, std::min(1.0, std::popcount(set) * least));
  }
  return worst;
}

TEST(Holm, IsTheClosedTestOfEverySetOfHypotheses) {
  Rng rng({seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  for (int repeat = 0; repeat < 200; ++repeat) {
    std::vector<double> p(1 + rng.bits64() % 7);
    for (double& one : p) one = std::floor(20 * rng.uniform()) / 40;  // with ties, and with zeros
    const std::vector<double> adjusted = holm_adjusted(p);
    for (std::size_t i = 0; i < p.size(); ++i) ASSERT_EQ(adjusted[i], closed_test(p, i)) << i << " of " << p.size();
  }
}

Comparison compared(Chains first, Chains second) {
  Comparison comparison;
  add_quantity(comparison, "x", first.view(), second.view());
  adjust(comparison);
  return comparison;
}

TEST(Quantity, HasMeanAndDeviationWithTheirErrors) {
  Chains first = autoregressive_chains(seed_from_name(), 4, 500, 0.5);
  Chains second = autoregressive_chains(seed_from_name(1), 2, 900, 0).mapped([](double x) { return 2 * x + 1; });
  const Comparison found = compared(first, second);
  ASSERT_EQ(found.figures.size(), 2U);
  EXPECT_EQ(found.figures[0].figure, "mean");
  EXPECT_NEAR(found.figures[0].second.value, 1, 0.5);
  EXPECT_NEAR(found.figures[0].first.se, std::sqrt(3.0 / 2000), 0.02);  // (1 + phi)/(1 - phi) = 3
  EXPECT_EQ(found.figures[1].figure, "sd");
  EXPECT_NEAR(found.figures[1].second.value, 2, 0.3);
  EXPECT_NEAR(found.figures[1].second.se, 2 / std::sqrt(2.0 * 1800), 0.01);
  EXPECT_TRUE(found.not_compared.empty());
}

TEST(Quantity, ThatDoesNotVaryIsComparedOnlyWithOneThatDoesNotEither) {
  const Chains three({std::vector<double>(10, 3.0), std::vector<double>(10, 3.0)});
  const Chains four({std::vector<double>(12, 4.0)});
  const Chains moving = autoregressive_chains(seed_from_name(), 2, 10, 0);
  EXPECT_EQ(count_differences(compared(three, three)), 0U);
  EXPECT_EQ(compared(three, three).figures.size(), 1U);
  EXPECT_EQ(count_differences(compared(three, four)), 1U);
  const Comparison half = compared(moving, four);
  EXPECT_TRUE(half.figures.empty());
  ASSERT_EQ(half.not_compared.size(), 1U);
  EXPECT_EQ(half.not_compared[0].reason, "all draws of the second run are equal");
}

TEST(Quantity, ThatCannotBeJudgedIsNamedWithTheRun) {
  Chains good = autoregressive_chains(seed_from_name(), 2, 20, 0);
  Chains absent = good;
  absent.values[1][3] = std::nan("");
  EXPECT_EQ(compared(absent, good).not_compared.at(0).reason, "1 draws of the first run are not finite");
  const Chains few = autoregressive_chains(seed_from_name(), 2, 7, 0);
  EXPECT_EQ(compared(good, few).not_compared.at(0).reason, "the second run has fewer than 8 draws in each chain");
}

// A coin that falls evenly: all squared deviations are equal, so the deviation has no error, but the mean has.
TEST(Quantity, WithoutAnErrorOfItsDeviationIsComparedByItsMean) {
  std::vector<double> coin;
  for (int i = 0; i < 40; ++i) coin.push_back(i % 4 < 2 ? 0 : 1);
  const Comparison found = compared(Chains({coin}), autoregressive_chains(seed_from_name(), 1, 40, 0));
  ASSERT_EQ(found.figures.size(), 1U);
  EXPECT_EQ(found.figures[0].figure, "mean");
  EXPECT_EQ(found.not_compared.at(0).reason, "its sd in the first run has no error");
}

// Runs of one law, chains of different shape and correlation: p is uniform for means and for deviations, and a family
// of ten figures has a false alarm with at most the stated probability.
TEST(Calibration, OfRunsOfOneLawGivesUniformValuesAndFewFalseAlarms) {
  constexpr std::size_t kFamilies = 200;
  constexpr std::size_t kQuantities = 5;
  std::vector<double> of_means, of_deviations;
  std::size_t alarms = 0;
  for (std::size_t family = 0; family < kFamilies; ++family) {
    Comparison comparison;
    for (std::size_t q = 0; q < kQuantities; ++q) {
      const std::size_t index = 2 * (family * kQuantities + q);
      Chains first = autoregressive_chains(seed_from_name(index), 4, 500, 0.5);
      Chains second = autoregressive_chains(seed_from_name(index + 1), 2, 1000, 0.3);
      add_quantity(comparison, "x", first.view(), second.view());
    }
    adjust(comparison);
    for (const ComparedFigure& f : comparison.figures) {
      (f.figure == "mean" ? of_means : of_deviations).push_back(f.difference.p);
    }
    alarms += count_differences(comparison) > 0 ? 1 : 0;
  }
  const auto uniform = [](double p) { return p; };
  dovetail::test::expect_law(of_means, uniform, kAlpha / 3);
  dovetail::test::expect_law(of_deviations, uniform, kAlpha / 3);
  const boost::math::binomial law(kFamilies, threshold::kDifferenceLevel);
  EXPECT_LE(static_cast<double>(alarms), boost::math::quantile(complement(law, kAlpha / 3)));
}

// Level and power: a shift of 0.4 is 10 standard errors of the difference, sqrt(2 * 3 / 4000) each, and a deviation
// larger by 0.2 some 9 of its own, where 2.8 are called a difference; so neither is missed with 1 - 1e-6.
TEST(Calibration, OfTwoLawsFindsTheFigureInWhichTheyDiffer) {
  const auto p_of = [](const Comparison& comparison, const std::string& figure) {
    for (const ComparedFigure& f : comparison.figures) {
      if (f.figure == figure) return f.p_adjusted;
    }
    return 1.0;
  };
  const Chains standard = autoregressive_chains(seed_from_name(0), 4, 1000, 0.5);
  const Chains other = autoregressive_chains(seed_from_name(1), 4, 1000, 0.5);
  const auto moved = [](double x) { return x + 0.4; };
  const auto wider = [](double x) { return 1.2 * x; };
  EXPECT_LT(p_of(compared(standard, other.mapped(moved)), "mean"), threshold::kDifferenceLevel);
  EXPECT_LT(p_of(compared(standard, other.mapped(wider)), "sd"), threshold::kDifferenceLevel);
}

}  // namespace
}  // namespace dovetail::diagnose
