// 60 sites of 1,200 rows each: four rounds, as Vehtari et al. 2020 made, bring the approximation to the posterior,
// which so many rows make nearly normal: its mode and curvature are known.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "dovetail/jobs/ep.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/stars.hpp"

namespace dovetail {
namespace {

using test::Stars;
constexpr std::size_t kD = Stars::kD;
constexpr std::size_t kGroups = 3600;
constexpr std::size_t kRows = 20;

std::vector<double> gradient_at(const DividedModel& model, const std::vector<double>& x) {
  std::vector<double> prior(kD), likelihood(kD);
  (void)model.log_density_gradient(x, prior, likelihood);
  for (std::size_t a = 0; a < kD; ++a) prior[a] += likelihood[a];
  return prior;
}

/// The negative Hessian, by central differences of a gradient that has some twelve digits.
std::vector<double> curvature_at(const DividedModel& model, const std::vector<double>& x) {
  constexpr double kStep = 1e-5;
  std::vector<double> all(kD * kD);
  for (std::size_t a = 0; a < kD; ++a) {
    std::vector<double> above = x, below = x;
    above[a] += kStep;
    below[a] -= kStep;
    const auto up = gradient_at(model, above), down = gradient_at(model, below);
    for (std::size_t b = 0; b < kD; ++b) all[a * kD + b] = (down[b] - up[b]) / (2 * kStep);
  }
  for (std::size_t a = 0; a < kD; ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      all[a * kD + b] = all[b * kD + a] = 0.5 * (all[a * kD + b] + all[b * kD + a]);
    }
  }
  return all;
}

TEST(Stars, GradientsAreThoseOfTheDensity) {
  const Stars model(7, 5, 3, 1);
  const std::vector<double> x = {5.7, 4.8, 5.5, 6.4};
  const std::vector<double> gradient = gradient_at(model, x);
  for (std::size_t a = 0; a < kD; ++a) {
    std::vector<double> above = x, below = x;
    above[a] += 1e-5;
    below[a] -= 1e-5;
    const auto value = [&](const std::vector<double>& at) {
      const LogDensity density = model.log_density(at);
      return density.prior + density.likelihood;
    };
    const double slope = (value(above) - value(below)) / 2e-5;
    EXPECT_NEAR(slope, gradient[a], 1e-4 * (1 + std::abs(gradient[a]))) << a;
  }
}

TEST(Stars, FourRoundsReachThePosteriorOf72000Rows) {
  const Stars model(kGroups, kRows, 60, test::seed_from_name());
  EpOptions options;
  options.seed = test::seed_from_name(1);
  options.rounds = 4;
  options.warmup = 400;
  options.draws = 800;
  options.tolerance = 1e-9;  // all rounds
  EpObserver quiet;
  const EpSummary found = *expectation_propagation(model, options, {"threads", 2}, quiet).summary.ep;

  std::vector<double> mode = {std::log(270.0), std::log(148.0), std::log(250.0), std::log(490.0)};
  for (int newton = 0; newton < 20; ++newton) {
    const auto l = math::cholesky(curvature_at(model, mode), kD);
    ASSERT_TRUE(l);
    std::vector<double> step = gradient_at(model, mode);
    math::solve_factored(*l, step);
    for (std::size_t a = 0; a < kD; ++a) mode[a] += step[a];
  }
  const auto truth = ep::normal_of({curvature_at(model, mode), std::vector<double>(kD)});
  ASSERT_TRUE(truth);
  // Mean and mode of log tau, of which 3,600 groups tell, differ by some hundredths of an sd.
  const double far = 0.1 + 4 * std::sqrt(2 * found.answer_noise);
  for (std::size_t a = 0; a < kD; ++a) {
    const double sd = std::sqrt(truth->covariance[a * (kD + 1)]);
    EXPECT_NEAR(found.mean[a], mode[a], far * sd) << a;
    EXPECT_NEAR(std::sqrt(found.covariance[a * (kD + 1)]) / sd, 1, far) << a;
  }
  EXPECT_LT(far, 0.25);
}

}  // namespace
}  // namespace dovetail
