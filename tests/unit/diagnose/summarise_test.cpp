// The table's figures: agreement with the functions they stand for, quantiles by hand, reuse, and words.
#include "dovetail/diagnose/summarise.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "dovetail/diagnose/ess.hpp"
#include "dovetail/diagnose/mcse.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/diagnose/support.hpp"

namespace dovetail::diagnose {
namespace {

using dovetail::test::seed_from_name;
using test::autoregressive_chains;
using test::Chains;

TEST(Summarise, QuantilesAreOfTypeSeven) {
  Chains chains({{10, 1, 7, 4, 2, 3, 9, 8, 6, 5}});  // h = 9 p + 1
  const ColumnSummary s = summarise(chains.view());
  EXPECT_DOUBLE_EQ(s.q5.value, 1.45);
  EXPECT_DOUBLE_EQ(s.q50.value, 5.5);
  EXPECT_DOUBLE_EQ(s.q95.value, 9.55);
  EXPECT_DOUBLE_EQ(s.mean.value, 5.5);
  EXPECT_DOUBLE_EQ(s.sd.value, std::sqrt(82.5 / 9));
}

TEST(Summarise, AgreesWithTheFunctionsBitForBit) {
  Chains chains = autoregressive_chains(seed_from_name(), 3, 301, 0.4);
  const ColumnSummary s = summarise(chains.view());
  EXPECT_EQ(s.ess_bulk.value, ess_bulk(chains.view()).value);
  EXPECT_EQ(s.ess_tail.value, ess_tail(chains.view()).value);
  EXPECT_EQ(s.ess_mean.value, ess_mean(chains.view()).value);
  EXPECT_EQ(s.mcse_mean.value, mcse_mean(chains.view()).value);
  EXPECT_EQ(s.r_hat.largest().value, r_hat(chains.view()).largest().value);
  EXPECT_EQ(s.r_hat.classical.value, r_hat(chains.view()).classical.value);
}

TEST(Summarise, ColumnsDoNotInfluenceEachOther) {
  Chains first = autoregressive_chains(seed_from_name(0), 2, 64, 0.9);
  Chains second = autoregressive_chains(seed_from_name(1), 2, 64, -0.4);
  Summariser reused(2, 64);
  (void)reused(first.view());
  const ColumnSummary again = reused(second.view());
  const ColumnSummary fresh = summarise(second.view());
  EXPECT_EQ(again.ess_bulk.value, fresh.ess_bulk.value);
  EXPECT_EQ(again.ess_tail.value, fresh.ess_tail.value);
  EXPECT_EQ(again.r_hat.largest().value, fresh.r_hat.largest().value);
}

TEST(Summarise, LargeOffsetsDoNotCancel) {
  Chains chains =
      autoregressive_chains(seed_from_name(), 4, 100, 0.5).mapped([](double x) { return std::floor(x * 1024) / 1024; });
  Chains far = chains.mapped([](double x) { return x + 0x1p40; });
  EXPECT_NEAR(summarise(far.view()).sd.value / summarise(chains.view()).sd.value, 1, 1e-9);
}

TEST(Summarise, ConstantColumnHasMomentsOnly) {
  Chains chains({std::vector<double>(20, 0.1), std::vector<double>(20, 0.1)});
  const ColumnSummary s = summarise(chains.view());
  EXPECT_EQ(s.mean.value, 0.1);
  EXPECT_EQ(s.sd.value, 0);
  EXPECT_EQ(s.q5.value, 0.1);
  for (const Figure& f : {s.ess_bulk, s.ess_tail, s.ess_mean, s.mcse_mean, s.r_hat.largest()}) {
    EXPECT_EQ(f.reason, Unavailable::constant);
    EXPECT_TRUE(std::isnan(f.value));
    EXPECT_FALSE(f.optional().has_value());
  }
}

TEST(Summarise, NonFiniteDrawsLeaveNothingButTheirCount) {
  Chains chains = autoregressive_chains(seed_from_name(), 2, 20, 0);
  chains.values[0][3] = std::numeric_limits<double>::quiet_NaN();
  chains.values[1][7] = -std::numeric_limits<double>::infinity();
  const ColumnSummary s = summarise(chains.view());
  EXPECT_EQ(s.non_finite, 2U);
  for (const Figure& f : {s.mean, s.sd, s.q5, s.q50, s.q95, s.ess_bulk, s.mcse_mean, s.r_hat.largest()}) {
    EXPECT_EQ(f.reason, Unavailable::non_finite);
  }
}

TEST(Summarise, ShortChainsHaveMomentsOnly) {
  Chains chains({{1, 2, 3}, {4, 5, 6}});
  const ColumnSummary s = summarise(chains.view());
  EXPECT_EQ(s.mean.value, 3.5);
  EXPECT_EQ(s.q50.value, 3.5);
  EXPECT_EQ(s.ess_bulk.reason, Unavailable::too_few);
  EXPECT_EQ(s.r_hat.largest().reason, Unavailable::too_few);
  Chains one(std::vector<std::vector<double>>(1, std::vector<double>(1, 2.5)));
  EXPECT_EQ(summarise(one.view()).mean.value, 2.5);
  EXPECT_EQ(summarise(one.view()).sd.reason, Unavailable::too_few);
  Chains none(std::vector<std::vector<double>>(2));
  EXPECT_EQ(summarise(none.view()).mean.reason, Unavailable::too_few);
  EXPECT_EQ(summarise(ChainsView{}).mean.reason, Unavailable::too_few);
}

}  // namespace
}  // namespace dovetail::diagnose
