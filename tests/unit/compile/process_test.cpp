// Programs run without a shell, and ended when asked.
#include "dovetail/compile/process.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>
#include <vector>

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
  const std::string script = "(trap '' TERM; exec sleep 1000) & echo $! >'" + started.string() + ".new'; mv '" +
                             started.string() + ".new' '" + started.string() + "'; wait";
  try {
    static_cast<void>(run_process({"sh", "-c", script}, [&] { return std::filesystem::exists(started); }));
    FAIL() << "it was not stopped";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::interrupted);
  }
  pid_t sleeper = 0;
  std::ifstream(started) >> sleeper;
  ASSERT_GT(sleeper, 0);
  // It is gone, or its new parent has not collected it yet. What kills it does not wait for that.
  const auto state = [&] {
    std::string word;
    std::ifstream status("/proc/" + std::to_string(sleeper) + "/stat");
    for (int field = 0; field < 3; ++field) status >> word;
    return status ? word : "X";
  };
  for (int waited = 0; waited < 1000 && state() != "X" && state() != "Z"; ++waited) ::usleep(1000);
  EXPECT_TRUE(state() == "X" || state() == "Z") << state();
}

/// Once it has closed its output, nothing wakes the waiting but the question.
TEST(RunProcess, StoppedWhenItHasClosedItsOutput) {
  const TemporaryFolder folder;
  const std::string closed = folder / "closed";
  const std::string script = "exec >/dev/null 2>&1; : >'" + closed + "'; sleep 20";
  int asked = 0;
  EXPECT_THROW(static_cast<void>(
                   run_process({"sh", "-c", script}, [&] { return std::filesystem::exists(closed) && ++asked > 1; })),
               Error);
}

/// Processes that are started at the same time hold each other's pipes for a moment, and must not wait for each other.
TEST(RunProcess, ManyAreStartedAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> done{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&done] {
      for (int i = 0; i < 20; ++i) done += run_process({"true"}, {}).succeeded() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done.load(), 160);
}

/// SIGKILL leaves no time to end a compiler, whose driver is not the one that holds the memory.
TEST(RunProcess, EndsWithThisProcessAndAllThatItStarted) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);  // inherited by all
  const pid_t runner = ::fork();
  if (runner == 0) {
    const std::string line = "sleep 1000 & echo $! >&" + std::to_string(ends[1]) + "; wait";
    static_cast<void>(run_process({"sh", "-c", line}, {}));
    ::_exit(0);
  }
  std::array<char, 16> text{};
  ASSERT_GT(::read(ends[0], text.data(), text.size() - 1), 0);
  const pid_t sleeper = std::stoi(text.data());
  const int watched = static_cast<int>(::syscall(SYS_pidfd_open, sleeper, 0));
  ASSERT_GE(watched, 0);
  ::kill(runner, SIGKILL);
  ::waitpid(runner, nullptr, 0);
  pollfd end = {watched, POLLIN, 0};
  constexpr int kLongestMs = 20000;  // not how long it takes, but when to give up
  EXPECT_EQ(::poll(&end, 1, kLongestMs), 1);
  ::kill(sleeper, SIGKILL);
  for (const int descriptor : {ends[0], ends[1], watched}) ::close(descriptor);
}

TEST(FilesOfRule, AreThoseAfterTheColonUnescaped) {
  const std::vector<std::filesystem::path> expected = {"/a/my model.cpp", "/b/h#1.hpp", "/c/$x.hpp"};
  EXPECT_EQ(files_of_rule("model: /a/my\\ model.cpp /b/h\\#1.hpp \\\n /c/$$x.hpp\n"), expected);
  EXPECT_TRUE(files_of_rule("").empty());
}

}  // namespace
}  // namespace dovetail::test
