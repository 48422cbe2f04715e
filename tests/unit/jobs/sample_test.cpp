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
#include "dovetail/model/registry.hpp"
#include "dovetail/output/digest.hpp"
#include "dovetail/output/memory_sink.hpp"
#include "dovetail/run/run.hpp"
#include "dovetail/store/hash.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {
namespace {

SampleOptions options_for(const std::string& kernel = "auto") {
  SampleOptions options;
  options.seed = seed_from_name();
  options.kernel = kernel;
  return options;
}

SampleResult run_sample(const Model& model, const SampleOptions& options, const Layout& layout = serial_layout()) {
  SampleObserver quiet;
  return sample(model, options, layout, quiet);
}

SampleResult run_in(const RunFolder& folder, const Model& model, const SampleOptions& options, RunFiles::Start start,
                    SampleObserver& observer, const Layout& layout = serial_layout()) {
  return sample(model, options, layout, observer, {folder, "", false, 0, start});
}

/// Asks for a stop at the first look after so many rows.
class StopAfter final : public SampleObserver {
 public:
  explicit StopAfter(std::uint32_t rounds) : rounds_(rounds) {}
  void progress(const Progress& progress) override { reached_ = reached_ || progress.round.value > rounds_; }
  StopReason should_stop() override { return reached_ ? StopReason::interrupted : StopReason::finished; }

 private:
  std::uint32_t rounds_;
  bool reached_ = false;
};

const ParameterSummary& figures(const SampleResult& result, const std::string& name) {
  for (const ParameterSummary& row : result.summary.parameters) {
    if (row.name == name) return row;
  }
  throw std::out_of_range(name);
}

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

// What a window's metric is estimated from: the draws of its plan and no others.
TEST(SampleWindow, RemembersTheDrawsOfItsPlan) {
  const auto model = make_model("builtin:eight_schools");
  SampleOptions options = options_for("nuts");
  options.warmup = 150;
  options.draws = 1;
  const SampleJob job(*model, options);
  const auto executor = make_serial_executor();
  State<SampleJob> state = begin(job, *executor);
  std::vector<SampleJob::Scratch> scratch(1);
  for (const WarmUpWindow& window : job.windows()) {
    const std::uint64_t start = state.step.value;
    state.records.assign(options.chains, ChainRecord());
    for (std::uint32_t c = 0; c < options.chains; ++c) {
      job.begin_round(state.shared, ItemId(c), state.locals[c], state.records[c]);
      for (std::uint64_t t = start; t < window.end; ++t) {
        job.advance(state.shared, ItemId(c), state.locals[c], state.records[c], Step(t), scratch[0]);
      }
    }
    const auto report = job.report(state.shared, ItemId(0), state.locals[0], state.records[0]);
    if (window.updates_metric) {
      EXPECT_EQ(report[0].window.n, window.end - window.from) << "window to " << window.end;
      EXPECT_EQ(report[0].window.gradient_mean.size(), model->dimension());
    }
    SampleJob::Outcome all;
    for (std::uint32_t c = 0; c < options.chains; ++c) {
      all = job.merge(std::move(all), job.report(state.shared, ItemId(c), state.locals[c], state.records[c]));
    }
    state.shared = job.update(state.shared, all);
    state.step = Step(window.end);
  }
}

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
