// Simulation-based calibration of whole sampling runs.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "dovetail/jobs/sample.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/model/callable.hpp"
#include "tests/support/calibration.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {
namespace {

constexpr std::uint32_t kReplications = 1000;
constexpr std::uint32_t kChains = 3;
constexpr std::uint64_t kDrawsPerChain = 33;
constexpr std::size_t kRanks = kChains * kDrawsPerChain + 1;

double log_normal(double x, double mean, double sd) {
  const double z = (x - mean) / sd;
  return -0.5 * z * z - std::log(sd) - 0.5 * std::log(2 * M_PI);
}

/// y_i ~ N(mu, sigma), mu ~ N(0, 1), log sigma ~ N(0, 1/2).
struct NormalModel {
  static constexpr std::size_t kRows = 4;
  static constexpr const char* kKernel = "nuts";
  std::vector<double> y = std::vector<double>(kRows);

  [[nodiscard]] std::vector<Parameter> parameters() const { return {{"mu"}, {"sigma", positive()}}; }
  void draw_prior(Rng& rng, PointOut x) const {
    x[0] = math::draw_normal(rng);
    x[1] = std::exp(0.5 * math::draw_normal(rng));
  }
  void simulate(Point x, Rng& rng) {
    for (double& value : y) value = x[0] + x[1] * math::draw_normal(rng);
  }
  [[nodiscard]] double log_prior(Point x) const {
    return log_normal(x[0], 0, 1) + log_normal(std::log(x[1]), 0, 0.5) - std::log(x[1]);
  }
  [[nodiscard]] double log_likelihood(Point x) const {
    double sum = 0;
    for (const double value : y) sum += log_normal(value, x[0], x[1]);
    return sum;
  }
  void log_prior_gradient(Point x, PointOut g) const {
    g[0] = -x[0];
    g[1] = (-4 * std::log(x[1]) - 1) / x[1];
  }
  void log_likelihood_gradient(Point x, PointOut g) const {
    g[0] = g[1] = 0;
    for (const double value : y) {
      const double z = (value - x[0]) / x[1];
      g[0] += z / x[1];
      g[1] += (z * z - 1) / x[1];
    }
  }
};

/// Logistic regression: P(y_i = 1) = 1/(1 + exp(-a - b t_i)), a, b ~ N(0, 2).
struct LogisticModel {
  static constexpr std::size_t kRows = 20;
  static constexpr const char* kKernel = "nuts";
  std::vector<double> y = std::vector<double>(kRows);

  static double t(std::size_t i) { return -1 + 2 * static_cast<double>(i) / (kRows - 1); }
  static double probability(Point x, std::size_t i) { return 1 / (1 + std::exp(-x[0] - x[1] * t(i))); }

  [[nodiscard]] std::vector<Parameter> parameters() const { return {{"a"}, {"b"}}; }
  void draw_prior(Rng& rng, PointOut x) const {
    math::draw_normals(rng, x);
    for (double& value : x) value *= 2;
  }
  void simulate(Point x, Rng& rng) {
    for (std::size_t i = 0; i < kRows; ++i) y[i] = rng.uniform() < probability(x, i) ? 1 : 0;
  }
  [[nodiscard]] double log_prior(Point x) const { return log_normal(x[0], 0, 2) + log_normal(x[1], 0, 2); }
  [[nodiscard]] double log_likelihood(Point x) const {
    double sum = 0;
    for (std::size_t i = 0; i < kRows; ++i) {
      const double eta = x[0] + x[1] * t(i);
      sum -= std::log1p(std::exp(y[i] > 0 ? -eta : eta));
    }
    return sum;
  }
  void log_prior_gradient(Point x, PointOut g) const {
    g[0] = -x[0] / 4;
    g[1] = -x[1] / 4;
  }
  void log_likelihood_gradient(Point x, PointOut g) const {
    g[0] = g[1] = 0;
    for (std::size_t i = 0; i < kRows; ++i) {
      const double left = y[i] - probability(x, i);
      g[0] += left;
      g[1] += left * t(i);
    }
  }
};

/// y_ij ~ N(mu + tau z_i, 1), z_i ~ N(0, 1), mu ~ N(0, 1), tau ~ Exponential(1); no gradient.
struct GroupsModel {
  static constexpr std::size_t kGroups = 4;
  static constexpr std::size_t kRows = 3;
  static constexpr const char* kKernel = "slice";
  std::vector<double> y = std::vector<double>(kGroups * kRows);

  [[nodiscard]] std::vector<Parameter> parameters() const {
    return {{"mu"}, {"tau", positive()}, {"z", real(), kGroups}};
  }
  void draw_prior(Rng& rng, PointOut x) const {
    math::draw_normals(rng, x);
    x[1] = -std::log(rng.uniform_open());
  }
  void simulate(Point x, Rng& rng) {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = x[0] + x[1] * x[2 + i / kRows] + math::draw_normal(rng);
  }
  [[nodiscard]] double log_prior(Point x) const {
    double sum = log_normal(x[0], 0, 1) - x[1];
    for (std::size_t i = 0; i < kGroups; ++i) sum += log_normal(x[2 + i], 0, 1);
    return sum;
  }
  [[nodiscard]] double log_likelihood(Point x) const {
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) sum += log_normal(y[i], x[0] + x[1] * x[2 + i / kRows], 1);
    return sum;
  }
};

/// Counts of three categories, y ~ Multinomial(10, p), p uniform on the simplex; adaptive Metropolis-Hastings.
struct SharesModel {
  static constexpr const char* kKernel = "mh";
  std::array<double, 3> y{};

  [[nodiscard]] std::vector<Parameter> parameters() const { return {{"p", simplex(), 3}}; }
  void draw_prior(Rng& rng, PointOut x) const {
    double sum = 0;
    for (double& value : x) sum += value = -std::log(rng.uniform_open());
    for (double& value : x) value /= sum;
  }
  void simulate(Point x, Rng& rng) {
    y = {};
    for (int i = 0; i < 10; ++i) {
      const double u = rng.uniform();
      ++y[u < x[0] ? 0 : u < x[0] + x[1] ? 1 : 2];
    }
  }
  [[nodiscard]] double log_prior(Point) const { return std::log(2.0); }
  [[nodiscard]] double log_likelihood(Point x) const {
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k) sum += y[k] * std::log(x[k]);
    return sum;
  }
};

/// The last quantity is the log likelihood.
template <class F>
RankCounts ranks_of() {
  RankCounts counts;
  for (std::uint32_t n = 0; n < kReplications; ++n) {
    Rng rng({seed_from_name(), Purpose::test, ItemId(n), Step(0)});
    F f;
    std::vector<double> truth(CallableModel<F>(f).space().value_count());
    f.draw_prior(rng, truth);
    f.simulate(truth, rng);
    const CallableModel<F> model(f);
    SampleOptions options;
    options.seed = seed_from_name(n + 1);
    options.chains = kChains;
    options.draws = kDrawsPerChain;
    options.kernel = F::kKernel;
    options.thin = options.kernel == "nuts" ? 4 : 20;
    options.warmup = 300;
    SampleObserver quiet;
    const SampleResult result = sample(model, options, serial_layout(), quiet);
    const std::size_t quantities = truth.size() + 1;
    truth.push_back(f.log_likelihood(truth));
    counts.resize(quantities, std::vector<int>(kRanks));
    for (std::size_t q = 0; q < quantities; ++q) {
      const std::size_t column = q + 1 < quantities ? q : truth.size();  // log_prior stands between
      EXPECT_TRUE(q + 1 < quantities || result.columns[column] == "log_likelihood");
      std::size_t rank = 0;
      for (const auto& chain : result.draws) {
        for (std::size_t at = column; at < chain.size(); at += result.columns.size()) rank += chain[at] < truth[q];
      }
      ++counts[q][rank];
    }
  }
  return counts;
}

template <class F>
void expect_calibrated() {
  expect_uniform_ranks(ranks_of<F>());
}

TEST(SimulationBasedCalibration, NormalMeanAndDeviationByNuts) { expect_calibrated<NormalModel>(); }
TEST(SimulationBasedCalibration, LogisticRegressionByNuts) { expect_calibrated<LogisticModel>(); }
TEST(SimulationBasedCalibration, GroupsBySliceSampling) { expect_calibrated<GroupsModel>(); }
TEST(SimulationBasedCalibration, SharesByMetropolis) { expect_calibrated<SharesModel>(); }

}  // namespace
}  // namespace dovetail::test
