// Population kernels in whole runs: truth where they are at home, and the archive that chains share.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "dovetail/jobs/sample_job.hpp"
#include "tests/support/sampling_runs.hpp"

namespace dovetail::test {
namespace {

// Archived differences follow the ridge, which no single direction does; warm-up must have seen all of it.
TEST(SampleRun, PopulationKernelsFindTheMomentsOfACurvedRidge) {
  const auto model = make_model("builtin:banana");
  SampleOptions options = options_for("0.8*de|0.2*snooker");
  options.warmup = 200000;
  options.draws = 20000;
  options.thin = 10;
  const SampleResult result = run_sample(*model, options);
  for (const char* name : {"x1", "x2"}) {
    const ParameterSummary& row = figures(result, name);
    ASSERT_TRUE(row.mcse_mean && row.rhat) << name;
    EXPECT_LT(std::fabs(row.mean - closed_form_of(*model, "mean(" + std::string(name) + ")")),
              z_limit(2) * *row.mcse_mean)
        << name;
    EXPECT_LT(*row.rhat, 1.05) << name;
  }
}

// Integers by slices, reals along an archive whose rows hold both.
TEST(SampleRun, PopulationKernelsShareAModelWithSlices) {
  const auto model = make_model("builtin:spike_slab");
  SampleOptions options = options_for("de+slice");
  options.draws = 4000;
  const SampleResult result = run_sample(*model, options);
  int checked = 0;
  for (const ClosedForm& form : model->description().closed_forms) {
    if (!form.quantity.starts_with("mean(")) continue;
    const ParameterSummary& row = figures(result, form.quantity.substr(5, form.quantity.size() - 6));
    ASSERT_TRUE(row.mcse_mean) << row.name;
    EXPECT_LT(std::fabs(row.mean - form.value), z_limit(20) * *row.mcse_mean) << row.name;
    ++checked;
  }
  EXPECT_GT(checked, 0);
}

// One archive for all chains, from the windows' positions in the order of chains, gone from no later round.
TEST(SampleWindow, ArchivesThePositionsOfAllChains) {
  const auto model = make_model("builtin:eight_schools");
  SampleOptions options = options_for("de");
  options.warmup = 150;
  options.draws = 1;
  const SampleJob job(*model, options);
  SampleJob::Outcome reports(options.chains);
  Rng rng({options.seed, Purpose::test, ItemId(0), Step(0)});
  std::vector<double> all;
  const SampleShared first = job.begin_shared();
  for (ChainReport& report : reports) {
    report.tuning = first.tuning.front();
    for (std::size_t i = 0; i < 7 * model->dimension(); ++i) report.positions.push_back(rng.uniform());
    all.insert(all.end(), report.positions.begin(), report.positions.end());
  }
  const SampleShared next = job.update(first, reports);
  for (const Tuning& tuning : next.tuning) EXPECT_EQ(tuning.archive, all);
}

}  // namespace
}  // namespace dovetail::test
