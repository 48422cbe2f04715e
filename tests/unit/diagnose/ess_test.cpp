// Effective sample sizes against hand computations and the closed forms of AR(1).
#include "dovetail/diagnose/ess.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/support/seed.hpp"
#include "tests/unit/diagnose/support.hpp"

namespace dovetail::diagnose {
namespace {

using dovetail::test::seed_from_name;
using test::autoregressive_chains;
using test::Chains;

/// The definition, term by term.
std::vector<double> direct_autocovariance(const std::vector<std::vector<double>>& sequences) {
  const std::size_t n = sequences.front().size();
  std::vector<double> acov(n);
  for (const auto& x : sequences) {
    const double mean = std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(n);
    for (std::size_t t = 0; t < n; ++t) {
      for (std::size_t i = 0; i + t < n; ++i) {
        acov[t] += (x[i] - mean) * (x[i + t] - mean) / static_cast<double>(n * sequences.size());
      }
    }
  }
  return acov;
}

TEST(Autocovariance, TransformAgreesWithTheDirectSum) {
  for (const std::size_t count : {1U, 2U, 5U, 8U}) {
    for (const std::size_t n : {2U, 4U, 5U, 63U, 64U, 65U, 500U}) {
      const Chains chains = autoregressive_chains(seed_from_name(n), count, n, 0.7);
      std::vector<double> joined;
      for (const auto& x : chains.values) joined.insert(joined.end(), x.begin(), x.end());
      const Sequences sequences{joined, count, n};
      Autocovariance autocovariance(n);
      const auto acov = autocovariance.mean_over(sequences, between_within(sequences).means);
      const auto expected = direct_autocovariance(chains.values);
      ASSERT_EQ(acov.size(), n);
      for (std::size_t t = 0; t < n; ++t)
        EXPECT_NEAR(acov[t], expected[t], 1e-12) << count << " x " << n << ", lag " << t;
    }
  }
}

TEST(Autocovariance, BuffersKeepNothingBetweenCalls) {
  const std::vector<double> small{1, 2, 4, 3, 0, 1, 5, 2};
  const std::vector<double> large{1e3, -1e3, 5e2, 7e2, 1e3, 0, -1e3, 2};
  const Sequences a{small, 2, 4};
  const Sequences b{large, 2, 4};
  Autocovariance reused(4);
  (void)reused.mean_over(b, between_within(b).means);
  const auto again = reused.mean_over(a, between_within(a).means);
  Autocovariance fresh(4);
  const auto first = fresh.mean_over(a, between_within(a).means);
  for (std::size_t t = 0; t < 4; ++t) EXPECT_EQ(again[t], first[t]);
}

TEST(Ess, MatchesAHandComputation) {
  // halves 1 2 3 4 | 3 4 5 6: W = 5/3, B/n = 2, var+ = 13/4; both have n acov = 5, 5/4, -3/2, so
  // rho_1 = 1 - (5/3 - 4/3 * 5/16) / (13/4) = 8/13, rho_2 = 1 - (5/3 + 4/3 * 3/8) / (13/4) = 1/3;
  // n = 4 allows one pair: tau = -1 + 2 (1 + 8/13) + 1/3 = 100/39
  Chains chains({{1, 2, 3, 4, 3, 4, 5, 6}});
  EXPECT_NEAR(ess_mean(chains.view()).value, 3.12, 1e-13);
}

TEST(Ess, AlternatingChainReachesTheCap) {
  std::vector<double> x;
  for (int i = 0; i < 200; ++i) x.push_back(i % 2 == 0 ? 1 : -1);
  Chains chains({x});
  EXPECT_DOUBLE_EQ(ess_mean(chains.view()).value, 200 * std::log10(200.0));
}

// Standard deviation of tau over tau is at most sqrt(2(2W + 1)/S) for a window of W lags (Sokal 1997, eq. 3.19); at
// 10^6 draws and W = 95 (5 tau at phi = 0.9) that is 0.0195, so 10 % is beyond 4.9 standard deviations (alpha = 1e-6).
TEST(Ess, OfAutoregressionsIsTheClosedForm) {
  for (const double phi : {-0.5, 0.0, 0.5, 0.9}) {
    constexpr std::size_t draws = 250000;
    Chains chains = autoregressive_chains(seed_from_name(static_cast<std::uint64_t>(10 * phi + 10)), 4, draws, phi);
    const double expected = 4.0 * draws * (1 - phi) / (1 + phi);
    EXPECT_NEAR(ess_bulk(chains.view()).value / expected, 1, 0.1) << "bulk, phi = " << phi;
    EXPECT_NEAR(ess_mean(chains.view()).value / expected, 1, 0.1) << "mean, phi = " << phi;
    if (phi < 0) {
      EXPECT_GT(ess_mean(chains.view()).value, 4.0 * draws);
    }
    const AutocorrelationTime time = autocorrelation_time(chains.view());
    // 1 + 2 (phi + ... + phi^M): the closed form up to the window, which cuts off 6 % at phi = -1/2
    const double cut = std::pow(phi, static_cast<double>(time.window + 1));
    EXPECT_NEAR(time.tau.value * (1 - phi) / (1 + phi - 2 * cut), 1, 0.1) << "Sokal, phi = " << phi;
    EXPECT_TRUE(time.trusted);
  }
}

// (x - mean)^2 of a Gaussian AR(1) has autocorrelation phi^(2t), so its ESS is S (1 - phi^2)/(1 + phi^2).
TEST(Ess, OfSquaresIsTheClosedForm) {
  constexpr std::size_t draws = 250000;
  Chains chains = autoregressive_chains(seed_from_name(), 4, draws, 0.8);
  EXPECT_NEAR(ess_sd(chains.view()).value / (4.0 * draws * 0.36 / 1.64), 1, 0.1);
}

// Batch means of length b see tau (1 - O(tau/b)) with a relative error of sqrt(2/(batches)); b = 500 and 2000 batches
// in all: 4.9 sqrt(2/2000) = 0.155, and the bias is 2 phi/(1-phi^2)/b = 0.003 for phi = 0.5.
TEST(Ess, ByBatchMeansIsTheClosedForm) {
  constexpr std::size_t draws = 250000;
  Chains chains = autoregressive_chains(seed_from_name(), 4, draws, 0.5);
  EXPECT_NEAR(ess_batch_means(chains.view()).value / (4.0 * draws / 3), 1, 0.16);
}

TEST(Ess, BatchMeansMatchAHandComputation) {
  // 9 draws, batches of 3 with means 2, 5, 5, mean 4: batch variance (4 + 1 + 1)/2 = 3, b times that 9;
  // squares 9+4+1 | 0+1+4 | 0+4+1 = 24, variance 3: ESS = 9 * 3 / 9
  Chains chains({{1, 2, 3, 4, 5, 6, 4, 6, 5}});
  EXPECT_DOUBLE_EQ(ess_batch_means(chains.view()).value, 3.0);
}

TEST(Ess, TailIsTheSmallerOfBothEnds) {
  Chains chains = autoregressive_chains(seed_from_name(), 2, 500, 0.6);
  const double low = ess_quantile(chains.view(), 0.05).value;
  const double high = ess_quantile(chains.view(), 0.95).value;
  EXPECT_NE(low, high);
  EXPECT_EQ(ess_tail(chains.view()).value, std::min(low, high));
}

TEST(Ess, QuantileAtTheLargestValueLooksBelowIt) {
  // 97 % ones: every quantile from 5 % is 1, and 1{x <= 1} never moves; 1{x < 1} does
  std::vector<double> x(100, 1.0);
  for (const std::size_t i : {20U, 60U, 61U}) x[i] = 0;
  Chains chains({x});
  Chains flipped = chains.mapped([](double v) { return 1 - v; });
  EXPECT_TRUE(ess_tail(chains.view()).available());
  EXPECT_EQ(ess_tail(chains.view()).value, ess_quantile(flipped.view(), 0.5).value);
}

TEST(Ess, ScalesOfAnySizeGiveTheSameFigure) {
  Chains chains = autoregressive_chains(seed_from_name(), 4, 100, 0.5);
  for (const double factor : {0x1p1000, 0x1p-1000}) {
    Chains scaled = chains.mapped([&](double x) { return x * factor; });
    EXPECT_NEAR(ess_mean(scaled.view()).value / ess_mean(chains.view()).value, 1, 1e-12);
    EXPECT_NEAR(ess_sd(scaled.view()).value / ess_sd(chains.view()).value, 1, 1e-12);
    EXPECT_EQ(ess_bulk(scaled.view()).value, ess_bulk(chains.view()).value);
  }
}

TEST(Ess, WordsInsteadOfNumbers) {
  Chains constant({std::vector<double>(20, 1.5)});
  Chains with_nan({{1, 2, 3, 4, 5, 6, 7, std::numeric_limits<double>::quiet_NaN(), 9, 10}});
  Chains seven({{1, 2, 3, 4, 5, 6, 7}});
  for (const auto& figure : {ess_bulk, ess_tail, ess_mean, ess_sd, ess_batch_means}) {
    EXPECT_EQ(figure(constant.view()).reason, Unavailable::constant);
    EXPECT_EQ(figure(with_nan.view()).reason, Unavailable::non_finite);
    EXPECT_EQ(figure(seven.view()).reason, Unavailable::too_few);
    EXPECT_EQ(figure(ChainsView{}).reason, Unavailable::too_few);
  }
  EXPECT_EQ(autocorrelation_time(constant.view()).tau.reason, Unavailable::constant);
  Chains symmetric({{-1, 1, -1, 1, 1, -1, 1, -1, 1, -1}});
  EXPECT_EQ(ess_sd(symmetric.view()).reason, Unavailable::constant) << "squares do not move";
}

TEST(AutocorrelationTime, IsNotTrustedInShortChains) {
  Chains chains = autoregressive_chains(seed_from_name(), 1, 400, 0.95);  // tau = 39, 50 tau = 1950
  EXPECT_FALSE(autocorrelation_time(chains.view()).trusted);
}

TEST(Correlation, MatchesHandComputations) {
  const std::vector<double> x{1, 2, 3, 4};
  const std::vector<double> y{2, 1, 4, 3};  // sum of products 3, squares 5 each
  EXPECT_DOUBLE_EQ(correlation(x, y).value, 0.6);
  EXPECT_DOUBLE_EQ(correlation(x, x).value, 1);
  EXPECT_DOUBLE_EQ(autocorrelation_lag_one(x).value, (0.75 - 0.25 + 0.75) / 5);
  const std::vector<double> flat{3, 3, 3, 3};
  EXPECT_EQ(correlation(x, flat).reason, Unavailable::constant);
  EXPECT_EQ(autocorrelation_lag_one(flat).reason, Unavailable::constant);
  const std::vector<double> two{1, 2};
  EXPECT_EQ(correlation(two, two).reason, Unavailable::too_few);
  const std::vector<double> infinite{1, 2, std::numeric_limits<double>::infinity()};
  EXPECT_EQ(correlation(infinite, infinite).reason, Unavailable::non_finite);
  const std::vector<double> wide{1e200, 2e200, 3e200, 4e200};
  EXPECT_EQ(correlation(wide, y).reason, Unavailable::non_finite) << "squares overflow";
}

}  // namespace
}  // namespace dovetail::diagnose
