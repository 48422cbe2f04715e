// Command lines behind launchers: what is taken out of them, what is put in its place, and what an exit code means.
#include "dovetail/cli/launch.hpp"

#include "dovetail/cli/supervise.hpp"
#include "dovetail/core/error.hpp"
#include "tests/cli/command.hpp"

namespace dovetail::test {
namespace {

using Words = std::vector<std::string>;
using cli::ChildEnd;
using cli::Next;

std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(TakeApart, FindsLauncherProgramAndFolder) {
  const cli::Launch launch =
      cli::take_apart(Words{"mpirun", "-n", "3", "-x", "temper", "bin/dovetail", "temper", "builtin:modes", "--rounds",
                            "9", "-q", "--threads", "2", "--out", "runs/a b"});
  EXPECT_EQ(launch.launcher, (Words{"mpirun", "-n", "3", "-x", "temper"}));
  EXPECT_EQ(launch.program, "bin/dovetail");
  EXPECT_EQ(launch.words.front(), "temper");
  EXPECT_EQ(launch.run, "runs/a b");
  EXPECT_EQ(launch.going_on, (Words{"resume", "runs/a b", "--quiet=true", "--threads=2"}));
}

TEST(TakeApart, NeedsNoLauncherAndNoProgram) {
  const cli::Launch bare = cli::take_apart(Words{"dovetail", "sample", "builtin:mvn", "--out", "-x", "--csv"});
  EXPECT_TRUE(bare.launcher.empty());
  EXPECT_EQ(bare.program, "dovetail");
  EXPECT_EQ(bare.going_on, (Words{"resume", "./-x", "--csv=true"}));
  const cli::Launch barest = cli::take_apart(Words{"sample", "builtin:mvn", "--out", "r"});
  EXPECT_EQ(barest.program, "");
  EXPECT_EQ(barest.going_on, (Words{"resume", "r"}));
}

TEST(TakeApart, SaysWhatIsMissing) {
  const std::vector<std::pair<Words, std::string>> cases = {
      {{"mpirun", "-n", "3", "emcee", "temper"}, "has no `dovetail temper`"},
      {{"sh", "-c", "dovetail temper builtin:mvn --out r"}, "has no `dovetail temper`"},
      {{"dovetail", "digest", "r"}, "has no `dovetail temper`"},
      {{"dovetail", "temper", "builtin:mvn"}, "add --out DIR"},
      {{"dovetail", "temper", "builtin:mvn", "--oot", "r"}, "did you mean --out?"},
      {{"dovetail", "temper", "builtin:mvn", "--rounds", "many", "--out", "r"}, "is not a whole number"},
      {{"dovetail", "temper", "--help"}, "asks for help"},
      {{"dovetail", "resume", "/nowhere/r"}, "there is no run"},
  };
  for (const auto& [words, expected] : cases) {
    EXPECT_NE(refusal([&] { static_cast<void>(cli::take_apart(words)); }).find(expected), std::string::npos)
        << expected;
  }
}

using Length = CommandTest;

TEST_F(Length, OfAResumeIsSaidOnceAndForAll) {
  ASSERT_EQ(run({"temper", "builtin:mvn", "--rounds", "3", "--out", "r"}).exit_code, 0);
  ASSERT_EQ(run({"sample", "builtin:mvn", "--draws", "50", "--out", "s"}).exit_code, 0);
  const std::string r = folder() / "r";
  EXPECT_EQ(cli::take_apart(Words{"dovetail", "resume", r, "--rounds", "+2"}).going_on,
            (Words{"resume", r, "--rounds=5"}));
  EXPECT_EQ(cli::take_apart(Words{"dovetail", "resume", r, "--rounds", "9"}).going_on,
            (Words{"resume", r, "--rounds=9"}));
  EXPECT_EQ(cli::take_apart(Words{"dovetail", "resume", r, "--previous-checkpoint"}).going_on, (Words{"resume", r}));
  const std::string s = folder() / "s";
  EXPECT_EQ(cli::take_apart(Words{"dovetail", "resume", s, "--draws", "+50"}).going_on,
            (Words{"resume", s, "--draws=100"}));
}

TEST(FindRanks, ReadsWhatLaunchersAreTold) {
  const std::vector<std::tuple<Words, std::size_t, std::string, unsigned>> cases = {
      {{"mpirun", "-n", "3"}, 2, "", 3},          {{"mpirun", "--oversubscribe", "-np", "12"}, 3, "", 12},
      {{"mpiexec", "--np", "4", "-v"}, 2, "", 4}, {{"srun", "--ntasks=5"}, 1, "--ntasks=", 5},
      {{"srun", "--ntasks", "6"}, 2, "", 6},      {{"srun", "-n7", "-c", "2"}, 1, "-n", 7},
  };
  for (const auto& [words, place, before, ranks] : cases) {
    const auto found = cli::find_ranks(words);
    ASSERT_TRUE(found) << cli::shell_line(words);
    EXPECT_EQ(found->place, place) << cli::shell_line(words);
    EXPECT_EQ(found->before, before) << cli::shell_line(words);
    EXPECT_EQ(found->ranks, ranks) << cli::shell_line(words);
  }
  for (const Words& words :
       {Words{"srun", "-c", "2"}, Words{"mpirun", "-n", "few"}, Words{"mpirun", "-n", "0"}, Words{}}) {
    EXPECT_FALSE(cli::find_ranks(words)) << cli::shell_line(words);
  }
  EXPECT_NE(refusal([] { static_cast<void>(cli::find_ranks(Words{"mpirun", "-n", "2", "a", ":", "-n", "2"})); }), "");
}

TEST(NextAfter, StartsAgainWhatWasLostAndNothingElse) {
  constexpr int kKilled = 137;
  for (const int code : {0, 2, 3, 4, 5, 7, 75, 130}) {
    for (const bool launched : {false, true}) {
      EXPECT_EQ(cli::next_after({code, 0}, launched, true), Next::pass_on) << code;
    }
  }
  for (const bool begun : {false, true}) {
    EXPECT_EQ(cli::next_after({0, SIGKILL}, false, begun), Next::again);
    EXPECT_EQ(cli::next_after({6, 0}, true, begun), Next::again);
    EXPECT_EQ(cli::next_after({kKilled, 0}, true, begun), Next::again);
  }
  EXPECT_EQ(cli::next_after({1, 0}, false, true), Next::pass_on);  // a bug in Dovetail
  EXPECT_EQ(cli::next_after({1, 0}, true, true), Next::again);     // mpirun that was told to end
  EXPECT_EQ(cli::next_after({1, 0}, true, false), Next::pass_on);  // mpirun that could not start it
}

TEST(ChildEnd, IsPutIntoWords) {
  EXPECT_EQ((ChildEnd{6, 0}).words(), "exit code 6");
  EXPECT_EQ((ChildEnd{0, SIGKILL}).words(), "signal 9 (Killed)");
  EXPECT_EQ((ChildEnd{137, 0}).words(), "exit code 137: signal 9 (Killed)");
}

}  // namespace
}  // namespace dovetail::test
