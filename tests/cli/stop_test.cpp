// Signals, time limits and closed streams: a run never loses its checkpoint, and goes on to the same bits.
#include <csignal>

#include "command.hpp"
#include "dovetail/cli/signals.hpp"

namespace dovetail::test {
namespace {

using Stop = CommandTest;

/// A run that lasts for minutes: it is stopped by a signal once its fourth round is printed.
CommandCall long_run(int signal) {
  return {.words = {"temper", "builtin:mvn", "--rounds", "30", "--out", "r", "--progress", "lines"},
          .signal_after = "round 4/30",
          .signal = signal};
}

TEST_F(Stop, SignalsEndARunWithItsCodeAndAWordOnHowToGoOn) {
  const std::vector<std::tuple<int, int, std::string>> cases = {
      {SIGINT, 130, "SIGINT"}, {SIGTERM, 75, "SIGTERM"}, {SIGUSR1, 75, "SIGUSR1"}};
  for (const auto& [signal, code, name] : cases) {
    CommandCall call = long_run(signal);
    call.words.push_back("--force");
    const CommandResult result = run(call);
    EXPECT_EQ(result.exit_code, code) << name;
    EXPECT_NE(result.err.find("stopped by " + name + " with a good checkpoint; go on with: dovetail resume r\n"),
              std::string::npos)
        << result.err;
    EXPECT_NE(result.out.find("\nincomplete: "), std::string::npos) << result.out;
  }
}

TEST_F(Stop, AClosedTerminalEndsARunAsACrashDoes) {
  const CommandResult hung_up = run(long_run(SIGHUP));
  EXPECT_EQ(hung_up.exit_code, 128 + SIGHUP);
  EXPECT_EQ(run({"verify", "r"}).exit_code, 0);
  const CommandResult resumed = run({"resume", "r", "--max-time", "0.1s", "--progress", "lines"});
  EXPECT_EQ(resumed.exit_code, 75) << resumed.err;
  EXPECT_EQ(resumed.err.find("round 1/30"), std::string::npos) << resumed.err;
}

TEST_F(Stop, AStoppedRunGoesOnToTheBitsOfAnUndisturbedOne) {
  const std::vector<std::string> words = {"temper", "builtin:modes", "--rounds", "11", "--out",
                                          "r",      "--progress",    "lines"};
  const CommandResult stopped = run({.words = words, .signal_after = "round 6/11", .signal = SIGTERM});
  EXPECT_TRUE(stopped.exit_code == 75 || stopped.exit_code == 0) << stopped.err;  // 0: it was faster than the signal
  ASSERT_EQ(run({"resume", "r", "--executor", "serial"}).exit_code, 0);
  ASSERT_EQ(run({"temper", "builtin:modes", "--rounds", "11", "--out", "whole"}).exit_code, 0);
  EXPECT_EQ(run({"digest", "r"}).out, run({"digest", "whole"}).out);
}

TEST_F(Stop, AResumeWithoutACheckpointSaysThatItStartsAgain) {
  ASSERT_EQ(run({"temper", "builtin:mvn", "--rounds", "3", "--out", "r"}).exit_code, 0);
  const std::string digest = run({"digest", "r"}).out;
  const std::string words = "r has no checkpoint: it starts again from round 1";
  const CommandResult with = run({"resume", "r"});
  EXPECT_EQ(with.err.find(words), std::string::npos) << with.err;
  std::filesystem::remove_all(folder() / "r" / "checkpoint");
  const CommandResult without = run({"resume", "r"});
  EXPECT_EQ(without.exit_code, 0);
  EXPECT_NE(without.err.find(words), std::string::npos) << without.err;
  EXPECT_EQ(run({"digest", "r"}).out, digest);
}

TEST_F(Stop, TheTimeLimitIsSeventyFive) {
  const CommandResult result =
      run({"temper", "builtin:mvn", "--rounds", "30", "--out", "r", "--max-time", "0.2s", "--quiet"});
  EXPECT_EQ(result.exit_code, 75);
  EXPECT_EQ(result.err, "stopped by --max-time with a good checkpoint; go on with: dovetail resume r\n");
  EXPECT_NE(read("r/config.toml").find("max_time = \"0.2s\""), std::string::npos);
}

TEST_F(Stop, ThePrintedCommandCanBeCopiedWhateverTheFolderIsCalled) {
  for (const auto& [name, word] : {std::pair<std::string, std::string>("-x", "./-x"), {"a b's", "'a b'\\''s'"}}) {
    std::vector<std::string> words = {"temper", "builtin:mvn", "--rounds", "30", "--max-time",
                                      "0.1s",   "-q",          "--out",    name};
    EXPECT_EQ(run(CommandCall{words}).err,
              "stopped by --max-time with a good checkpoint; go on with: dovetail resume " + word + "\n");
    const CommandResult again = run(CommandCall{words});
    EXPECT_NE(again.err.find("go on with `dovetail resume " + word + "`"), std::string::npos) << again.err;
  }
  EXPECT_EQ(run({"resume", "./-x", "--max-time", "0.1s", "-q"}).exit_code, 75);
  std::filesystem::remove(folder() / "-x" / "summary.json");
  const CommandResult unfinished = run({"summary", "./-x"});
  EXPECT_NE(unfinished.err.find("go on with `dovetail resume /"), std::string::npos) << unfinished.err;
}

TEST_F(Stop, AReaderWhoGoesAwayOrAClosedStreamLosesNothing) {
  ASSERT_EQ(run({"temper", "builtin:mvn", "--rounds", "5", "--out", "whole"}).exit_code, 0);
  const std::string digest = run({"digest", "whole"}).out;
  const std::vector<std::pair<std::string, std::string>> streams = {
      {"|", ""}, {"-", ""}, {"", "-"}, {"", "|"}, {"-", "-"}};
  for (const auto& [out, err] : streams) {
    const CommandResult result = run({.words = {"temper", "builtin:mvn", "--rounds", "5", "--out", "r", "--force"},
                                      .stdout_to = out,
                                      .stderr_to = err});
    EXPECT_EQ(result.exit_code, 0) << "stdout " << out << ", stderr " << err << ": " << result.err;
    EXPECT_EQ(run({"digest", "r"}).out, digest) << "stdout " << out << ", stderr " << err;
    EXPECT_EQ(run({"verify", "r"}).exit_code, 0);
  }
}

TEST_F(Stop, AFullDiskBehindStdoutIsFiveAndTheRunIsKept) {
  const CommandResult result =
      run({.words = {"temper", "builtin:mvn", "--rounds", "5", "--out", "r"}, .stdout_to = "/dev/full"});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_NE(result.err.find("standard output cannot be written"), std::string::npos) << result.err;
  EXPECT_EQ(run({"verify", "r"}).exit_code, 0);
}

TEST(StopSignals, KnowTheirReason) {
  std::signal(SIGINT, SIG_DFL);  // a shell that runs the tests in the background ignores it
  const cli::StopSignals signals;
  EXPECT_EQ(cli::StopSignals::received(), StopReason::finished);
  std::raise(SIGUSR1);
  EXPECT_EQ(cli::StopSignals::received(), StopReason::terminated);
  EXPECT_STREQ(cli::StopSignals::name(), "SIGUSR1");
  std::raise(SIGINT);
  EXPECT_EQ(cli::StopSignals::received(), StopReason::interrupted);
}

TEST(StopSignalsDeathTest, TheSecondInterruptEndsTheProcess) {
  EXPECT_EXIT(
      {
        std::signal(SIGINT, SIG_DFL);
        const cli::StopSignals signals;
        std::raise(SIGINT);
        std::raise(SIGINT);
      },
      ::testing::KilledBySignal(SIGINT), "");
}

TEST(StopSignalsDeathTest, LeaveIgnoredSignalsIgnoredAndPutActionsBack) {
  EXPECT_EXIT(
      {
        std::signal(SIGINT, SIG_IGN);
        {
          const cli::StopSignals signals;
          std::raise(SIGINT);
          std::raise(SIGINT);
          if (cli::StopSignals::received() != StopReason::finished) std::_Exit(9);
        }
        std::raise(SIGTERM);
      },
      ::testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace dovetail::test
