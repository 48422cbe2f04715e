// Built-ins that observe simulated data: the recipe of docs/models.md followed anew, and the density spelled out on it.
#include <cmath>
#include <vector>

#include "dovetail/math/distributions.hpp"
#include "tests/support/goodness_of_fit.hpp"
#include "tests/unit/model/sample_models.hpp"

namespace dovetail::test {
namespace {

double log_normal(double x, double mean, double sd) {
  const double z = (x - mean) / sd;
  return -0.5 * z * z - std::log(sd) - 0.5 * std::log(2 * M_PI);
}

void expect_close(double actual, double expected) {
  EXPECT_NEAR(actual, expected, 1e-9 * std::max(1.0, std::fabs(expected)));
}

Rng data_of(std::uint32_t model, std::uint64_t piece) {
  return Rng({1, Purpose::simulated_data, ItemId(model), Step(piece)});
}

/// The values of the outputs and the density at a few prior draws, handed to `expect(values, parts)`.
template <class Expect>
void at_prior_draws(const std::string& spec, Expect&& expect) {
  const auto model = make_model(spec);
  std::vector<double> x(model->dimension()), values(model->description().output_names.size());
  Rng rng = test_rng();
  for (int i = 0; i < 20; ++i) {
    model->draw_prior(rng, x);
    model->output_values(x, rng, values);
    expect(Point(values), model->log_density(x));
  }
}

TEST(Logistic, IsTheRegressionSpelledOut) {
  struct Size {
    std::size_t n, p;
  };
  for (const auto& [n, p] : {Size{1000, 25}, Size{50, 0}, Size{1, 1}, Size{4100, 2}, Size{13, 7}}) {
    std::vector<double> beta(p);
    Rng coefficients = data_of(1, 0);
    for (double& b : beta) b = 1.5 / std::sqrt(static_cast<double>(p)) * math::draw_normal(coefficients);
    std::vector<std::vector<double>> rows(n, std::vector<double>(p));
    std::vector<bool> y(n);
    for (std::size_t i = 0; i < n; ++i) {
      Rng rng = data_of(1, i + 1);
      double predictor = 0.5;
      for (std::size_t j = 0; j < p; ++j) {
        rows[i][j] = math::draw_normal(rng);
        predictor += beta[j] * rows[i][j];
      }
      y[i] = rng.uniform() < 1 / (1 + std::exp(-predictor));
    }
    const std::string spec = "builtin:logistic,n=" + std::to_string(n) + ",p=" + std::to_string(p);
    at_prior_draws(spec, [&](Point values, LogDensity parts) {
      double prior = 0, likelihood = 0;
      for (const double value : values) prior += log_normal(value, 0, 2.5);
      for (std::size_t i = 0; i < n; ++i) {
        double predictor = values[0];
        for (std::size_t j = 0; j < p; ++j) predictor += values[j + 1] * rows[i][j];
        const double margin = y[i] ? predictor : -predictor;
        likelihood -= margin > 0 ? std::log1p(std::exp(-margin)) : std::log1p(std::exp(margin)) - margin;
      }
      expect_close(parts.prior, prior);
      expect_close(parts.likelihood, likelihood);
    });
  }
}

TEST(Slopes, IsTheHierarchySpelledOut) {
  for (const std::size_t groups : {50U, 1U, 3U}) {
    const std::size_t rows = groups == 3 ? 7 : 20;
    std::vector<double> x(groups * rows), y(groups * rows);
    for (std::size_t g = 0; g < groups; ++g) {
      Rng rng = data_of(2, g + 1);
      const double first = math::draw_normal(rng), second = math::draw_normal(rng);
      const double intercept = 1 + first;
      const double slope = -0.5 + 0.5 * (-0.4 * first + std::sqrt(0.84) * second);
      for (std::size_t i = 0; i < rows; ++i) x[g * rows + i] = math::draw_normal(rng);
      for (std::size_t i = 0; i < rows; ++i) {
        y[g * rows + i] = intercept + slope * x[g * rows + i] + math::draw_normal(rng);
      }
    }
    const std::string spec = "builtin:slopes,groups=" + std::to_string(groups) + ",rows=" + std::to_string(rows);
    at_prior_draws(spec, [&](Point values, LogDensity parts) {
      const double rho = values[4], sigma = values[5];
      const double ta = values[2], tb = values[3];
      // the prior of the values, then the log-Jacobian of all maps from coordinates to values
      double prior = std::log(0.75 * (1 - rho * rho)) + std::log(ta * tb * sigma * (1 - rho * rho) / 2);
      for (const std::size_t i : {0U, 1U}) prior += log_normal(values[i], 0, 5);
      for (const std::size_t i : {2U, 3U, 5U}) prior += std::log(2.0) + log_normal(values[i], 0, 2);
      double likelihood = 0;
      for (std::size_t g = 0; g < groups; ++g) {
        const double a = values[6 + g], b = values[6 + groups + g];
        const double za = (a - values[0]) / ta, zb = (b - values[1]) / tb;
        const double log_determinant = std::log(ta * tb * std::sqrt(1 - rho * rho));
        prior += -std::log(2 * M_PI) - log_determinant -
                 0.5 * (za * za - 2 * rho * za * zb + zb * zb) / (1 - rho * rho) + log_determinant;
        for (std::size_t i = 0; i < rows; ++i) {
          likelihood += log_normal(y[g * rows + i], a + b * x[g * rows + i], sigma);
        }
      }
      EXPECT_NEAR(parts.prior, prior, 1e-7 * std::max(1.0, std::fabs(prior)));  // rho near its bounds loses digits here
      expect_close(parts.likelihood, likelihood);
    });
  }
}

TEST(Slopes, PriorDrawsFollowTheirLaws) {
  const auto model = make_model("builtin:slopes,groups=1");
  std::vector<double> x(8), values(8);
  std::vector<std::vector<double>> columns(8);
  Rng rng = test_rng();
  for (int i = 0; i < 20000; ++i) {
    model->draw_prior(rng, x);
    model->output_values(x, rng, values);
    for (std::size_t j = 0; j < 8; ++j) columns[j].push_back(values[j]);
    columns[6].back() = (values[6] - values[0]) / values[2];
    columns[7].back() = (values[7] - values[1]) / values[3];
  }
  const double alpha = kAlpha / 8;
  const auto normal_cdf = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
  for (const std::size_t j : {0U, 1U}) {
    expect_law(
        columns[j], [&](double m) { return normal_cdf(m / 5); }, alpha);
  }
  for (const std::size_t j : {2U, 3U, 5U}) {
    expect_law(
        columns[j], [&](double t) { return 2 * normal_cdf(t / 2) - 1; }, alpha);
  }
  expect_law(
      columns[4], [](double r) { return 0.5 + 0.75 * r - 0.25 * r * r * r; }, alpha);
  // whatever rho, each standardised effect is standard normal
  for (const std::size_t j : {6U, 7U}) expect_law(columns[j], normal_cdf, alpha);
}

}  // namespace
}  // namespace dovetail::test
