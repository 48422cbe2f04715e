// m4b (docs/maths/ep.md section 11) at full size: expectation propagation meets its own fixed point for any number of
// sites, and the corrected answer is the posterior that NUTS over all rows finds.
#include <gtest/gtest.h>

#include <cmath>

#include "dovetail/jobs/ep.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/math/functions.hpp"
#include "tests/support/m4b.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

constexpr std::size_t kShared = 34;

EpResult run_ep(std::size_t sites, EpOptions options, std::uint64_t index = 0) {
  options.seed = test::seed_from_name(index);
  options.rounds = 12;
  EpObserver quiet;
  return expectation_propagation(*test::m4b_model(sites), options, {"threads", 2}, quiet);
}

ep::Natural law_of(const EpSummary& ep) { return *ep::natural_of({ep.mean, ep.covariance}); }

class M4bSites : public testing::TestWithParam<std::size_t> {};

/// 400 draws a site, 12 rounds. Another seed with four times as many draws stands for the fixed point; its own error is
/// told and small beside the bound.
TEST_P(M4bSites, MeetTheFixedPointWithin12Rounds) {
  EpOptions options;
  options.tolerance = 1e-9;  // all rounds
  const EpResult result = run_ep(GetParam(), options);
  options.draws = 1600;
  const EpResult fixed = run_ep(GetParam(), options, 1);
  EXPECT_LT(fixed.summary.ep->answer_noise, 0.01);
  const auto distance = ep::divergence(law_of(*fixed.summary.ep), law_of(*result.summary.ep));
  ASSERT_TRUE(distance);
  EXPECT_LT(*distance, 0.05);
  // a user is told which scales the approximation is likely to get wrong
  bool warned = false;
  for (const Warning& warning : result.summary.warnings) warned = warned || warning.id == "W307";
  EXPECT_TRUE(warned);
}

INSTANTIATE_TEST_SUITE_P(Of, M4bSites, testing::Values(2, 8, 16, 32, 64), testing::PrintToStringParamName());

/// Sds of the shared parameters on their unconstrained scale, of all draws.
std::vector<double> unconstrained_sds(const SampleResult& result) {
  std::vector<double> sums(kShared), squares(kShared);
  double n = 0;
  for (const auto& chain : result.draws) {
    for (std::size_t at = 0; at < chain.size(); at += result.columns.size(), n += 1) {
      for (std::size_t j = 0; j < kShared; ++j) {
        const double x = j < kShared / 2 ? chain[at + j] : math::log(chain[at + j]);
        sums[j] += x;
        squares[j] += x * x;
      }
    }
  }
  for (std::size_t j = 0; j < kShared; ++j) sums[j] = std::sqrt(squares[j] / n - sums[j] * sums[j] / (n * n));
  return sums;
}

/// Means and medians within five errors; sds, those of scales in their logarithms, within 12 %. log sigma[intercept]
/// has a kurtosis above 20, so that no sample of this size knows its sd to 12 %: its middle nine tenths stand for it.
TEST(M4bCorrected, IsThePosteriorOfAllRows) {
  EpOptions options;
  options.correct = 0.05;
  const EpResult result = run_ep(64, options);
  const EpCorrectionSummary& found = *result.summary.ep->correction;
  ASSERT_EQ(found.certified, 1U);
  SampleOptions nuts;
  nuts.seed = test::seed_from_name(2);
  nuts.kernel = "nuts";
  nuts.draws = 2000;
  SampleObserver quiet;
  const SampleResult rows = sample(*test::m4b_model(64), nuts, {"threads", 2}, quiet);
  const Summary& all = rows.summary;
  const std::vector<double> sds = unconstrained_sds(rows);
  std::size_t narrow = 0;
  for (std::size_t j = 0; j < kShared; ++j) {
    const ParameterSummary& a = result.summary.parameters[j];
    const ParameterSummary& b = all.parameters[j];
    ASSERT_EQ(a.name, b.name);
    ASSERT_TRUE(a.ess_bulk && b.ess_bulk && b.ess_tail);
    const double error = b.sd * std::sqrt(1 / *a.ess_bulk + 1 / *b.ess_bulk);
    EXPECT_NEAR(a.mean, b.mean, 5 * error) << a.name;
    EXPECT_NEAR(a.q50, b.q50, 1.3 * 5 * error) << a.name;
    const double sd = std::sqrt(found.covariance[j * (kShared + 1)]);
    if (j == kShared / 2) {
      EXPECT_NEAR(math::log(a.q95 / a.q5) / math::log(b.q95 / b.q5), 1, 0.12) << a.name;
    } else {
      EXPECT_NEAR(sd / sds[j], 1, 0.12) << a.name;
    }
    const double ep_sd = std::sqrt(result.summary.ep->covariance[j * (kShared + 1)]);
    if (j >= kShared / 2 && ep_sd < 0.9 * sd) ++narrow;
  }
  EXPECT_GT(narrow, 8U);  // what the correction is for
}

/// Corrected answers do not remember how many sites they came from.
TEST(M4bCorrected, IsTheSameForFewSitesAndMany) {
  EpOptions options;
  options.correct = 0.05;
  const EpCorrectionSummary few = *run_ep(2, options).summary.ep->correction;
  const EpCorrectionSummary many = *run_ep(64, options, 1).summary.ep->correction;
  ASSERT_EQ(few.certified + many.certified, 2U);
  const auto distance =
      ep::divergence(*ep::natural_of({few.mean, few.covariance}), *ep::natural_of({many.mean, many.covariance}));
  EXPECT_LT(*distance, 2 * 0.1);  // each is at most 0.1 from the posterior
  const double error = std::hypot(*few.log_evidence_se, *many.log_evidence_se);
  EXPECT_NEAR(*few.log_evidence, *many.log_evidence, 5 * error);
}

}  // namespace
}  // namespace dovetail
