// The programs of models/ against their densities written out again, at points that nobody picked.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>

#include "dovetail/core/rng.hpp"
#include "tests/stan/library.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

using Vector = std::vector<double>;

double log_normal(double x, double mean, double sd) {
  return -0.5 * std::pow((x - mean) / sd, 2) - std::log(sd) - 0.5 * std::log(2 * std::numbers::pi);
}
/// Of the Cauchy distribution itself: Stan's half-Cauchy keeps its constant.
double log_cauchy(double x, double scale) {
  return -std::log(std::numbers::pi * scale) - std::log1p(std::pow(x / scale, 2));
}
double inv_logit(double u) { return 1 / (1 + std::exp(-u)); }
double log_jacobian_of_logit(double u) { return std::log(inv_logit(u)) + std::log(1 - inv_logit(u)); }

struct Case {
  std::string program;
  std::string data;  ///< JSON, or a file of models/
  std::size_t dimension = 0;
  std::function<double(const Vector&)> log_density;  ///< of the unconstrained point, with constants and Jacobian
};

std::string file(const std::string& name) { return std::string(DOVETAIL_PROJECT) + "/models/" + name; }

const Vector kSchools = {28, 8, -3, 7, -1, 1, 18, 12};
const Vector kErrors = {15, 10, 16, 11, 9, 11, 10, 18};

double noncentered(const Vector& x) {
  const double mu = x[8];
  const double tau = std::exp(x[9]);
  double sum = x[9] + log_normal(mu, 0, 5) + log_cauchy(tau, 5);
  for (std::size_t j = 0; j < 8; ++j)
    sum += log_normal(x[j], 0, 1) + log_normal(kSchools[j], mu + tau * x[j], kErrors[j]);
  return sum;
}

double centered(const Vector& x) {
  const double mu = x[8];
  const double tau = std::exp(x[9]);
  double sum = x[9] + log_normal(mu, 0, 5) + log_cauchy(tau, 5);
  for (std::size_t j = 0; j < 8; ++j) sum += log_normal(x[j], mu, tau) + log_normal(kSchools[j], x[j], kErrors[j]);
  return sum;
}

double autoregression(const Vector& x) {  // K = 2
  const Vector y = {0.5, -0.3, 0.8, 0.1, 1.2, -0.7};
  const double sigma = std::exp(x[3]);
  double sum =
      x[3] + log_normal(x[0], 0, 10) + log_normal(x[1], 0, 10) + log_normal(x[2], 0, 10) + log_cauchy(sigma, 2.5);
  for (std::size_t t = 2; t < y.size(); ++t) sum += log_normal(y[t], x[0] + x[1] * y[t - 1] + x[2] * y[t - 2], sigma);
  return sum;
}

double garch(const Vector& x) {
  const Vector y = {0.5, -0.3, 0.8, 0.1, 1.2};
  const double alpha0 = std::exp(x[1]);
  const double alpha1 = inv_logit(x[2]);
  const double beta1 = (1 - alpha1) * inv_logit(x[3]);
  double sum = x[1] + log_jacobian_of_logit(x[2]) + std::log(1 - alpha1) + log_jacobian_of_logit(x[3]);
  double sd = 0.7;
  for (std::size_t t = 0; t < y.size(); ++t) {
    if (t > 0) sd = std::sqrt(alpha0 + alpha1 * std::pow(y[t - 1] - x[0], 2) + beta1 * sd * sd);
    sum += log_normal(y[t], x[0], sd);
  }
  return sum;
}

/// log N(y | 0, C) for two observations, by the formulas for a 2 x 2 matrix.
double gaussian_process(const Vector& x) {
  const double rho = std::exp(x[0]);
  const double alpha = std::exp(x[1]);
  const double sigma = std::exp(x[2]);
  const double y1 = 0.4;
  const double y2 = -1.1;
  const double diagonal = alpha * alpha + sigma;
  const double off = alpha * alpha * std::exp(-std::pow(2 - 0.5, 2) / (2 * rho * rho));
  const double determinant = diagonal * diagonal - off * off;
  const double form = (diagonal * (y1 * y1 + y2 * y2) - 2 * off * y1 * y2) / determinant;
  const double log_gamma = 25 * std::log(4.0) - std::lgamma(25.0) + 24 * std::log(rho) - 4 * rho;
  return x[0] + x[1] + x[2] + log_gamma + log_normal(alpha, 0, 2) + log_normal(sigma, 0, 1) -
         std::log(2 * std::numbers::pi) - 0.5 * std::log(determinant) - 0.5 * form;
}

double kidscore(const Vector& x) {
  const Vector score = {65, 98, 85};
  const Vector school = {1, 0, 1};
  const Vector iq = {121, 89, 115};
  const double sigma = std::exp(x[4]);
  double sum = x[4] + log_cauchy(sigma, 2.5);
  for (std::size_t n = 0; n < 3; ++n)
    sum += log_normal(score[n], x[0] + x[1] * school[n] + x[2] * iq[n] + x[3] * school[n] * iq[n], sigma);
  return sum;
}

double mixture(const Vector& x) {
  const double mu1 = x[0];
  const double mu2 = x[0] + std::exp(x[1]);
  const double sigma1 = std::exp(x[2]);
  const double sigma2 = std::exp(x[3]);
  const double theta = inv_logit(x[4]);
  double sum = x[1] + x[2] + x[3] + log_jacobian_of_logit(x[4]) + log_normal(mu1, 0, 2) + log_normal(mu2, 0, 2) +
               log_normal(sigma1, 0, 2) + log_normal(sigma2, 0, 2) + std::lgamma(10.0) - 2 * std::lgamma(5.0) +
               4 * std::log(theta) + 4 * std::log(1 - theta);
  for (const double y : {-1.5, 0.2, 2.8})
    sum += std::log(theta * std::exp(log_normal(y, mu1, sigma1)) + (1 - theta) * std::exp(log_normal(y, mu2, sigma2)));
  return sum;
}

double mesquite(const Vector& x) {
  const double sigma = std::exp(x[7]);
  const auto row = [&](double weight, double diam1, double diam2, double canopy, double total, double density,
                       int group) {
    const double mean = x[0] + x[1] * std::log(diam1) + x[2] * std::log(diam2) + x[3] * std::log(canopy) +
                        x[4] * std::log(total) + x[5] * std::log(density) + x[6] * group;
    return log_normal(std::log(weight), mean, sigma);
  };
  return x[7] + row(401.3, 1.8, 1.15, 1, 1.3, 1, 0) + row(513.7, 1.7, 1.35, 1.33, 1.35, 2, 1);
}

double election(const Vector& x) {
  const double sigma = std::exp(x[9]);
  const auto row = [&](int party, int ideology, int race, int age, int education, int gender, int income) {
    const double by_age = age == 2 ? x[3] : age == 3 ? x[4] : age == 4 ? x[5] : 0;
    const double mean =
        x[0] + x[1] * ideology + x[2] * race + by_age + x[6] * education + x[7] * gender + x[8] * income;
    return log_normal(party, mean, sigma);
  };
  return x[9] + row(1, 6, 2, 3, 2, 2, 3) + row(3, 3, 1, 4, 1, 1, 1) + row(5, 5, 1, 2, 3, 1, 5) +
         row(7, 6, 1, 1, 4, 2, 4);
}

double regression(const Vector& x) {
  const double sigma = std::exp(x[2]);
  return x[2] + log_normal(x[0], 0, 10) + log_normal(x[1], 0, 10) + log_normal(sigma, 0, 10) +
         log_normal(0.5, 1.5 * x[0] + 2 * x[1], sigma) + log_normal(-1, -0.5 * x[0] + 0.25 * x[1], sigma) +
         log_normal(2, 3 * x[0] - x[1], sigma);
}

double two_modes(const Vector& x) {
  double sum = log_normal(x[0], 0, 5) + log_normal(x[1], 0, 5);
  for (const double y : {-4.1, -3.9, -3.6, -3.3, -3.1, -3.0, -2.8, -2.7, -2.4, -2.0, -1.7,
                         1.8,  2.2,  2.5,  2.7,  2.9,  3.2,  3.4,  3.6,  3.9,  4.3})
    sum += std::log(0.6 * std::exp(log_normal(y, x[0], 1)) + 0.4 * std::exp(log_normal(y, x[1], 1)));
  return sum;
}

std::vector<Case> cases() {
  return {
      {"eight_schools_noncentered", file("eight_schools.json"), 10, noncentered},
      {"eight_schools_centered", file("eight_schools.json"), 10, centered},
      {"arK", R"({"K": 2, "T": 6, "y": [0.5, -0.3, 0.8, 0.1, 1.2, -0.7]})", 4, autoregression},
      {"garch11", R"({"T": 5, "y": [0.5, -0.3, 0.8, 0.1, 1.2], "sigma1": 0.7})", 4, garch},
      {"gp_regr", R"({"N": 2, "x": [0.5, 2], "y": [0.4, -1.1]})", 3, gaussian_process},
      {"kidscore_interaction", R"({"N": 3, "kid_score": [65, 98, 85], "mom_hs": [1, 0, 1], "mom_iq": [121, 89, 115]})",
       5, kidscore},
      {"low_dim_gauss_mix", R"({"N": 3, "y": [-1.5, 0.2, 2.8]})", 5, mixture},
      {"logmesquite",
       R"({"N": 2, "weight": [401.3, 513.7], "diam1": [1.8, 1.7], "diam2": [1.15, 1.35], "canopy_height": [1, 1.33],
           "total_height": [1.3, 1.35], "density": [1, 2], "group": [0, 1]})",
       8, mesquite},
      {"nes",
       R"({"N": 4, "partyid7": [1, 3, 5, 7], "real_ideo": [6, 3, 5, 6], "race_adj": [2, 1, 1, 1],
           "age_discrete": [3, 4, 2, 1], "educ1": [2, 1, 3, 4], "gender": [2, 1, 1, 2], "income": [3, 1, 5, 4]})",
       10, election},
      {"blr", R"({"N": 3, "D": 2, "X": [[1.5, 2], [-0.5, 0.25], [3, -1]], "y": [0.5, -1, 2]})", 3, regression},
      {"two_modes", file("two_modes.json"), 2, two_modes},
  };
}

class StanModels : public ::testing::TestWithParam<Case> {};

TEST_P(StanModels, HaveTheDensityAndGradientOfTheirFormula) {
  const Case& c = GetParam();
  const test::StanLibrary library("models/" + c.program + ".stan");
  const test::StanInstance model(library, c.data);
  ASSERT_EQ(model.dimension(), c.dimension);
  EXPECT_EQ(model.name(), c.program);
  Rng rng({.seed = test::seed_from_name()});
  for (int trial = 0; trial < 5; ++trial) {
    Vector x(c.dimension);
    for (double& each : x) each = 2 * rng.uniform() - 1;
    const double expected = c.log_density(x);
    const double tolerance = 1e-10 * (1 + std::abs(expected));  // rounding of some hundred terms
    EXPECT_NEAR(model.log_density(x), expected, tolerance);
    const auto [value, gradient] = model.gradient(x);
    EXPECT_NEAR(value, expected, tolerance);
    for (std::size_t i = 0; i < x.size(); ++i) {
      constexpr double kStep = 1e-5;
      Vector up = x;
      Vector down = x;
      up[i] += kStep;
      down[i] -= kStep;
      const double slope = (c.log_density(up) - c.log_density(down)) / (2 * kStep);
      // Rounding of the density over the step, and the third derivative's share of a step squared.
      EXPECT_NEAR(gradient[i], slope, 1e-9 * std::abs(expected) + 1e-6 * (1 + std::abs(slope))) << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, StanModels, ::testing::ValuesIn(cases()),
                         [](const auto& named) { return named.param.program; });

TEST(StanModelTwoModes, WithoutDataIsItsPrior) {
  const test::StanLibrary library("models/two_modes.stan");
  const test::StanInstance model(library, R"({"N": 1, "y": [3], "p": 0.6, "prior_only": 1})");
  const Vector x = {1.5, -2};
  EXPECT_NEAR(model.log_density(x), log_normal(1.5, 0, 5) + log_normal(-2, 0, 5), 1e-12);
}

}  // namespace
}  // namespace dovetail
