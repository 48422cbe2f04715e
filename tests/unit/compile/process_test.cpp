// Programs run without a shell, and ended when asked.
#include "dovetail/compile/process.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "dovetail/compile/toolchain.hpp"
#include "dovetail/core/error.hpp"
#include "tests/support/folder.hpp"

namespace dovetail::test {
namespace {

TEST(RunProcess, WordsReachTheProgramAsTheyAre) {
  const std::string awkward = "a b'c\"d$HOME;e\\ *\n";
  const ProcessResult result = run_process({"printf", "%s|", awkward, "", "-x"}, {});
  EXPECT_TRUE(result.succeeded());
  EXPECT_EQ(result.output, awkward + "||-x|");
}

TEST(RunProcess, TellsHowItEnded) {
  const ProcessResult code = run_process({"sh", "-c", "echo out; echo err >&2; exit 3"}, {});
  EXPECT_EQ(code.output, "out\nerr\n");
  EXPECT_EQ(code.ending(), "exit code 3");
  EXPECT_FALSE(code.succeeded());
  const ProcessResult killed = run_process({"sh", "-c", "kill -9 $$"}, {});
  EXPECT_EQ(killed.ending(), "signal 9 (Killed)");
  EXPECT_FALSE(killed.succeeded());
  EXPECT_EQ(run_process({"no-such-program-anywhere"}, {}).exit_code, 127);
}

TEST(RunProcess, InputIsEmptyAndOutputIsCutNotLeftInThePipe) {
  EXPECT_EQ(run_process({"cat"}, {}).output, "");
  const ProcessResult result = run_process({"head", "-c", "3000000", "/dev/zero"}, {});
  EXPECT_TRUE(result.succeeded());
  EXPECT_EQ(result.output.size(), std::size_t{1} << 20U);
}

/// A compiler's driver waits for the program that does the work: both must end.
TEST(RunProcess, StoppedEndsTheWholeGroup) {
  const TemporaryFolder folder;
  const auto started = folder / "started";
  const std::string script = "sleep 1000 & echo $! >'" + started.string() + ".new'; mv '" + started.string() +
                             ".new' '" + started.string() + "'; wait";
  try {
    static_cast<void>(run_process({"sh", "-c", script}, [&] { return std::filesystem::exists(started); }));
    FAIL() << "it was not stopped";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::interrupted);
  }
  pid_t sleeper = 0;
  std::ifstream(started) >> sleeper;
  ASSERT_GT(sleeper, 0);
  // It is gone, or its new parent has not collected it yet.
  std::string state;
  std::ifstream status("/proc/" + std::to_string(sleeper) + "/stat");
  for (int field = 0; field < 3; ++field) status >> state;
  EXPECT_TRUE(!status || state == "Z" || state == "X") << state;
}

TEST(FilesOfRule, AreThoseAfterTheColonUnescaped) {
  const std::vector<std::filesystem::path> expected = {"/a/my model.cpp", "/b/h#1.hpp", "/c/$x.hpp"};
  EXPECT_EQ(files_of_rule("model: /a/my\\ model.cpp /b/h\\#1.hpp \\\n /c/$$x.hpp\n"), expected);
  EXPECT_TRUE(files_of_rule("").empty());
}

}  // namespace
}  // namespace dovetail::test
