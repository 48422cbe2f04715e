// The model whose coordinates come and go: density, subsets and amplitudes by sums that share nothing with it.
#include <array>
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

double shape(std::size_t c, std::size_t t) {
  const double z = (static_cast<double>(t) - 4.0 * static_cast<double>(c)) / 3;
  return std::exp(-0.5 * z * z);
}

std::vector<double> data(std::size_t components) {
  std::vector<double> y(4 * components + 4);
  Rng rng({1, Purpose::simulated_data, ItemId(4), Step(components)});
  for (std::size_t t = 1; t <= y.size(); ++t) {
    y[t - 1] = math::draw_normal(rng);
    for (std::size_t c = 1; c <= components; c += 2) y[t - 1] += 1.5 * shape(c, t);
  }
  return y;
}

double choose(std::size_t n, std::size_t k) {
  double result = 1;
  for (std::size_t i = 0; i < k; ++i) result *= static_cast<double>(n - i) / static_cast<double>(i + 1);
  return result;
}

std::size_t size_of(std::size_t subset) { return static_cast<std::size_t>(__builtin_popcountll(subset)); }

TEST(Nested, IsTheMixtureOfRegressionsSpelledOut) {
  for (const std::size_t components : {1U, 3U, 6U}) {
    const auto model = make_model("builtin:nested,K=" + std::to_string(components));
    const std::vector<double> y = data(components);
    std::vector<double> x(2 * components), values(model->description().output_names.size());
    Rng rng = test_rng(components);
    for (int point = 0; point < 30; ++point) {
      model->draw_prior(rng, x);
      std::size_t k = 0;
      double prior = 0, likelihood = 0;
      for (std::size_t c = 0; c < components; ++c) {
        if (x[c] == 0) {
          x[components + c] = std::nan("");  // whoever reads it is found out
          continue;
        }
        ++k;
        prior += log_normal(x[components + c], 0, 2);
      }
      prior -= std::log(static_cast<double>(components + 1)) + std::log(choose(components, k));
      for (std::size_t t = 1; t <= y.size(); ++t) {
        double mean = 0;
        for (std::size_t c = 0; c < components; ++c) mean += x[c] == 1 ? x[components + c] * shape(c + 1, t) : 0;
        likelihood += log_normal(y[t - 1], mean, 1);
      }
      const LogDensity parts = model->log_density(x);
      EXPECT_NEAR(parts.prior, prior, 1e-10 * std::max(1.0, std::fabs(prior)));
      EXPECT_NEAR(parts.likelihood, likelihood, 1e-10 * std::max(1.0, std::fabs(likelihood)));
      std::vector<double> a(x.size()), b(x.size());
      model->log_density_gradient(x, a, b);
      model->output_values(x, rng, values);
      EXPECT_EQ(values[3 * components], static_cast<double>(k));
      for (std::size_t c = 0; c < components; ++c) {
        EXPECT_EQ(std::isnan(values[components + c]), x[c] == 0);
        EXPECT_EQ(values[2 * components + c], x[c] == 1 ? x[components + c] : 0);
        EXPECT_TRUE(std::isfinite(a[components + c]) && std::isfinite(b[components + c]));
      }
      for (std::size_t i = 0; i <= components; ++i) EXPECT_EQ(values[3 * components + 1 + i], i == k ? 1 : 0);
    }
  }
}

TEST(Nested, PriorDrawsAreUniformInNumberAndThenInSubset) {
  const auto model = make_model("builtin:nested");
  std::array<std::int64_t, 8> count{};
  std::array<double, 8> probability{};
  std::vector<double> x(6), amplitude;
  Rng rng = test_rng();
  for (int i = 0; i < 20000; ++i) {
    model->draw_prior(rng, x);
    ++count[static_cast<std::size_t>(x[0] + 2 * x[1] + 4 * x[2])];
    for (std::size_t c = 0; c < 3; ++c) {
      if (x[c] == 1) {
        amplitude.push_back(x[3 + c]);
      } else {
        EXPECT_EQ(x[3 + c], 0);
      }
    }
  }
  for (std::size_t g = 0; g < 8; ++g) probability[g] = 0.25 / choose(3, size_of(g));
  expect_frequencies(count, probability);
  expect_law(
      amplitude, [](double a) { return 0.5 * std::erfc(-a / 2 / std::sqrt(2.0)); }, kAlpha);
}

/// log N(y; 0, C), C = I + 4 sum of h_c h_c' over the subset, and E[a_c | y] = 4 h_c' C^-1 y, by elimination: the way
/// through the data's space, where the model goes through the amplitudes'.
struct Marginal {
  double log_density = 0;
  std::vector<double> mean;    ///< of every amplitude, 0 where it is not in
  std::vector<double> square;  ///< E a^2
};
Marginal marginal(std::size_t components, std::size_t subset) {
  const std::vector<double> y = data(components);
  const std::size_t n = y.size(), width = n + 1 + components;
  std::vector<std::vector<double>> a(n, std::vector<double>(width));  // C | y | h_1 .. h_K
  for (std::size_t s = 0; s < n; ++s) {
    for (std::size_t t = 0; t < n; ++t) {
      a[s][t] = s == t ? 1 : 0;
      for (std::size_t c = 0; c < components; ++c) {
        a[s][t] += (subset >> c & 1U) != 0 ? 4 * shape(c + 1, s + 1) * shape(c + 1, t + 1) : 0;
      }
    }
    a[s][n] = y[s];
    for (std::size_t c = 0; c < components; ++c) a[s][n + 1 + c] = shape(c + 1, s + 1);
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = a[i][k] / a[k][k];
      for (std::size_t j = k; j < width; ++j) a[i][j] -= factor * a[k][j];
    }
  }
  const auto form = [&](std::size_t u, std::size_t v) {  // u' C^-1 v of two appended columns, by C = L D L'
    double sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += a[k][u] * a[k][v] / a[k][k];
    return sum;
  };
  Marginal m;
  m.log_density = -0.5 * (static_cast<double>(n) * std::log(2 * M_PI) + form(n, n));
  for (std::size_t k = 0; k < n; ++k) m.log_density -= 0.5 * std::log(a[k][k]);
  for (std::size_t c = 0; c < components; ++c) {
    const bool in = (subset >> c & 1U) != 0;
    m.mean.push_back(in ? 4 * form(n + 1 + c, n) : 0);
    m.square.push_back(in ? m.mean.back() * m.mean.back() + 4 - 16 * form(n + 1 + c, n + 1 + c) : 0);
  }
  return m;
}

TEST(Nested, EnumerationOverSubsetsGivesTheFigures) {
  for (const std::size_t components : {1U, 3U, 5U}) {
    const auto model = make_model("builtin:nested,K=" + std::to_string(components));
    double total = 0;
    std::vector<double> active(components), mean(components), square(components), count(components + 1);
    for (std::size_t g = 0; g < std::size_t{1} << components; ++g) {
      const Marginal m = marginal(components, g);
      const double weight =
          std::exp(m.log_density) / static_cast<double>(components + 1) / choose(components, size_of(g));
      total += weight;
      count[size_of(g)] += weight;
      for (std::size_t c = 0; c < components; ++c) {
        active[c] += (g >> c & 1U) != 0 ? weight : 0;
        mean[c] += weight * m.mean[c];
        square[c] += weight * m.square[c];
      }
    }
    const auto expect = [&](const std::string& quantity, double value) {
      EXPECT_NEAR(closed_form(*model, quantity), value, 1e-9) << quantity << " of " << components;
    };
    expect("log_evidence", std::log(total));
    double average = 0;
    for (std::size_t k = 0; k <= components; ++k) {
      expect("mean(count_is[" + std::to_string(k) + "])", count[k] / total);
      average += static_cast<double>(k) * count[k] / total;
    }
    expect("mean(count)", average);
    for (std::size_t c = 0; c < components; ++c) {
      const std::string index = "[" + std::to_string(c + 1) + "])";
      expect("mean(active" + index, active[c] / total);
      const double given = mean[c] / active[c];
      expect("mean(amplitude" + index, given);
      expect("sd(amplitude" + index, std::sqrt(square[c] / active[c] - given * given));
      expect("mean(effect" + index, mean[c] / total);
      expect("sd(effect" + index, std::sqrt(square[c] / total - mean[c] / total * (mean[c] / total)));
    }
  }
}

TEST(Nested, ExactDrawsHaveTheSubsetProbabilities) {
  const auto model = make_model("builtin:nested");
  std::array<double, 8> probability{};
  double total = 0;
  for (std::size_t g = 0; g < 8; ++g) {
    probability[g] = std::exp(marginal(3, g).log_density) / choose(3, size_of(g));
    total += probability[g];
  }
  for (double& p : probability) p /= total;
  std::array<std::int64_t, 8> count{};
  std::vector<double> x(6);
  Rng rng = test_rng();
  for (int i = 0; i < 20000; ++i) {
    model->draw_exact(1, rng, x);
    ++count[static_cast<std::size_t>(x[0] + 2 * x[1] + 4 * x[2])];
  }
  expect_frequencies(count, probability);
}

}  // namespace
}  // namespace dovetail::test
