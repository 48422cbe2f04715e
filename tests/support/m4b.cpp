#include "tests/support/m4b.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "dovetail/math/functions.hpp"
#include "dovetail/math/linear_algebra.hpp"

namespace dovetail::test {
namespace {

constexpr std::uint32_t kSeed = 100;
constexpr std::size_t kD = kM4bPredictors;

/// Draws as the recipe makes them of 32-bit words.
class Draws {
 public:
  explicit Draws(std::uint32_t seed) : words_(seed) {}

  /// Uniform on [0, 1), of two words.
  double uniform() {
    const double high = static_cast<double>(words_() >> 5);
    const double low = static_cast<double>(words_() >> 6);
    return (high * 67108864 + low) / 9007199254740992;
  }
  /// Uniform on 0..max, by masks and rejection.
  std::uint32_t integer(std::uint32_t max) {
    std::uint32_t mask = max;
    for (unsigned shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    for (;;) {
      const auto value = static_cast<std::uint32_t>(words_()) & mask;
      if (value <= max) return value;
    }
  }
  /// By the polar method, in pairs.
  double normal() {
    if (has_second_) {
      has_second_ = false;
      return second_;
    }
    for (;;) {
      const double a = 2 * uniform() - 1;
      const double b = 2 * uniform() - 1;
      const double square = a * a + b * b;
      if (square >= 1 || square == 0) continue;
      const double factor = std::sqrt(-2 * math::log(square) / square);
      second_ = factor * a;
      has_second_ = true;
      return factor * b;
    }
  }
  /// Marsaglia and Tsang; shape above 1.
  double gamma(double shape) {
    const double b = shape - 1.0 / 3;
    const double c = 1 / std::sqrt(9 * b);
    for (;;) {
      double x = 0;
      double v = 0;
      do {
        x = normal();
        v = 1 + c * x;
      } while (v <= 0);
      v = v * v * v;
      const double u = uniform();
      if (u < 1 - 0.0331 * (x * x) * (x * x)) return b * v;
      if (math::log(u) < 0.5 * x * x + b * (1 - v + math::log(v))) return b * v;
    }
  }
  double beta(double a, double b) {
    const double first = gamma(a);
    return first / (first + gamma(b));
  }

 private:
  std::mt19937 words_;
  double second_ = 0;
  bool has_second_ = false;
};

/// The upper triangular R with R'R a random correlation matrix, by vines of partial correlations.
std::vector<double> correlation_root(std::uint32_t seed) {
  Draws draws(seed);
  std::vector<double> partial(kD * kD);
  std::vector<double> plain(kD * kD);
  for (std::size_t i = 0; i < kD; ++i) {
    plain[i * (kD + 1)] = 1;
    for (std::size_t j = i + 1; j < kD; ++j) {
      partial[i * kD + j] = -0.8 + 1.6 * draws.beta(2, 2);
      double rho = partial[i * kD + j];
      for (std::size_t k = i; k-- > 0;) {
        const double left = partial[k * kD + i];
        const double right = partial[k * kD + j];
        rho = rho * std::sqrt((1 - left * left) * (1 - right * right)) + left * right;
      }
      plain[i * kD + j] = plain[j * kD + i] = rho;
    }
  }
  std::vector<std::size_t> order(kD);
  for (std::size_t i = 0; i < kD; ++i) order[i] = i;
  for (std::size_t i = kD - 1; i > 0; --i) std::swap(order[i], order[draws.integer(static_cast<std::uint32_t>(i))]);
  std::vector<double> shuffled(kD * kD);
  for (std::size_t i = 0; i < kD; ++i) {
    for (std::size_t j = 0; j < kD; ++j) shuffled[i * kD + j] = plain[order[i] * kD + order[j]];
  }
  return math::transpose(*math::cholesky(shuffled, kD), kD, kD);
}

struct Parameters {
  std::vector<double> mu_b, log_sigma_b;
  double mu_a = 1.5;
  double log_sigma_a = 0.4;
};

Parameters draw_parameters(Draws& draws) {
  Parameters p;
  for (std::size_t c = 0; c < kD; ++c) p.mu_b.push_back(-2 + 4 * draws.uniform());
  for (std::size_t c = 0; c < kD; ++c) p.log_sigma_b.push_back(-0.5 + draws.uniform());
  return p;
}

/// Mean and sd of a group's predictors, so that outcomes of both kinds are likely.
struct Scale {
  double mean, sd;
};
Scale scale_of(double alpha, const std::vector<double>& beta, const std::vector<double>& root) {
  const double e = math::normal_quantile(0.01) / std::sqrt(2.0);  // erf^-1(2 * 0.01 - 1)
  const double l = math::log(0.2 / 0.8);
  const double delta = std::sqrt(2.0) * 0.25 * e - l;
  double square = 0;
  double sum = 0;
  for (std::size_t i = 0; i < kD; ++i) {  // |R beta|^2 = beta' Sigma beta
    double row = 0;
    for (std::size_t j = i; j < kD; ++j) row += root[i * kD + j] * beta[j];
    square += row * row;
    sum += beta[i];
  }
  const double v = std::sqrt(square);
  if (std::fabs(alpha) < delta) return {0, (l + std::fabs(alpha)) / (std::sqrt(2.0) * e * v)};
  return {((alpha < 0 ? -1 : 1) * delta - alpha) / sum, 0.25 / v};
}

}  // namespace

std::vector<double> m4b_truth() {
  Draws draws(kSeed);
  (void)draws.integer(2147483646);
  const Parameters p = draw_parameters(draws);
  std::vector<double> truth = {p.mu_a, p.log_sigma_a};
  truth.insert(truth.end(), p.mu_b.begin(), p.mu_b.end());
  truth.insert(truth.end(), p.log_sigma_b.begin(), p.log_sigma_b.end());
  return truth;
}

Table m4b_table() {
  Draws draws(kSeed);
  const std::vector<double> root = correlation_root(draws.integer(2147483646));  // a number below 2^31 - 1
  const Parameters p = draw_parameters(draws);
  std::vector<double> alpha(kM4bGroups);
  for (double& a : alpha) a = p.mu_a + math::exp(p.log_sigma_a) * draws.normal();
  std::vector<std::vector<double>> beta(kM4bGroups, std::vector<double>(kD));
  for (auto& own : beta) {
    for (std::size_t c = 0; c < kD; ++c) own[c] = p.mu_b[c] + math::exp(p.log_sigma_b[c]) * draws.normal();
  }
  Table table{"m4b.csv", kM4bGroups * kM4bRows, {{"group", false, {}, {}}, {"y", true, {}, {}}}};
  for (std::size_t c = 0; c < kD; ++c) table.columns.push_back({"x" + std::to_string(c + 1), true, {}, {}});
  std::vector<double> probability;
  for (std::size_t j = 0; j < kM4bGroups; ++j) {
    const Scale scale = scale_of(alpha[j], beta[j], root);
    for (std::size_t i = 0; i < kM4bRows; ++i) {
      std::vector<double> z(kD);
      for (double& each : z) each = draws.normal();
      double predictor = alpha[j];
      for (std::size_t c = 0; c < kD; ++c) {
        double x = 0;
        for (std::size_t k = 0; k <= c; ++k) x += z[k] * root[k * kD + c];
        x = scale.mean + scale.sd * x;
        predictor += beta[j][c] * x;
        table.columns[2 + c].numbers.push_back(x);
      }
      table.columns[0].texts.push_back("g" + std::to_string(j + 1));
      probability.push_back(1 / (1 + math::exp(-predictor)));
    }
  }
  for (const double each : probability) table.columns[1].numbers.push_back(draws.uniform() < each ? 1 : 0);
  return table;
}

}  // namespace dovetail::test
