// Two runs side by side: of one law by any job and kernel, of two laws, and runs that are not fit to be compared.
#include "dovetail/jobs/compare.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/ep.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/store/file.hpp"
#include "tests/support/divided_tables.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {
namespace {

class Compare : public ::testing::Test {
 protected:
  RunFolder sampled(const std::string& model, std::uint64_t index, const std::string& kernel = "slice",
                    std::uint64_t draws = 1000) {
    SampleOptions options;
    options.seed = seed_from_name(index);
    options.kernel = kernel;
    options.warmup = 200;
    options.draws = draws;
    RunFolder folder = next_folder();
    SampleObserver quiet;
    sample(*make_model(model), options, serial_layout(), quiet, {folder, "", false, 0});
    return folder;
  }
  RunFolder tempered(const std::string& model, std::uint64_t index, ReferenceKind reference = ReferenceKind::automatic,
                     bool every_rung = false) {
    TemperOptions options = own_options(10, index);
    options.reference = reference;
    options.every_rung = every_rung;
    RunFolder folder = next_folder();
    TemperObserver quiet;
    temper(*make_model(model), options, serial_layout(), quiet, {folder, "", false, 0});
    return folder;
  }
  RunFolder next_folder() { return RunFolder::create(place_ / ("r" + std::to_string(++runs_)), "r", Existing::refuse); }

  TemporaryFolder place_;
  int runs_ = 0;
};

std::vector<std::string> quantities(const RunComparison& found) {
  std::vector<std::string> names;
  for (const auto& f : found.comparison.figures) {
    if (names.empty() || names.back() != f.quantity) names.push_back(f.quantity);
  }
  return names;
}

double largest_z(const RunComparison& found) {
  double z = 0;
  for (const auto& f : found.comparison.figures) z = std::max(z, std::fabs(f.difference.z));
  return z;
}

std::string refusal(const RunFolder& first, const RunFolder& second) {
  try {
    (void)compare_runs(first, second);
  } catch (const Error& error) {
    return std::to_string(static_cast<int>(error.code())) + ": " + error.what();
  }
  return "accepted";
}

using Names = std::vector<std::string>;

/// Its chains are those of each site, and its draws come from one source.
TEST_F(Compare, DrawsOfCorrectedAnswersAreOfOneSource) {
  const auto model = make_divided_model("builtin:hierarchical_normal", quantile_groups(32, 5, 0.1, 8),
                                        {.by = "group", .sites_max = 8});
  std::vector<RunFolder> runs;
  for (const std::uint64_t index : {1U, 2U}) {
    EpOptions options;
    options.seed = seed_from_name(index);
    options.correct = 0.05;
    runs.push_back(next_folder());
    EpObserver quiet;
    expectation_propagation(*model, options, serial_layout(), quiet, {runs.back(), "", false, 0});
  }
  const RunComparison found = compare_runs(runs[0], runs[1]);
  EXPECT_EQ(quantities(found).size(), model->shared());
  EXPECT_LT(largest_z(found), 4);
}

TEST_F(Compare, RunsOfOneLawByAnyJobAndKernelDoNotDiffer) {
  const RunFolder slices = sampled("builtin:unid", 0);
  const RunFolder jumps = sampled("builtin:unid", 1, "mh", 4000);
  const RunFolder ladder = tempered("builtin:unid", 2);
  const double limit = z_limit(2 * 12);
  for (const RunFolder* other : {&jumps, &ladder}) {
    const RunComparison found = compare_runs(slices, *other);
    EXPECT_TRUE(found.same_model);
    const Names names = quantities(found);
    EXPECT_NE(std::find(names.begin(), names.end(), "log_likelihood"), names.end());
    EXPECT_LE(found.comparison.figures.size(), 12U);
    EXPECT_LT(largest_z(found), limit);
    EXPECT_TRUE(found.only_first.empty());
    EXPECT_TRUE(found.only_second.empty());
  }
}

TEST_F(Compare, OtherRungsThatWereKeptAreNoChains) {
  const RunFolder chains = sampled("builtin:modes", 1);
  const RunComparison target = compare_runs(chains, tempered("builtin:modes", 2));
  const RunComparison ladder = compare_runs(chains, tempered("builtin:modes", 2, ReferenceKind::automatic, true));
  ASSERT_EQ(target.comparison.figures.size(), ladder.comparison.figures.size());
  for (std::size_t i = 0; i < target.comparison.figures.size(); ++i) {
    EXPECT_EQ(target.comparison.figures[i].difference.z, ladder.comparison.figures[i].difference.z) << i;
  }
}

TEST_F(Compare, RunsOfTwoLawsDiffer) {
  const RunFolder half = sampled("builtin:unid,n=1000,y=500", 0);
  const RunFolder less = sampled("builtin:unid,n=1000,y=300", 1);
  const RunComparison found = compare_runs(half, less);
  EXPECT_FALSE(found.same_model);
  EXPECT_GT(count_differences(found.comparison), 0U);
  // of two models a density says nothing
  for (const std::string& name : quantities(found)) EXPECT_FALSE(name.starts_with("log_")) << name;
}

TEST_F(Compare, TheEvidenceOfOneModelIsAFigureAndThatOfTwoIsNone) {
  const RunFolder first = tempered("builtin:unid", 0, ReferenceKind::variational);
  const RunFolder second = tempered("builtin:unid", 1, ReferenceKind::variational);
  const RunComparison found = compare_runs(first, second);
  const Names names = quantities(found);
  EXPECT_EQ(names.back(), "log_evidence");
  // fitted by each run for itself
  EXPECT_EQ(std::find(names.begin(), names.end(), "log_reference"), names.end());
  EXPECT_LT(largest_z(found), z_limit(12));
  const Summary summary = summary_of(first);
  EXPECT_EQ(found.comparison.figures.back().first.value, *summary.tempering->log_evidence);
  EXPECT_EQ(found.comparison.figures.back().first.se, *summary.tempering->log_evidence_se);
  const RunComparison other = compare_runs(first, tempered("builtin:unid,n=100,y=49", 2));
  EXPECT_NE(quantities(other).back(), "log_evidence");
}

// Figures are those of the summary: chains are taken apart as it takes them, two legs in turn.
TEST_F(Compare, FiguresAreThoseOfTheSummary) {
  const RunFolder ladder = tempered("builtin:mvn,d=2", 0, ReferenceKind::variational);
  const RunComparison found = compare_runs(ladder, ladder);
  const Summary summary = summary_of(ladder);
  std::size_t checked = 0;
  for (const auto& f : found.comparison.figures) {
    for (const ParameterSummary& row : summary.parameters) {
      if (row.name != f.quantity) continue;
      EXPECT_EQ(f.first.value, f.figure == "mean" ? row.mean : row.sd) << row.name;
      if (f.figure == "mean") {
        EXPECT_EQ(f.first.se, *row.mcse_mean) << row.name;
      }
      ++checked;
    }
  }
  EXPECT_GE(checked, 4U);
  EXPECT_EQ(largest_z(found), 0);
  ASSERT_FALSE(found.notes.empty());
  EXPECT_NE(found.notes[0].find("same digest"), std::string::npos);
}

TEST_F(Compare, QuantitiesOfOneRunAloneAreNamed) {
  const RunComparison found = compare_runs(sampled("builtin:mvn,d=2", 0), sampled("builtin:mvn,d=3", 1));
  EXPECT_EQ(found.only_first, Names());
  EXPECT_EQ(found.only_second, Names{"x[3]"});
  const std::string none = refusal(sampled("builtin:mvn", 2), sampled("builtin:unid", 3));
  EXPECT_NE(none.find("2: "), std::string::npos) << none;
  EXPECT_NE(none.find("no quantity in common"), std::string::npos) << none;
}

TEST_F(Compare, RunsOfOneSeedAreNotIndependentAndThatIsSaid) {
  const RunComparison found = compare_runs(sampled("builtin:mvn", 0), sampled("builtin:mvn", 0, "mh"));
  ASSERT_FALSE(found.notes.empty());
  EXPECT_NE(found.notes[0].find("both runs have seed"), std::string::npos) << found.notes[0];
  for (const std::string& note : compare_runs(sampled("builtin:mvn", 1), sampled("builtin:mvn", 2)).notes) {
    EXPECT_EQ(note.find("seed"), std::string::npos) << note;
  }
}

TEST_F(Compare, TooFewDrawsAreRefused) {
  const std::string words = refusal(sampled("builtin:mvn", 0, "slice", 5), sampled("builtin:mvn", 1));
  EXPECT_NE(words.find("2: nothing of "), std::string::npos) << words;
  EXPECT_NE(words.find("fewer than 8 draws"), std::string::npos) << words;
}

/// Stops as soon as it is asked.
class StopsAtOnce final : public SampleObserver {
 public:
  StopReason should_stop() override { return StopReason::terminated; }
};

TEST_F(Compare, RunsThatHaveNotEndedAreRefusedWithACure) {
  const RunFolder whole = sampled("builtin:mvn", 0);
  const RunFolder stopped = next_folder();
  SampleOptions options;
  options.draws = 1000000;
  StopsAtOnce observer;
  sample(*make_model("builtin:mvn"), options, serial_layout(), observer, {stopped, "", false, 0});
  for (const std::string& words : {refusal(whole, stopped), refusal(stopped, whole)}) {
    EXPECT_TRUE(words.starts_with("2: ")) << words;
    EXPECT_NE(words.find("has not ended (it stopped "), std::string::npos) << words;
    EXPECT_NE(words.find("dovetail resume"), std::string::npos) << words;
  }
  const RunFolder killed = sampled("builtin:mvn", 1);
  std::filesystem::remove(killed.summary());
  const std::string words = refusal(whole, killed);
  EXPECT_TRUE(words.starts_with("5: ")) << words;
  EXPECT_NE(words.find("has no summary.json"), std::string::npos) << words;
}

TEST_F(Compare, RunsThatWereDamagedAreRefused) {
  const RunFolder whole = sampled("builtin:mvn", 0);
  const RunFolder edited = sampled("builtin:mvn", 1);
  std::string text = read_text(edited.summary());
  const auto at = text.find("\"mean\": ");
  ASSERT_NE(at, std::string::npos);
  write_plainly(edited.summary(), text.replace(at, 8, "\"mean\": 1"));
  EXPECT_TRUE(refusal(whole, edited).starts_with("7: ")) << refusal(whole, edited);

  // draws of another run in their place: whole to their reader, but not those of the run's end
  const RunFolder swapped = sampled("builtin:mvn", 2);
  const auto name = std::filesystem::directory_iterator(swapped.draws())->path().filename();
  std::filesystem::copy_file(whole.draws() / name, swapped.draws() / name,
                             std::filesystem::copy_options::overwrite_existing);
  const std::string words = refusal(whole, swapped);
  EXPECT_TRUE(words.starts_with("5: ")) << words;
  EXPECT_NE(words.find("is not what it was when it ended"), std::string::npos) << words;
}

}  // namespace
}  // namespace dovetail::test
