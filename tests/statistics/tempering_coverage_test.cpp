// Reported standard errors of the evidence are honest: 200 default runs of `unid`, seeds 1 to 200.
#include <gtest/gtest.h>

#include <string>

#include "tests/statistics/tempering_coverage.hpp"

namespace dovetail::test {
namespace {

// truth: ln((psi(102) - psi(51))/101). Between 90 and 98 of 100 intervals shall cover; were each to cover with
// probability 0.95, 200 would leave that range once in 200 such tests, so a failure here is worth a look at the seeds.
TEST(Coverage, OfTheEvidenceByNominal95PercentIntervals) {
  const auto model = make_model("builtin:unid,n=100,y=50");
  const Coverage coverage = evidence_coverage(*model, TemperOptions(), -4.974552, 200);
  EXPECT_GE(coverage.covered, 180);
  EXPECT_LE(coverage.covered, 196);
  RecordProperty("covered", coverage.covered);
  RecordProperty("error_mean", std::to_string(coverage.error_mean));
  RecordProperty("error_true", std::to_string(coverage.rms));
}

}  // namespace
}  // namespace dovetail::test
