// Full disks, file size limits, read-only and removed folders, as the whole command meets them: exit 5, a word on which
// file and what to do, and after the cure the digest of the undisturbed run.
#include <csignal>
#include <fstream>

#include "tests/faults/command.hpp"

namespace dovetail::test {
namespace {

namespace fs = std::filesystem;

class Disk : public CommandTest {
 protected:
  /// A call in which file calls fail as `plan` says ("write:3+:ENOSPC").
  [[nodiscard]] static Call failing(std::vector<std::string> words, const std::string& plan) {
    Call call{std::move(words)};
    call.environment = {{"LD_PRELOAD", DOVETAIL_PRELOADED}, {"DOVETAIL_FAIL_AT", plan}};
    return call;
  }
  [[nodiscard]] std::vector<std::string> next_words(std::vector<std::string> begin) const {
    if (fs::exists(folder_ / "r" / "manifest.json")) return {"resume", "r", "--threads", "3", "-q"};
    begin.insert(begin.end(), {"--out", "r"});
    return begin;
  }
  /// Exit 5, with file and cure.
  void expect_file_error(const Ended& ended, const std::string& cause, const std::string& where) const {
    ASSERT_EQ(ended.exit_code, 5) << where << ": " << ended.err;
    EXPECT_NE(ended.err.find(cause), std::string::npos) << where << ": " << ended.err;
    EXPECT_NE(ended.err.find(folder_.path().string()), std::string::npos) << where << ": " << ended.err;
  }
};

/// A run of each job.
class DiskOfARun : public Disk, public ::testing::WithParamInterface<std::vector<std::string>> {};

TEST_P(DiskOfARun, FullFromAnyCallOnStopsItAndItGoesOnAfterTheCure) {
  const std::vector<std::string>& words = GetParam();
  const std::string expected = undisturbed_digest(words);
  const std::pair<const char*, const char*> errors[] = {{"ENOSPC", "disk is full"}, {"EIO", "input/output error"}};
  unsigned failures = 0;
  for (const char* kind : {"open", "write", "fsync", "rename", "cut"}) {
    for (unsigned n = 1;; n += DOVETAIL_DISK_STRIDE) {
      const auto& [error, cause] = errors[n % 2];
      const std::string plan = std::string(kind) + ":" + std::to_string(n) + "+:" + error;
      fs::remove_all(*this / "r");
      std::vector<std::string> begin = words;
      begin.insert(begin.end(), {"--out", (*this / "r").string()});
      const Ended ended = run(failing(begin, plan));
      if (ended.exit_code == 0) break;
      ++failures;
      expect_file_error(ended, cause, plan);
      const Ended cured = run(Call{next_words(words)});
      ASSERT_EQ(cured.exit_code, 0) << plan << ": " << cured.err;
      ASSERT_EQ(digest("r"), expected) << plan;
    }
  }
  EXPECT_GE(failures, 5U);
  std::cout << failures << " failing calls\n";
}

INSTANTIATE_TEST_SUITE_P(
    Runs, DiskOfARun,
    ::testing::Values(std::vector<std::string>{"temper", "builtin:mvn,d=2", "--rounds", "3", "--replicas", "3",
                                               "--checkpoint-every", "0.0001s", "-q"},
                      std::vector<std::string>{"sample", "builtin:mvn,d=2", "--warmup", "60", "--draws", "130",
                                               "--until-ess", "5000", "--checkpoint-every", "0.0001s", "-q"}),
    [](const auto& named) { return named.param.front(); });

TEST_F(Disk, FullWhileAStopIsAskedForKeepsTheCheckpointBefore) {
  const std::vector<std::string> words = {"temper", "builtin:modes", "--rounds", "9", "--replicas", "5", "-q"};
  const std::string expected = undisturbed_digest(words);
  std::vector<std::string> begin = words;
  begin.insert(begin.end(), {"--out", (*this / "r").string(), "--max-time", "0.005s"});
  ASSERT_EQ(run(Call{begin}).exit_code, 75);
  const Ended full = run(failing({"resume", (*this / "r").string(), "--max-time", "0.01s", "-q"}, "rename:3+:ENOSPC"));
  expect_file_error(full, "disk is full", "rename:3+");
  ASSERT_EQ(run({"resume", "r", "--max-time", "1d", "-q"}).exit_code, 0);
  EXPECT_EQ(digest("r"), expected);
}

TEST_F(Disk, AFileSizeLimitStopsTheRunWhichGoesOnWithoutTheLimit) {
  const std::vector<std::string> words = {"temper", "builtin:modes", "--rounds", "9", "--keep", "all", "--replicas",
                                          "5",      "--every-rung",  "-q"};
  const std::string expected = undisturbed_digest(words);
  for (const unsigned long limit : {3000UL, 20000UL, 60000UL}) {
    fs::remove_all(*this / "r");
    Call call{words};
    call.words.insert(call.words.end(), {"--out", (*this / "r").string()});
    call.file_bytes_max = limit;
    expect_file_error(run(call), "limit", std::to_string(limit));
    ASSERT_EQ(run(Call{next_words(words)}).exit_code, 0) << limit;
    ASSERT_EQ(digest("r"), expected) << limit;
  }
}

TEST_F(Disk, ThatIsReadOnlyIsSaidBeforeAnyWork) {
  std::vector<std::string> words = {"temper", "builtin:mvn,d=1",     "--rounds", "2", "-q",
                                    "--out",  (*this / "r").string()};
  expect_file_error(run(failing(words, "open:1+:EROFS")), "read-only", "anew");
  fs::remove_all(*this / "r");
  ASSERT_EQ(run(Call{words}).exit_code, 0);
  const std::string expected = digest("r");
  const Ended refused = run(failing({"resume", (*this / "r").string()}, "open:3+:EROFS"));
  expect_file_error(refused, "read-only", "resume");
  EXPECT_EQ(run({"resume", "r", "-q"}).exit_code, 0);
  EXPECT_EQ(digest("r"), expected);
}

TEST_F(Disk, WhoseFolderIsRemovedMeanwhileIsSaidAndNothingIsMadeAgain) {
  Process process(folder_.path(), {{"temper", "builtin:modes", "--rounds", "40", "--checkpoint-every", "0.05s", "--out",
                                    (*this / "r").string(), "-q"}});
  // in the middle of a round, so that the next thing written is a checkpoint
  process.wait_until([&] { return fs::exists(*this / "r" / "draws" / "round-000011.dovetail"); });
  fs::rename(*this / "r", *this / "moved");  // removing file by file would race with the run's own writes
  fs::remove_all(*this / "moved");
  const Ended ended = process.wait();
  expect_file_error(ended, "does not exist", "removed");
  EXPECT_FALSE(fs::exists(*this / "r"));
}

TEST_F(Disk, ThatHoldsTheFolderAlreadyIsNeverOverwrittenUnasked) {
  const std::vector<std::string> words = {"temper", "builtin:mvn,d=1", "--rounds", "2", "--replicas", "2", "-q"};
  const std::string expected = undisturbed_digest(words);
  std::vector<std::string> into = words;
  into.insert(into.end(), {"--out", "undisturbed", "--seed", "9"});
  EXPECT_EQ(run(Call{into}).exit_code, 2);
  EXPECT_EQ(digest("undisturbed"), expected);

  fs::create_directory(*this / "mine");
  for (const char* name : {"thesis.tex", "config.toml"}) {
    std::ofstream(*this / "mine" / name) << "years of work";
    for (const bool force : {false, true}) {
      std::vector<std::string> call = words;
      call.insert(call.end(), {"--out", "mine"});
      if (force) call.push_back("--force");
      const Ended refused = run(Call{call});
      EXPECT_EQ(refused.exit_code, 2) << name;
      EXPECT_NE(refused.err.find(name), std::string::npos) << refused.err;
      EXPECT_EQ(std::distance(fs::directory_iterator(*this / "mine"), {}), 1) << "something was left behind";
    }
    fs::remove(*this / "mine" / name);
  }
  into.push_back("--force");
  EXPECT_EQ(run(Call{into}).exit_code, 0);
  EXPECT_NE(digest("undisturbed"), expected);
}

}  // namespace
}  // namespace dovetail::test
