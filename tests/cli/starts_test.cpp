// Starting points from a file or a run: taken as given, kept by the run, and damage named.
#include "dovetail/cli/starts.hpp"

#include <string>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/sample_job.hpp"
#include "dovetail/model/registry.hpp"
#include "dovetail/output/run_folder.hpp"
#include "tests/cli/command.hpp"

namespace dovetail::test {
namespace {

class Starts : public CommandTest {
 protected:
  Starts() { write("points.json", R"([{"x": [0.25, -1]}, {"x[1]": 1e-3, "x[2]": 0.1}])"); }

  [[nodiscard]] std::string digest_of(const std::string& run_name) const { return run({"digest", run_name}).out; }
};

constexpr const char* kModel = "builtin:mvn,d=2";

TEST_F(Starts, AreTakenAsTheFileGivesThem) {
  const auto model = make_model(kModel);
  cli::RunSettings settings;
  settings.job = cli::JobKind::sample;
  settings.init = (folder() / "points.json").string();
  settings.sample.chains = 1;
  EXPECT_THROW(cli::read_starts(settings, *model), UsageError) << "two points, one chain";
  settings.sample.chains = 4;
  cli::read_starts(settings, *model);
  EXPECT_EQ(settings.sample.start, StartKind::values);
  EXPECT_EQ(settings.sample.start_values, (std::vector<std::vector<double>>{{0.25, -1}, {1e-3, 0.1}}));
}

TEST_F(Starts, ANameThatStandsTwiceIsRefused) {
  const auto model = make_model(kModel);
  cli::RunSettings settings;
  settings.job = cli::JobKind::sample;
  settings.init = (folder() / "twice.json").string();
  for (const char* text : {R"({"x": [1, 2], "x": [1, 3]})", R"({"x": [1, 2], "x[1]": 3})"}) {
    write("twice.json", text);
    EXPECT_THROW(cli::read_starts(settings, *model), UsageError) << text;
  }
}

TEST_F(Starts, AreKeptByTheRun) {
  ASSERT_EQ(run({"sample", kModel, "--init", "points.json", "--draws", "300", "--out", "whole", "-q"}).exit_code, 0);
  ASSERT_EQ(run({"sample", kModel, "--init", "points.json", "--draws", "100", "--out", "r", "-q"}).exit_code, 0);
  std::filesystem::remove(folder() / "points.json");
  const CommandResult verified = run({"verify", "r", "-q"});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  const CommandResult resumed = run({"resume", "r", "--draws", "300", "-q"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(digest_of("r"), digest_of("whole"));
  // the copy is itself a file of starting points
  ASSERT_EQ(run({"sample", kModel, "--init", "r/starts.json", "--draws", "300", "--out", "s", "-q"}).exit_code, 0);
  EXPECT_EQ(digest_of("s"), digest_of("whole"));
}

TEST_F(Starts, FromARunAreItsLastDrawsAndOutliveIt) {
  ASSERT_EQ(run({"sample", kModel, "--draws", "50", "--out", "before", "-q"}).exit_code, 0);
  ASSERT_EQ(run({"sample", kModel, "--init", "before", "--draws", "50", "--out", "r", "-q"}).exit_code, 0);
  EXPECT_NE(digest_of("r"), digest_of("before"));
  std::filesystem::remove_all(folder() / "before");
  EXPECT_EQ(run({"verify", "r", "-q"}).exit_code, 0);
}

TEST_F(Starts, OfARunThatAreLostOrChangedAreRefusedByName) {
  ASSERT_EQ(run({"sample", kModel, "--init", "points.json", "--draws", "30", "--out", "r", "-q"}).exit_code, 0);
  const std::string good = read("r/starts.json");
  const auto model = make_model(kModel);
  cli::RunSettings settings;
  settings.init = "points.json";
  const RunFolder folder_of_run = RunFolder::open(folder() / "r");
  cli::restore_starts(settings, *model, folder_of_run);
  EXPECT_EQ(settings.sample.start_values.size(), 2U);
  const auto expect_refused = [&](const std::string& what) {
    EXPECT_THROW(cli::restore_starts(settings, *model, folder_of_run), CheckpointError) << what;
    for (const char* command : {"resume", "verify"}) {
      const CommandResult refused = run({command, "r", "-q"});
      EXPECT_EQ(refused.exit_code, 7) << refused.err;
      EXPECT_NE(refused.err.find("starts.json"), std::string::npos) << refused.err;
      EXPECT_NE(refused.err.find(what), std::string::npos) << refused.err;
      EXPECT_NE(refused.err.find("restore the file"), std::string::npos) << refused.err;
    }
  };
  std::string changed = good;
  changed.replace(changed.find("0.25"), 4, "0.26");
  write("r/starts.json", changed);
  expect_refused("manifest.json says");
  write("r/starts.json", good.substr(0, good.size() / 2));
  expect_refused("this is not JSON");
  std::filesystem::remove(folder() / "r/starts.json");
  expect_refused("the file is missing");
  write("r/starts.json", good);
  EXPECT_EQ(run({"verify", "r", "-q"}).exit_code, 0);
}

}  // namespace
}  // namespace dovetail::test
