// Runs over a program: the same bits on any number of threads, whichever process answers, crashes or not, and resumed.
#include <gtest/gtest.h>

#include <filesystem>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/jobs/temper.hpp"
#include "dovetail/model/callable.hpp"
#include "dovetail/model/exec/exec_model.hpp"
#include "dovetail/output/run_folder.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

const std::string kProgram = DOVETAIL_EXEC_PROGRAM;

SampleOptions small_run(const std::string& kernel) {
  SampleOptions options;
  options.kernel = kernel;
  options.chains = 5;
  options.warmup = 10;
  options.draws = 20;
  return options;
}

/// Draws of all chains, which hold the bits of every accepted density too.
std::vector<std::vector<double>> draws_of(const Model& model, const SampleOptions& options, unsigned threads) {
  SampleObserver quiet;
  return sample(model, options, {"threads", threads}, quiet).draws;
}

TEST(ExecRun, HasTheBitsOfACallableOnAnyNumberOfThreads) {
  const auto twin = CallableModel(
      density(std::vector<Parameter>{{"a"}, {"b"}}, [](Point x) { return -0.5 * (x[0] * x[0] + x[1] * x[1]); }));
  const auto expected = draws_of(twin, small_run("slice"), 1);
  ASSERT_FALSE(expected.empty());
  const ExecModel model(kProgram + " good");
  for (const unsigned threads : {1U, 2U, 5U}) EXPECT_EQ(draws_of(model, small_run("slice"), threads), expected);
}

TEST(ExecRun, CrashesThatPassChangeNoBit) {
  const test::TemporaryFolder folder;
  const auto expected = draws_of(ExecModel(kProgram + " good"), small_run("slice"), 1);
  const ExecModel dies(kProgram + " crash_at 100", {.crash_folder = folder.path().string()});
  EXPECT_EQ(draws_of(dies, small_run("slice"), 3), expected);
  EXPECT_FALSE(std::filesystem::is_empty(folder.path())) << "none died";
}

class StopEarly final : public SampleObserver {
 public:
  StopReason should_stop() override { return ++looks_ > 2 ? StopReason::interrupted : StopReason::finished; }

 private:
  int looks_ = 0;
};

TEST(ExecRun, ResumesToTheSameDigestInOtherProcesses) {
  const test::TemporaryFolder place;
  const auto folder = [&](const char* name) { return RunFolder::create(place / name, "exec", Existing::refuse); };
  SampleOptions options = small_run("slice");
  options.draws = 200;
  SampleObserver quiet;
  const RunFolder whole = folder("whole");
  const auto expected = sample(ExecModel(kProgram + " good"), options, {"threads", 2}, quiet, {whole, "", false, 0});
  const RunFolder cut = folder("cut");
  StopEarly stop;
  const auto first = sample(ExecModel(kProgram + " good"), options, {"threads", 2}, stop, {cut, "", false, 0});
  ASSERT_EQ(first.stop, StopReason::interrupted);
  const auto second = sample(ExecModel(kProgram + " good"), options, {"threads", 3}, quiet,
                             {cut, "", false, 0, RunFiles::Start::from_checkpoint});
  EXPECT_EQ(second.summary.digest, expected.summary.digest);
  EXPECT_THROW((void)sample(ExecModel(kProgram + " gradient"), options, {"threads", 3}, quiet,
                            {cut, "", false, 0, RunFiles::Start::from_checkpoint}),
               CheckpointError)
      << "of another command";
}

TEST(ExecRun, APointThatKillsItsProcessIsCountedOrEndsTheRun) {
  const test::TemporaryFolder folder;
  SampleOptions options = small_run("slice");
  options.chains = 2;
  SampleObserver quiet;
  const ExecModel model(kProgram + " crash_where 2", {.tries = 2, .crash_folder = folder.path().string()});
  options.on_error = OnError::reject;
  const auto counted = sample(model, options, {"threads", 2}, quiet);
  EXPECT_EQ(counted.summary.status, "warnings");
  options.on_error = OnError::stop;
  try {
    (void)sample(model, options, {"threads", 2}, quiet);
    FAIL() << "went on";
  } catch (const ModelError& error) {
    EXPECT_NE(std::string(error.what()).find("ended its program 2 times out of 2"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find(" at (a "), std::string::npos) << error.what();
  }
}

TEST(ExecRun, AHangEndsTheRunWhateverOnErrorSays) {
  const test::TemporaryFolder folder;
  SampleOptions options = small_run("slice");
  options.on_error = OnError::reject;
  SampleObserver quiet;
  const ExecModel model(kProgram + " hang_at 50", {.time_limit_s = 0.3, .crash_folder = folder.path().string()});
  EXPECT_THROW((void)sample(model, options, {"threads", 2}, quiet), ModelLost);
}

TEST(ExecRun, TempersFromAGaussian) {
  TemperOptions options;
  options.rounds = 4;
  options.replicas = 4;
  TemperObserver quiet;
  const ExecModel model(kProgram + " good");
  const auto one = temper(model, options, {"threads", 1}, quiet);
  EXPECT_EQ(temper(model, options, {"threads", 3}, quiet).summary.digest, one.summary.digest);
}

}  // namespace
}  // namespace dovetail
