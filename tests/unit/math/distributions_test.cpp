// Each law's draws against its exact distribution function (Boost.Math's), at the edges of its parameters too.
#include "dovetail/math/distributions.hpp"

#include <gtest/gtest.h>

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/gamma.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/goodness_of_fit.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::math {
namespace {

using test::expect_frequencies;
using test::expect_law;
using test::kAlpha;
using test::seed_from_name;

constexpr std::size_t kDraws = 100000;
constexpr double kLeast = std::numeric_limits<double>::denorm_min();
constexpr auto kLowest = std::numeric_limits<std::int64_t>::min();
constexpr auto kHighest = std::numeric_limits<std::int64_t>::max();

Rng stream(std::uint64_t index = 0) { return Rng({seed_from_name(index), Purpose::test, ItemId(0), Step(0)}); }

template <class Draw>
std::vector<double> draws(Draw&& draw, std::size_t n = kDraws) {
  std::vector<double> out(n);
  for (double& x : out) x = draw();
  return out;
}

TEST(DrawUniform, FollowsItsLaw) {
  Rng rng = stream();
  expect_law(draws([&] { return draw_uniform(rng, -3, 5); }), [](double x) { return (x + 3) / 8; });
  EXPECT_EQ(rng.words_drawn(), 2 * kDraws);
}

TEST(DrawExponential, FollowsItsLaw) {
  Rng rng = stream();
  expect_law(draws([&] { return draw_exponential(rng); }), [](double x) { return -std::expm1(-x); });
  EXPECT_EQ(rng.words_drawn(), 2 * kDraws);
}

TEST(DrawNormal, FollowsItsLaw) {
  Rng rng = stream();
  const boost::math::normal law;
  expect_law(draws([&] { return draw_normal(rng); }, 10 * kDraws), [&](double x) { return cdf(law, x); });
  EXPECT_EQ(rng.words_drawn(), 20 * kDraws);
}

TEST(DrawNormals, AreTheBitsOfSingleDraws) {
  for (std::size_t n = 0; n < 300; ++n) {
    Rng batch = stream(n);
    Rng single = stream(n);
    std::vector<double> z(n);
    draw_normals(batch, z);
    for (const double x : z) ASSERT_EQ(x, draw_normal(single));
    EXPECT_EQ(batch.words_drawn(), 2 * n);
  }
}

TEST(DrawGamma, FollowsItsLaw) {
  const std::vector<double> shapes = {0.01, 0.3, 0.999, 1, 1.5, 4, 100, 1e6};
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    SCOPED_TRACE(shapes[i]);
    Rng rng = stream(i);
    const boost::math::gamma_distribution<> law(shapes[i]);
    // Near 0 the leading term is all there is (Boost.Math overflows there); a zero stands for everything that rounds to
    // it.
    const auto distribution = [&](double x) {
      if (x > 1e-20) return cdf(law, x);
      return std::exp(shapes[i] * std::log(std::max(x, kLeast)) - std::lgamma(shapes[i] + 1));
    };
    expect_law(draws([&] { return draw_gamma(rng, shapes[i]); }), distribution,
               kAlpha / static_cast<double>(shapes.size()));
  }
}

TEST(DrawGamma, FollowsItsLawAtShape1InAMillionDraws) {
  Rng rng = stream();
  expect_law(draws([&] { return draw_gamma(rng, 1); }, 1000000), [](double x) { return -std::expm1(-x); });
}

TEST(DrawGamma, IsNearlyNormalForHugeShapes) {
  for (const double shape : {1e12, 1e20}) {
    Rng rng = stream(static_cast<std::uint64_t>(shape));
    // Skewness 2/sqrt(shape) moves the distribution function by at most its sixth times 0.4: 1.4e-7. The spacing of
    // doubles at 1e20 is 2e-6 standard deviations, which moves it by at most 0.4 times that.
    const auto standardised = draws([&] { return (draw_gamma(rng, shape) - shape) / std::sqrt(shape); });
    const boost::math::normal law;
    EXPECT_LT(test::ks_distance(standardised, [&](double x) { return cdf(law, x); }),
              test::ks_threshold(kDraws, kAlpha / 2) + 1e-6);
  }
}

TEST(DrawGamma, TakesTheDocumentedWords) {
  for (const double shape : {0.01, 1.0, 2.5}) {
    Rng rng = stream();
    const std::uint64_t fewest = shape < 1 ? 6 : 4;
    for (std::size_t i = 0; i < kDraws; ++i) {
      const std::uint64_t before = rng.words_drawn();
      EXPECT_GE(draw_gamma(rng, shape), 0);
      const std::uint64_t words = rng.words_drawn() - before;
      ASSERT_TRUE(words >= fewest && words % 2 == 0);
    }
    // Attempts are geometric; at the documented rate of 1/1.06 their variance is below 0.07.
    const double mean = static_cast<double>(rng.words_drawn()) / kDraws - (shape < 1 ? 2 : 0);
    EXPECT_LT(mean, 4 * (1.06 + 4.89 * std::sqrt(0.07 / kDraws)));
  }
}

TEST(DrawBeta, FollowsItsLaw) {
  const std::vector<std::pair<double, double>> shapes = {{1, 1},     {2, 3},       {0.5, 0.5}, {0.3, 4},
                                                         {40, 0.25}, {1000, 2000}, {1, 5}};
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto [a, b] = shapes[i];
    SCOPED_TRACE(testing::Message() << a << ", " << b);
    Rng rng = stream(i);
    const boost::math::beta_distribution<> law(a, b);
    // A one stands for everything that rounds to it.
    const double at_one = cdf(law, 1 - 0x1p-53);
    expect_law(
        draws([&] { return draw_beta(rng, a, b); }), [&](double x) { return x == 1 ? at_one : cdf(law, x); },
        kAlpha / static_cast<double>(shapes.size()));
  }
}

// Half of these numbers differ from 0 or from 1 by less than any double, so they are counted in cells.
TEST(DrawBeta, FollowsItsLawForTinyShapes) {
  const std::vector<double> edges = {1e-300, 1e-200, 1e-100, 1e-30, 1e-3, 0.5, 1 - 1e-3, 1 - 1e-12};
  const std::vector<std::pair<double, double>> shapes = {{0.001, 0.001}, {0.002, 0.001}};
  for (const auto& [a, b] : shapes) {
    const boost::math::beta_distribution<> law(a, b);
    std::vector<double> probabilities;
    double below = 0;
    for (const double edge : edges) {
      probabilities.push_back(cdf(law, edge) - below);
      below = cdf(law, edge);
    }
    probabilities.push_back(1 - below);
    std::vector<std::int64_t> counts(edges.size() + 1);
    Rng rng = stream(static_cast<std::uint64_t>(a * 1000));
    for (std::size_t i = 0; i < 3 * kDraws; ++i) {
      const double x = draw_beta(rng, a, b);
      ASSERT_TRUE(x >= 0 && x <= 1);
      ++counts[static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), x) - edges.begin())];
    }
    expect_frequencies(counts, probabilities, kAlpha / 2);
  }
}

TEST(DrawInteger, IsUniformOnSmallRanges) {
  for (const std::int64_t size : {2, 3, 7, 100}) {
    Rng rng = stream(static_cast<std::uint64_t>(size));
    std::vector<std::int64_t> counts(static_cast<std::size_t>(size));
    for (std::size_t i = 0; i < kDraws; ++i) {
      const std::int64_t x = draw_integer(rng, -3, size - 4);
      ASSERT_TRUE(x >= -3 && x <= size - 4);
      ++counts[static_cast<std::size_t>(x + 3)];
    }
    expect_frequencies(counts, std::vector<double>(counts.size(), 1 / static_cast<double>(size)), kAlpha / 4);
    EXPECT_EQ(rng.words_drawn(), 2 * kDraws);  // a second attempt has a chance of 2^-57 or less
  }
}

// Over 3 * 2^62 integers a quarter of the words must be refused, or one number in three comes twice as often.
TEST(DrawInteger, RefusesWordsThatWouldFavourSomeIntegers) {
  Rng rng = stream();
  constexpr std::int64_t kThird = std::int64_t{1} << 62;
  std::vector<std::int64_t> residues(3);
  std::vector<std::int64_t> thirds(3);
  for (std::size_t i = 0; i < kDraws; ++i) {
    const std::int64_t x = draw_integer(rng, kLowest, kHighest - kThird);
    const std::uint64_t place = static_cast<std::uint64_t>(x) - static_cast<std::uint64_t>(kLowest);
    ++residues[place % 3];
    ++thirds[place / static_cast<std::uint64_t>(kThird)];
  }
  expect_frequencies(residues, std::vector<double>(3, 1.0 / 3), kAlpha / 3);
  expect_frequencies(thirds, std::vector<double>(3, 1.0 / 3), kAlpha / 3);
  // Attempts are geometric with rate 3/4: mean 4/3, variance 4/9.
  const double attempts = static_cast<double>(rng.words_drawn()) / 2 / kDraws;
  EXPECT_NEAR(attempts, 4.0 / 3, 5.2 * std::sqrt(4.0 / 9 / kDraws));  // two-sided normal at 2e-7
}

TEST(DrawInteger, CoversTheWholeOfInt64) {
  Rng rng = stream();
  std::vector<std::int64_t> counts(16);
  for (std::size_t i = 0; i < kDraws; ++i) {
    const auto x = static_cast<std::uint64_t>(draw_integer(rng, kLowest, kHighest));
    ++counts[x >> 60];
  }
  expect_frequencies(counts, std::vector<double>(16, 1.0 / 16));
  EXPECT_EQ(rng.words_drawn(), 2 * kDraws);
}

TEST(DrawInteger, OfOneValueIsThatValueAndTakesItsWords) {
  Rng rng = stream();
  for (const std::int64_t x : {kLowest, std::int64_t{-1}, std::int64_t{0}, kHighest}) {
    EXPECT_EQ(draw_integer(rng, x, x), x);
  }
  EXPECT_EQ(rng.words_drawn(), 8U);
}

TEST(DrawCategorical, FollowsItsWeights) {
  const std::vector<double> weights = {0.5, 1, 2, 0, 0.5, 0, 0};
  std::vector<double> probabilities = weights;
  for (double& p : probabilities) p /= 4;
  std::vector<std::int64_t> counts(weights.size());
  Rng rng = stream();
  for (std::size_t i = 0; i < kDraws; ++i) ++counts[draw_categorical(rng, weights)];
  expect_frequencies(counts, probabilities);
  EXPECT_EQ(rng.words_drawn(), 2 * kDraws);
}

TEST(DrawCategorical, NeverDrawsWeightZeroHoweverSmallTheOthers) {
  Rng rng = stream();
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(draw_categorical(rng, std::vector<double>{0, kLeast, 0}), 1U);
    EXPECT_EQ(draw_categorical(rng, std::vector<double>{0, 0, 1e308}), 2U);
    EXPECT_EQ(draw_categorical(rng, std::vector<double>{3}), 0U);
    EXPECT_NE(draw_categorical(rng, std::vector<double>{kLeast, 0, kLeast}), 1U);
  }
}

TEST(DrawDirichlet, FollowsItsMarginalsAndRatios) {
  const std::vector<double> alpha = {0.4, 3, 1, 2.2};
  const double total = 6.6;
  std::vector<std::vector<double>> components(alpha.size());
  std::vector<double> ratio;
  Rng rng = stream();
  for (std::size_t i = 0; i < kDraws; ++i) {
    std::vector<double> x(alpha.size());
    draw_dirichlet(rng, alpha, x);
    ASSERT_NEAR(x[0] + x[1] + x[2] + x[3], 1, 4 * 0x1p-53);
    for (std::size_t k = 0; k < x.size(); ++k) components[k].push_back(x[k]);
    ratio.push_back(x[1] / (x[1] + x[3]));
  }
  for (std::size_t k = 0; k < alpha.size(); ++k) {
    const boost::math::beta_distribution<> law(alpha[k], total - alpha[k]);
    expect_law(
        components[k], [&](double x) { return cdf(law, x); }, kAlpha / 5);
  }
  const boost::math::beta_distribution<> law(alpha[1], alpha[3]);
  expect_law(
      ratio, [&](double x) { return cdf(law, x); }, kAlpha / 5);
}

// With tiny alpha one component has nearly all; which one, and how nearly, follows from the marginals.
TEST(DrawDirichlet, KeepsTinyAlphaFinite) {
  const std::vector<double> alpha = {0.001, 0.003, 0.002};
  std::vector<double> probabilities;
  for (const double a : alpha) {
    probabilities.push_back(cdf(complement(boost::math::beta_distribution<>(a, 0.006 - a), 0.5)));
  }
  std::vector<std::int64_t> counts(3);
  Rng rng = stream();
  for (std::size_t i = 0; i < kDraws; ++i) {
    std::vector<double> x(3);
    draw_dirichlet(rng, alpha, x);
    ASSERT_NEAR(x[0] + x[1] + x[2], 1, 4 * 0x1p-53);
    for (std::size_t k = 0; k < 3; ++k) counts[k] += x[k] > 0.5 ? 1 : 0;
  }
  double none = 1;
  for (const double p : probabilities) none -= p;
  probabilities.push_back(none);
  std::int64_t drawn = 0;
  for (const std::int64_t c : counts) drawn += c;
  counts.push_back(static_cast<std::int64_t>(kDraws) - drawn);
  if (none * kDraws < 10) {  // too rare a cell for the chi-square law: no component above a half
    counts[0] += counts.back();
    probabilities[0] += none;
    counts.pop_back();
    probabilities.pop_back();
  }
  expect_frequencies(counts, probabilities);
}

TEST(DistributionsDeathTest, ParametersWithoutALawAreBugs) {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Rng rng = stream();
  const auto bug = testing::ExitedWithCode(1);
  for (const double shape : {0.0, -1.0, inf, nan}) {
    EXPECT_EXIT(draw_gamma(rng, shape), bug, "requirement");
    EXPECT_EXIT(draw_beta(rng, shape, 1), bug, "requirement");
    EXPECT_EXIT(draw_beta(rng, 1, shape), bug, "requirement");
  }
  EXPECT_EXIT(draw_integer(rng, 1, 0), bug, "requirement");
  for (const auto& weights :
       std::vector<std::vector<double>>{{}, {0, 0}, {1, -1}, {1, nan}, {1, inf}, {1e308, 1e308}}) {
    EXPECT_EXIT(draw_categorical(rng, weights), bug, "requirement");
  }
  std::vector<double> out(2);
  EXPECT_EXIT(draw_dirichlet(rng, std::vector<double>{1, 0}, out), bug, "requirement");
  EXPECT_EXIT(draw_dirichlet(rng, std::vector<double>{1}, out), bug, "requirement");
}

}  // namespace
}  // namespace dovetail::math
