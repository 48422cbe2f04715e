// A site's factor from draws: exact where the site is normal, unbiased with a known error elsewhere.
#include "dovetail/ep/estimate.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::ep {
namespace {

constexpr std::size_t kD = 3;
const Natural kCavity{{2, .5, 0, .5, 1, .2, 0, .2, 3}, {1, -1, .5}};
const Natural kSite{{4, 1, -1, 1, 2, 0, -1, 0, -.5}, {-2, 0, 3}};  // one direction of negative curvature
const Natural kTilted = add_scaled(kCavity, 1, kSite);
const std::array<Family, 3> kFamilies = {Family::dense(kD), Family{{{0, 2}, {1}}}, Family::diagonal(kD)};

/// n independent draws of a normal distribution.
std::vector<double> draws_of(const Natural& factor, std::size_t n, std::uint64_t index) {
  const std::size_t d = factor.dimension();
  const Normal normal = *normal_of(factor);
  const auto l = math::cholesky(normal.covariance, d);
  Rng rng({test::seed_from_name(index), Purpose::test});
  std::vector<double> points(n * d);
  math::draw_normals(rng, points);
  for (std::size_t i = 0; i < n; ++i) {
    const auto x = std::span(points).subspan(i * d, d);
    math::multiply_lower(*l, x, x);
    for (std::size_t j = 0; j < d; ++j) x[j] += normal.mean[j];
  }
  return points;
}

/// r - Q x at every point, and noise of this size.
std::vector<double> scores_at(const Natural& site, std::span<const double> points, double noise, std::uint64_t index) {
  const std::size_t d = site.dimension();
  Rng rng({test::seed_from_name(1000 + index), Purpose::test});
  std::vector<double> scores(points.size());
  math::draw_normals(rng, scores);
  for (std::size_t i = 0; i < points.size(); ++i) {
    scores[i] = noise * scores[i] + site.shift[i % d];
    for (std::size_t k = 0; k < d; ++k) scores[i] -= site.precision[i % d * d + k] * points[i - i % d + k];
  }
  return scores;
}

void expect_near(const Natural& found, const Natural& wanted, double tolerance) {
  for (std::size_t i = 0; i < wanted.precision.size(); ++i) {
    EXPECT_NEAR(found.precision[i], wanted.precision[i], tolerance);
  }
  for (std::size_t i = 0; i < wanted.shift.size(); ++i) EXPECT_NEAR(found.shift[i], wanted.shift[i], tolerance);
}

TEST(ScoreRegression, FindsANormalSiteWithoutErrorWhateverTheDraws) {
  const auto points = draws_of({{1, 0, 0, 0, 2, 0, 0, 0, 3}, {5, 5, 5}}, kD + 3, 0);  // not even of the tilted law
  const auto scores = scores_at(kSite, points, 0, 0);
  const auto estimate = regress_scores({1, points, scores}, kCavity, 1, Family::dense(kD), *normal_of(kTilted));
  ASSERT_TRUE(estimate);
  expect_near(estimate->target, kSite, 1e-9);
  EXPECT_NEAR(estimate->noise, 0, 1e-18);
}

/// What errors of a target make in nats, and what was told of that: means over repetitions.
struct Noise {
  static constexpr int kRepeats = 400;
  Natural wanted;
  double made = 0, made_squared = 0, told = 0;

  void add(const Estimate& estimate, const Normal& at) {
    const double size = 0.5 * squared_size(add_scaled(estimate.target, -1, wanted), at);
    made += size / kRepeats;
    made_squared += size * size / kRepeats;
    told += estimate.noise / kRepeats;
  }
  [[nodiscard]] double error() const { return std::sqrt((made_squared - made * made) / kRepeats); }
};

/// Independent draws, scores with noise.
Noise noise_of_regression(std::size_t n, std::size_t chains, double power, const Family& family) {
  const Natural cavity = restrict_to(family, kCavity);
  const Natural tilted = add_scaled(cavity, power, kSite);
  Noise noise{*project(family, kSite, cavity, power)};
  const Normal at = *normal_of(add_scaled(cavity, power, noise.wanted));
  for (int i = 0; i < Noise::kRepeats; ++i) {
    const auto points = draws_of(tilted, n, static_cast<std::uint64_t>(i));
    const auto scores = scores_at(kSite, points, 0.7, static_cast<std::uint64_t>(i));
    const auto estimate = regress_scores({chains, points, scores}, cavity, power, family, at);
    if (!estimate || !(estimate->worst_z < 6)) ADD_FAILURE() << i;
    if (estimate) noise.add(*estimate, at);
  }
  return noise;
}

TEST(ScoreRegression, ToldNoiseIsTheDivergenceThatErrorsMake) {
  for (const double power : {1.0, 0.5}) {
    for (const Family& family : kFamilies) {
      const Noise noise = noise_of_regression(400, 4, power, family);
      // 4 standard errors; and residuals of a fit are 2 % too small at most
      EXPECT_NEAR(noise.told, noise.made, 4 * noise.error() + 0.02 * noise.made) << power << family.blocks.size();
    }
  }
}

/// Three draws a chain: a batch is one draw.
TEST(ScoreRegression, ToldNoiseOfShortChainsIsTheDivergenceThatErrorsMake) {
  const Noise noise = noise_of_regression(399, 133, 1, Family::dense(kD));
  EXPECT_NEAR(noise.told, noise.made, 4 * noise.error() + 0.02 * noise.made);
}

TEST(ScoreRegression, WrongGradientsAreNoticed) {
  const auto points = draws_of(kTilted, 400, 0);
  auto scores = scores_at(kSite, points, 0.1, 0);
  for (double& s : scores) s += 1;
  const auto estimate = regress_scores({4, points, scores}, kCavity, 1, Family::dense(kD), *normal_of(kTilted));
  ASSERT_TRUE(estimate);
  EXPECT_GT(estimate->worst_z, 6);
}

/// Draws of cavity times site^power: the target is the site's whole factor, and Stein's identity holds with the power.
TEST(ScoreRegression, OfAPoweredSiteIsThatOfTheWholeSite) {
  const Natural powered = add_scaled(kCavity, 0.3, kSite);
  const auto points = draws_of(powered, 400, 0);
  const auto scores = scores_at(kSite, points, 0, 0);
  const auto estimate = regress_scores({4, points, scores}, kCavity, 0.3, Family::dense(kD), *normal_of(powered));
  ASSERT_TRUE(estimate);
  expect_near(estimate->target, kSite, 1e-9);
  EXPECT_LT(estimate->worst_z, 6);
}

TEST(ScoreRegression, OfADiagonalFamilyRegressesEachParameterAlone) {
  const Natural site{{2, 0, 0, 3}, {1, 1}};
  const auto points = draws_of({{1, .5, .5, 1}, {0, 0}}, 30, 0);
  const auto scores = scores_at(site, points, 0, 0);
  const auto estimate = regress_scores({1, points, scores}, flat(2), 1, Family::diagonal(2), {{0, 0}, {1, 0, 0, 1}});
  ASSERT_TRUE(estimate);
  expect_near(estimate->target, site, 1e-10);
}

/// One regression on one number for each parameter: 20 draws are enough for any number of them.
TEST(ScoreRegression, OfADiagonalFamilyNeedsNoMoreDrawsForMoreParameters) {
  constexpr std::size_t kMany = 34;
  Natural site = flat(kMany);
  Normal at{std::vector<double>(kMany), std::vector<double>(kMany * kMany)};
  for (std::size_t j = 0; j < kMany; ++j) {
    site.precision[j * (kMany + 1)] = 1 + static_cast<double>(j);
    site.shift[j] = 2 - static_cast<double>(j);
    at.covariance[j * (kMany + 1)] = 1;
  }
  Natural wide = flat(kMany);
  for (std::size_t j = 0; j < kMany; ++j) wide.precision[j * (kMany + 1)] = 1;
  const auto points = draws_of(wide, 20, 0);
  const auto estimate =
      regress_scores({4, points, scores_at(site, points, 0, 0)}, flat(kMany), 1, Family::diagonal(kMany), at);
  ASSERT_TRUE(estimate);
  expect_near(estimate->target, site, 1e-9);
  EXPECT_NEAR(estimate->noise, 0, 1e-18);
  const std::vector<double> same(20 * kMany, 1.0);  // no variance
  EXPECT_FALSE(regress_scores({4, same, same}, flat(kMany), 1, Family::diagonal(kMany), at));
}

TEST(ScoreRegression, TooFewDrawsOrNumbersThatAreNoneGiveNothing) {
  const auto points = draws_of(kTilted, kD + 2, 0);
  const auto scores = scores_at(kSite, points, 0, 0);
  EXPECT_FALSE(regress_scores({1, points, scores}, kCavity, 1, Family::dense(kD), *normal_of(kTilted)));
  const std::vector<double> same(20 * kD, 1.0);  // no volume
  EXPECT_FALSE(regress_scores({1, same, same}, kCavity, 1, Family::dense(kD), *normal_of(kTilted)));
  const auto enough = draws_of(kTilted, 50, 0);
  std::vector<double> broken = scores_at(kSite, enough, 0, 0);
  broken[7] = std::nan("");
  EXPECT_FALSE(regress_scores({1, enough, broken}, kCavity, 1, Family::dense(kD), *normal_of(kTilted)));
}

TEST(MomentMatching, IsUnbiasedForIndependentDraws) {
  // 30 draws in three dimensions: without the correction the precision would be 1.2 times too large.
  constexpr int kRepeats = 2000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kRepeats; ++i) {
    const auto points = draws_of(kTilted, 30, static_cast<std::uint64_t>(i));
    const auto estimate = match_moments({1, points, {}}, kCavity, 1, Family::dense(kD));
    ASSERT_TRUE(estimate);
    const double entry = estimate->target.precision[0];
    sum += entry;
    squares += entry * entry;
  }
  const double mean = sum / kRepeats;
  const double error = std::sqrt((squares / kRepeats - mean * mean) / kRepeats);
  EXPECT_NEAR(mean, kSite.precision[0], 4 * error);
  EXPECT_LT(4 * error, 0.05 * kTilted.precision[0]);  // the error bar resolves the correction
}

TEST(MomentMatching, AgreesWithScoreRegressionWherePowerDiffers) {
  const double power = 0.5;
  const Natural tilted = add_scaled(kCavity, power, kSite);
  const auto points = draws_of(tilted, 200000, 0);
  const auto estimate = match_moments({1, points, {}}, kCavity, power, Family::dense(kD));
  ASSERT_TRUE(estimate);
  const auto regressed = regress_scores({1, points, scores_at(kSite, points, 0.1, 0)}, kCavity, power,
                                        Family::dense(kD), *normal_of(tilted));
  ASSERT_TRUE(regressed);
  expect_near(regressed->target, kSite, 0.01);
  expect_near(estimate->target, regressed->target, 0.15);
}

TEST(MomentMatching, ToldNoiseIsTheDivergenceThatErrorsMake) {
  for (const double power : {1.0, 0.5}) {
    for (const Family& family : kFamilies) {
      const Natural cavity = restrict_to(family, kCavity);
      const Natural tilted = add_scaled(cavity, power, kSite);
      Noise noise{*project(family, kSite, cavity, power)};
      const Normal at = *normal_of(add_scaled(cavity, power, noise.wanted));
      for (int i = 0; i < Noise::kRepeats; ++i) {
        const auto points = draws_of(tilted, 1000, static_cast<std::uint64_t>(i));
        const auto estimate = match_moments({1, points, {}}, cavity, power, family);
        ASSERT_TRUE(estimate);
        noise.add(*estimate, at);
      }
      // 4 standard errors; and terms of order d / n
      EXPECT_NEAR(noise.told, noise.made, 4 * noise.error() + 0.02 * noise.made) << power << family.blocks.size();
    }
  }
}

/// Draws whose mean and covariance are those of `factor` to the last digits.
std::vector<double> draws_with_moments(const Natural& factor, std::size_t n) {
  const std::size_t d = factor.dimension();
  std::vector<double> points = draws_of(factor, n, 0);
  std::vector<double> mean(d);
  for (std::size_t i = 0; i < points.size(); ++i) mean[i % d] += points[i] / static_cast<double>(n);
  for (std::size_t i = 0; i < points.size(); ++i) points[i] -= mean[i % d];
  const auto scatter = math::cholesky(math::gram(math::transpose(points, n, d), d, n), d);
  const Normal wanted = *normal_of(factor);
  const auto l = math::cholesky(wanted.covariance, d);
  for (std::size_t i = 0; i < n; ++i) {
    const auto x = std::span(points).subspan(i * d, d);
    math::solve_lower(*scatter, x);
    for (double& each : x) each *= std::sqrt(static_cast<double>(n));
    math::multiply_lower(*l, x, x);
    for (std::size_t j = 0; j < d; ++j) x[j] += wanted.mean[j];
  }
  return points;
}

/// Of a normal site that correlates what the family does not, regression of scores and moments both find the
/// projection.
TEST(Blocks, EveryEstimatorFindsTheProjection) {
  constexpr std::size_t kDraws = 50;
  for (const Family& family : kFamilies) {
    for (const double power : {1.0, 0.5}) {
      const Natural cavity = restrict_to(family, kCavity);
      const Natural tilted = add_scaled(cavity, power, kSite);
      const Natural wanted = *project(family, kSite, cavity, power);
      const auto points = draws_with_moments(tilted, kDraws);
      const auto regressed = regress_scores({1, points, scores_at(kSite, points, 0, 0)}, cavity, power, family,
                                            *normal_of(add_scaled(cavity, power, wanted)));
      ASSERT_TRUE(regressed);
      expect_near(regressed->target, wanted, 1e-10);
      const auto matched = match_moments({1, points, {}}, cavity, power, family);
      ASSERT_TRUE(matched);
      // (n - b - 2) / n of the tilted precision, b parameters in a block
      Natural whole = add_scaled(cavity, power, wanted);
      for (const Family::Block& block : family.blocks) {
        const double share = (kDraws - static_cast<double>(block.size()) - 2) / kDraws;
        for (const std::uint32_t i : block) {
          whole.shift[i] *= share;
          for (const std::uint32_t j : block) whole.precision[i * kD + j] *= share;
        }
      }
      expect_near(add_scaled(cavity, power, matched->target), whole, 1e-10);
    }
  }
}

TEST(LaplaceSite, OfANormalSiteIsThatSite) {
  const std::vector<double> at = {0.3, -2, 1};
  std::vector<double> gradient = kSite.shift;
  for (std::size_t j = 0; j < kD; ++j) {
    for (std::size_t k = 0; k < kD; ++k) gradient[j] -= kSite.precision[j * kD + k] * at[k];
  }
  expect_near(laplace_site(at, gradient, kSite.precision), kSite, 1e-14);
}

}  // namespace
}  // namespace dovetail::ep
