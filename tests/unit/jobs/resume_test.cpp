// A run that is continued with more rounds is, bit for bit, the run that was asked for them at once.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/output/digest.hpp"
#include "dovetail/output/draws.hpp"
#include "dovetail/output/run_folder.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {
namespace {

struct Setting {
  std::string name;
  std::string spec;
  std::function<void(TemperOptions&)> change;
};
void PrintTo(const Setting& setting, std::ostream* out) { *out << setting.name; }

std::vector<Setting> settings() {
  const auto two_legs = [](TemperOptions& o) {
    o.legs = 2;
    o.reference = ReferenceKind::variational;
  };
  return {{"Default", "builtin:unid", [](TemperOptions&) {}},
          {"FixedReplicas", "builtin:unid", [](TemperOptions& o) { o.replicas = 5; }},
          {"FixedSchedule", "builtin:mvn,d=2",
           [](TemperOptions& o) {
             o.schedule = {0, 0.1, 0.4, 1};
           }},
          {"TwoLegs", "builtin:unid,n=100000,y=50000", two_legs},
          {"ThreeCopies", "builtin:modes", [](TemperOptions& o) { o.copies = 3; }},
          {"KeepAll", "builtin:unid", [](TemperOptions& o) { o.keep = Keep::all_rounds; }},
          {"EveryRung", "builtin:ising,L=3", [](TemperOptions& o) { o.every_rung = true; }},
          {"Everything", "builtin:unid", [two_legs](TemperOptions& o) {
             two_legs(o);
             o.copies = 3;
             o.keep = Keep::all_rounds;
             o.every_rung = true;
             o.replicas = 4;
           }}};
}

/// A stop is asked for when this round has taken some steps; with 16 steps to the first look, from round 5 on.
class StopIn final : public TemperObserver {
 public:
  explicit StopIn(std::uint32_t round) : round_(round) {}
  void progress(const Progress& progress) override { in_round_ |= progress.round.value == round_; }
  StopReason should_stop() override { return in_round_ ? StopReason::interrupted : StopReason::finished; }

 private:
  std::uint32_t round_;
  bool in_round_ = false;
};

TemperResult run_in(const RunFolder& folder, const Model& model, TemperOptions options, std::uint32_t rounds,
                    RunFiles::Start start, TemperObserver& observer, const Layout& layout = serial_layout()) {
  options.rounds = rounds;
  return temper(model, options, layout, observer, {folder, "", false, 0, start});
}

std::vector<Bytes> draws_of(const RunFolder& folder) {
  const DrawsReader draws(folder.draws());
  std::vector<Bytes> all;
  for (const Round round : draws.rounds()) {
    for (std::size_t column = 0; column < draws.columns().size(); ++column) {
      all.push_back(pack(draws.chains(round, column)));
    }
  }
  return all;
}

void expect_same_run(const TemperResult& a, const RunFolder& folder_a, const TemperResult& b,
                     const RunFolder& folder_b) {
  EXPECT_EQ(a.summary.digest, b.summary.digest);
  EXPECT_EQ(digest(folder_a), digest(folder_b));
  const auto rows_a = read_rounds<TemperingRow>(folder_a.rounds()),
             rows_b = read_rounds<TemperingRow>(folder_b.rounds());
  ASSERT_EQ(rows_a.size(), rows_b.size());
  for (std::size_t r = 0; r < rows_a.size(); ++r) {
    EXPECT_EQ(without_seconds(fields_of(rows_a[r])), without_seconds(fields_of(rows_b[r]))) << "round " << r + 1;
    EXPECT_EQ(rows_a[r].state_sha256, rows_b[r].state_sha256) << "round " << r + 1;
  }
  const auto draws = draws_of(folder_a);
  EXPECT_FALSE(draws.empty());
  EXPECT_TRUE(draws == draws_of(folder_b));
}

class Continued : public ::testing::TestWithParam<Setting> {};
INSTANTIATE_TEST_SUITE_P(Temper, Continued, ::testing::ValuesIn(settings()),
                         [](const auto& which) { return which.param.name; });

TEST_P(Continued, ByMoreRoundsEqualsHavingAskedForThemAtOnce) {
  const auto model = make_model(GetParam().spec);
  TemperOptions options = own_options(9);
  GetParam().change(options);
  const TemporaryFolder scratch;
  const auto whole = RunFolder::create(scratch / "whole", "run", Existing::refuse);
  const auto parts = RunFolder::create(scratch / "parts", "run", Existing::refuse);
  TemperObserver quiet;
  const TemperResult at_once = run_in(whole, *model, options, 9, RunFiles::Start::anew, quiet);
  EXPECT_EQ(run_in(parts, *model, options, 6, RunFiles::Start::anew, quiet).rounds.size(), 6u);
  const TemperResult continued =
      run_in(parts, *model, options, 9, RunFiles::Start::from_checkpoint, quiet, {"threads", 2});
  EXPECT_EQ(continued.rounds.size(), 9u);
  expect_same_run(at_once, whole, continued, parts);
}

TEST_P(Continued, AfterAStopInTheMiddleOfARoundEqualsTheUndisturbedRun) {
  const auto model = make_model(GetParam().spec);
  TemperOptions options = own_options(8);
  GetParam().change(options);
  const TemporaryFolder scratch;
  const auto whole = RunFolder::create(scratch / "whole", "run", Existing::refuse);
  const auto parts = RunFolder::create(scratch / "parts", "run", Existing::refuse);
  TemperObserver quiet;
  const TemperResult at_once = run_in(whole, *model, options, 8, RunFiles::Start::anew, quiet);
  StopIn sixth(6), eighth(8);
  const TemperResult first = run_in(parts, *model, options, 8, RunFiles::Start::anew, sixth);
  EXPECT_EQ(first.stop, StopReason::interrupted);
  EXPECT_EQ(first.rounds.size(), 5u);
  EXPECT_EQ(first.summary.status, "incomplete");
  run_in(parts, *model, options, 8, RunFiles::Start::from_checkpoint, eighth);
  const TemperResult last = run_in(parts, *model, options, 8, RunFiles::Start::from_checkpoint, quiet);
  expect_same_run(at_once, whole, last, parts);
}

// Going on under other settings of the kernel would mix two results.
TEST(Continued, UnderAnotherKernelIsRefusedByTheNameOfTheSetting) {
  const auto model = make_model("builtin:mvn,d=2");
  TemperOptions options = own_options(3);
  options.kernel = "mh";
  options.kernel_settings.proposals = {{{"x[1]", "x[2]"}, "normal", {{"scale", {0.3}}}}};
  const TemporaryFolder scratch;
  const auto folder = RunFolder::create(scratch / "run", "run", Existing::refuse);
  TemperObserver quiet;
  run_in(folder, *model, options, 3, RunFiles::Start::anew, quiet);
  const auto refusal = [&](auto change) {
    TemperOptions other = options;
    change(other.kernel_settings);
    try {
      run_in(folder, *model, other, 4, RunFiles::Start::from_checkpoint, quiet);
      return std::string("went on");
    } catch (const CheckpointError& error) {
      return std::string(error.what());
    }
  };
  const auto names = [](const std::string& words, const std::string& field) {
    return words.find("its options." + field + " is") != std::string::npos;
  };
  const std::string scale = refusal([](KernelSettings& s) { s.proposals[0].numbers["scale"] = {0.4}; });
  EXPECT_TRUE(names(scale, "proposals_sha256")) << scale;
  const std::string delta = refusal([](KernelSettings& s) { s.adapt_delta = 0.9; });
  EXPECT_TRUE(names(delta, "adapt_delta")) << delta;
  const std::string depth = refusal([](KernelSettings& s) { s.depth_max = 5; });
  EXPECT_TRUE(names(depth, "max_depth")) << depth;
  const std::string leapfrogs = refusal([](KernelSettings& s) { s.leapfrogs = 5; });
  EXPECT_TRUE(names(leapfrogs, "leapfrogs")) << leapfrogs;
  const std::string until = refusal([](KernelSettings& s) { s.adapt_until = 5; });
  EXPECT_TRUE(names(until, "adapt_until")) << until;
  EXPECT_EQ(refusal([](KernelSettings&) {}), "went on");
}

TEST(Continued, WithoutAFolderGivesTheSameFigures) {
  const auto model = make_model("builtin:unid");
  const TemperOptions options = own_options(7);
  const TemporaryFolder scratch;
  const auto folder = RunFolder::create(scratch / "run", "run", Existing::refuse);
  TemperObserver quiet;
  const TemperResult on_disk = run_in(folder, *model, options, 7, RunFiles::Start::anew, quiet);
  const TemperResult in_memory = run_temper(*model, options);
  ASSERT_EQ(on_disk.rounds.size(), in_memory.rounds.size());
  for (std::size_t r = 0; r < on_disk.rounds.size(); ++r) {
    EXPECT_EQ(on_disk.rounds[r].state_sha256, in_memory.rounds[r].state_sha256);
  }
  EXPECT_EQ(on_disk.summary.tempering->log_evidence, in_memory.summary.tempering->log_evidence);
}

}  // namespace
}  // namespace dovetail::test
