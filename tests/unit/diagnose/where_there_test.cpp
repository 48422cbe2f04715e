// Quantities that come and go: figures over the draws where they are there, their error against its law, shares.
#include "dovetail/diagnose/where_there.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/seed.hpp"
#include "tests/unit/diagnose/support.hpp"

namespace dovetail::diagnose {
namespace {

using dovetail::test::seed_from_name;
using test::autoregressive;
using test::autoregressive_chains;
using test::Chains;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(WhereThere, FiguresAreOverTheDrawsWhereItIsThere) {
  Chains chains({{10, kNan, 7, 4, 2, kNan, 9, 8, kNan, 5}, {kNan, kNan, kNan, 1, 3, 6, kNan, kNan, kNan, kNan}});
  const ColumnSummary s = summarise_where_there(chains.view());
  EXPECT_EQ(s.chains, 2U);
  EXPECT_EQ(s.draws, 10U);
  EXPECT_EQ(s.non_finite, 0U);
  EXPECT_DOUBLE_EQ(s.there->share, 0.5);
  EXPECT_DOUBLE_EQ(s.mean.value, 5.5);
  EXPECT_DOUBLE_EQ(s.sd.value, std::sqrt(82.5 / 9));
  EXPECT_DOUBLE_EQ(s.q5.value, 1.45);
  EXPECT_DOUBLE_EQ(s.q50.value, 5.5);
  EXPECT_DOUBLE_EQ(s.q95.value, 9.55);
  for (const Figure& f : {s.ess_bulk, s.ess_tail, s.r_hat.largest()}) EXPECT_FALSE(f.available());
}

// Presence and values each autoregressive, and the values' mean far from 0: z-scores of 200 such means.
TEST(WhereThere, TheErrorOfTheMeanIsThatOfARatio) {
  constexpr std::uint32_t kRuns = 200;
  double square = 0, share_square = 0;
  for (std::uint32_t run = 0; run < kRuns; ++run) {
    Chains chains;
    for (std::uint32_t m = 0; m < 4; ++m) {
      const std::vector<double> gate = autoregressive(seed_from_name(), 8 * run + m, 1000, 0.8);
      std::vector<double> x = autoregressive(seed_from_name(), 8 * run + 4 + m, 1000, 0.6);
      for (std::size_t t = 0; t < x.size(); ++t) x[t] = gate[t] > 0.5244 ? 7 + 2 * x[t] : kNan;  // P = 0.3
      chains.values.push_back(std::move(x));
    }
    const ColumnSummary s = summarise_where_there(chains.view());
    const double z = (s.mean.value - 7) / s.mcse_mean.value;
    const double share_z = (s.there->share - 0.3) / s.there->mcse.value;
    square += z * z / kRuns;
    share_square += share_z * share_z / kRuns;
  }
  // the mean of 200 squares has standard deviation 0.1; estimated errors widen it a little
  EXPECT_NEAR(square, 1, 0.55);
  EXPECT_NEAR(share_square, 1, 0.55);
}

TEST(WhereThere, WhatIsAlwaysThereIsLikeAnyQuantity) {
  Chains chains = autoregressive_chains(seed_from_name(), 3, 301, 0.4);
  const ColumnSummary s = summarise_where_there(chains.view());
  const ColumnSummary plain = summarise(chains.view());
  EXPECT_EQ(s.there->share, 1);
  EXPECT_EQ(s.ess_bulk.value, plain.ess_bulk.value);
  EXPECT_EQ(s.r_hat.largest().value, plain.r_hat.largest().value);
  EXPECT_EQ(s.mcse_mean.value, plain.mcse_mean.value);
}

TEST(WhereThere, NeverThereAndOnceThereAndInfinite) {
  Chains never({std::vector<double>(20, kNan)});
  const ColumnSummary none = summarise_where_there(never.view());
  EXPECT_EQ(none.there->share, 0);
  EXPECT_FALSE(none.mean.available() || none.sd.available() || none.q50.available() || none.mcse_mean.available());
  never.values[0][7] = 3;
  const ColumnSummary once = summarise_where_there(never.view());
  EXPECT_EQ(once.mean.value, 3);
  EXPECT_EQ(once.q95.value, 3);
  EXPECT_FALSE(once.sd.available());
  never.values[0][9] = std::numeric_limits<double>::infinity();
  const ColumnSummary infinite = summarise_where_there(never.view());
  EXPECT_FALSE(infinite.mean.available());
  EXPECT_EQ(infinite.non_finite, 19U);
  EXPECT_DOUBLE_EQ(infinite.there->share, 0.1);
}

TEST(ValueShares, AreTheFrequenciesOfTheValues) {
  Chains chains({{2, 2, 0, 2, 0, 0, 2, 5}, {2, 2, 2, 2, 0, 0, 2, 2}});
  const auto shares = value_shares(chains.view());
  ASSERT_EQ(shares.size(), 3U);
  EXPECT_EQ(shares[0].value, 0);
  EXPECT_DOUBLE_EQ(shares[0].share, 5.0 / 16);
  EXPECT_EQ(shares[1].value, 2);
  EXPECT_DOUBLE_EQ(shares[1].share, 10.0 / 16);
  EXPECT_EQ(shares[2].value, 5);
  EXPECT_DOUBLE_EQ(shares[2].share, 1.0 / 16);
  EXPECT_TRUE(shares[1].mcse.available());
}

}  // namespace
}  // namespace dovetail::diagnose
