// kill -9 of the command, at seeded moments and at every point of its file code: whatever is left, it goes on under
// another layout to the digest of the undisturbed run.
#include <chrono>
#include <csignal>
#include <iostream>

#include "dovetail/core/rng.hpp"
#include "dovetail/output/rounds_file.hpp"
#include "dovetail/run/checkpoint.hpp"
#include "dovetail/store/file.hpp"
#include "tests/faults/command.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::test {
namespace {

namespace fs = std::filesystem;

/// Settings of mh.toml: adaptive proposals, one along eigenvectors, one that takes part at every third step.
constexpr const char* kMetropolisSettings = R"(model = "builtin:mvn,d=4"
kernel = "mh"

[[proposal]]
parameters = ["x[1]", "x[2]"]
kind = "eigenvector"

[[proposal]]
parameters = ["x[3]"]
kind = "normal"
adapt = "componentwise"
group = 1

[[proposal]]
parameters = ["x[4]"]
kind = "normal"
group = 2
jump_interval = 3
)";

/// With a checkpoint after every stretch of steps, so that many kills meet one.
const std::vector<std::vector<std::string>> kRuns = {
    {"temper", "builtin:modes", "--rounds", "8", "--replicas", "5", "--copies", "2", "--checkpoint-every", "0.0001s"},
    {"temper", "builtin:mvn,d=3", "--reference", "variational", "--legs", "2", "--rounds", "7", "--keep", "all",
     "--every-rung", "--checkpoint-every", "0.0001s"},
    {"temper", "builtin:ising,L=4", "--rounds", "8", "--checkpoint-every", "0.0001s"},
    {"sample", "builtin:eight_schools", "--metric", "dense", "--draws", "600", "--checkpoint-every", "0.0001s"},
    {"sample", "mh.toml", "--warmup", "300", "--draws", "4000", "--checkpoint-every", "0.0001s"},
    {"sample", "builtin:eight_schools", "--thin", "5", "--draws", "150", "--save-warmup", "--checkpoint-every",
     "0.0001s"},
    {"sample", "builtin:mvn,d=3", "--until-ess", "900", "--draws", "100000", "--checkpoint-every", "0.0001s"},
};

class Kill : public CommandTest {
 protected:
  Kill() { write_plainly(*this / "mh.toml", kMetropolisSettings); }

  std::uint64_t draw(std::uint64_t below) { return rng_.bits64() % below; }

  /// What goes on with the run in `r`: `resume` under a layout of its own, or the first command again when the process
  /// was killed before there was a run.
  [[nodiscard]] std::vector<std::string> next_words(std::vector<std::string> begin) {
    if (!fs::exists(*this / "r" / "manifest.json")) {
      begin.insert(begin.end(), {"--out", "r"});
      return begin;
    }
    if (draw(4) == 0) return {"resume", "r", "--executor", "serial"};
    return {"resume", "r", "--threads", std::to_string(1 + draw(5))};
  }

  /// A kill there hit the code that commits: a file about to be renamed, or a round that has its row and not yet its
  /// checkpoint.
  [[nodiscard]] bool is_inside_commit() const {
    std::error_code error;
    for (fs::recursive_directory_iterator entry(folder_ / "r", error), end; !error && entry != end;
         entry.increment(error)) {
      if (is_temporary_name(entry->path().filename().string())) return true;
    }
    if (!fs::exists(folder_ / "r" / "rounds.csv")) return false;
    const std::size_t rows = read_round_fields(folder_ / "r" / "rounds.csv").size();
    const auto checkpoint = CheckpointFolder(folder_ / "r" / "checkpoint").load();
    return rows > (checkpoint ? checkpoint->round : 0);
  }

  Rng rng_{{seed_from_name(), Purpose::test, ItemId(0), Step(0)}};
};

TEST_F(Kill, AtSeededMomentsChangesNoBit) {
  unsigned kills = 0;
  unsigned inside_commit = 0;
  for (std::size_t which = 0; which < kRuns.size() || kills < DOVETAIL_KILLS; ++which) {
    const std::vector<std::string>& words = kRuns[which % kRuns.size()];
    fs::remove_all(*this / "undisturbed");
    fs::remove_all(*this / "r");
    const std::string expected = undisturbed_digest(words);
    // Each attempt may live longer than the one before, so that a busy machine gets there too.
    for (std::uint64_t patience_us = 20000;; patience_us += patience_us / 4) {
      const auto moment = std::chrono::steady_clock::now() + std::chrono::microseconds(draw(patience_us));
      Call call{next_words(words)};
      call.environment = {{"LD_PRELOAD", DOVETAIL_PRELOADED}, {"DOVETAIL_SLOW_SYNC", "300"}};  // as a fast disk
      Process process(folder_.path(), call);
      process.wait_until([&] { return std::chrono::steady_clock::now() >= moment; });
      process.send(SIGKILL);
      const Ended ended = process.wait();
      if (!ended.was_killed()) {
        ASSERT_EQ(ended.exit_code, 0) << ended.err;
        break;
      }
      ++kills;
      inside_commit += is_inside_commit() ? 1 : 0;
    }
    ASSERT_EQ(digest("r"), expected) << ::testing::PrintToString(words) << " after " << kills << " kills";
  }
  RecordProperty("kills", static_cast<int>(kills));
  RecordProperty("inside_commit", static_cast<int>(inside_commit));
  std::cout << kills << " kills, " << inside_commit << " of them inside commit code\n";
}

/// Runs `words` with a kill at passage `n`; whether it was killed.
bool is_killed_at(const fs::path& folder, std::vector<std::string> words, std::uint64_t n) {
  Call call{std::move(words)};
  call.environment = {{"DOVETAIL_CRASH_AT", "any:" + std::to_string(n)}};
  const Ended ended = Process(folder, call).wait();
  EXPECT_TRUE(ended.was_killed() || ended.exit_code == 0) << n << ": " << ended.err;
  return ended.was_killed();
}

/// A small run of each kind, and how many points it passes at least.
struct CrashedRun {
  const char* name;
  std::vector<std::string> words;
  std::uint64_t points_min;
};
void PrintTo(const CrashedRun& run, std::ostream* out) { *out << run.name; }

class KillAtPoints : public Kill, public ::testing::WithParamInterface<CrashedRun> {};

TEST_P(KillAtPoints, AndAgainInTheResumeChangesNoBit) {
  const std::vector<std::string>& words = GetParam().words;
  const std::string expected = undisturbed_digest(words);
  std::uint64_t n = 1;
  unsigned resumes_killed = 0;
  for (;; n += DOVETAIL_CRASH_STRIDE) {
    fs::remove_all(*this / "r");
    if (!is_killed_at(folder_.path(), next_words(words), n)) break;
    if (fs::exists(*this / "r" / "manifest.json")) {
      const Ended verify = run({"verify", "r"});
      ASSERT_TRUE(verify.exit_code == 0 ||
                  (verify.exit_code == 7 && verify.err.find("no finished round") != std::string::npos))
          << "killed at point " << n << ": " << verify.out << verify.err;
    }
    if (is_killed_at(folder_.path(), next_words(words), 1 + draw(n))) ++resumes_killed;
    const Ended last = run(Call{next_words(words)});
    ASSERT_EQ(last.exit_code, 0) << "killed at point " << n << ": " << last.err;
    ASSERT_EQ(digest("r"), expected) << "killed at point " << n;
    ASSERT_EQ(run({"verify", "r"}).exit_code, 0);
  }
  EXPECT_GT(n, GetParam().points_min);
  EXPECT_GT(resumes_killed, 0U);
  std::cout << (n - 1) / DOVETAIL_CRASH_STRIDE << " crash points, " << resumes_killed << " resumes killed too\n";
}

INSTANTIATE_TEST_SUITE_P(Runs, KillAtPoints,
                         ::testing::Values(CrashedRun{"temper",
                                                      {"temper", "builtin:mvn,d=2", "--rounds", "3", "--replicas", "3",
                                                       "--checkpoint-every", "0.0001s", "--quiet"},
                                                      150},
                                           CrashedRun{"nuts",
                                                      {"sample", "builtin:mvn,d=2", "--warmup", "60", "--draws", "130",
                                                       "--save-warmup", "--checkpoint-every", "0.0001s", "--quiet"},
                                                      150},
                                           CrashedRun{"mh",
                                                      {"sample", "mh.toml", "--warmup", "40", "--draws", "130",
                                                       "--thin", "2", "--checkpoint-every", "0.0001s", "--quiet"},
                                                      150}),
                         [](const auto& named) { return std::string(named.param.name); });

TEST_F(Kill, BetweenSettingsAndManifestLeavesAFolderThatTheSameCommandTakes) {
  const std::vector<std::string> words = {"temper", "builtin:mvn,d=1", "--rounds", "2", "--replicas", "2", "--quiet"};
  const std::string expected = undisturbed_digest(words);
  Call call{words};
  call.words.insert(call.words.end(), {"--out", "r"});
  const std::vector<std::string> again = call.words;
  call.environment = {{"DOVETAIL_CRASH_AT", "after_rename:1"}};
  ASSERT_TRUE(run(call).was_killed());
  ASSERT_TRUE(fs::exists(*this / "r" / "config.toml"));
  ASSERT_FALSE(fs::exists(*this / "r" / "manifest.json"));
  const Ended resume = run({"resume", "r"});
  EXPECT_EQ(resume.exit_code, 2);
  EXPECT_NE(resume.err.find("no manifest.json"), std::string::npos) << resume.err;
  ASSERT_EQ(run(Call{again}).exit_code, 0);
  EXPECT_EQ(digest("r"), expected);
}

TEST_F(Kill, WhileForceReplacesARunLeavesOneThatForceOrResumeTakes) {
  const std::vector<std::string> words = {"temper", "builtin:mvn,d=1", "--rounds", "2", "--replicas", "2", "--quiet"};
  const std::string expected = undisturbed_digest(words);
  std::vector<std::string> replace = words;
  replace.insert(replace.end(), {"--out", "r", "--force"});
  ASSERT_EQ(run({"temper", "builtin:modes", "--rounds", "2", "--out", "old", "--csv"}).exit_code, 0);
  std::uint64_t n = 1;
  for (;; n += DOVETAIL_CRASH_STRIDE) {
    copy("old", "r");
    const bool killed = is_killed_at(folder_.path(), replace, n);
    const Ended again = run(Call{replace});
    ASSERT_EQ(again.exit_code, 0) << "killed at point " << n << ": " << again.err;
    ASSERT_EQ(digest("r"), expected) << "killed at point " << n;
    if (!killed) break;
  }
  EXPECT_GT(n, 100U);
}

}  // namespace
}  // namespace dovetail::test
