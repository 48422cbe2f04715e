// Standard errors: the beta quantiles behind them against 40-digit values, closed forms, and words.
#include "dovetail/diagnose/mcse.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "dovetail/diagnose/beta_quantile.hpp"
#include "dovetail/diagnose/ess.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/diagnose/support.hpp"

namespace dovetail::diagnose {
namespace {

using dovetail::test::seed_from_name;
using test::autoregressive_chains;
using test::Chains;

struct BetaValue {
  double argument, a, b, value;
};

// mpmath with 40 digits, power series x^a (1-x)^b / (a B(a,b)) * sum_k prod_{i<k} (a+b+i)/(a+1+i) x^k.
constexpr BetaValue kCdf[] = {
    {0.3, 2.0, 5.0, 0.57982499999999997601},
    {0.5, 0.5, 0.5, 0.5},
    {0.01, 1.0, 1.0, 0.010000000000000000208},
    {0.9, 20.0, 3.0, 0.62004093841190350743},
    {0.049, 51.0, 951.0, 0.40771884757425690949},
    {0.0501, 5001.0, 95001.0, 0.55420898299983453918},
    {0.5, 1000000.0, 1000000.0, 0.5},
    {0.4999, 1000000.0, 1000000.0, 0.38864871786232204188},
    {0.95, 3.25, 1.125, 0.88254910492127492595},
    {1e-08, 0.1, 7.0, 0.20105970580713029869},
};
// The same series, inverted by 110 bisections.
constexpr BetaValue kQuantile[] = {
    {0.15865525393145705, 21.0, 381.0, 0.041217625320121743334},
    {0.8413447460685429, 21.0, 381.0, 0.063263550800546348846},
    {0.5, 1.0, 1.0, 0.5},
    {0.8413447460685429, 51.5, 1.5, 0.99197527063930887113},
    {0.15865525393145705, 1000.5, 1000.5, 0.48882245449878903348},
    {0.15865525393145705, 5001.0, 95001.0, 0.049319765130014185415},
};

TEST(Beta, FunctionAgreesWithItsSeries) {
  for (const auto& v : kCdf) EXPECT_NEAR(beta_cdf(v.argument, v.a, v.b) / v.value, 1, 2e-12) << v.a << " " << v.b;
  EXPECT_EQ(beta_cdf(0, 2, 3), 0);
  EXPECT_EQ(beta_cdf(1, 2, 3), 1);
}

TEST(Beta, QuantileAgreesWithItsSeries) {
  for (const auto& v : kQuantile)
    EXPECT_NEAR(beta_quantile(v.argument, v.a, v.b) / v.value, 1, 2e-12) << v.a << " " << v.b;
}

TEST(Beta, QuantileInvertsTheFunction) {
  for (const double ess : {0.5, 10.0, 300.0, 1e5, 1e7}) {
    for (const double level : {0.01, 0.1, 0.5, 0.95, 0.99}) {
      const double a = ess * level + 1;
      const double b = ess * (1 - level) + 1;
      for (const double p : {1e-3, 0.15865525393145705, 0.5, 0.84134474606854293, 0.999}) {
        EXPECT_NEAR(beta_cdf(beta_quantile(p, a, b), a, b), p, 1e-10) << a << " " << b << " " << p;
      }
    }
  }
}

TEST(Mcse, OfTheMeanIsSdOverRootEss) {
  // draws and ESS 3.12 of Ess.MatchesAHandComputation; squares about 3.5: 6.25 2.25 .25 .25 .25 .25 2.25 6.25 = 18
  Chains chains({{1, 2, 3, 4, 3, 4, 5, 6}});
  EXPECT_NEAR(mcse_mean(chains.view()).value, std::sqrt(18.0 / 7 / 3.12), 1e-13);
}

TEST(Mcse, OfAnEventIsBinomialOverEss) {
  Chains chains =
      autoregressive_chains(seed_from_name(), 2, 100, 0.3).mapped([](double x) { return x > 0.5 ? 1.0 : 0.0; });
  double sum = 0;
  for (const auto& chain : chains.values) {
    for (const double x : chain) sum += x;
  }
  const double p = sum / 200;
  EXPECT_NEAR(mcse_probability(chains.view()).value, std::sqrt(p * (1 - p) / ess_mean(chains.view()).value), 1e-15);
}

TEST(Mcse, OfAQuantileIsHalfABetaInterval) {
  // 0, 1, ..., 999 and E = 400: Beta(21, 381) quantiles 0.0412 and 0.0633 give x_(64) - x_(41), halved
  std::vector<double> x(1000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i * 617 % 1000);
  Chains chains({x});
  EXPECT_EQ(mcse_quantile(Column(chains.view()), 0.05, 400), 11.5);
}

TEST(Mcse, ScalesOfAnySizeScaleTheError) {
  Chains chains = autoregressive_chains(seed_from_name(), 2, 100, 0.5);
  Chains scaled = chains.mapped([](double x) { return x * 0x1p900; });
  EXPECT_NEAR(mcse_mean(scaled.view()).value / (mcse_mean(chains.view()).value * 0x1p900), 1, 1e-12);
  EXPECT_NEAR(mcse_sd(scaled.view()).value / (mcse_sd(chains.view()).value * 0x1p900), 1, 1e-12);
  EXPECT_EQ(mcse_quantile(scaled.view(), 0.5).value, mcse_quantile(chains.view(), 0.5).value * 0x1p900);
}

TEST(Mcse, WordsInsteadOfNumbers) {
  Chains constant({std::vector<double>(20, 1.0)});
  Chains with_nan({{1, 1, 0, 0, 1, 1, 0, std::numeric_limits<double>::quiet_NaN(), 0, 1}});
  Chains seven({{1, 0, 1, 0, 1, 0, 1}});
  EXPECT_EQ(mcse_mean(constant.view()).reason, Unavailable::constant);
  EXPECT_EQ(mcse_sd(constant.view()).reason, Unavailable::constant);
  EXPECT_EQ(mcse_quantile(constant.view(), 0.5).reason, Unavailable::constant);
  EXPECT_EQ(mcse_probability(constant.view()).reason, Unavailable::constant);
  EXPECT_EQ(mcse_mean(with_nan.view()).reason, Unavailable::non_finite);
  EXPECT_EQ(mcse_sd(with_nan.view()).reason, Unavailable::non_finite);
  EXPECT_EQ(mcse_mean(seven.view()).reason, Unavailable::too_few);
  EXPECT_EQ(mcse_probability(seven.view()).reason, Unavailable::too_few);
}

}  // namespace
}  // namespace dovetail::diagnose
