// R-hat: hand-computed values, what it must and must not notice, and words where there is no number.
#include "dovetail/diagnose/r_hat.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "dovetail/diagnose/ess.hpp"
#include "dovetail/math/functions.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/diagnose/support.hpp"

namespace dovetail::diagnose {
namespace {

using dovetail::test::seed_from_name;
using test::autoregressive_chains;
using test::Chains;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(RHat, ClassicalMatchesAHandComputation) {
  // halves 1 2 3 4 and 3 4 5 6: W = 5/3, means 2.5 and 4.5, B/n = 2, var+ = 3/4 * 5/3 + 2 = 13/4, R-hat = sqrt(39/20)
  Chains chains({{1, 2, 3, 4, 3, 4, 5, 6}});
  EXPECT_DOUBLE_EQ(r_hat(chains.view()).classical.value, std::sqrt(39.0 / 20.0));
}

TEST(RHat, OddLengthsDropTheMiddleDraw) {
  Chains even({{1, 2, 3, 4, 3, 4, 5, 6}});
  Chains odd({{1, 2, 3, 4, 1000, 3, 4, 5, 6}});
  EXPECT_EQ(r_hat(odd.view()).classical.value, r_hat(even.view()).classical.value);
  EXPECT_EQ(r_hat(odd.view()).bulk.value, r_hat(even.view()).bulk.value);
}

TEST(RHat, BulkUsesBlomsScoresOfAverageRanks) {
  // ranks of the halves: 1, 2, 4, 6.5 and 4, 4, 6.5, 8 (ties averaged), eight in all
  Chains chains({{0, 1, 2, 5, 2, 2, 5, 9}});
  const auto z = [](double rank) { return math::normal_quantile((rank - 0.375) / 8.25); };
  const std::vector<double> split{z(1), z(2), z(4), z(6.5), z(4), z(4), z(6.5), z(8)};
  const Figure expected = potential_scale_reduction(between_within({split, 2, 4}));
  EXPECT_EQ(r_hat(chains.view()).bulk.value, expected.value);
}

TEST(RHat, TailUsesDistancesFromTheMedian) {
  // median 3: distances 3 2 1 0 | 0 1 2 7, ranks 7 5.5 3.5 1.5 | 1.5 3.5 5.5 8
  Chains chains({{0, 1, 2, 3, 3, 4, 5, 10}});
  const auto z = [](double rank) { return math::normal_quantile((rank - 0.375) / 8.25); };
  const std::vector<double> split{z(7), z(5.5), z(3.5), z(1.5), z(1.5), z(3.5), z(5.5), z(8)};
  const Figure expected = potential_scale_reduction(between_within({split, 2, 4}));
  EXPECT_EQ(r_hat(chains.view()).tail.value, expected.value);
}

TEST(RHat, IndependentDrawsPass) {
  int below = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    Chains chains = autoregressive_chains(seed_from_name(i), 4, 1000, 0);
    below += r_hat(chains.view()).largest().value < 1.01;
  }
  EXPECT_GE(below, 990);
}

TEST(RHat, ShiftedChainIsSeenInTheBulk) {
  Chains chains = autoregressive_chains(seed_from_name(), 4, 1000, 0);
  for (double& x : chains.values[2]) x += 1;
  const RHat r = r_hat(chains.view());
  EXPECT_GT(r.bulk.value, 1.05);
  EXPECT_FALSE(r.tail_is_largest());
  EXPECT_EQ(r.odd_chain, 2U);
  for (double& x : chains.values[0]) x -= 1;
  EXPECT_GT(r_hat(chains.view()).largest().value, 1.1);
}

TEST(RHat, WiderChainIsSeenInTheTailOnly) {
  Chains chains = autoregressive_chains(seed_from_name(), 4, 1000, 0);
  for (double& x : chains.values[1]) x *= 3;
  const RHat r = r_hat(chains.view());
  EXPECT_LT(r.bulk.value, 1.01);
  EXPECT_GT(r.tail.value, 1.1);
  EXPECT_TRUE(r.tail_is_largest());
  EXPECT_EQ(r.largest().value, r.tail.value);
  EXPECT_EQ(r.odd_chain, 1U);
}

TEST(RHat, OneChainIsComparedWithItself) {
  Chains steady = autoregressive_chains(seed_from_name(), 1, 1000, 0);
  EXPECT_LT(r_hat(steady.view()).largest().value, 1.01);
  EXPECT_FALSE(r_hat(steady.view()).odd_chain.has_value());
  Chains moved(steady.values);
  for (std::size_t i = 500; i < 1000; ++i) moved.values[0][i] += 2;
  EXPECT_GT(r_hat(moved.view()).largest().value, 1.1);
}

TEST(RHat, CauchyDrawsAreJudgedByRanks) {
  Chains chains = autoregressive_chains(seed_from_name(), 4, 1000, 0).mapped([](double z) {
    return math::tan(3.14159265358979323846 * (math::normal_cdf(z) - 0.5));
  });
  EXPECT_LT(r_hat(chains.view()).largest().value, 1.01);
}

TEST(RHat, BulkDoesNotChangeUnderIncreasingMaps) {
  Chains chains = autoregressive_chains(seed_from_name(), 3, 101, 0.5);
  for (auto& chain : chains.values) {
    for (double& x : chain) x = std::floor(8 * x) / 8;  // ties, and values whose cubes stay apart
  }
  Chains cubed = chains.mapped([](double x) { return x * x * x + x; });
  Chains far = chains.mapped([](double x) { return math::exp(20 * x); });
  for (Chains* image : {&cubed, &far}) {
    EXPECT_EQ(r_hat(image->view()).bulk.value, r_hat(chains.view()).bulk.value);
    EXPECT_EQ(ess_bulk(image->view()).value, ess_bulk(chains.view()).value);
    EXPECT_EQ(ess_tail(image->view()).value, ess_tail(chains.view()).value);
    EXPECT_EQ(ess_quantile(image->view(), 0.3).value, ess_quantile(chains.view(), 0.3).value);
  }
}

TEST(RHat, StuckChainGivesInfinity) {
  Chains chains = autoregressive_chains(seed_from_name(), 4, 100, 0);
  chains.values[3].assign(100, 0.25);
  const RHat r = r_hat(chains.view());
  EXPECT_EQ(r.largest().value, kInf);
  EXPECT_EQ(r.odd_chain, 3U);
  Chains apart({std::vector<double>(20, 1.0), std::vector<double>(20, 2.0)});
  EXPECT_EQ(r_hat(apart.view()).largest().value, kInf);
}

TEST(RHat, SaysHowRareIsWhatSomeChainsNeverSaw) {
  std::vector<std::vector<double>> indicator(5, std::vector<double>(100, 0.0));
  indicator[1][10] = indicator[1][60] = indicator[4][99] = 1;
  Chains rare(indicator);
  const RHat r = r_hat(rare.view());
  EXPECT_EQ(r.largest().value, kInf);
  EXPECT_EQ(r.odd_chain, 0U);
  EXPECT_EQ(r.constant_chains, 3U);
  EXPECT_EQ(r.constant_share, 197.0 / 200);

  Chains stuck = autoregressive_chains(seed_from_name(), 4, 100, 0);
  EXPECT_EQ(r_hat(stuck.view()).constant_chains, 0U);
  stuck.values[3].assign(100, 0.25);
  EXPECT_EQ(r_hat(stuck.view()).constant_chains, 1U);
  EXPECT_EQ(r_hat(stuck.view()).constant_share, 0);

  indicator[2].assign(100, 1);  // constant, and not as the first
  Chains apart(indicator);
  EXPECT_EQ(r_hat(apart.view()).constant_chains, 3U);
  EXPECT_EQ(r_hat(apart.view()).constant_share, 0);
  Chains all_constant({std::vector<double>(20, 1.0), std::vector<double>(20, 2.0)});
  EXPECT_EQ(r_hat(all_constant.view()).constant_share, 0);
}

TEST(RHat, WordsInsteadOfNumbers) {
  Chains constant({std::vector<double>(20, 1.5), std::vector<double>(20, 1.5)});
  EXPECT_EQ(r_hat(constant.view()).largest().reason, Unavailable::constant);
  Chains with_nan({{1, 2, 3, 4, 5, 6, 7, kNan, 9, 10}});
  EXPECT_EQ(r_hat(with_nan.view()).largest().reason, Unavailable::non_finite);
  Chains infinite({{1, 2, 3, 4, 5, 6, 7, -kInf, 9, 10}});
  EXPECT_EQ(r_hat(infinite.view()).largest().reason, Unavailable::non_finite);
  Chains seven({{1, 2, 3, 4, 5, 6, 7}});
  EXPECT_EQ(r_hat(seven.view()).largest().reason, Unavailable::too_few);
  Chains eight({{1, 2, 3, 4, 5, 6, 7, 8}});
  EXPECT_TRUE(r_hat(eight.view()).largest().available());
  EXPECT_EQ(r_hat(ChainsView{}).largest().reason, Unavailable::too_few);
  EXPECT_EQ(words(Unavailable::constant), "n/a (constant)");
  EXPECT_EQ(words(Unavailable::non_finite), "n/a (non-finite)");
}

TEST(RHat, TwoValuesAtEqualDistanceHaveNoTail) {
  Chains chains({{-1, 1, -1, 1, 1, -1, 1, -1, 1, -1}});
  const RHat r = r_hat(chains.view());
  EXPECT_EQ(r.tail.reason, Unavailable::constant);
  EXPECT_EQ(r.largest().value, r.bulk.value);
}

TEST(RHat, ReadsColumnsOfRows) {
  Chains chains = autoregressive_chains(seed_from_name(), 2, 50, 0.5);
  std::vector<std::vector<double>> rows(2);
  for (std::size_t m = 0; m < 2; ++m) {
    for (std::size_t i = 0; i < 50; ++i) rows[m].insert(rows[m].end(), {-7.0, chains.values[m][i], 1e9});
  }
  const std::vector<std::span<const double>> spans(rows.begin(), rows.end());
  EXPECT_EQ(r_hat({spans, 3, 1}).largest().value, r_hat(chains.view()).largest().value);
}

}  // namespace
}  // namespace dovetail::diagnose
