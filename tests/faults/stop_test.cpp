// Signals, time limits, a second process and more rounds: each stop leaves a good checkpoint, and what goes on from it
// ends with the bits of the undisturbed run.
#include <csignal>
#include <fstream>

#include "dovetail/core/codec.hpp"
#include "dovetail/jobs/temper_job.hpp"
#include "dovetail/output/rounds_file.hpp"
#include "dovetail/output/tempering_row.hpp"
#include "dovetail/run/checkpoint.hpp"
#include "tests/faults/command.hpp"

namespace dovetail::test {
namespace {

namespace fs = std::filesystem;

/// Never ends by itself.
const std::vector<std::string> kEndless = {"temper", "builtin:modes", "--rounds", "40", "--replicas",
                                           "5",      "--out",         "r",        "-q"};
/// A scan takes a good part of a second, and there are but two.
const std::vector<std::string> kTwoSlowScans = {
    "temper", "builtin:mvn,d=60", "--kernel", "slice", "--rounds", "1", "--copies", "150", "--replicas", "30", "-q"};

struct Stop {
  int signal;
  int exit_code;
};
constexpr Stop kStops[] = {{SIGINT, 130}, {SIGTERM, 75}, {SIGUSR1, 75}};

class Stopped : public CommandTest {
 protected:
  [[nodiscard]] std::size_t rounds_done() const {
    return fs::exists(folder_ / "r" / "rounds.csv") ? read_rounds<TemperingRow>(folder_ / "r" / "rounds.csv").size()
                                                    : 0;
  }
  [[nodiscard]] bool has_begun() const { return fs::exists(folder_ / "r" / "events.jsonl"); }
  [[nodiscard]] Checkpoint newest() const {
    auto checkpoint = CheckpointFolder(folder_ / "r" / "checkpoint").load();
    EXPECT_TRUE(checkpoint.has_value());
    return checkpoint.value_or(Checkpoint{});
  }
  /// Starts `words`, sends `signal` once `condition` holds, and returns the end.
  Ended stop(std::vector<std::string> words, int signal, const std::function<bool()>& condition) {
    Process process(folder_.path(), {std::move(words)});
    process.wait_until(condition);
    process.send(signal);
    return process.wait();
  }
};

TEST_F(Stopped, BySignalsARunAndItsResumesHaveTheirExitCodesAndWholeCheckpoints) {
  std::vector<std::string> words = kEndless;
  std::size_t rounds = 3;
  for (const Stop& by : kStops) {
    const Ended ended = stop(words, by.signal, [&] { return rounds_done() >= rounds; });
    ASSERT_EQ(ended.exit_code, by.exit_code) << ended.err;
    EXPECT_NE(ended.err.find("good checkpoint"), std::string::npos) << ended.err;
    EXPECT_NE(ended.out.find("incomplete: stopped in round"), std::string::npos) << ended.out;
    EXPECT_GE(newest().round, rounds);
    const Ended verify = run({"verify", "r"});
    ASSERT_EQ(verify.exit_code, 0) << verify.out << verify.err;
    rounds = rounds_done() + 1;
    words = {"resume", "r", "--threads", std::to_string(1 + rounds % 4), "-q"};
  }
}

TEST_F(Stopped, BySignalsARunEndsWithTheDigestOfTheUndisturbedOne) {
  std::vector<std::string> words = {"temper", "builtin:galaxies,k=2", "--rounds", "9", "--replicas", "6", "-q"};
  const std::string expected = undisturbed_digest(words);
  words.insert(words.end(), {"--out", "r"});
  std::size_t rounds = 1;
  int stops = 0;
  for (;; rounds = rounds_done() + 1) {
    const Stop& by = kStops[stops % 3];
    const Ended ended = stop(words, by.signal, [&] { return rounds_done() >= rounds; });
    if (ended.exit_code == 0) break;
    ASSERT_EQ(ended.exit_code, by.exit_code) << ended.err;
    ++stops;
    words = {"resume", "r", "--threads", std::to_string(1 + stops % 3), "-q"};
  }
  EXPECT_GT(stops, 0);
  EXPECT_EQ(digest("r"), expected);
}

TEST_F(Stopped, InTheFirstRoundAfterOneSlowScan) {
  const std::string expected = undisturbed_digest(kTwoSlowScans);
  std::vector<std::string> words = kTwoSlowScans;
  words.insert(words.end(), {"--out", "r"});
  const Ended ended = stop(words, SIGTERM, [&] { return has_begun(); });
  ASSERT_EQ(ended.exit_code, 75) << ended.err;
  EXPECT_EQ(newest().round, 0U);
  const auto state = unpack<State<TemperJob>>(newest().state);
  EXPECT_TRUE(state.in_round);
  EXPECT_EQ(state.steps_done, 1U);
  EXPECT_NE(run({"summary", "r"}).out.find("incomplete: stopped in round 1 of 1"), std::string::npos);
  EXPECT_EQ(run({"verify", "r"}).exit_code, 7);  // no finished round yet
  ASSERT_EQ(run({"resume", "r", "--executor", "serial", "-q"}).exit_code, 0);
  EXPECT_EQ(digest("r"), expected);
}

TEST_F(Stopped, ByATimeLimitAgainAndAgain) {
  std::vector<std::string> words = {"temper", "builtin:ising,L=4", "--rounds", "7", "--max-time", "0.01s", "-q"};
  words.insert(words.end(), {"--out", "r"});
  int stops = 0;
  for (double limit_s = 0.01;; limit_s *= 1.5, ++stops) {
    const Ended ended = run(Call{words});
    if (ended.exit_code == 0) break;
    ASSERT_EQ(ended.exit_code, 75) << ended.err;
    ASSERT_NE(ended.err.find("--max-time"), std::string::npos) << ended.err;
    words = {"resume", "r", "--max-time", std::to_string(limit_s) + "s", "-q"};
  }
  const std::string found = digest("r");
  EXPECT_EQ(found, undisturbed_digest({"temper", "builtin:ising,L=4", "--rounds", "7", "-q"}));
  EXPECT_EQ(run({"temper", "builtin:modes", "--rounds", "40", "--max-time", "0.01s", "--out", "s", "-q"}).exit_code,
            75);
}

TEST_F(Stopped, AndResumedAfterItsEndIsUnchanged) {
  const std::string expected = undisturbed_digest({"temper", "builtin:mvn,d=5", "--rounds", "6", "-q"});
  for (const char* threads : {"1", "3"}) {
    ASSERT_EQ(run({"resume", "undisturbed", "--threads", threads, "-q"}).exit_code, 0);
    EXPECT_EQ(digest("undisturbed"), expected);
  }
  EXPECT_EQ(run({"verify", "undisturbed"}).exit_code, 0);
}

TEST_F(Stopped, AndGivenMoreRoundsEqualsOneThatHadThemAtOnce) {
  for (const std::string keep : {"last", "all"}) {
    for (const std::string legs : {"1", "2"}) {
      fs::remove_all(*this / "undisturbed");
      fs::remove_all(*this / "r");
      std::vector<std::string> words = {"temper", "builtin:mvn,d=2", "--reference", "variational", "--legs",
                                        legs,     "--keep",          keep,          "--rounds",    "7",
                                        "-q"};
      const std::string expected = undisturbed_digest(words);
      words[words.size() - 2] = "4";
      words.insert(words.end(), {"--out", "r"});
      ASSERT_EQ(run(Call{words}).exit_code, 0);
      ASSERT_EQ(run({"resume", "r", "--rounds", "+2", "--threads", "3", "-q"}).exit_code, 0);
      ASSERT_EQ(run({"resume", "r", "--rounds", "+1", "--executor", "serial", "-q"}).exit_code, 0);
      EXPECT_EQ(digest("r"), expected) << keep << " " << legs;
    }
  }
}

TEST_F(Stopped, NotByASecondProcessWhichIsRefused) {
  Process first(folder_.path(), {kEndless});
  first.wait_until([&] { return rounds_done() >= 2; });
  std::vector<std::string> force = kEndless;
  force.push_back("--force");
  for (std::vector<std::string> words : {std::vector<std::string>{"resume", "r"}, force}) {
    words.insert(words.end(), {"--max-time", "0.1s"});  // one that is let in must not stay
    const Ended second = run(Call{words});
    EXPECT_EQ(second.exit_code, 5);
    EXPECT_NE(second.err.find("being written by another process"), std::string::npos) << second.err;
  }
  EXPECT_EQ(run(Call{kEndless}).exit_code, 2);
  EXPECT_EQ(run({"verify", "r"}).exit_code, 0);  // readers need no lock
  first.send(SIGTERM);
  EXPECT_EQ(first.wait().exit_code, 75);
  EXPECT_EQ(run({"verify", "r"}).exit_code, 0);
}

TEST_F(Stopped, NotByARivalOfTheSameMoment) {
  std::vector<std::string> words = {"temper", "builtin:mvn,d=1", "--rounds", "2", "--replicas", "2", "-q"};
  const std::string expected = undisturbed_digest(words);
  words.insert(words.end(), {"--out", "r"});
  for (int pair = 0; pair < 10; ++pair) {
    fs::remove_all(*this / "r");
    Process one(folder_.path(), {words});
    Process two(folder_.path(), {words});
    std::vector<int> codes = {one.wait().exit_code, two.wait().exit_code};
    std::sort(codes.begin(), codes.end());
    EXPECT_EQ(codes[0], 0);
    EXPECT_TRUE(codes[1] == 2 || codes[1] == 5) << codes[1];
    EXPECT_EQ(digest("r"), expected);
  }
}

TEST_F(Stopped, NotByAReaderOfStdoutWhoGoesAway) {
  const std::string expected = undisturbed_digest({"temper", "builtin:mvn,d=2", "--rounds", "4", "-q"});
  const Ended ended =
      run(Call{.shell = "\"$DOVETAIL\" temper builtin:mvn,d=2 --rounds 4 --out r 2>/dev/null | head -1"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(std::count(ended.out.begin(), ended.out.end(), '\n'), 1) << ended.out;
  EXPECT_EQ(digest("r"), expected);
  EXPECT_EQ(run({"verify", "r"}).exit_code, 0);
}

}  // namespace
}  // namespace dovetail::test
