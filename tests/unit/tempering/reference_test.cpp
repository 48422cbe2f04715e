// Gaussian references: density against closed forms, gradient, sampler, and the rules of the fit.
#include "dovetail/tempering/reference.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "dovetail/core/codec.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/tempering/toy_energies.hpp"

namespace dovetail::tempering {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kLogTwoPi = 1.8378770664093454836;

// S = [[4, 2.4], [2.4, 9]]; with n_eff = 1e12 the shrinkage is 3e-12
GaussianReference correlated() { return GaussianReference(2).fitted({{1, -2}, {4, 2.4, 2.4, 9}, 1e12}, Shape::dense); }

TEST(GaussianReference, MeanFieldDensityIsTheProductOfNormals) {
  const GaussianReference g({1, -2}, {0.5, 3});
  const std::vector<double> x{1.5, 4};
  EXPECT_NEAR(g.log_density(x), -kLogTwoPi - std::log(1.5) - 0.5 * (1 + 4), 1e-14);
  EXPECT_NEAR(GaussianReference(3).log_density(std::vector<double>{0, 0, 0}), -1.5 * kLogTwoPi, 1e-14);
}

TEST(GaussianReference, DenseDensityIsTheCorrelatedNormal) {
  const GaussianReference g = correlated();
  ASSERT_EQ(g.shape(), Shape::dense);
  const double determinant = 4 * 9 - 2.4 * 2.4;
  const double u = 0.7, v = -1.3;  // x - m
  const double square = (9 * u * u - 2 * 2.4 * u * v + 4 * v * v) / determinant;
  EXPECT_NEAR(g.log_density(std::vector<double>{1 + u, -2 + v}),
              -kLogTwoPi - 0.5 * std::log(determinant) - 0.5 * square, 1e-10);
}

TEST(GaussianReference, DensityIntegratesToOne) {
  const GaussianReference g = correlated();
  double sum = 0;
  const double h = 0.25;
  for (double x = -19; x < 21; x += h) {
    for (double y = -32; y < 28; y += h) sum += std::exp(g.log_density(std::vector<double>{x, y})) * h * h;
  }
  EXPECT_NEAR(sum, 1, 1e-10);  // the trapezoid rule is spectrally accurate for a Gaussian
}

TEST(GaussianReference, GradientIsThatOfTheDensity) {
  for (const GaussianReference& g : {correlated(), GaussianReference({1, -2}, {0.5, 3})}) {
    const std::vector<double> x{0.3, 0.8};
    std::vector<double> gradient(2);
    EXPECT_EQ(g.log_density_gradient(x, gradient), g.log_density(x));
    for (std::size_t i = 0; i < 2; ++i) {
      auto above = x, below = x;
      above[i] += 1e-5;
      below[i] -= 1e-5;
      EXPECT_NEAR(gradient[i], (g.log_density(above) - g.log_density(below)) / 2e-5, 1e-8);
    }
  }
}

TEST(GaussianReference, DrawsHaveItsMoments) {
  const GaussianReference g = correlated();
  Rng rng = test::stream(test::seed_from_name());
  test::Replicates a, b, aa, ab, bb;
  std::vector<double> x(2);
  for (int i = 0; i < 20000; ++i) {
    g.draw(rng, x);
    a.add(x[0]);
    b.add(x[1]);
    aa.add((x[0] - 1) * (x[0] - 1));
    ab.add((x[0] - 1) * (x[1] + 2));
    bb.add((x[1] + 2) * (x[1] + 2));
  }
  EXPECT_LT(std::fabs(a.z(1)), 5.2);  // alpha = 1e-6 over five
  EXPECT_LT(std::fabs(b.z(-2)), 5.2);
  EXPECT_LT(std::fabs(aa.z(4)), 5.2);
  EXPECT_LT(std::fabs(ab.z(2.4)), 5.2);
  EXPECT_LT(std::fabs(bb.z(9)), 5.2);
}

TEST(GaussianReference, MeanFieldDrawsTakeTwoWordsACoordinateInOrder) {
  const GaussianReference g({1, -2}, {0.5, 3});
  Rng rng = test::stream(test::seed_from_name());
  Rng same = rng;
  std::vector<double> x(2);
  g.draw(rng, x);
  EXPECT_EQ(x[0], 1 + 0.5 * math::draw_normal(same));
  EXPECT_EQ(x[1], -2 + 3 * math::draw_normal(same));
  EXPECT_EQ(rng.words_drawn(), same.words_drawn());
}

TEST(GaussianReference, FitShrinksOffDiagonalsByTheRule) {
  const GaussianReference g = GaussianReference(2).fitted({{0, 0}, {4, 2.4, 2.4, 9}, 10}, Shape::dense);
  const auto l = g.factor();
  ASSERT_EQ(l.size(), 4u);
  EXPECT_NEAR(l[0] * l[0], 4, 1e-14);
  EXPECT_NEAR(l[0] * l[2], 2.4 * (1 - 3.0 / 10), 1e-14);
  EXPECT_NEAR(l[2] * l[2] + l[3] * l[3], 9, 1e-14);
  EXPECT_EQ(l[1], 0);
}

TEST(GaussianReference, FitFallsBackOnIndependentCoordinates) {
  const TargetMoments moments{{1, -2}, {4, 2.4, 2.4, 9}, 3.9};  // n_eff < 2 d
  EXPECT_EQ(GaussianReference(2).fitted(moments, Shape::dense).shape(), Shape::mean_field);
  TargetMoments impossible{{1, -2}, {4, 20, 20, 9}, 1e6};
  EXPECT_EQ(GaussianReference(2).fitted(impossible, Shape::dense).shape(), Shape::mean_field);
  EXPECT_EQ(GaussianReference(2).fitted({{1, -2}, {4, 9}, 1e6}, Shape::dense).shape(), Shape::mean_field);
  EXPECT_EQ(GaussianReference(2).fitted({{1, -2}, {4, 2.4, 2.4, 9}, 1e6}, Shape::mean_field).shape(),
            Shape::mean_field);
}

TEST(GaussianReference, AUselessVarianceKeepsTheOldCoordinate) {
  const GaussianReference old({5, 6, 7, 8}, {0.5, 0.6, 0.7, 0.8});
  const GaussianReference fit = old.fitted({{1, 2, kNaN, 4}, {0, kNaN, 9, 16}, 100}, Shape::mean_field);
  EXPECT_EQ(std::vector<double>(fit.mean().begin(), fit.mean().end()), (std::vector<double>{5, 6, 7, 4}));
  EXPECT_EQ(std::vector<double>(fit.scale().begin(), fit.scale().end()), (std::vector<double>{0.5, 0.6, 0.7, 4}));
  const GaussianReference dense =
      GaussianReference({5, 6}, {0.5, 0.6}).fitted({{1, 2}, {4, kNaN, kNaN, kNaN}, 1e12}, Shape::dense);
  ASSERT_EQ(dense.shape(), Shape::dense);
  EXPECT_EQ(dense.mean()[1], 6);
  EXPECT_NEAR(dense.factor()[3], 0.6, 1e-15);
  EXPECT_EQ(dense.factor()[2], 0);
}

TEST(GaussianReference, SurvivesTheCodec) {
  const GaussianReference g = correlated();
  const GaussianReference back = unpack<GaussianReference>(pack(g));
  const std::vector<double> x{3, 4};
  EXPECT_EQ(back.log_density(x), g.log_density(x));
  EXPECT_EQ(pack(back), pack(g));
}

}  // namespace
}  // namespace dovetail::tempering
