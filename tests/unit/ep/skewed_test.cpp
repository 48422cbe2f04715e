// Skewed proposals and lattices: densities against quadrature, fits against laws that they know, points evenly spread.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dovetail/ep/skewed_normal.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::ep {
namespace {

constexpr SinhArcsinh kSkewed{0.7, 0.4, -0.6, 0.8};

TEST(SinhArcsinh, GoesThereAndBackWithItsSlope) {
  constexpr double kStep = 1e-6;
  for (double x = -12; x < 6; x += 0.37) {
    const double z = kSkewed.normal_of(x);
    EXPECT_NEAR(kSkewed.value_of(z), x, 1e-9 * (1 + std::fabs(x)));
    const double slope = (kSkewed.normal_of(x + kStep) - kSkewed.normal_of(x - kStep)) / (2 * kStep);
    EXPECT_NEAR(kSkewed.log_slope(x), math::log(slope), 1e-6);
  }
}

TEST(SinhArcsinh, FitFindsTheLawOfItsQuantiles) {
  std::vector<double> points;
  for (int i = 0; i < 150; ++i) points.push_back(kSkewed.value_of(math::normal_quantile((i + 0.5) / 150)));
  const SinhArcsinh found = fit_sinh_arcsinh(points);
  // its parameters trade places with each other; the map is what counts
  for (const double p : {0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98}) {
    const double z = math::normal_quantile(p);
    EXPECT_NEAR(found.normal_of(kSkewed.value_of(z)), z, 0.1);
  }
}

TEST(SinhArcsinh, FitOfANormalLawIsTheStraightLine) {
  std::vector<double> points;
  for (int i = 0; i < 200; ++i) points.push_back(3 + 2 * math::normal_quantile((i + 0.5) / 200));
  const SinhArcsinh found = fit_sinh_arcsinh(points);
  for (const double z : {-2.0, -1.0, 0.0, 1.0, 2.0}) EXPECT_NEAR(found.normal_of(3 + 2 * z), z, 0.06);
}

TEST(Quantiles, OfWeightsCountThem) {
  const std::vector<double> values = {3, 1, 2};
  const std::vector<double> weights = {0.5, 0.25, 0.25};
  EXPECT_EQ(weighted_quantiles(values, weights, 4), (std::vector<double>{1, 2, 3, 3}));
}

TEST(Quantiles, OfStraightLogDensitiesAreExact) {
  const std::vector<double> grid = {0, 0.5, 2, 30};
  std::vector<double> log_density;
  for (const double x : grid) log_density.push_back(7 - x);  // exponential, but for e^-30
  const auto quantiles = quantiles_of_log_density(grid, log_density, 8);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_NEAR(quantiles[i], -math::log1p(-(static_cast<double>(i) + 0.5) / 8), 1e-9);
  }
}

/// Neighbours may differ by any number of nats: nearly all mass is then within the width over that many nats of the
/// higher one.
TEST(Quantiles, OfStepsInLogDensitiesAreExact) {
  const std::vector<double> grid = {0, 1, 2, 3};
  constexpr double kStep = 1e4;
  const auto rising = quantiles_of_log_density(grid, std::vector<double>{-3e4, -2e4, -kStep, 0}, 4);
  const auto falling = quantiles_of_log_density(grid, std::vector<double>{0, -kStep, -2e4, -3e4}, 4);
  const auto peak = quantiles_of_log_density(grid, std::vector<double>{-kStep, 0, -kStep, -kStep}, 4);
  for (std::size_t i = 0; i < 4; ++i) {
    const double p = (static_cast<double>(i) + 0.5) / 4;
    EXPECT_NEAR((rising[i] - 3) * kStep, math::log(p), 1e-8);
    EXPECT_NEAR(falling[i] * kStep, -math::log1p(-p), 1e-8);
    EXPECT_NEAR((peak[i] - 1) * kStep, p < 0.5 ? math::log(2 * p) : -math::log(2 * (1 - p)), 1e-8);  // Laplace's law
  }
}

TEST(SkewedNormal, DensityIntegratesToOne) {
  const SkewedNormal law{{1}, {kSkewed}, {0.3, -0.2}, {0.8, 0, 0.5, 0.9}};
  std::vector<double> work(2);
  double total = 0;
  constexpr double kWidth = 0.05;
  for (double a = -5; a < 6; a += kWidth) {
    for (double b = -60; b < 8; b += kWidth) {
      total += kWidth * kWidth * math::exp(law.log_density(std::vector<double>{a, b}, work));
    }
  }
  EXPECT_NEAR(total, 1, 1e-4);
}

TEST(SkewedNormal, DensityIsThatOfItsValues) {
  // at the value of normals e the density is N(e) over the size of the map there, by differences
  const SkewedNormal law{{1}, {kSkewed}, {0.3, -0.2}, {0.8, 0, 0.5, 0.9}};
  const std::vector<double> e = {0.4, -1.1};
  constexpr double kStep = 1e-6;
  std::vector<double> at(2), right(2), up(2), work(2);
  law.value_of(e, at);
  law.value_of(std::vector<double>{e[0] + kStep, e[1]}, right);
  law.value_of(std::vector<double>{e[0], e[1] + kStep}, up);
  const double size = ((right[0] - at[0]) * (up[1] - at[1]) - (right[1] - at[1]) * (up[0] - at[0])) / (kStep * kStep);
  const double normal = -0.5 * (e[0] * e[0] + e[1] * e[1]) - math::log(2 * 3.14159265358979324);
  EXPECT_NEAR(law.log_density(at, work), normal - math::log(std::fabs(size)), 1e-5);
}

TEST(Lattice, SpreadsEveryCoordinateEvenly) {
  constexpr std::uint32_t kPoints = 251;
  Rng rng({test::seed_from_name(), Purpose::test});
  const Lattice lattice = make_lattice(kPoints, 3, rng);
  std::vector<std::vector<double>> uniforms(3);
  std::vector<double> normals(3);
  for (std::uint32_t i = 0; i < kPoints; ++i) {
    lattice.normals(i, normals);
    for (std::size_t j = 0; j < 3; ++j) uniforms[j].push_back(math::normal_cdf(normals[j]));
  }
  for (auto& column : uniforms) {
    std::sort(column.begin(), column.end());
    for (std::size_t i = 1; i < kPoints; ++i) EXPECT_NEAR(column[i] - column[i - 1], 1.0 / kPoints, 1e-10);
  }
}

TEST(Proposal, FromPointsHasTheirMomentsBehindItsMapsSomewhatWider) {
  // mean, and sd times 1.05, of the weighted points' z; correlations too where the guess counts for nothing
  const std::vector<double> points = {0, 0, 2, 1, 4, 5, 1, 3};
  const std::vector<double> weights = {0.1, 0.4, 0.3, 0.2};
  const SkewedNormal law = proposal_of(WeightedPoints{points, weights, 1e12}, {1}, {{0, 0}, {1, 0, 0, 1}});
  std::vector<double> z(8);
  for (std::size_t i = 0; i < 4; ++i)
    law.normal_of(std::span(points).subspan(2 * i, 2), std::span(z).subspan(2 * i, 2));
  double mean0 = 0, mean1 = 0, square0 = 0, square1 = 0, product = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    mean0 += weights[i] * z[2 * i];
    mean1 += weights[i] * z[2 * i + 1];
  }
  for (std::size_t i = 0; i < 4; ++i) {
    const double a = z[2 * i] - mean0;
    const double b = z[2 * i + 1] - mean1;
    square0 += weights[i] * a * a;
    square1 += weights[i] * b * b;
    product += weights[i] * a * b;
  }
  EXPECT_NEAR(law.mean[0], mean0, 1e-12);
  EXPECT_NEAR(law.mean[1], mean1, 1e-12);
  const double wider = 1.05 * 1.05;
  EXPECT_NEAR(law.factor[0] * law.factor[0] / (wider * square0), 1, 1e-9);
  EXPECT_NEAR(law.factor[0] * law.factor[2] / (wider * product), 1, 1e-6);
  EXPECT_NEAR((law.factor[2] * law.factor[2] + law.factor[3] * law.factor[3]) / (wider * square1), 1, 1e-9);
}

/// When nothing is known but one value the guess's correlations are what there is, and a density must come of it.
TEST(Proposal, FromOnePointHasADensity) {
  const Normal guess{{0, 0}, {4, 1, 1, 1}};
  const std::vector<double> points = {1, 2, 3, 4, -1, 0};
  const std::vector<double> weights = {0, 1, 0};
  const SkewedNormal of_points = proposal_of(WeightedPoints{points, weights, 1}, {1}, guess);
  const SkewedNormal of_quantiles =
      proposal_of(std::vector<std::vector<double>>{std::vector<double>(kMapQuantiles, 4.0)}, {1}, guess);
  for (const SkewedNormal& law : {of_points, of_quantiles}) {
    std::vector<double> x(2), work(2);
    law.value_of(std::vector<double>{0.3, -0.7}, x);
    EXPECT_TRUE(std::isfinite(law.log_density(x, work)));
    EXPECT_NEAR(x[1], 4, 0.1);
    EXPECT_NEAR(law.factor[2] / std::sqrt(law.factor[2] * law.factor[2] + law.factor[3] * law.factor[3]), 0.5, 0.01);
  }
}

/// Weights of a target with normal tails must be bounded: far out the proposal is above it.
TEST(Proposal, HasLongerTailsThanWhatItIsMadeOf) {
  const SkewedNormal law = proposal_of(std::vector<std::vector<double>>(), {}, {{1, -1}, {4, 0, 0, 1}});
  std::vector<double> work(2);
  for (const double far : {6.0, 9.0, 12.0}) {
    const double normal = -0.5 * far * far - math::log(2 * 3.14159265358979324 * 2);
    EXPECT_GT(law.log_density(std::vector<double>{1 + 2 * far, -1}, work), normal);
    EXPECT_GT(law.log_density(std::vector<double>{1, -1 - far}, work), normal);
  }
}

}  // namespace
}  // namespace dovetail::ep
