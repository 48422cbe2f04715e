// Every figure against an implementation that shares nothing with this one (golden.py), on draws made by a formula.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dovetail/diagnose/e_bfmi.hpp"
#include "dovetail/diagnose/ess.hpp"
#include "dovetail/diagnose/mcse.hpp"
#include "dovetail/diagnose/psis.hpp"
#include "dovetail/diagnose/summarise.hpp"
#include "tests/unit/diagnose/support.hpp"

namespace dovetail::diagnose {
namespace {

enum class Shape { plain, shifted, rounded, heavy };

struct Golden {
  std::uint32_t chains;
  std::uint32_t draws;
  double phi;
  Shape shape;
  struct {
    double mean, sd, q5, q50, q95, r_hat_bulk, r_hat_tail, r_hat_classical;
    double ess_bulk, ess_tail, ess_mean, ess_sd, ess_median;
    double mcse_mean, mcse_sd, mcse_q10, mcse_q50;
    double sokal_tau, sokal_window, ess_batch_means, e_bfmi, k_hat, smoothed_sum, importance_ess;
  } figures;
};

const Golden kGolden[] = {
#include "golden.inc"
};

/// The draws of golden.py; every operation is one rounding, so the doubles are the same.
test::Chains draws_of(const Golden& golden) {
  test::Chains out;
  for (std::uint32_t m = 0; m < golden.chains; ++m) {
    std::uint32_t state = 12345 + 7919 * m;
    double x = 0;
    std::vector<double> chain;
    for (std::uint32_t i = 0; i < golden.draws; ++i) {
      state = 1664525U * state + 1013904223U;
      const double carried = golden.phi * x;
      x = carried + (state / 4294967296.0 - 0.5);
      double y = x;
      if (golden.shape == Shape::shifted) y = x + 0.25 * m;
      if (golden.shape == Shape::rounded) y = std::floor(4.0 * x);
      if (golden.shape == Shape::heavy) {
        y = x * x < 4.0 ? x / (1.0 - x * x / 4.0) : x;
        y = y * y * y;
      }
      chain.push_back(y);
    }
    out.values.push_back(chain);
  }
  return out;
}

void expect_close(double value, double expected, const char* what) {
  EXPECT_NEAR(value, expected, 1e-8 * std::max(1.0, std::fabs(expected))) << what;
}

class AgainstGolden : public ::testing::TestWithParam<std::size_t> {};

TEST_P(AgainstGolden, SummaryAgrees) {
  const Golden& golden = kGolden[GetParam()];
  test::Chains chains = draws_of(golden);
  const ColumnSummary s = summarise(chains.view());
  const auto& f = golden.figures;
  expect_close(s.mean.value, f.mean, "mean");
  expect_close(s.sd.value, f.sd, "sd");
  expect_close(s.q5.value, f.q5, "q5");
  expect_close(s.q50.value, f.q50, "q50");
  expect_close(s.q95.value, f.q95, "q95");
  expect_close(s.r_hat.bulk.value, f.r_hat_bulk, "R-hat bulk");
  expect_close(s.r_hat.tail.value, f.r_hat_tail, "R-hat tail");
  expect_close(s.r_hat.classical.value, f.r_hat_classical, "R-hat classical");
  expect_close(s.r_hat.largest().value, std::max(f.r_hat_bulk, f.r_hat_tail), "R-hat");
  expect_close(s.ess_bulk.value, f.ess_bulk, "bulk ESS");
  expect_close(s.ess_tail.value, f.ess_tail, "tail ESS");
  expect_close(s.ess_mean.value, f.ess_mean, "mean ESS");
  expect_close(s.mcse_mean.value, f.mcse_mean, "MCSE of the mean");
}

TEST_P(AgainstGolden, FreeFunctionsAgree) {
  const Golden& golden = kGolden[GetParam()];
  test::Chains chains = draws_of(golden);
  const ChainsView view = chains.view();
  const auto& f = golden.figures;
  expect_close(ess_bulk(view).value, f.ess_bulk, "bulk ESS");
  expect_close(ess_tail(view).value, f.ess_tail, "tail ESS");
  expect_close(ess_mean(view).value, f.ess_mean, "mean ESS");
  expect_close(ess_sd(view).value, f.ess_sd, "sd ESS");
  expect_close(ess_quantile(view, 0.5).value, f.ess_median, "median ESS");
  expect_close(r_hat(view).largest().value, std::max(f.r_hat_bulk, f.r_hat_tail), "R-hat");
  expect_close(mcse_mean(view).value, f.mcse_mean, "MCSE of the mean");
  expect_close(mcse_sd(view).value, f.mcse_sd, "MCSE of the sd");
  expect_close(mcse_quantile(view, 0.1).value, f.mcse_q10, "MCSE of the 10 % quantile");
  expect_close(mcse_quantile(view, 0.5).value, f.mcse_q50, "MCSE of the median");
  const AutocorrelationTime time = autocorrelation_time(view);
  expect_close(time.tau.value, f.sokal_tau, "autocorrelation time");
  EXPECT_EQ(static_cast<double>(time.window), f.sokal_window);
  expect_close(ess_batch_means(view).value, f.ess_batch_means, "batch means");
  EnergyMoments energies;
  for (const double energy : chains.values[0]) energies.add(energy);
  expect_close(energies.e_bfmi().value, f.e_bfmi, "E-BFMI");
}

class ParetoAgainstGolden : public ::testing::TestWithParam<std::size_t> {};

TEST_P(ParetoAgainstGolden, SmoothingAgrees) {
  const Golden& golden = kGolden[GetParam()];
  const test::Chains chains = draws_of(golden);
  std::vector<double> log_weights;
  for (const auto& chain : chains.values) log_weights.insert(log_weights.end(), chain.begin(), chain.end());
  const ParetoSmoothed smoothed = pareto_smooth(log_weights);
  expect_close(smoothed.k_hat.value, golden.figures.k_hat, "k-hat");
  expect_close(smoothed.importance_ess.value, golden.figures.importance_ess, "importance ESS");
  double sum = 0;
  for (const double w : smoothed.log_weights) sum += std::exp(w);
  expect_close(sum, golden.figures.smoothed_sum, "sum of smoothed weights");
}

INSTANTIATE_TEST_SUITE_P(Cases, AgainstGolden, ::testing::Range(std::size_t{0}, std::size(kGolden)));
// the last case has too few draws for a tail
INSTANTIATE_TEST_SUITE_P(Cases, ParetoAgainstGolden, ::testing::Range(std::size_t{0}, std::size(kGolden) - 1));

}  // namespace
}  // namespace dovetail::diagnose
