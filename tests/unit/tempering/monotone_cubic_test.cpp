// The interpolant's promises: nodes, monotonicity, straight lines, flat pieces, derivative.
#include "dovetail/tempering/monotone_cubic.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/seed.hpp"
#include "tests/unit/tempering/toy_energies.hpp"

namespace dovetail::tempering {
namespace {

TEST(MonotoneCubic, ReproducesAStraightLine) {
  const std::vector<double> x{0, 0.1, 0.15, 0.7, 2}, y{1, 1.3, 1.45, 3.1, 7};
  const MonotoneCubic line(x, y);
  for (double t = 0; t <= 2; t += 0.01) {
    EXPECT_NEAR(line.value(t), 1 + 3 * t, 1e-14);
    EXPECT_NEAR(line.derivative(t), 3, 1e-12);
  }
}

TEST(MonotoneCubic, MonotoneNodesGiveAMonotoneCurveThroughThem) {
  Rng rng = test::stream(test::seed_from_name());
  for (int repeat = 0; repeat < 200; ++repeat) {
    std::vector<double> x{0}, y{0};
    for (int k = 0; k < 8; ++k) {
      x.push_back(x.back() + math::exp(3 * math::draw_normal(rng)));  // steps over several orders of magnitude
      y.push_back(y.back() + math::exp(3 * math::draw_normal(rng)));
    }
    const MonotoneCubic curve(x, y);
    for (std::size_t k = 0; k + 1 < x.size(); ++k) {
      EXPECT_EQ(curve.value(x[k]), y[k]);
      double previous = y[k];
      for (int i = 1; i <= 50; ++i) {
        const double t = x[k] + (x[k + 1] - x[k]) * i / 50;
        const double secant = (y[k + 1] - y[k]) / (x[k + 1] - x[k]);
        EXPECT_GE(curve.value(t), previous);
        EXPECT_GE(curve.derivative(t), -1e-9 * secant);
        previous = curve.value(t);
      }
    }
    EXPECT_EQ(curve.value(x.back()), y.back());
  }
}

TEST(MonotoneCubic, FlatPiecesStayFlatAndOutsideIsHeld) {
  const std::vector<double> x{0, 1, 2, 3}, y{0, 5, 5, 6};
  const MonotoneCubic curve(x, y);
  for (double t = 1; t <= 2; t += 0.05) {
    EXPECT_EQ(curve.value(t), 5);
    EXPECT_NEAR(curve.derivative(t), 0, 1e-15);
  }
  EXPECT_EQ(curve.value(-1), 0);
  EXPECT_EQ(curve.value(9), 6);
}

TEST(MonotoneCubic, DerivativeIsThatOfTheValue) {
  const std::vector<double> x{0, 0.2, 1, 1.1, 3}, y{0, 3, 3.1, 8, 8.5};
  const MonotoneCubic curve(x, y);
  for (double t = 0.013; t < 3; t += 0.0317) {
    const double h = 1e-6;
    EXPECT_NEAR(curve.derivative(t), (curve.value(t + h) - curve.value(t - h)) / (2 * h),
                1e-6 * (1 + std::fabs(curve.derivative(t))));
  }
}

// Three nodes by hand: secants 1 and 10, interior slope 5.5, a^2 + b^2 = 1 + 5.5^2 > 9 in the first interval
TEST(MonotoneCubic, LimitsSlopesToTheCircleOfRadiusThree) {
  const MonotoneCubic curve(std::vector<double>{0, 1, 2}, std::vector<double>{0, 1, 11});
  const double shrink = 3 / std::sqrt(1 + 5.5 * 5.5);
  EXPECT_NEAR(curve.derivative(0), shrink, 1e-14);
  EXPECT_NEAR(curve.derivative(1), shrink * 5.5, 1e-14);
  EXPECT_NEAR(curve.derivative(2), 10, 1e-14);
}

}  // namespace
}  // namespace dovetail::tempering
