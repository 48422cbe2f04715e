// A run's folder: never overwritten by accident, never anything else removed, never written by two.
#include "dovetail/output/run_folder.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "dovetail/core/error.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/store/file.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

template <class Wanted, class Act>
std::string message_of(Act act) {
  try {
    act();
  } catch (const Wanted& failure) {
    return failure.what();
  }
  return "(nothing was thrown)";
}

TEST(RunAgain, NamesTheCommandThatMadeTheRun) {
  const TemporaryFolder scratch;
  const RunFolder run = RunFolder::create(scratch / "run", "name", Existing::refuse);
  EXPECT_TRUE(run_again_command(run.path()).starts_with("`dovetail temper --config "));  // no manifest
  for (const char* command : {"sample", "temper"}) {
    Manifest manifest;
    manifest.identity.command = command;
    write_manifest(run.manifest(), manifest);
    const std::string words = run_again_command(run.path());
    EXPECT_TRUE(words.starts_with("`dovetail " + std::string(command) + " --config ")) << words;
  }
}

/// Working folder of its own, since unnamed runs go below it.
class RunFolders : public ::testing::Test {
 protected:
  RunFolders() : before_(fs::current_path()) { fs::current_path(folder_.path()); }
  ~RunFolders() override { fs::current_path(before_); }
  RunFolder make(const fs::path& path) {
    RunFolder run = RunFolder::create(path, "name", Existing::refuse);
    write_manifest(run.manifest(), Manifest{});
    return run;
  }
  TemporaryFolder folder_;

 private:
  fs::path before_;
};

TEST_F(RunFolders, UnnamedOnesGetATimeANameAndARelativeLink) {
  const RunFolder one = RunFolder::create(std::nullopt, "builtin:mvn,d=100/../x y", Existing::refuse);
  const std::string name = one.path().filename().string();
  std::string pattern = name;  // digits of the time and of the ending, which differ each time, as 0
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool varies = i < 15 || i + 4 >= pattern.size();
    if (varies && std::isxdigit(static_cast<unsigned char>(pattern[i])) != 0) pattern[i] = '0';
  }
  EXPECT_EQ(pattern, "00000000-000000-builtin-mvn-d-100-..-x-y-0000");
  EXPECT_EQ(fs::read_symlink("dovetail-runs/latest"), name);
  EXPECT_EQ(fs::status(one.path()).permissions(), fs::perms::owner_all);
  const RunFolder two = RunFolder::create(std::nullopt, "b", Existing::refuse);
  EXPECT_NE(one.path(), two.path());
  EXPECT_EQ(fs::read_symlink("dovetail-runs/latest"), two.path().filename());
}

TEST_F(RunFolders, LatestIsLeftAloneWhenItIsNoLink) {
  fs::create_directories("dovetail-runs/latest");
  static_cast<void>(RunFolder::create(std::nullopt, "b", Existing::refuse));
  EXPECT_TRUE(fs::is_directory(fs::symlink_status("dovetail-runs/latest")));
}

TEST_F(RunFolders, AnExistingRunIsRefusedWithTheCure) {
  static_cast<void>(make("run"));
  const std::string words =
      message_of<UsageError>([] { static_cast<void>(RunFolder::create("run", "", Existing::refuse)); });
  EXPECT_NE(words.find("dovetail resume run"), std::string::npos) << words;
  EXPECT_NE(words.find("--force"), std::string::npos) << words;
  EXPECT_TRUE(fs::exists("run/manifest.json"));
}

TEST_F(RunFolders, ForceReplacesARunAndKeepsForeignFilesInIt) {
  static_cast<void>(make("run"));
  replace_file("run/summary.json", "old");
  fs::create_directories("run/draws");
  replace_file("run/draws/round-000001.dovetail", "old");
  replace_file("run/my-notes.txt", "mine");
  fs::create_directories("elsewhere");
  replace_file("elsewhere/precious", "precious");
  fs::create_directory_symlink(fs::absolute("elsewhere"), "run/csv");
  const RunFolder run = RunFolder::create("run", "", Existing::replace);
  EXPECT_FALSE(fs::exists("run/summary.json"));
  EXPECT_FALSE(fs::exists("run/draws"));
  EXPECT_FALSE(fs::exists("run/manifest.json"));
  EXPECT_FALSE(fs::exists(fs::symlink_status("run/csv")));
  EXPECT_EQ(read_text("run/my-notes.txt"), "mine");
  EXPECT_EQ(read_text("elsewhere/precious"), "precious");
}

TEST_F(RunFolders, ForceNeverReplacesAnythingElse) {
  fs::create_directories("home");
  replace_file("home/thesis.tex", "years of work");
  replace_file("file", "x");
  fs::create_directories("pretender");
  replace_file("target", "x");
  fs::create_symlink(fs::absolute("target"), "pretender/manifest.json");
  for (const Existing existing : {Existing::refuse, Existing::replace}) {
    for (const char* path : {"home", "file", "pretender", ""}) {
      EXPECT_THROW(static_cast<void>(RunFolder::create(path, "", existing)), UsageError) << path;
    }
  }
  EXPECT_EQ(read_text("home/thesis.tex"), "years of work");
  EXPECT_FALSE(fs::exists("home/lock"));
}

TEST_F(RunFolders, ForceKeepsForeignFilesInsideTheFoldersOfARun) {
  static_cast<void>(make("run"));
  for (const char* own :
       {"draws/round-000001.dovetail", "draws/first-kept-round", "draws/.x.0123456789abcdef.dovetail-tmp",
        "csv/chain_1.csv", "checkpoint/a", "checkpoint/b"}) {
    fs::create_directories((fs::path("run") / own).parent_path());
    replace_file(fs::path("run") / own, "old");
  }
  for (const char* foreign : {"draws/notes.txt", "csv/mine.csv", "draws/deeper/round-000001.dovetail"}) {
    fs::create_directories((fs::path("run") / foreign).parent_path());
    replace_file(fs::path("run") / foreign, "mine");
  }
  const RunFolder run = RunFolder::create("run", "", Existing::replace);
  std::vector<std::string> left;
  for (const auto& entry : fs::recursive_directory_iterator("run")) {
    if (!entry.is_directory()) left.push_back(entry.path());
  }
  std::sort(left.begin(), left.end());
  EXPECT_EQ(left, (std::vector<std::string>{"run/csv/mine.csv", "run/draws/deeper/round-000001.dovetail",
                                            "run/draws/notes.txt", "run/lock"}));
  EXPECT_FALSE(fs::exists("run/checkpoint"));
}

TEST_F(RunFolders, AManifestOfAnotherProgramMakesNoRun) {
  for (const std::string text : {"{\"name\": \"a web page\", \"icons\": []}", "{\"format\": 1,"}) {
    fs::create_directories("app/draws");
    replace_file("app/manifest.json", text);
    replace_file("app/report.html", "mine");
    replace_file("app/draws/round-000001.dovetail", "mine");
    for (const Existing existing : {Existing::refuse, Existing::replace}) {
      const std::string words = message_of<UsageError>([&] { (void)RunFolder::create("app", "", existing); });
      EXPECT_NE(words.find("its manifest.json is damaged or not that of a run"), std::string::npos) << words;
    }
    EXPECT_EQ(read_text("app/manifest.json"), text);
    EXPECT_EQ(read_text("app/report.html"), "mine");
    EXPECT_EQ(read_text("app/draws/round-000001.dovetail"), "mine");
    EXPECT_NO_THROW((void)RunFolder::create("app/runs/one", "", Existing::replace));
    fs::remove_all("app");
  }
}

TEST_F(RunFolders, NoneIsMadeInsideAnother) {
  static_cast<void>(make("run"));
  fs::create_directories("run/draws");
  fs::create_directory_symlink("run/draws", "link");
  for (const char* path :
       {"run/x", "run/draws/x", "run/draws", "run/a/b/c", "link/x", "run/../run/x", "other/../run/x/"}) {
    for (const Existing existing : {Existing::refuse, Existing::replace}) {
      const std::string words = message_of<UsageError>([&] { (void)RunFolder::create(path, "", existing); });
      EXPECT_NE(words.find("is inside the run " + fs::absolute("run").string()), std::string::npos) << path << words;
    }
  }
  fs::current_path("run");
  EXPECT_THROW(static_cast<void>(RunFolder::create(std::nullopt, "", Existing::refuse)), UsageError);
  fs::current_path("..");
  EXPECT_EQ(std::distance(fs::directory_iterator("run"), {}), 3);  // manifest.json, draws, lock
  EXPECT_NO_THROW((void)RunFolder::create("run2", "", Existing::refuse));
}

TEST_F(RunFolders, AnEmptyFolderIsTaken) {
  fs::create_directories("empty");
  EXPECT_EQ(RunFolder::create("empty", "", Existing::refuse).path(), "empty");
  EXPECT_EQ(RunFolder::create("a/b/c/", "", Existing::refuse).path(), "a/b/c");
}

TEST_F(RunFolders, AreFoundAgainAlsoThroughLatest) {
  {
    const RunFolder run = RunFolder::create(std::nullopt, "x", Existing::refuse);
    write_manifest(run.manifest(), Manifest{});
  }
  const RunFolder run = RunFolder::resume("dovetail-runs/latest");
  EXPECT_NE(run.path().filename(), "latest");
  const std::string words = message_of<UsageError>([] { static_cast<void>(RunFolder::open("dovetail-runs")); });
  EXPECT_NE(words.find("dovetail-runs/latest"), std::string::npos) << words;
}

TEST_F(RunFolders, OpeningNamesTheNearestCause) {
  EXPECT_NE(message_of<UsageError>([] { static_cast<void>(RunFolder::open("absent")); }).find("No such file"),
            std::string::npos);
  replace_file("file", "x");
  EXPECT_NE(message_of<UsageError>([] { static_cast<void>(RunFolder::open("file")); }).find("not a folder"),
            std::string::npos);
  fs::create_directories("empty");
  EXPECT_NE(message_of<UsageError>([] { static_cast<void>(RunFolder::open("empty")); }).find("no manifest.json"),
            std::string::npos);
  static_cast<void>(make("run"));
  replace_file("run/manifest.json", "{\"format\": 1,");
  EXPECT_NE(message_of<CheckpointError>([] { static_cast<void>(RunFolder::resume("run")); }).find("not valid JSON"),
            std::string::npos);
}

TEST_F(RunFolders, AreWrittenByOneProcessAtATime) {
  auto run = std::make_unique<RunFolder>(make("run"));
  const auto in_child = [](auto act) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        act();
        ::_exit(0);
      } catch (const FileError& failure) {
        ::_exit(std::string(failure.what()).find("another process") != std::string::npos ? 5 : 6);
      } catch (...) {
        ::_exit(7);
      }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  EXPECT_EQ(in_child([] { static_cast<void>(RunFolder::resume("run")); }), 5);
  EXPECT_EQ(in_child([] { static_cast<void>(RunFolder::create("run", "", Existing::replace)); }), 5);
  EXPECT_EQ(in_child([] { static_cast<void>(RunFolder::open("run")); }), 0);  // readers need no lock
  EXPECT_TRUE(fs::exists("run/manifest.json"));
  run.reset();
  EXPECT_EQ(in_child([] { static_cast<void>(RunFolder::resume("run")); }), 0);
}

TEST_F(RunFolders, ResumeRemovesTemporaryFilesOfAKilledProcess) {
  static_cast<void>(make("run"));
  fs::create_directories("run/checkpoint");
  replace_file("run/checkpoint/.a.0123456789abcdef.dovetail-tmp", "half");
  replace_file("run/checkpoint/a", "whole");
  const RunFolder run = RunFolder::resume("run");
  EXPECT_FALSE(fs::exists("run/checkpoint/.a.0123456789abcdef.dovetail-tmp"));
  EXPECT_TRUE(fs::exists("run/checkpoint/a"));
}

// A run killed before its manifest leaves its settings, its starting points and a lock.
TEST_F(RunFolders, OneThatNeverBeganIsTakenOverWithoutItsStartingPoints) {
  {
    const RunFolder killed = RunFolder::create("run", "name", Existing::refuse);
    replace_file(killed.starts(), "[]\n");
    replace_file(killed.config(), "\n");
  }
  EXPECT_NO_THROW((void)RunFolder::create("run", "name", Existing::refuse));
  EXPECT_FALSE(fs::exists("run/starts.json"));
  fs::create_directory("own");
  replace_file("own/starts.json", "[]\n");
  EXPECT_THROW((void)RunFolder::create("own", "name", Existing::refuse), UsageError);  // no lock: a user's own
  EXPECT_TRUE(fs::exists("own/starts.json"));
}

}  // namespace
}  // namespace dovetail
