// Runs that end at the first look with enough effective draws, wherever else they were cut.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "dovetail/model/callable.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/sampling_runs.hpp"

namespace dovetail::test {
namespace {

TEST(SampleRun, EndsAtTheFirstLookWithEnoughEffectiveDraws) {
  const auto model = make_model("builtin:eight_schools");
  SampleOptions options = options_for();
  options.draws = 100000;
  options.until_ess = 400;
  const SampleResult result = run_sample(*model, options);
  EXPECT_EQ(result.stop, StopReason::finished);
  EXPECT_LT(result.summary.sampling.draws, 100000U);
  for (const ParameterSummary& row : result.summary.parameters) {
    if (row.name.starts_with("log_")) continue;
    EXPECT_GE(std::min(*row.ess_bulk, *row.ess_tail), 400) << row.name;
  }
  EXPECT_EQ(result.summary.digest, run_sample(*model, options, {"threads", 3}).summary.digest);
  // one look earlier it was not enough
  SampleOptions shorter = options;
  shorter.until_ess.reset();
  shorter.draws = result.summary.sampling.draws / 2;
  double least = 1e9;
  for (const ParameterSummary& row : run_sample(*model, shorter).summary.parameters) {
    if (!row.name.starts_with("log_")) least = std::min({least, *row.ess_bulk, *row.ess_tail});
  }
  EXPECT_LT(least, 400);
}

// A block that ends because no more draws were asked for is no look: the run that goes on ends where the straight one
// does.
TEST(SampleRun, EndsAtLooksAloneHoweverItWasCutUp) {
  const auto model = make_model("builtin:mvn,d=2");
  SampleOptions options = options_for("exact");
  options.warmup = 0;
  options.until_ess = 150;
  options.draws = 4000;
  const SampleResult straight = run_sample(*model, options);
  EXPECT_EQ(straight.summary.sampling.draws, 125U);
  const TemporaryFolder place;
  SampleObserver quiet;
  const RunFolder folder = RunFolder::create(place.path() / "r", "r", Existing::refuse);
  options.draws = 90;
  run_in(folder, *model, options, RunFiles::Start::anew, quiet);
  options.draws = 4000;
  const SampleResult grown = run_in(folder, *model, options, RunFiles::Start::from_checkpoint, quiet);
  EXPECT_EQ(grown.summary.sampling.draws, 125U);
  EXPECT_EQ(grown.summary.digest, straight.summary.digest);
}

/// A normal law with an output that is 1 in all draws and, where asked for, one that is a number in half of them.
struct WithOutputs {
  bool some_nan;
  [[nodiscard]] std::size_t dimension() const { return 1; }
  double operator()(Point x) const { return -0.5 * x[0] * x[0]; }
  [[nodiscard]] std::vector<std::string> derived_names() const {
    return some_nan ? std::vector<std::string>{"one", "root"} : std::vector<std::string>{"one"};
  }
  void derived(Point x, PointOut values) const {
    values[0] = 1;
    if (some_nan) values[1] = std::sqrt(x[0]);
  }
};

TEST(SampleRun, AnOutputThatIsNotFiniteNeverHasEnoughEffectiveDraws) {
  for (const bool some_nan : {false, true}) {
    const CallableModel model(WithOutputs{some_nan});
    SampleOptions options = options_for("slice");
    options.warmup = 50;
    options.draws = 600;
    options.until_ess = 20;
    EXPECT_EQ(run_sample(model, options).summary.sampling.draws, some_nan ? 600U : 125U);
  }
}

TEST(SampleRun, ChainsThatNeverMoveNeverHaveEnoughEffectiveDraws) {
  const auto model = make_model("builtin:mvn,d=2");
  SampleOptions options = options_for("mh");
  options.warmup = 0;
  options.draws = 600;
  options.until_ess = 20;
  options.start = StartKind::values;
  options.start_values = {{0.1, 0.2}};
  options.kernel_settings.proposals = {{{"x"}, "normal", {{"scale", {1e12}}}, {{"adapt", "none"}}}};
  const SampleResult result = run_sample(*model, options);
  EXPECT_EQ(result.summary.sampling.draws, 600U);
  ASSERT_EQ(result.summary.warnings.size(), 1U);
  EXPECT_EQ(result.summary.warnings[0].id, "W112");
}

}  // namespace
}  // namespace dovetail::test
