// Intervals of two standard errors hold the truth as often as they say.
#include <gtest/gtest.h>

#include <cmath>

#include "dovetail/diagnose/mcse.hpp"
#include "dovetail/diagnose/summarise.hpp"
#include "dovetail/math/functions.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/diagnose/support.hpp"

namespace dovetail::diagnose {
namespace {

// Asked for: 93 to 97 %. Two standard errors hold 95.45 % of a normal; over 4000 runs the share has a standard
// deviation of 0.33 %, so 97 % is 4.7 of them away (alpha = 2e-6) and 93 % is 7.
TEST(McseCoverage, OfQuantilesAndMeanIsNominal) {
  constexpr int runs = 4000;
  const double levels[] = {0.1, 0.5, 0.9};
  int quantile_hits[3] = {0, 0, 0};
  int mean_hits = 0;
  for (int run = 0; run < runs; ++run) {
    test::Chains chains =
        test::autoregressive_chains(dovetail::test::seed_from_name(static_cast<std::uint64_t>(run)), 4, 1000, 0.5);
    const Column column(chains.view());
    for (int i = 0; i < 3; ++i) {
      const double error = column.quantile(levels[i]) - math::normal_quantile(levels[i]);
      quantile_hits[i] += std::fabs(error) <= 2 * mcse_quantile(chains.view(), levels[i]).value;
    }
    const ColumnSummary summary = summarise(chains.view());
    mean_hits += std::fabs(summary.mean.value) <= 2 * summary.mcse_mean.value;
  }
  for (const int hits : quantile_hits) {
    EXPECT_GE(hits, 0.93 * runs);
    EXPECT_LE(hits, 0.97 * runs);
  }
  EXPECT_GE(mean_hits, 0.93 * runs);
  EXPECT_LE(mean_hits, 0.97 * runs);
}

}  // namespace
}  // namespace dovetail::diagnose
