/// How often intervals of +-1.96 reported standard errors cover the true log evidence, over runs with seeds 1, 2, ...
#pragma once
#include <cmath>
#include <cstdint>

#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {

struct Coverage {
  int runs = 0;
  int covered = 0;
  double error_mean = 0;  ///< mean reported standard error
  double bias = 0;        ///< mean of estimate - truth
  double rms = 0;         ///< root of the mean of (estimate - truth)^2: what the standard error claims to be
};

/// The seeds are fixed and not chosen; a run without a standard error counts as not covered.
inline Coverage evidence_coverage(const Model& model, TemperOptions options, double truth, int runs) {
  Coverage coverage;
  for (int seed = 1; seed <= runs; ++seed) {
    options.seed = static_cast<std::uint64_t>(seed);
    const TemperResult result = run_temper(model, options);
    const TemperingSummary& figures = *result.summary.tempering;
    ++coverage.runs;
    if (!figures.log_evidence_se) continue;
    const double off = *figures.log_evidence - truth;
    if (std::fabs(off) <= 1.96 * *figures.log_evidence_se) ++coverage.covered;
    coverage.error_mean += *figures.log_evidence_se / runs;
    coverage.bias += off / runs;
    coverage.rms += off * off / runs;
  }
  coverage.rms = std::sqrt(coverage.rms);
  return coverage;
}

}  // namespace dovetail::test
