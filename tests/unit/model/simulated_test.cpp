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

std::vector<double> series(std::size_t length) {
  std::vector<double> all(100 + length);
  Rng rng = data_of(3, 0);
  for (std::size_t t = 0; t < all.size(); ++t) {
    all[t] = math::draw_normal(rng) + 0.5 + (t >= 1 ? 0.5 * all[t - 1] : 0) - (t >= 2 ? 0.3 * all[t - 2] : 0);
  }
  return {all.begin() + 100, all.end()};
}

TEST(Ark, IsTheAutoregressionSpelledOut) {
  struct Size {
    std::size_t order, length;
  };
  for (const auto& [order, length] : {Size{5, 200}, Size{1, 20}, Size{20, 61}}) {
    const std::vector<double> y = series(length);
    const std::string spec = "builtin:ark,K=" + std::to_string(order) + ",T=" + std::to_string(length);
    at_prior_draws(spec, [&](Point values, LogDensity parts) {
      const double sigma = values[order + 1];
      double prior = std::log(2 / (M_PI * 2.5) / (1 + sigma * sigma / 6.25)) + std::log(sigma);
      for (std::size_t j = 0; j <= order; ++j) prior += log_normal(values[j], 0, 10);
      double likelihood = 0;
      for (std::size_t t = order; t < length; ++t) {
        double mean = values[0];
        for (std::size_t k = 1; k <= order; ++k) mean += values[k] * y[t - k];
        likelihood += log_normal(y[t], mean, sigma);
      }
      expect_close(parts.prior, prior);
      expect_close(parts.likelihood, likelihood);
    });
  }
}

/// The series' density given sigma through its covariance sigma^2 I + 100 X X', where the model goes through the
/// coefficients; means by 100 X' C^-1 y.
TEST(Ark, FiguresAgreeWithQuadratureInTheDataSpace) {
  constexpr std::size_t kOrder = 2, kLength = 40, kRows = kLength - kOrder, kColumns = kOrder + 1;
  const auto model = make_model("builtin:ark,K=2,T=40");
  const std::vector<double> y = series(kLength);
  const auto design = [&](std::size_t t, std::size_t j) { return j == 0 ? 1.0 : y[kOrder + t - j]; };
  double evidence = 0, sigma1 = 0, sigma2 = 0;
  std::vector<double> first(kColumns), second(kColumns);
  const double step = 1.0 / 16;
  for (double log_sigma = -4; log_sigma <= 6; log_sigma += step) {
    const double sigma = std::exp(log_sigma);
    std::vector<std::vector<double>> a(kRows, std::vector<double>(kRows + 1 + kColumns));
    for (std::size_t s = 0; s < kRows; ++s) {
      for (std::size_t t = 0; t < kRows; ++t) {
        a[s][t] = s == t ? sigma * sigma : 0;
        for (std::size_t j = 0; j < kColumns; ++j) a[s][t] += 100 * design(s, j) * design(t, j);
      }
      a[s][kRows] = y[kOrder + s];
      for (std::size_t j = 0; j < kColumns; ++j) a[s][kRows + 1 + j] = design(s, j);
    }
    double log_density = 0;
    for (std::size_t k = 0; k < kRows; ++k) {
      log_density -= 0.5 * std::log(2 * M_PI * a[k][k]);
      for (std::size_t i = k + 1; i < kRows; ++i) {
        const double factor = a[i][k] / a[k][k];
        for (std::size_t j = k; j < a[i].size(); ++j) a[i][j] -= factor * a[k][j];
      }
    }
    const auto form = [&](std::size_t u, std::size_t v) {
      double sum = 0;
      for (std::size_t k = 0; k < kRows; ++k) sum += a[k][u] * a[k][v] / a[k][k];
      return sum;
    };
    log_density -= 0.5 * form(kRows, kRows);
    const double weight = step * std::exp(log_density) * 2 / (M_PI * 2.5) / (1 + sigma * sigma / 6.25) * sigma;
    evidence += weight;
    sigma1 += weight * sigma;
    sigma2 += weight * sigma * sigma;
    for (std::size_t j = 0; j < kColumns; ++j) {
      const double mean = 100 * form(kRows + 1 + j, kRows);
      first[j] += weight * mean;
      second[j] += weight * (mean * mean + 100 - 1e4 * form(kRows + 1 + j, kRows + 1 + j));
    }
  }
  EXPECT_NEAR(std::log(evidence), closed_form(*model, "log_evidence"), 1e-7);
  EXPECT_NEAR(sigma1 / evidence, closed_form(*model, "mean(sigma)"), 1e-7);
  EXPECT_NEAR(std::sqrt(sigma2 / evidence - sigma1 * sigma1 / evidence / evidence), closed_form(*model, "sd(sigma)"),
              1e-7);
  for (std::size_t j = 0; j < kColumns; ++j) {
    const std::string& name = model->description().output_names[j];
    const double mean = first[j] / evidence;
    EXPECT_NEAR(mean, closed_form(*model, "mean(" + name + ")"), 1e-7);
    EXPECT_NEAR(std::sqrt(second[j] / evidence - mean * mean), closed_form(*model, "sd(" + name + ")"), 1e-7);
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
