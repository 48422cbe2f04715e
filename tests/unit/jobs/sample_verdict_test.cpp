// What a sampling run says about its trajectories, step sizes and a failing model at its end, and in events.jsonl.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "dovetail/jobs/sample_job.hpp"
#include "dovetail/jobs/sample_summary.hpp"
#include "dovetail/model/callable.hpp"
#include "dovetail/model/registry.hpp"
#include "dovetail/output/events.hpp"
#include "dovetail/output/memory_sink.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/run/run.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {
namespace {

SampleOptions options_for(const std::string& kernel) {
  SampleOptions options;
  options.seed = seed_from_name();
  options.kernel = kernel;
  options.draws = 100;
  return options;
}

Summary summary_of(const Model& model, const SampleOptions& options) {
  SampleObserver quiet;
  return sample(model, options, serial_layout(), quiet).summary;
}

/// The text of the warning, or nothing.
std::string warning(const Summary& summary, const std::string& id) {
  for (const Warning& one : summary.warnings) {
    if (one.id == id) return one.text;
  }
  return "";
}

/// Normal, of deviation sd in each of two coordinates.
struct Normal {
  double sd = 1;
  [[nodiscard]] std::size_t dimension() const { return 2; }
  double operator()(Point x) const { return -0.5 * (x[0] * x[0] + x[1] * x[1]) / (sd * sd); }
  void gradient(Point x, PointOut g) const {
    g[0] = -x[0] / (sd * sd);
    g[1] = -x[1] / (sd * sd);
  }
};

// One doubling hardly ever turns in twenty coordinates, and every third iteration is kept.
TEST(SampleVerdict, SharesAreOfAllIterationsKeptOrNot) {
  SampleOptions options = options_for("nuts");
  options.kernel_settings.depth_max = 1;
  options.thin = 3;
  const Summary summary = summary_of(*make_model("builtin:mvn,d=20"), options);
  const std::string text = warning(summary, "W109");
  ASSERT_NE(text, "");
  const double percent = std::stod(text);
  EXPECT_GT(percent, 50) << text;
  EXPECT_LE(percent, 100) << text;
}

TEST(SampleVerdict, AChainWhoseStepsAreTooCoarseIsNamed) {
  // without warm-up the first step of 1 is 3.3 deviations, beyond what leapfrogs can follow
  const CallableModel model(Normal{0.3});
  for (const char* kernel : {"nuts", "hmc", "mala", "mala+slice"}) {
    SampleOptions options = options_for(kernel);
    options.warmup = 0;
    const std::string target = std::string(kernel).starts_with("mala") ? "0.574" : "0.8";
    const std::string text = warning(summary_of(model, options), "W110");
    EXPECT_NE(text.find("its target " + target), std::string::npos) << kernel << ": " << text;
  }
  SampleOptions other = options_for("aaps");  // adapts to another figure than its acceptance
  other.warmup = 0;
  EXPECT_EQ(warning(summary_of(model, other), "W110"), "");
}

TEST(SampleVerdict, AcceptanceIsThatOfTheChainsThemselves) {
  const auto model = make_model("builtin:mvn,d=5");
  SampleOptions options = options_for("nuts");
  options.draws = 1000;
  options.kernel_settings.adapt_delta = 0.6;  // overshot by 0.1 and more by every warm-up of 300
  SampleObserver quiet;
  const SampleResult result = sample(*model, options, serial_layout(), quiet);
  const auto column = std::find(result.columns.begin(), result.columns.end(), "accept_stat") - result.columns.begin();
  double sum = 0;
  for (const auto& chain : result.draws) {
    for (std::size_t at = 0; at < chain.size(); at += result.columns.size()) {
      sum += chain[at + static_cast<std::size_t>(column)];
    }
  }
  const double mean = sum / 4000;
  const auto is_note = [](const std::string& note) { return note.starts_with("acceptance "); };
  const auto note = std::find_if(result.summary.notes.begin(), result.summary.notes.end(), is_note);
  ASSERT_EQ(note != result.summary.notes.end(), mean > 0.7);
  if (mean > 0.7) {
    EXPECT_NEAR(std::stod(note->substr(11)), mean, 0.005) << *note;
  }
}

struct EndedJob {
  State<SampleJob> state;
  MemorySink draws;
};

void run_to_end(const SampleJob& job, EndedJob& ended) {
  const auto executor = make_serial_executor();
  ended.draws.begin(job.columns());
  Observer quiet;
  ended.state = begin(job, *executor);
  run(job, ended.state, Surroundings<SampleJob>{*executor, ended.draws, quiet, {}, {}, 0});
}

TEST(SampleVerdict, StepSizesAreThoseOfTheFrozenTuning) {
  const auto model = make_model("builtin:mvn,d=5");
  const SampleJob job(*model, options_for("nuts"));
  EndedJob ended;
  run_to_end(job, ended);
  EXPECT_EQ(warning(summarise_sampling(*model, job, ended.state, ended.draws), "W111"), "");
  ended.state.shared.tuning[2].step_size = ended.state.shared.tuning[0].step_size * 16;
  const std::string text = warning(summarise_sampling(*model, job, ended.state, ended.draws), "W111");
  EXPECT_NE(text.find("in chain 3:"), std::string::npos) << text;
}

/// Shows columns under the names of a kernel's own, all of them constant.
struct Impostor : Normal {
  [[nodiscard]] std::vector<std::string> derived_names() const { return {"energy", "accept_stat"}; }
  void derived(Point, PointOut values) const { values[0] = values[1] = 0; }
};

TEST(SampleVerdict, OutputsOfTheModelAreNotTakenForTheKernels) {
  const CallableModel model(Impostor{});
  SampleOptions options = options_for("nuts");
  const Summary summary = summary_of(model, options);
  EXPECT_EQ(warning(summary, "W110"), "");
}

/// NaN in a corner of the plane.
struct Cornered : Normal {
  double operator()(Point x) const {
    return x[0] > 1 && x[1] > 1 ? std::numeric_limits<double>::quiet_NaN() : Normal::operator()(x);
  }
};

TEST(SampleVerdict, FailuresOfTheModelAreWarnedOfAndWrittenRoundByRound) {
  const CallableModel model(Cornered{});
  SampleOptions options = options_for("slice");
  options.on_error = OnError::reject;
  options.warmup = 100;
  const TemporaryFolder place;
  const RunFolder folder = RunFolder::create(place.path() / "r", "r", Existing::refuse);
  SampleObserver quiet;
  const SampleResult result = sample(model, options, serial_layout(), quiet, {folder, "", false, 0});
  std::uint64_t failures = 0;
  for (const SamplingRow& row : result.rounds) failures += row.error_events;
  ASSERT_GT(failures, 0U);
  const std::string text = warning(result.summary, "W206");
  EXPECT_NE(text.find("failed " + std::to_string(failures) + " times"), std::string::npos) << text;

  std::uint64_t written = 0;
  for (const Event& event : read_events(folder.events())) {
    if (event.kind != "model_failures") continue;
    ASSERT_EQ(event.fields.size(), 3U);
    const auto round = std::get<std::uint64_t>(event.fields[0].second);
    EXPECT_EQ(std::get<std::uint64_t>(event.fields[1].second), result.rounds.at(round - 1).error_events);
    EXPECT_NE(std::get<std::string>(event.fields[2].second).find("gave NaN at (x[1] "), std::string::npos)
        << std::get<std::string>(event.fields[2].second);
    written += std::get<std::uint64_t>(event.fields[1].second);
  }
  EXPECT_EQ(written, failures);
}

TEST(SampleVerdict, AModelThatNeverFailsHasNoSuchEvent) {
  const CallableModel model(Normal{});
  const TemporaryFolder place;
  const RunFolder folder = RunFolder::create(place.path() / "r", "r", Existing::refuse);
  SampleObserver quiet;
  const SampleResult result = sample(model, options_for("slice"), serial_layout(), quiet, {folder, "", false, 0});
  EXPECT_EQ(warning(result.summary, "W206"), "");
  for (const Event& event : read_events(folder.events())) EXPECT_NE(event.kind, "model_failures");
}

}  // namespace
}  // namespace dovetail::test
