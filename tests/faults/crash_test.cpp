// kill -9 before and after every write, cut, fsync and rename: DOVETAIL_CRASH_AT=any:1, 2, ... until a run ends
// unharmed.
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include "dovetail/store/crash_point.hpp"
#include "dovetail/store/file.hpp"
#include "tests/faults/file_calls.hpp"
#include "tests/faults/small_run.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

using test::TemporaryFolder;

/// Runs the small program; returns its wait status.
int run_program(const std::string& scenario, const std::filesystem::path& folder, const std::string& crash_at) {
  std::string program = DOVETAIL_SMALL_PROGRAM;
  std::string folder_text = folder.string();
  std::string scenario_text = scenario;
  std::string setting = "DOVETAIL_CRASH_AT=" + crash_at;
  std::vector<char*> arguments{program.data(), scenario_text.data(), folder_text.data(), nullptr};
  std::vector<char*> environment{setting.data(), nullptr};
  pid_t child = 0;
  if (::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments.data(), environment.data()) != 0) return -1;
  int status = 0;
  return ::waitpid(child, &status, 0) == child ? status : -1;
}

bool was_killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }

TEST(CrashPoint, ReplaceFileLeavesTheOldOrTheNewFileNeverAMix) {
  const TemporaryFolder folder;
  const std::string old_text(5000, 'o');
  const std::string new_text(7000, 'n');
  bool saw_old = false;
  bool saw_new = false;
  unsigned n = 1;
  for (;; ++n) {
    replace_file(folder / "file", old_text);
    const int status = run_program("replace", folder.path(), "any:" + std::to_string(n));
    const std::string now = read_text(folder / "file");
    ASSERT_TRUE(now == old_text || now == new_text) << n;
    if (!was_killed(status)) {
      ASSERT_EQ(status, 0);
      ASSERT_EQ(now, new_text);
      break;
    }
    (now == old_text ? saw_old : saw_new) = true;
  }
  EXPECT_TRUE(saw_old && saw_new);
  EXPECT_EQ(n - 1, 10U);  // before and after: open, write, fsync, rename, fsync of the folder
}

TEST(CrashPoint, ARunKilledAtEveryPointEndsWithTheSameFiles) {
  test::pretend_to_sync();
  const TemporaryFolder folder;
  test::run_small(folder / "undisturbed");
  const auto expected = test::content_of(folder / "undisturbed");
  unsigned n = 1;
  for (;; ++n) {
    const auto run = folder / std::to_string(n);
    const bool killed = was_killed(run_program("run", run, "any:" + std::to_string(n)));
    test::run_small(run);
    ASSERT_EQ(test::difference(test::content_of(run), expected), "") << "killed at point " << n;
    std::filesystem::remove_all(run);
    if (!killed) break;
  }
  EXPECT_GT(n, 100U);
}

TEST(CrashPoint, TheNthPassageOfANamedPointCountsThatPointAlone) {
  const TemporaryFolder folder;
  replace_file(folder / "file", "old");
  EXPECT_TRUE(was_killed(run_program("replace", folder.path(), "before_rename:1")));
  EXPECT_EQ(read_text(folder / "file"), "old");
  EXPECT_TRUE(was_killed(run_program("replace", folder.path(), "after_rename:1")));
  EXPECT_EQ(read_text(folder / "file"), std::string(7000, 'n'));
  EXPECT_EQ(run_program("replace", folder.path(), "before_rename:2"), 0);
  EXPECT_EQ(run_program("replace", folder.path(), "no_such_point:1"), 0);
}

TEST(CrashPoint, AMalformedSettingIsRefusedInsteadOfInjectingNothing) {
  const TemporaryFolder folder;
  for (const char* text : {"before_rename", "before_rename:", "before_rename:0", ":1", "before_rename:x"}) {
    const int status = run_program("replace", folder.path(), text);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 2) << text;
  }
}

TEST(CrashPoint, CostsNothingMeasurableWhenUnset) {
  ASSERT_FALSE(detail::kCrashPointsArmed);
  constexpr int kPassages = 10'000'000;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kPassages; ++i) crash_point("before_write");
  const double nanoseconds =
      std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / kPassages;
  RecordProperty("nanoseconds_per_passage", std::to_string(nanoseconds));
  EXPECT_LT(nanoseconds, 100);  // a system call costs more, so a point beside one cannot be seen
}

}  // namespace
}  // namespace dovetail
