// Whole sampling runs: truth for every kernel, the same bits for every layout and every interruption, nothing adapted
// after warm-up.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/sample_job.hpp"
#include "dovetail/jobs/verify.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/model/callable.hpp"
#include "dovetail/output/digest.hpp"
#include "dovetail/output/memory_sink.hpp"
#include "dovetail/store/hash.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/sampling_runs.hpp"

namespace dovetail::test {
namespace {

class EveryKernel : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Sample, EveryKernel,
                         ::testing::Values("nuts", "hmc", "mala", "aaps", "slice", "mh", "automala", "nuts+slice",
                                           "nuts+mh", "0.5*nuts|0.5*slice", "mh|hmc+slice", "de", "snooker", "stretch",
                                           "0.8*de|0.2*snooker"),
                         [](const auto& kernel) {
                           std::string name = kernel.param;
                           const auto is_sign = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; };
                           std::replace_if(name.begin(), name.end(), is_sign, '_');
                           return name;
                         });

// Means of a correlated normal law with known moments, within z_limit of their own errors.
TEST_P(EveryKernel, FindsTheMomentsOfANormalLaw) {
  const auto model = make_model("builtin:mvn,d=5");
  SampleOptions options = options_for(GetParam());
  options.draws = 4000;
  const SampleResult result = run_sample(*model, options);
  ASSERT_FALSE(model->description().closed_forms.empty());
  int checked = 0;
  for (const ClosedForm& form : model->description().closed_forms) {
    if (!form.quantity.starts_with("mean(")) continue;
    const ParameterSummary& row = figures(result, form.quantity.substr(5, form.quantity.size() - 6));
    ASSERT_TRUE(row.mcse_mean) << row.name;
    EXPECT_LT(std::fabs(row.mean - form.value), z_limit(12 * 5) * *row.mcse_mean) << row.name;
    ++checked;
  }
  EXPECT_GT(checked, 0);
}

TEST_P(EveryKernel, GivesTheSameDigestForAnyNumberOfThreads) {
  const auto model = make_model("builtin:eight_schools");
  SampleOptions options = options_for(GetParam());
  options.draws = 150;
  options.warmup = 60;
  std::set<std::string> digests;
  for (const unsigned threads : {1U, 2U, 3U, 5U, 8U}) {
    digests.insert(run_sample(*model, options, {"threads", threads}).summary.digest);
  }
  digests.insert(run_sample(*model, options).summary.digest);
  EXPECT_EQ(digests.size(), 1U);
}

TEST_P(EveryKernel, StoppedAnywhereGoesOnToTheSameDigest) {
  const auto model = make_model("builtin:eight_schools");
  SampleOptions options = options_for(GetParam());
  options.draws = 300;
  options.warmup = 60;
  const TemporaryFolder place;
  const std::string whole = run_sample(*model, options).summary.digest;
  SampleObserver quiet;
  const RunFolder folder = RunFolder::create(place.path() / "r", "r", Existing::refuse);
  StopAfter first(1);
  EXPECT_EQ(run_in(folder, *model, options, RunFiles::Start::anew, first).stop, StopReason::interrupted);
  for (const std::uint32_t rounds : {2U, 4U, 6U}) {
    StopAfter later(rounds);
    run_in(folder, *model, options, RunFiles::Start::from_checkpoint, later, {"threads", 3});
  }
  const SampleResult end = run_in(folder, *model, options, RunFiles::Start::from_checkpoint, quiet);
  EXPECT_EQ(end.stop, StopReason::finished);
  EXPECT_EQ(end.summary.digest, whole);
  EXPECT_EQ(digest(folder), whole);
  EXPECT_TRUE(verify_sample(*model, options, folder, quiet).same);
}

// 217 is no look: the block that ends there is one that the whole run does not have.
TEST_P(EveryKernel, WithMoreDrawsIsTheRunThatWasAskedForThemAtOnce) {
  const auto model = make_model("builtin:eight_schools");
  SampleOptions options = options_for(GetParam());
  options.warmup = 60;
  options.draws = 217;
  const TemporaryFolder place;
  SampleObserver quiet;
  const RunFolder folder = RunFolder::create(place.path() / "r", "r", Existing::refuse);
  run_in(folder, *model, options, RunFiles::Start::anew, quiet);
  options.draws = 700;
  const SampleResult grown = run_in(folder, *model, options, RunFiles::Start::from_checkpoint, quiet);
  EXPECT_EQ(grown.summary.digest, run_sample(*model, options).summary.digest);
  EXPECT_TRUE(verify_sample(*model, options, folder, quiet).same);
  options.draws = 300;
  EXPECT_THROW(run_in(folder, *model, options, RunFiles::Start::from_checkpoint, quiet), UsageError);
}

std::vector<double> column_of(const SampleResult& result, const std::string& name) {
  const auto at = std::find(result.columns.begin(), result.columns.end(), name) - result.columns.begin();
  std::vector<double> values;
  for (const auto& chain : result.draws) {
    for (auto row = static_cast<std::size_t>(at); row < chain.size(); row += result.columns.size()) {
      values.push_back(chain[row]);
    }
  }
  return values;
}

// The funnel's neck makes trajectories diverge.
TEST(SampleRun, ColumnsTellOfTrajectoriesWhateverElseTheKernelDoes) {
  const auto model = make_model("builtin:funnel");
  for (const char* kernel : {"nuts", "nuts+mh", "mh+nuts", "nuts+slice", "0.5*nuts|0.5*slice", "nuts|mh"}) {
    SampleOptions options = options_for(kernel);
    options.draws = 500;
    options.kernel_settings.adapt_delta = 0.5;
    const SampleResult result = run_sample(*model, options);
    const std::vector<double> divergent = column_of(result, "divergent");
    const std::vector<double> leapfrogs = column_of(result, "leapfrogs");
    const std::vector<double> energy = column_of(result, "energy");
    const auto sum = static_cast<std::uint64_t>(std::accumulate(divergent.begin(), divergent.end(), 0.0));
    EXPECT_GT(sum, 0U) << kernel;
    EXPECT_EQ(sum, result.summary.sampling.divergences) << kernel;
    for (std::size_t i = 0; i < energy.size(); ++i) ASSERT_EQ(std::isnan(energy[i]), leapfrogs[i] == 0) << kernel;
    const bool mixture = std::string(kernel).find('|') != std::string::npos;
    const auto without = std::count(leapfrogs.begin(), leapfrogs.end(), 0.0);
    EXPECT_EQ(without > 0, mixture) << kernel;
  }
}

TEST(SampleRun, KeepsEveryThinnedIteration) {
  const auto model = make_model("builtin:eight_schools");
  SampleOptions options = options_for();
  options.draws = 90;
  const SampleResult all = run_sample(*model, options);
  options.draws = 30;
  options.thin = 3;
  const SampleResult thinned = run_sample(*model, options);
  ASSERT_EQ(thinned.draws.size(), all.draws.size());
  const std::size_t width = all.columns.size();
  for (std::size_t chain = 0; chain < all.draws.size(); ++chain) {
    ASSERT_EQ(thinned.draws[chain].size(), 30 * width);
    for (std::size_t draw = 0; draw < 30; ++draw) {
      for (std::size_t column = 0; column < width; ++column) {
        ASSERT_EQ(thinned.draws[chain][draw * width + column], all.draws[chain][(3 * draw + 2) * width + column]);
      }
    }
  }
}

// Thinning throws draws away, not trajectories: what is said of those must not change.
TEST(SampleRun, ThinningChangesNothingThatIsSaidOfTrajectories) {
  const auto model = make_model("builtin:funnel");
  SampleOptions options = options_for("nuts");
  options.kernel_settings.adapt_delta = 0.5;
  options.draws = 2000;
  const auto about_trajectories = [](const SampleResult& result) {
    std::string words;
    for (const Warning& warning : result.summary.warnings) {
      if (warning.id == "W107" || warning.id == "W108") words += warning.text + "\n";
    }
    return words;
  };
  const std::string all = about_trajectories(run_sample(*model, options));
  EXPECT_NE(all.find("divergent transition"), std::string::npos) << all;
  EXPECT_NE(all.find("E-BFMI"), std::string::npos) << all;
  options.draws = 50;
  options.thin = 40;
  EXPECT_EQ(about_trajectories(run_sample(*model, options)), all);
}

double leapfrogs_per_draw(const SampleResult& result) {
  const auto column = std::find(result.columns.begin(), result.columns.end(), "leapfrogs") - result.columns.begin();
  double leapfrogs = 0;
  std::size_t draws = 0;
  for (const auto& chain : result.draws) {
    for (std::size_t at = 0; at < chain.size(); at += result.columns.size(), ++draws) {
      leapfrogs += chain[at + static_cast<std::size_t>(column)];
    }
  }
  return leapfrogs / static_cast<double>(draws);
}

TEST(SampleRun, ShowsNothingWhereNothingWasProposed) {
  const auto model = make_model("builtin:mvn,d=2");
  SampleOptions options = options_for("mh");
  options.warmup = 10;
  options.draws = 20;
  options.kernel_settings.proposals = {{{"x"}, "normal", {{"jump_interval", {2}}}}};
  const SampleResult result = run_sample(*model, options);
  const auto column = std::find(result.columns.begin(), result.columns.end(), "accept_stat") - result.columns.begin();
  for (std::size_t t = 0; t < 20; ++t) {
    const double shown = result.draws[0][t * result.columns.size() + static_cast<std::size_t>(column)];
    EXPECT_EQ(std::isnan(shown), t % 2 == 1) << t;
  }
}

TEST(SampleRun, CountsOneGradientForEachLeapfrogStep) {
  const auto model = make_model("builtin:eight_schools");
  SampleOptions options = options_for("nuts");
  const SampleResult result = run_sample(*model, options);
  std::uint64_t gradients = 0, densities = 0;
  for (const SamplingRow& row : result.rounds) {
    if (row.phase != "draws") continue;
    gradients += row.gradient_evaluations;
    densities += row.density_evaluations;
  }
  EXPECT_EQ(static_cast<double>(gradients), leapfrogs_per_draw(result) * 4000);
  EXPECT_EQ(densities, 0U);
}

/// A normal law in 50 dimensions, unit variances but for one of 1/400 along the diagonal: no diagonal metric helps.
struct Pancake {
  [[nodiscard]] std::size_t dimension() const { return 50; }
  double operator()(Point x) const {
    const double s = math::sum(x);
    return -0.5 * (math::sum_of_squares(x) + 399 * s * s / 50);
  }
  void gradient(Point x, PointOut g) const {
    const double s = math::sum(x);
    for (std::size_t i = 0; i < x.size(); ++i) g[i] = -x[i] - 399 * s / 50;
  }
};

// A kernel that ends in slice sampling leaves no gradient behind; the metric is learnt from gradients all the same.
// From the draws alone, of which there are fewer than coordinates, trajectories would be ten times as long.
TEST(SampleRun, ACycleWithSliceLearnsTheMetricOfNuts) {
  const CallableModel model{Pancake()};
  SampleOptions options = options_for("nuts");
  options.warmup = 100;
  options.draws = 50;
  const SampleResult alone = run_sample(model, options);
  options.kernel = "nuts+slice";
  const SampleResult cycle = run_sample(model, options);
  EXPECT_LT(leapfrogs_per_draw(cycle), 2 * leapfrogs_per_draw(alone));
  // and in warm-up
  const auto warm = [](const SampleResult& result) {
    std::uint64_t gradients = 0;
    for (const SamplingRow& row : result.rounds) gradients += row.phase == "warmup" ? row.gradient_evaluations : 0;
    return gradients;
  };
  EXPECT_LT(warm(cycle), 2 * warm(alone));
}

/// A job under its loop, so that its shared state can be looked at between rounds.
TEST(SampleRun, AdaptsNothingAfterWarmUp) {
  const auto model = make_model("builtin:eight_schools");
  for (const char* kernel : {"nuts", "slice", "mh", "automala+slice", "de"}) {
    SampleOptions options = options_for(kernel);
    options.draws = 300;
    options.warmup = 60;
    const SampleJob job(*model, options);
    const auto executor = make_serial_executor();
    MemorySink sink;
    sink.begin(job.columns());
    Observer quiet;
    State<SampleJob> state = begin(job, *executor);
    std::set<std::string> frozen, warm;
    const auto ended = [&](const State<SampleJob>& at, double) {
      (job.in_warm_up(at.shared) ? warm : frozen).insert(to_hex(sha256(pack(at.shared.tuning))));
    };
    run(job, state, Surroundings<SampleJob>{*executor, sink, quiet, ended, {}, 0});
    EXPECT_EQ(frozen.size(), 1U) << kernel;
    EXPECT_GT(warm.size(), 1U) << kernel;
  }
}

TEST(SampleRun, SavesWarmUpBesideTheSameDraws) {
  const auto model = make_model("builtin:eight_schools");
  SampleOptions options = options_for();
  options.draws = 100;
  const SampleResult without = run_sample(*model, options);
  options.save_warmup = true;
  const SampleResult with = run_sample(*model, options);
  EXPECT_EQ(with.draws, without.draws);
  EXPECT_NE(with.summary.digest, without.summary.digest);
}

}  // namespace
}  // namespace dovetail::test
