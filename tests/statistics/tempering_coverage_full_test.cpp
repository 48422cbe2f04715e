// Reported standard errors on other targets and settings; longer, so only in `make test-full`.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/statistics/tempering_coverage.hpp"

namespace dovetail::test {
namespace {

struct Case {
  const char* name;
  const char* spec;
  std::uint32_t copies;
  unsigned legs;
};

class CoverageOf : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(
    Evidence, CoverageOf,
    ::testing::Values(Case{"ising", "builtin:ising,L=4", 1, 1}, Case{"modes", "builtin:modes", 1, 1},
                      Case{"spike_slab", "builtin:spike_slab", 1, 1},
                      Case{"unid_sharp", "builtin:unid,n=100000,y=50000", 1, 1}, Case{"mvn", "builtin:mvn,d=10", 1, 1},
                      Case{"unid_4_copies", "builtin:unid", 4, 1}, Case{"unid_16_copies", "builtin:unid", 16, 1},
                      Case{"unid_2_legs", "builtin:unid", 1, 2}),
    [](const auto& which) { return which.param.name; });

TEST_P(CoverageOf, NominalIntervalsCoverTheTruth) {
  const auto model = make_model(GetParam().spec);
  TemperOptions options;
  options.copies = GetParam().copies;
  options.legs = GetParam().legs;
  if (options.copies >= 16) options.rounds = 8;
  if (options.legs == 2) options.reference = ReferenceKind::variational;
  const int runs = 200;
  const Coverage coverage = evidence_coverage(*model, options, closed_form_of(*model, "log_evidence"), runs);
  // a true coverage from 92 to 98 % (docs/maths/tempering.md section 12), and the noise of `runs` replicates
  EXPECT_NEAR(coverage.covered / static_cast<double>(runs), 0.95, 0.03 + z_limit() * std::sqrt(0.95 * 0.05 / runs));
  EXPECT_LT(std::fabs(coverage.bias), z_limit() * coverage.rms / std::sqrt(runs) + coverage.rms * coverage.rms);
  RecordProperty("covered", coverage.covered);
  RecordProperty("error_mean", std::to_string(coverage.error_mean));
  RecordProperty("error_true", std::to_string(coverage.rms));
}

}  // namespace
}  // namespace dovetail::test
