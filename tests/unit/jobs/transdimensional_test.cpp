// Sampling runs over parameters that come and go: the posterior of their number in closed form, whatever moves what is
// there, and the same bits after a stop.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "tests/support/folder.hpp"
#include "tests/support/sampling_runs.hpp"

namespace dovetail::test {
namespace {

/// A kernel and a model whose every figure is known.
using Run = std::pair<std::string, std::string>;

class Transdimensional : public ::testing::TestWithParam<Run> {
 protected:
  Transdimensional() : model(make_model(GetParam().second)), options(options_for(GetParam().first)) {}
  std::unique_ptr<Model> model;
  SampleOptions options;
};
INSTANTIATE_TEST_SUITE_P(Sample, Transdimensional,
                         ::testing::Values(Run{"auto", "builtin:nested"}, Run{"mh|nuts", "builtin:nested"},
                                           Run{"mh+automala", "builtin:nested"}, Run{"mh+slice", "builtin:nested,K=6"},
                                           Run{"mh", "builtin:nested,K=1"}),
                         [](const auto& which) {
                           std::string name = which.param.first + which.param.second.substr(8);
                           const auto is_sign = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; };
                           std::replace_if(name.begin(), name.end(), is_sign, '_');
                           return name;
                         });

// P(k) for every k, which components there are, and the moments of what they bring, within z_limit of their errors.
TEST_P(Transdimensional, AgreesWithItsClosedForms) {
  options.draws = 8000;
  const SampleResult result = run_sample(*model, options);
  std::size_t sizes = 0;
  std::size_t others = 0;
  for (const ClosedForm& form : model->description().closed_forms) {
    for (const ParameterSummary& row : result.summary.parameters) {
      if (form.quantity != "mean(" + row.name + ")") continue;
      if (row.mcse_mean) {
        EXPECT_LT(std::fabs(row.mean - form.value), z_limit(5 * 26) * *row.mcse_mean) << row.name;
      } else {
        EXPECT_LT(form.value, 1e-3) << row.name << " was never met";
      }
      ++(row.name.starts_with("count_is") ? sizes : others);
    }
  }
  const std::size_t components = model->description().coordinates.size() / 2;
  EXPECT_EQ(sizes, components + 1);
  EXPECT_EQ(others, 3 * components + 1);  // active, amplitude, effect of each; their count
}

TEST_P(Transdimensional, StoppedGoesOnToTheSameDigest) {
  options.draws = 250;
  options.warmup = 60;
  const TemporaryFolder place;
  const RunFolder folder = RunFolder::create(place.path() / "r", "r", Existing::refuse);
  StopAfter first(1);
  EXPECT_EQ(run_in(folder, *model, options, RunFiles::Start::anew, first).stop, StopReason::interrupted);
  for (const std::uint32_t rounds : {3U, 5U, 6U}) {
    StopAfter later(rounds);
    run_in(folder, *model, options, RunFiles::Start::from_checkpoint, later, {"threads", 3});
  }
  SampleObserver quiet;
  const SampleResult end = run_in(folder, *model, options, RunFiles::Start::from_checkpoint, quiet);
  EXPECT_EQ(end.stop, StopReason::finished);
  EXPECT_EQ(end.summary.digest, run_sample(*model, options).summary.digest);
}

}  // namespace
}  // namespace dovetail::test
