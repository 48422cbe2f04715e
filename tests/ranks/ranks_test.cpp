// Runs over processes of mpirun: one thread's digest for any ranks and threads, and what is wrong is said once, by
// name.
#include <sys/prctl.h>
#include <sys/wait.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/ranks/launched.hpp"

namespace dovetail::test {
namespace {

struct Configuration {
  const char* name;
  std::vector<std::string> words;
};
void PrintTo(const Configuration& configuration, std::ostream* out) { *out << configuration.name; }

class RanksLayout : public CommandTest, public ::testing::WithParamInterface<Configuration> {};

TEST_P(RanksLayout, GivesTheDigestOfOneThread) {
  const std::vector<std::string>& words = GetParam().words;
  const std::string expected = undisturbed_digest(words);
  for (const unsigned ranks : {DOVETAIL_RANKS}) {
    for (const unsigned threads : {DOVETAIL_THREADS}) {
      std::vector<std::string> all = words;
      all.insert(all.end(), {"--out", "r", "--force", "--threads", std::to_string(threads)});
      const Ended ended = run(launched(ranks, all));
      ASSERT_EQ(ended.exit_code, 0) << ended.err;
      EXPECT_EQ(digest("r"), expected) << ranks << " ranks of " << threads << " threads";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Jobs, RanksLayout,
    ::testing::Values(
        Configuration{"temper", {"temper", "builtin:modes", "--rounds", "7", "--quiet"}},
        Configuration{"two_legs",
                      {"temper", "builtin:mvn,d=3", "--reference", "variational", "--legs", "2", "--rounds", "7",
                       "--keep", "all", "--every-rung", "--quiet"}},
        Configuration{"copies",
                      {"temper", "builtin:banana", "--rounds", "6", "--copies", "3", "--replicas", "4", "--kernel",
                       "automala", "--quiet"}},
        Configuration{"swap_history", {"temper", "builtin:ising,L=4", "--rounds", "6", "--swap-history", "--quiet"}},
        Configuration{"nuts",
                      {"sample", "builtin:eight_schools", "--draws", "200", "--chains", "5", "--metric", "dense",
                       "--save-warmup", "--quiet"}},
        Configuration{"slice",
                      {"sample", "builtin:banana", "--draws", "200", "--chains", "3", "--kernel", "slice", "--quiet"}},
        Configuration{"hmc", {"sample", "builtin:eight_schools", "--kernel", "hmc", "--draws", "200", "--quiet"}},
        Configuration{"mala", {"sample", "builtin:mvn,d=3", "--kernel", "mala", "--draws", "200", "--quiet"}},
        Configuration{"aaps", {"sample", "builtin:mvn,d=3", "--kernel", "aaps", "--draws", "200", "--quiet"}},
        Configuration{"metropolis_hastings",
                      {"sample", "builtin:banana", "--kernel", "mh", "--chains", "5", "--draws", "500", "--quiet"}},
        Configuration{
            "snooker",
            {"sample", "builtin:mvn,d=3", "--kernel", "snooker", "--chains", "6", "--draws", "200", "--quiet"}},
        Configuration{
            "stretch",
            {"sample", "builtin:mvn,d=3", "--kernel", "stretch", "--chains", "6", "--draws", "200", "--quiet"}},
        Configuration{"differential_evolution",
                      {"sample", "builtin:mvn,d=3", "--kernel", "de", "--chains", "6", "--draws", "200", "--quiet"}},
        Configuration{"until_ess", {"sample", "builtin:mvn,d=3", "--until-ess", "600", "--draws", "100000", "--quiet"}},
        Configuration{"expectation_propagation",
                      {"ep", "builtin:hierarchical_logistic", "--data", DOVETAIL_EXAMPLES "/ep/clinics.csv", "--by",
                       "clinic", "--sites-max", "4", "--rounds", "2", "--quiet"}},
        Configuration{"topics",
                      {"lda", DOVETAIL_EXAMPLES "/lda/planted.tsv", "--topics", "8", "--sweeps", "20", "--shards", "4",
                       "--quiet"}},
        Configuration{
            "nested",
            {"sample", DOVETAIL_EXAMPLES "/transdimensional.toml", "--draws", "200", "--warmup", "100", "--quiet"}}),
    [](const auto& named) { return std::string(named.param.name); });

class Ranks : public CommandTest {};

TEST_F(Ranks, SummaryTellsWhatWentBetweenThem) {
  const Ended ended = run(launched(
      2, {"temper", "builtin:mvn,d=2", "--replicas", "4", "--rounds", "4", "--out", "r", "--quiet", "--threads", "1"}));
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_NE(ended.out.find("ranks           2 of 1 thread; "), std::string::npos) << ended.out;
  EXPECT_EQ(run({"summary", "r"}).out, ended.out);
  // Two packets of 16 bytes a step, and in some steps two states, which are all as long.
  const auto between = nlohmann::json::parse(run({"summary", "r", "--json"}).out)["ranks"];
  const double states = between["messages_per_step"].get<double>() - 2;
  EXPECT_GT(states, 0);
  EXPECT_LT(states, 2);
  const double bytes_each = (between["bytes_per_step"].get<double>() - 2 * 16) / states;
  EXPECT_NEAR(bytes_each, std::round(bytes_each), 1e-6);
  EXPECT_GT(bytes_each, 2 * sizeof(double));
}

TEST_F(Ranks, SummaryTellsWhatWentThroughTheFirst) {
  const Ended ended = run(launched(2, {"sample", "builtin:mvn,d=5", "--kernel", "mh", "--chains", "4", "--draws",
                                       "1000", "--warmup", "0", "--out", "r", "--quiet", "--threads", "1"}));
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const auto between = nlohmann::json::parse(run({"summary", "r", "--json"}).out)["ranks"];
  EXPECT_EQ(between["bytes_per_step"], 0);
  // Half of the chains are the other rank's, and every draw of theirs comes to rank 0.
  EXPECT_GE(between["lead_bytes_per_step"].get<double>(), 2 * 5 * sizeof(double));
}

TEST_F(Ranks, ThatHaveNoItemAreSaidToBeIdle) {
  const Ended ended = run(launched(
      5, {"sample", "builtin:mvn,d=2", "--chains", "3", "--draws", "100", "--out", "r", "--quiet", "--threads", "1"}));
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_NE(ended.out.find("2 of them had nothing to do"), std::string::npos) << ended.out;
}

TEST_F(Ranks, GoOnWithARunUnderAnyOtherLayout) {
  const std::vector<std::string> begin = {"temper", "builtin:modes", "--rounds", "8", "--quiet"};
  const std::string expected = undisturbed_digest(begin);
  std::vector<std::string> shorter = begin;
  shorter[3] = "4";
  shorter.insert(shorter.end(), {"--out", "r"});
  ASSERT_EQ(run(launched(3, shorter)).exit_code, 0);
  ASSERT_EQ(run({"resume", "r", "--rounds", "6", "--threads", "2"}).exit_code, 0);
  const Ended last = run(launched(5, {"resume", "r", "--rounds", "+2", "--threads", "1"}));
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_EQ(digest("r"), expected);
}

TEST_F(Ranks, WithOtherFlagsAreRefusedByName) {
  Call call = launched(2, {"temper", "builtin:modes", "--rounds", "4", "--out", "r", "--quiet"});
  call.shell += " : -n 1 \"$DOVETAIL\" temper builtin:modes --rounds 4 --out r --quiet --seed 9";
  const Ended ended = run(call);
  expect_code(ended, 2);
  EXPECT_NE(ended.err.find("rank 2 on "), std::string::npos) << ended.err;
  EXPECT_NE(ended.err.find("has seed = \"9\" where rank 0 on "), std::string::npos) << ended.err;
  EXPECT_FALSE(std::filesystem::exists(*this / "r"));
}

TEST_F(Ranks, ThatDifferReplaceNoRun) {
  ASSERT_EQ(run({"temper", "builtin:modes", "--rounds", "4", "--out", "r", "--quiet"}).exit_code, 0);
  const std::string before = digest("r");
  Call call = launched(1, {"temper", "builtin:modes", "--rounds", "5", "--out", "r", "--force", "--quiet"});
  call.shell += " : -n 1 \"$DOVETAIL\" temper builtin:modes --rounds 6 --out r --force --quiet";
  const Ended ended = run(call);
  expect_code(ended, 2);
  EXPECT_NE(ended.err.find("has rounds = \"6\" where rank 0 on "), std::string::npos) << ended.err;
  EXPECT_EQ(digest("r"), before);
}

TEST_F(Ranks, WithOtherDataOrAnotherModelOfTheSameNameAreRefused) {
  std::filesystem::create_directory(*this / "elsewhere");
  std::filesystem::copy_file(DOVETAIL_EXAMPLES "/lda/planted.tsv", *this / "corpus.tsv");
  std::filesystem::copy_file(DOVETAIL_EXAMPLES "/lda/planted.tsv", *this / "elsewhere" / "corpus.tsv");
  edit(*this / "elsewhere" / "corpus.tsv", "4\n", "5\n");
  const std::string animals = DOVETAIL_ANIMALS;
  std::filesystem::copy_file(animals + "/sets_rounding_mode.so", *this / "model.so");
  std::filesystem::copy_file(animals + "/sets_rounding_mode.so", *this / "elsewhere" / "model.so");
  std::ofstream(*this / "elsewhere" / "model.so", std::ios::app) << "one byte more";
  const std::pair<std::string, std::string> cases[] = {
      {"lda corpus.tsv --topics 8 --sweeps 3 --shards 2 --quiet --out r", "data_sha256"},
      {"temper ./model.so --rounds 3 --quiet --out r", "model_sha256"}};
  for (const auto& [words, field] : cases) {
    Call call = launched(1, {});
    call.shell += " " + words + " : -n 1 -wdir elsewhere \"$DOVETAIL\" " + words;
    const Ended ended = run(call);
    expect_code(ended, 2);
    EXPECT_NE(ended.err.find("has " + field + " = \""), std::string::npos) << ended.err;
    EXPECT_FALSE(std::filesystem::exists(*this / "r"));
  }
  EXPECT_FALSE(std::filesystem::exists(*this / "r" / "manifest.json"));
}

TEST_F(Ranks, WithAnotherFolderAreRefusedByName) {
  Call call = launched(2, {"temper", "builtin:modes", "--rounds", "4", "--out", "r", "--quiet"});
  call.shell += " : -n 1 \"$DOVETAIL\" temper builtin:modes --rounds 4 --out s --quiet";
  const Ended ended = run(call);
  expect_code(ended, 2);
  EXPECT_NE(ended.err.find("rank 2 on "), std::string::npos) << ended.err;
  EXPECT_NE(ended.err.find("has out = \"s\" where rank 0 on "), std::string::npos) << ended.err;
  EXPECT_NE(ended.err.find("has out = \"r\": "), std::string::npos) << ended.err;
  EXPECT_FALSE(std::filesystem::exists(*this / "r"));
}

TEST_F(Ranks, WithAnotherRunToGoOnWithAreRefusedByName) {
  for (const char* name : {"r", "s"}) {
    ASSERT_EQ(run({"temper", "builtin:modes", "--rounds", "3", "--out", name, "--quiet"}).exit_code, 0);
  }
  Call call = launched(1, {"resume", "r", "--rounds", "+1"});
  call.shell += " : -n 1 \"$DOVETAIL\" resume s --rounds +1";
  const Ended ended = run(call);
  expect_code(ended, 2);
  EXPECT_NE(ended.err.find("has RUN = \"s\" where rank 0 on "), std::string::npos) << ended.err;
}

TEST_F(Ranks, OfOtherProgramsAreRefusedByName) {
  std::filesystem::copy_file(DOVETAIL_COMMAND, *this / "other");
  std::ofstream(*this / "other", std::ios::app) << "one byte more";
  const std::string words = " temper builtin:modes --rounds 4 --out r --quiet";
  Call call = launched(1, {"temper", "builtin:modes", "--rounds", "4", "--out", "r", "--quiet"});
  call.shell += " : -n 1 ./other" + words;
  const Ended ended = run(call);
  expect_code(ended, 2);
  EXPECT_NE(ended.err.find("has program = \""), std::string::npos) << ended.err;
}

TEST_F(Ranks, OfWhichSomeMakeNoRunDoNotHang) {
  Call call = launched(1, {"--version"});
  call.shell += " : -n 1 \"$DOVETAIL\" digest nothing";
  expect_code(run(call), 2);
}

TEST_F(Ranks, WhatOneOfThemCannotReadEndsAll) {
  Call call = launched(1, {"temper", "builtin:modes", "--rounds", "4", "--out", "r", "--quiet"});
  call.shell += " : -n 1 \"$DOVETAIL\" temper builtin:modes --nonsense";
  const Ended ended = run(call);
  expect_code(ended, 2);
  EXPECT_NE(ended.err.find("rank 1 on "), std::string::npos) << ended.err;
}

TEST_F(Ranks, WhatIsWrongEverywhereIsSaidOnce) {
  const Ended ended = run(launched(3, {"temper", "builtin:nothing", "--out", "r"}));
  expect_code(ended, 2);
  const std::size_t first = ended.err.find("rank 0: ");
  ASSERT_NE(first, std::string::npos) << ended.err;
  EXPECT_EQ(ended.err.find("dovetail: ", first), std::string::npos) << ended.err;
}

TEST_F(Ranks, ThatOneThreadWouldMakeManyTimesAreRefused) {
  const Ended ended = run(launched(2, {"temper", "builtin:modes", "--executor", "threads", "--out", "r"}));
  expect_code(ended, 2);
  EXPECT_NE(ended.err.find("each of them would make the whole run"), std::string::npos) << ended.err;
}

TEST_F(Ranks, AreRefusedWhereNothingLaunchedThem) {
  const Ended ended = run({"temper", "builtin:modes", "--executor", "mpi", "--out", "r"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_NE(ended.err.find("mpirun -n 4"), std::string::npos) << ended.err;
  EXPECT_FALSE(std::filesystem::exists(*this / "r"));
}

TEST_F(Ranks, NeedNotSeeTheFolderOfARunThatTheyGoOnWith) {
  std::filesystem::create_directory(*this / "elsewhere");
  std::ofstream(*this / "starts.json") << R"({"x[1]": 0.5, "x[2]": -0.5})";
  const std::vector<std::string> temper = {"temper", "builtin:modes", "--quiet", "--rounds"};
  const std::vector<std::string> sample = {"sample", "builtin:mvn,d=2", "--init", "starts.json", "--kernel",
                                           "slice",  "--warmup",        "100",    "--quiet",     "--draws"};
  for (const std::vector<std::string>& words : {temper, sample}) {
    for (const char* name : {"undisturbed", "r"}) std::filesystem::remove_all(*this / name);
    std::vector<std::string> whole = words;
    whole.push_back(words[0] == "temper" ? "5" : "300");
    const std::string expected = undisturbed_digest(whole);
    std::vector<std::string> begin = words;
    begin.insert(begin.end(), {words[0] == "temper" ? "4" : "200", "--out", "r"});
    ASSERT_EQ(run(Call{begin}).exit_code, 0);
    const std::string on = std::string("resume r --quiet ") + words.back() + (words[0] == "temper" ? " +1" : " +100");
    Call call = launched(1, {});
    call.shell += " " + on + " : -n 1 -wdir elsewhere \"$DOVETAIL\" " + on;
    const Ended ended = run(call);
    ASSERT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_EQ(digest("r"), expected) << words[0];
  }
}

TEST_F(Ranks, GoOnWhateverExecutorTheRunWasBegunWith) {
  const std::vector<std::string> words = {"temper", "builtin:modes", "--rounds", "5", "--quiet"};
  const std::string expected = undisturbed_digest(words);
  std::vector<std::string> begin = words;
  begin[3] = "3";
  begin.insert(begin.end(), {"--out", "r", "--executor", "mpi"});
  ASSERT_EQ(run(launched(2, begin)).exit_code, 0);
  const Ended alone = run({"resume", "r", "--rounds", "+1", "--executor", "serial", "--quiet"});
  ASSERT_EQ(alone.exit_code, 0) << alone.err;
  const Ended together = run(launched(2, {"resume", "r", "--rounds", "+1", "--quiet"}));
  ASSERT_EQ(together.exit_code, 0) << together.err;
  const Ended again = run({"resume", "r", "--quiet"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(digest("r"), expected);
}

TEST_F(Ranks, AStoppedOneEndsTheRunInTime) {
  for (const std::size_t stops : {1U, 0U}) {
    Process process(folder_.path(),
                    launched(3, {"temper", "builtin:galaxies,k=3", "--rounds", "20", "--out", "r", "--force",
                                 "--threads", "1", "--round-timeout", "2s", "--progress", "lines"}));
    ASSERT_TRUE(process.wait_until([&] { return process.err_so_far().find("round 3/") != std::string::npos; }));
    const std::vector<pid_t> ranks = ranks_of(process.id());
    ASSERT_EQ(ranks.size(), 3U);
    ::kill(ranks[stops], SIGSTOP);
    const auto stopped = std::chrono::steady_clock::now();
    const Ended ended = process.wait();
    EXPECT_LT(std::chrono::steady_clock::now() - stopped, std::chrono::seconds(2 + 5));
    expect_code(ended, 6);
    EXPECT_NE(ended.err.find("rank " + std::to_string(stops) + " on "), std::string::npos) << ended.err;
    EXPECT_NE(ended.err.find("has been silent for "), std::string::npos) << ended.err;
  }
}

/// While it lives, children of children that die become this process's.
class Subreaper {
 public:
  Subreaper() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }
  ~Subreaper() { ::prctl(PR_SET_CHILD_SUBREAPER, 0); }
  Subreaper(const Subreaper&) = delete;
  Subreaper& operator=(const Subreaper&) = delete;
};

TEST_F(Ranks, WhoseLauncherIsKilledEndByThemselves) {
  const Subreaper ends_are_told_here;
  Process process(folder_.path(), launched(2, {"temper", "builtin:galaxies,k=3", "--rounds", "30", "--out", "r",
                                               "--quiet", "--threads", "1", "--round-timeout", "600s"}));
  ASSERT_TRUE(process.wait_until([&] { return std::filesystem::exists(*this / "r" / "rounds.csv"); }));
  const std::vector<pid_t> ranks = ranks_of(process.id());
  ASSERT_EQ(ranks.size(), 2U);
  process.send(SIGKILL);
  static_cast<void>(process.wait());
  for (const pid_t rank : ranks) {
    int status = 0;
    const auto begin = std::chrono::steady_clock::now();
    while (::waitpid(rank, &status, WNOHANG) != rank) {
      ASSERT_LT(std::chrono::steady_clock::now() - begin, std::chrono::minutes(1)) << "rank is still at work";
    }
#ifndef DOVETAIL_MPICH  // there a process between ends them
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 6) << status;
#endif
  }
}

TEST_F(Ranks, ASignalForwardedByMpirunStopsWithACheckpoint) {
  const std::vector<std::string> words = {"temper", "builtin:galaxies,k=3", "--rounds", "9", "--quiet"};
  const std::string expected = undisturbed_digest(words);
  std::vector<std::string> begin = words;
  begin.insert(begin.end(), {"--out", "r", "--threads", "1"});
  Process process(folder_.path(), launched(3, begin));
  ASSERT_TRUE(process.wait_until([&] { return std::filesystem::exists(*this / "r" / "rounds.csv"); }));
  process.send(SIGUSR1);
  const Ended ended = process.wait();
  expect_stopped(ended);
  ASSERT_EQ(run(launched(2, {"resume", "r", "--quiet", "--threads", "1"})).exit_code, 0);
  EXPECT_EQ(digest("r"), expected);
}

TEST_F(Ranks, ASignalSavesAHundredMegabytesOfState) {
  // 30 replicas of 210 copies in 2000 dimensions.
  Process process(folder_.path(),
                  launched(2, {"temper", "builtin:mvn,d=2000", "--kernel", "exact", "--replicas", "30", "--copies",
                               "210", "--rounds", "30", "--out", "r", "--quiet", "--threads", "1"}));
  ASSERT_TRUE(process.wait_until([&] { return std::filesystem::exists(*this / "r" / "events.jsonl"); }))
      << process.err_so_far();
  process.send(SIGUSR1);
  const Ended ended = process.wait();
  expect_stopped(ended);
  std::uintmax_t largest = 0;
  for (const auto& file : std::filesystem::directory_iterator(*this / "r" / "checkpoint")) {
    largest = std::max(largest, file.file_size());
  }
  EXPECT_GE(largest, std::uintmax_t{30} * 210 * 2000 * sizeof(double));
}

TEST_F(Ranks, ASignalBeforeTheRunHasBegunStopsItWithACheckpoint) {
  // Models are ready when `go` is there, and the run never ends by itself.
  const std::string model =
      "exec:touch asked.$$; while [ ! -e go ]; do sleep 0.01; done; exec python3 " DOVETAIL_EXAMPLES "/exec/banana.py";
  const auto begun = [&] {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      if (entry.path().filename().string().starts_with("asked.")) files.push_back(entry.path());
    }
    return files;
  };
  for (const unsigned ranks : {0U, 2U}) {
    const std::vector<std::string> words = {"sample", model, "--kernel", "slice",   "--draws",   "1000000",
                                            "--out",  "r",   "--force",  "--quiet", "--threads", "1"};
    Process process(folder_.path(), ranks == 0 ? Call{words} : launched(ranks, words));
    ASSERT_TRUE(process.wait_until([&] { return begun().size() >= std::max(1U, ranks); }));
    process.send(SIGUSR1);
    std::ofstream(*this / "go") << "go";
    const Ended ended = process.wait();
    expect_stopped(ended);
    EXPECT_NE(ended.out.find("incomplete: stopped in warm-up, "), std::string::npos) << ended.out;
    std::filesystem::remove(*this / "go");
    for (const auto& file : begun()) std::filesystem::remove(file);
  }
}

TEST_F(Ranks, SignalsThatKeepComingDoNotUndoTheFirst) {
  Process process(folder_.path(), launched(2, {"temper", "builtin:modes", "--rounds", "40", "--replicas", "5", "--out",
                                               "r", "--quiet", "--threads", "1"}));
  ASSERT_TRUE(process.wait_until([&] { return std::filesystem::exists(*this / "r" / "rounds.csv"); }));
  const std::vector<pid_t> ranks = ranks_of(process.id());
  ASSERT_EQ(ranks.size(), 2U);
  ASSERT_FALSE(process.wait_until([&] {
    for (const pid_t rank : ranks) {
      if (is_at_work(rank)) ::kill(rank, SIGUSR1);
    }
    return false;
  }));
  const Ended ended = process.wait();
  expect_stopped(ended);
}

}  // namespace
}  // namespace dovetail::test
