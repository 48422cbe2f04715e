// Where chains start, and options that are refused before they do.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/sample_job.hpp"
#include "dovetail/model/callable.hpp"
#include "tests/support/sampling_runs.hpp"

namespace dovetail::test {
namespace {

TEST(SampleStart, OutsideTheSupportIsAnErrorThatNamesThePoint) {
  const auto nowhere = density(2, [](Point) { return -kInfinity; });
  const CallableModel model(nowhere);
  SampleOptions options = options_for("slice");
  try {
    run_sample(model, options);
    FAIL() << "there is no start";
  } catch (const ModelError& error) {
    const std::string words = error.what();
    EXPECT_NE(words.find("chain 1 found no start with positive density in 100 tries"), std::string::npos) << words;
    EXPECT_NE(words.find("x[1] "), std::string::npos) << words;
  }
}

TEST(SampleStart, TakesGivenPointsInTurnAndJittersThem) {
  const auto model = make_model("builtin:eight_schools");
  SampleOptions options = options_for("slice");
  options.start = StartKind::values;
  std::vector<double> point(model->description().parameter_count, 0.5);
  options.start_values = {point};
  const SampleJob job(*model, options);
  SampleJob::Scratch scratch;
  const SampleShared shared = job.begin_shared();
  const Chain one = job.begin_local(shared, ItemId(0), scratch);
  EXPECT_EQ(one.state.x, job.begin_local(shared, ItemId(3), scratch).state.x);
  options.jitter = 0.1;
  const SampleJob jittered(*model, options);
  const Chain moved = jittered.begin_local(shared, ItemId(0), scratch);
  EXPECT_NE(moved.state.x, one.state.x);
  for (std::size_t i = 0; i < moved.state.x.size(); ++i) EXPECT_NEAR(moved.state.x[i], one.state.x[i], 1);
}

TEST(SampleStart, GivenPointsAreLookedAtBeforeAnythingRuns) {
  const auto model = make_model("builtin:unid");
  SampleOptions options = options_for("slice");
  options.start = StartKind::values;
  options.start_values = {{0.5, 0.5}};
  EXPECT_NO_THROW(check_options(options, *model));
  options.start_values = {{0.5, 0.5}, {0.5}};
  EXPECT_THROW(check_options(options, *model), UsageError);
  options.start_values = {{0.5, 0.5}, {0.5, 1.5}};
  EXPECT_THROW(check_options(options, *model), ModelError);
}

TEST(SampleOptions, ImpossibleCombinationsAreRefusedWithACure) {
  const auto model = make_model("builtin:eight_schools");
  const auto refusal = [&](auto change, const Model& of) {
    SampleOptions options = options_for();
    change(options);
    try {
      check_options(options, of);
      return std::string("accepted");
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
  };
  EXPECT_NE(refusal([](SampleOptions& o) { o.chains = 0; }, *model).find("chains is 0"), std::string::npos);
  EXPECT_NE(refusal([](SampleOptions& o) { o.kernel_settings.adapt_delta = 1; }, *model).find("adapt-delta"),
            std::string::npos);
  EXPECT_NE(refusal([](SampleOptions& o) { o.kernel = "nuts"; }, *make_model("builtin:ising,L=3")).find("--kernel"),
            std::string::npos);
  const auto population = [](SampleOptions& o) { o.kernel = "de", o.warmup = 20, o.chains = 1; };
  EXPECT_NE(refusal(population, *model).find("20 warm-up iterations keep 5 of them and 10 real coordinates need 22"),
            std::string::npos);
  EXPECT_NE(refusal([](SampleOptions& o) { o.kernel = "de"; }, *make_model("builtin:mvn,d=500")).find("--kernel slice"),
            std::string::npos);
  EXPECT_EQ(refusal([](SampleOptions& o) { o.kernel = "de"; }, *model), "accepted");
  EXPECT_NE(
      refusal([](SampleOptions& o) { o.kernel = "stretch"; }, *make_model("builtin:spike_slab")).find("stretch+slice"),
      std::string::npos);
  EXPECT_NE(refusal([](SampleOptions& o) { o.start = StartKind::values; }, *model).find("no starting points"),
            std::string::npos);
  EXPECT_NE(refusal(
                [](SampleOptions& o) {
                  o.start = StartKind::values;
                  o.start_values = {{1, 2}};
                },
                *model)
                .find("has 10 parameters"),
            std::string::npos);
  EXPECT_NE(refusal([](SampleOptions& o) { o.jitter = -1; }, *model).find("jitter"), std::string::npos);
}

}  // namespace
}  // namespace dovetail::test
