// `dovetail run`: whatever kills its command, the run ends with the digest of the undisturbed one; what no restart can
// mend is passed on.
#include <algorithm>
#include <csignal>
#include <fstream>

#include "dovetail/output/events.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/output/rounds_file.hpp"
#include "tests/faults/command.hpp"

namespace dovetail::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

/// With checkpoints at the ends of rounds alone, so that the n-th point of the file code is the same every time.
const Words kTemper = {"temper", "builtin:modes",      "--rounds", "8", "--replicas",
                       "5",      "--checkpoint-every", "round",    "-q"};
const Words kSample = {"sample", "builtin:eight_schools", "--draws", "200", "--checkpoint-every", "round", "-q"};
/// Never ends by itself.
const Words kEndless = {"temper", "builtin:modes", "--rounds", "40", "--replicas", "5", "-q", "--out", "r"};

class Supervised : public CommandTest {
 protected:
  /// A launcher of the name, which takes "-n K" as mpirun does, keeps a line of each start in `starts`, and then does
  /// as `body` says; $start is the number of the start, "$@" the command.
  void write_launcher(const std::string& name, const std::string& body) const {
    write_plainly(*this / name, "#!/bin/sh\necho \"$*\" >> starts\nstart=$(wc -l < starts)\nshift 2\n" + body + "\n");
    fs::permissions(*this / name, fs::perms::owner_all);
  }
  /// `dovetail run FLAGS -- LAUNCHER -n 3 dovetail WORDS`.
  [[nodiscard]] Words supervised(const Words& flags, const std::string& launcher, const Words& words) const {
    Words all = {"run", "--delay", "0.001s"};
    all.insert(all.end(), flags.begin(), flags.end());
    all.push_back("--");
    if (!launcher.empty()) all.insert(all.end(), {*this / launcher, "-n", "3"});
    all.push_back(program());
    all.insert(all.end(), words.begin(), words.end());
    return all;
  }
  /// What the launcher was told at each start.
  [[nodiscard]] Words starts() const {
    Words lines;
    std::ifstream file(*this / "starts");
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  [[nodiscard]] std::size_t events_of(const std::string& kind) const {
    const auto events = read_events(*this / "r" / "events.jsonl");
    return static_cast<std::size_t>(
        std::count_if(events.begin(), events.end(), [&](const Event& event) { return event.kind == kind; }));
  }
};

Words with_out(Words words) {
  words.insert(words.end(), {"--out", "r"});
  return words;
}

/// Kills the first two starts, at a point of their file code that is the same every time.
constexpr const char* kLosesTwo =
    R"(case $start in 1) export DOVETAIL_CRASH_AT=any:90 ;; 2) export DOVETAIL_CRASH_AT=any:60 ;; esac
"$@")";

TEST_F(Supervised, RunsThatAreKilledTwiceEndWithTheDigestOfTheUndisturbedOne) {
  write_launcher("loses_two", kLosesTwo);
  for (const Words& words : {kTemper, kSample}) {
    for (const char* name : {"undisturbed", "r", "starts"}) fs::remove_all(*this / name);
    const std::string expected = undisturbed_digest(words);
    const Ended ended = run(Call{supervised({"--max-restarts", "2", "--ranks", "2:3"}, "loses_two", with_out(words))});
    ASSERT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_EQ(digest("r"), expected);
    const Words told = starts();
    ASSERT_EQ(told.size(), 3U);
    EXPECT_TRUE(told[0].starts_with("-n 3 ")) << told[0];
    EXPECT_TRUE(told[1].starts_with("-n 2 ") && told[1].ends_with(" resume r --checkpoint-every=round --quiet=true"))
        << told[1];
    EXPECT_TRUE(told[2].starts_with("-n 2 ")) << told[2];
    EXPECT_EQ(events_of("restart"), 2U);
    EXPECT_NE(ended.err.find("exit code 137: signal 9 (Killed); restart 2 of 2, from the checkpoint after round"),
              std::string::npos)
        << ended.err;
  }
}

TEST_F(Supervised, ARunWithoutALauncherIsStartedAgainToo) {
  const std::string expected = undisturbed_digest(kTemper);
  Call call{supervised({}, "", with_out(kTemper))};
  call.environment = {{"DOVETAIL_CRASH_AT", "any:130"}};  // of each start: it gets somewhat further every time
  const Ended ended = run(call);
  EXPECT_EQ(ended.exit_code, 6) << ended.err;
  EXPECT_NE(ended.err.find("signal 9 (Killed) and its 3 restarts are used up; the run is whole, `dovetail resume r`"),
            std::string::npos)
      << ended.err;
  EXPECT_EQ(events_of("restart"), 3U);
  ASSERT_EQ(run({"resume", "r", "-q"}).exit_code, 0);
  EXPECT_EQ(digest("r"), expected);
}

TEST_F(Supervised, BeforeItsManifestACommandIsRepeatedAndNoOlderRunGoneOnWith) {
  const std::string expected = undisturbed_digest(kTemper);
  write_launcher("loses_one", "[ $start -gt 1 ] || export DOVETAIL_CRASH_AT=any:2\nexec \"$@\"");
  const Ended anew = run(Call{supervised({}, "loses_one", with_out(kTemper))});
  ASSERT_EQ(anew.exit_code, 0) << anew.err;
  EXPECT_EQ(digest("r"), expected);
  EXPECT_EQ(starts()[0], starts()[1]);
  EXPECT_NE(anew.err.find("restart 1 of 3, from the start: "), std::string::npos) << anew.err;

  fs::remove_all(*this / "r");
  fs::remove(*this / "starts");
  ASSERT_EQ(run({"temper", "builtin:modes", "--rounds", "4", "--seed", "2", "--out", "r", "-q"}).exit_code, 0);
  Words force = with_out(kTemper);
  force.push_back("--force");
  const Ended instead = run(Call{supervised({}, "loses_one", force)});
  ASSERT_EQ(instead.exit_code, 0) << instead.err;
  EXPECT_EQ(digest("r"), expected);
}

TEST_F(Supervised, MoreRoundsAreAskedForOnce) {
  Words words = kTemper;
  words[3] = "10";
  const std::string expected = undisturbed_digest(words);
  ASSERT_EQ(run(Call{with_out(kTemper)}).exit_code, 0);
  write_launcher("loses_two", kLosesTwo);
  const Ended ended = run(Call{supervised({}, "loses_two", {"resume", "r", "--rounds", "+2", "-q"})});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(starts().size(), 3U);
  EXPECT_EQ(digest("r"), expected);
}

TEST_F(Supervised, WhatNoRestartMendsIsPassedOn) {
  for (const int code : {0, 2, 3, 4, 5, 7, 75, 130}) {
    fs::remove(*this / "starts");
    write_launcher("ends", "mkdir -p r; exit " + std::to_string(code));
    const Ended ended = run(Call{supervised({}, "ends", with_out(kTemper))});
    EXPECT_EQ(ended.exit_code, code) << ended.err;
    EXPECT_EQ(starts().size(), 1U) << code;
    const bool is_error = code != 0 && code < 75;
    EXPECT_EQ(ended.err.find("which another start would meet again") != std::string::npos, is_error) << ended.err;
  }
}

TEST_F(Supervised, ALauncherThatCannotStartItIsNotTriedAgain) {
  write_launcher("refuses", "echo 'not enough slots' >&2; exit 1");
  const Ended ended = run(Call{supervised({}, "refuses", with_out(kTemper))});
  EXPECT_EQ(ended.exit_code, 6) << ended.err;
  EXPECT_EQ(starts().size(), 1U);
  EXPECT_FALSE(fs::exists(*this / "r"));
}

TEST_F(Supervised, RestartsThatGetNowhereAreNotBurnt) {
  write_launcher("always_dies", "[ $start -gt 1 ] && kill -9 $$; export DOVETAIL_CRASH_AT=any:90; \"$@\"");
  const Ended ended = run(Call{supervised({"--max-restarts", "50"}, "always_dies", with_out(kTemper))});
  EXPECT_EQ(ended.exit_code, 6);
  EXPECT_EQ(starts().size(), 3U);
  EXPECT_NE(ended.err.find("2 restarts in a row ended (signal 9 (Killed)) before the first checkpoint past round"),
            std::string::npos)
      << ended.err;
  EXPECT_EQ(run({"verify", "r"}).exit_code, 0);
}

/// As by a model that calls _exit(0), or a launcher that says nothing of its ranks.
TEST_F(Supervised, ARunThatWasCutOffIsGoneOnWithWhateverItsCommandSays) {
  const std::string expected = undisturbed_digest(kTemper);
  write_launcher(
      "says_0",
      "[ $start -gt 1 ] && exec \"$@\"\n\"$@\" &\nuntil grep -qs '\"kind\": \"round\"' r/events.jsonl; do :; "
      "done; kill -9 $!; wait $!; exit 0");
  const Ended ended = run(Call{supervised({}, "says_0", with_out(kTemper))});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(digest("r"), expected);
  EXPECT_NE(ended.err.find("the command ended with exit code 0 and its run was not at its end; restart 1 of 3"),
            std::string::npos)
      << ended.err;
}

TEST_F(Supervised, SignalsArePassedOnAndEndItAll) {
  struct Stop {
    int signal;
    int exit_code;
  };
  // As mpirun does, which ends with 1 whatever its ranks said when it was told to end.
  write_launcher("hides_codes", "\"$@\" & trap 'kill -TERM $!; wait $!; exit 1' TERM INT USR1; wait $!");
  write_launcher("shows_codes", "exec \"$@\"");
  for (const std::string launcher : {"hides_codes", "shows_codes", ""}) {
    for (const Stop& by : {Stop{SIGTERM, 75}, Stop{SIGUSR1, 75}, Stop{SIGINT, 130}}) {
      fs::remove_all(*this / "r");
      fs::remove(*this / "starts");
      Process process(folder_.path(), {supervised({}, launcher, kEndless)});
      process.wait_until([&] { return fs::exists(*this / "r" / "events.jsonl") && events_of("round") >= 3; });
      process.send(by.signal);
      const Ended ended = process.wait();
      EXPECT_EQ(ended.exit_code, by.exit_code) << launcher << " " << by.signal << ": " << ended.err;
      EXPECT_LE(starts().size(), 1U);
      EXPECT_EQ(read_manifest(*this / "r" / "manifest.json").status, "incomplete") << launcher << " " << by.signal;
    }
  }
}

TEST_F(Supervised, ALauncherThatLosesTheFirstSignalIsToldAgain) {
  // As mpirun does in its first tenths of a second.
  write_launcher("deaf_at_first",
                 "trap 'touch lost' USR1; touch there; until [ -e lost ]; do :; done; trap - USR1\n"
                 "exec \"$@\"");
  Process process(folder_.path(), {supervised({}, "deaf_at_first", kEndless)});
  process.wait_until([&] { return fs::exists(*this / "there"); });
  process.send(SIGUSR1);
  const Ended ended = process.wait();
  EXPECT_TRUE(ended.exit_code == 75 || ended.exit_code == 6) << ended.exit_code << ended.err;
  EXPECT_NE(ended.err.find("stopped by "), std::string::npos) << ended.err;
}

TEST_F(Supervised, ARunThatStoppedIsNoneThatIsDoneWhateverTheLauncherSays) {
  write_launcher("says_0", "trap : USR1\n\"$@\" & rank=$!\nuntil wait $rank; do kill -USR1 $rank || exit 0; done");
  Process process(folder_.path(), {supervised({}, "says_0", kEndless)});
  process.wait_until([&] { return fs::exists(*this / "r" / "manifest.json"); });
  process.send(SIGTERM);
  EXPECT_EQ(process.wait().exit_code, 75);
}

TEST_F(Supervised, ResultsStandOnItsOwnStandardOutput) {
  write_launcher("starts_it", "exec \"$@\"");
  Words words = with_out(kTemper);
  words.push_back("--json");
  const Ended ended = run(Call{supervised({}, "starts_it", words)});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_TRUE(ended.out.starts_with("{")) << ended.out;
  EXPECT_EQ(ended.err.find("\"digest\""), std::string::npos) << ended.err;
}

TEST_F(Supervised, WhatWasStoppedBeforeItsRunBeganIsSaid) {
  write_launcher("never_gets_there", "touch there; sleep 1000");
  Process process(folder_.path(), {supervised({}, "never_gets_there", with_out(kTemper))});
  process.wait_until([&] { return fs::exists(*this / "there"); });
  process.send(SIGTERM);
  const Ended ended = process.wait();
  EXPECT_EQ(ended.exit_code, 6);
  EXPECT_NE(ended.err.find("stopped by signal 15 (Terminated) before the run began"), std::string::npos) << ended.err;
}

TEST_F(Supervised, ASignalBetweenTwoStartsEndsItToo) {
  write_launcher("dies", "mkdir -p r; kill -9 $$");
  Words words = supervised({}, "dies", with_out(kTemper));
  words[2] = "1000s";
  Process process(folder_.path(), {words});
  process.wait_until([&] { return starts().size() == 1; });
  process.send(SIGTERM);
  EXPECT_EQ(process.wait().exit_code, 6);  // nothing to go on with
  EXPECT_EQ(starts().size(), 1U);
}

TEST_F(Supervised, NothingThatTheCommandStartedIsLeftBehind) {
  // In sessions of their own, as ranks that outlive their launcher are.
  write_launcher("leaves_two",
                 "setsid sleep 1000 & echo $! > left; setsid sh -c 'echo $$ >> left; sleep 1000; true' &\n"
                 "until [ $(wc -l < left) -eq 2 ]; do :; done; kill -9 $$");
  const Ended ended = run(Call{supervised({"--max-restarts", "0"}, "leaves_two", with_out(kTemper))});
  EXPECT_EQ(ended.exit_code, 6) << ended.err;
  std::ifstream left(*this / "left");
  int count = 0;
  for (pid_t process = 0; left >> process; ++count)
    EXPECT_FALSE(fs::exists("/proc/" + std::to_string(process))) << process;
  EXPECT_EQ(count, 2);
}

TEST_F(Supervised, ChildrenFromBeforeAreSpared) {
  Call call;
  call.shell =
      "sleep 1000 & echo $! > before; exec \"$DOVETAIL\" run -- \"$DOVETAIL\" temper builtin:mvn --rounds 2 -q --out r";
  const Ended ended = run(call);
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  pid_t before = 0;
  std::ifstream(*this / "before") >> before;
  ASSERT_GT(before, 0);
  EXPECT_EQ(::kill(before, SIGKILL), 0) << "it was killed and waited for";
}

TEST_F(Supervised, ACallerThatIgnoresTheEndsOfChildrenIsNoHindrance) {
  const std::string expected = undisturbed_digest(kTemper);
  write_launcher("loses_two", kLosesTwo);
  Call call;
  call.shell = "exec env --ignore-signal=CHLD \"$DOVETAIL\"";
  for (const std::string& word : supervised({}, "loses_two", with_out(kTemper))) call.shell += " '" + word + "'";
  const Ended ended = run(call);
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(starts().size(), 3U);
  EXPECT_EQ(digest("r"), expected);
}

TEST_F(Supervised, RanksOfOtherMachinesAreWaitedFor) {
  const std::string expected = undisturbed_digest(kTemper);
  // One that notices late that its launcher is gone, and holds the lock until it does.
  write_launcher("loses_one", R"([ $start -eq 1 ] || exec "$@"
DOVETAIL_CRASH_AT=any:90 "$@"; touch lost; until [ -e held ]; do :; done; exit 137)");
  Process elsewhere(folder_.path(),
                    {{}, {}, 0, "", "until [ -e lost ]; do :; done; flock r/lock sh -c 'touch held; sleep 0.5'"});
  const Ended ended = run(Call{supervised({}, "loses_one", with_out(kTemper))});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(elsewhere.wait().exit_code, 0);
  EXPECT_EQ(digest("r"), expected);
}

TEST_F(Supervised, ASignalWhileRanksOfOtherMachinesAreWaitedForEndsItToo) {
  for (const auto& [signal, code] : {std::pair(SIGTERM, 75), std::pair(SIGINT, 130)}) {
    for (const char* name : {"r", "starts", "lost", "held", "over"}) fs::remove_all(*this / name);
    write_launcher("loses_one", R"([ $start -eq 1 ] || exec "$@"
DOVETAIL_CRASH_AT=any:90 "$@"; touch lost; until [ -e held ]; do :; done; exit 137)");
    Process elsewhere(
        folder_.path(),
        {{},
         {},
         0,
         "",
         "until [ -e lost ]; do :; done; flock r/lock sh -c 'touch held; until [ -e over ]; do :; done'"});
    Process process(folder_.path(), {supervised({}, "loses_one", with_out(kTemper))});
    process.wait_until([&] { return process.err_so_far().find("restart 1 of 3") != std::string::npos; });
    process.send(signal);
    write_plainly(*this / "over", "");
    EXPECT_EQ(process.wait().exit_code, code);
    EXPECT_EQ(elsewhere.wait().exit_code, 0);
    EXPECT_EQ(starts().size(), 1U);
  }
}

TEST_F(Supervised, WithoutItsSupervisorACommandStopsWithACheckpoint) {
  Words words = kEndless;
  words[3] = "16";  // but for a signal it ends in seconds, with 0
  Process process(folder_.path(), {supervised({}, "", words)});
  process.wait_until([&] { return fs::exists(*this / "r" / "events.jsonl") && events_of("round") >= 3; });
  process.send(SIGKILL);
  EXPECT_TRUE(process.wait().was_killed());
  EXPECT_EQ(run({"watch", "r"}).exit_code, 75);
}

TEST_F(Supervised, WrongCallsStartNothing) {
  write_launcher("starts_it", "\"$@\"");
  const Words temper = with_out(kTemper);
  const std::vector<std::pair<Words, std::string>> cases = {
      {supervised({}, "", kTemper), "add --out DIR"},
      {supervised({"--max-restarts", "-1"}, "", temper), "is not a whole number"},
      {supervised({"--ranks", "3"}, "starts_it", temper), "is not MIN:MAX"},
      {supervised({"--ranks", "4:2"}, "starts_it", temper), "is not MIN:MAX"},
      {supervised({"--ranks", "4:5"}, "starts_it", temper), "does not hold the 3 ranks"},
      {supervised({"--ranks", "1:2"}, "", temper), "needs a launcher"},
      {{"run", "--", "no-such-launcher", program(), "temper", "builtin:mvn", "--out", "r"},
       "cannot start no-such-launcher"},
      {{"run", "mpirun", "-n", "3", program(), "temper", "builtin:mvn"}, "words of COMMAND come after a word `--`"},
      {{"run"}, "not 0 of them"},
  };
  for (const auto& [words, expected] : cases) {
    const Ended ended = run(Call{words});
    EXPECT_EQ(ended.exit_code, 2) << expected;
    EXPECT_NE(ended.err.find(expected), std::string::npos) << ended.err;
  }
  EXPECT_FALSE(fs::exists(*this / "r"));
  EXPECT_TRUE(starts().empty());
}

}  // namespace
}  // namespace dovetail::test
