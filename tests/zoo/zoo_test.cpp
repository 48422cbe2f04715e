// Each bad model ends with a named error or a counted rejection, never a hang or a corrupt run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/command.hpp"

namespace dovetail::test {
namespace {

using nlohmann::json;

std::string animal(const std::string& name) { return std::string(ANIMALS) + name + ".so"; }

/// The environment in which an animal misbehaves from the `at`-th density on; "never": it is tame.
std::vector<std::pair<std::string, std::string>> from(const std::string& at) { return {{"ZOO_AT", at}}; }

constexpr const char* kNever = "never";
constexpr const char* kInTheMiddle = "2000";  // after some rounds of the runs below, before their end

/// Small runs of either command, in a folder `out`.
std::vector<std::string> run_words(const std::string& command, const std::string& name, const std::string& out) {
  std::vector<std::string> words = {command, animal(name), "--seed", "1", "--out", out, "-q", "--threads", "2"};
  const std::vector<std::string> length =
      command == "sample" ? std::vector<std::string>{"--chains", "2", "--warmup", "100", "--draws", "500"}
                          : std::vector<std::string>{"--rounds", "7", "--replicas", "6"};
  words.insert(words.end(), length.begin(), length.end());
  return words;
}

class Zoo : public CommandTest {
 protected:
  [[nodiscard]] std::string digest(const std::string& out) const { return run({"digest", out}).out; }
  [[nodiscard]] json summary(const std::string& out) const { return json::parse(read(out + "/summary.json")); }
};

/// Sanitizers reserve more than any limit that a test could set.
constexpr bool limits_memory() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#else
  return true;
#endif
}

bool holds(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

/// An animal that ends a run, and how.
struct Ending {
  std::string name;
  std::string says;
  std::size_t memory_max = 0;
  std::vector<std::string> settings{};
};
void PrintTo(const Ending& ending, std::ostream* out) { *out << ending.name; }

std::string camel(const std::string& name) {
  std::string out;
  bool upper = true;
  for (const char c : name) {
    if (c != '_') out += upper ? static_cast<char>(std::toupper(c)) : c;
    upper = c == '_';
  }
  return out;
}

/// It ends in the middle of a run, and the run can go on from its last checkpoint to the bits of one that was never
/// disturbed.
class ZooEnding : public Zoo, public ::testing::WithParamInterface<std::tuple<const char*, Ending>> {};

TEST_P(ZooEnding, IsNamedAndLeavesAGoodRun) {
  const auto& [command, ending] = GetParam();
  if (ending.memory_max != 0 && !limits_memory()) GTEST_SKIP() << "no limit of memory under a sanitizer";
  CommandCall undisturbed{run_words(command, ending.name, "whole"), from(kNever)};
  ASSERT_EQ(run(undisturbed).exit_code, 0);

  CommandCall call{run_words(command, ending.name, "r"), from(kInTheMiddle)};
  call.words.insert(call.words.end(), ending.settings.begin(), ending.settings.end());
  call.memory_max = ending.memory_max;
  const CommandResult result = run(call);
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_TRUE(holds(result.err, ending.says)) << result.err;
  EXPECT_TRUE(holds(result.err, animal(ending.name))) << result.err;
  EXPECT_TRUE(holds(result.err, "dovetail resume r")) << result.err;
  EXPECT_TRUE(holds(result.err, "with the same model; a mended one needs a new run")) << result.err;
  EXPECT_FALSE(std::filesystem::exists(folder() / "r/summary.json"));

  const CommandResult resumed = run({.words = {"resume", "r", "-q"}, .environment = from(kNever)});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(digest("r"), digest("whole"));
}

constexpr std::size_t kGibibyte = std::size_t{1} << 30;
INSTANTIATE_TEST_SUITE_P(
    InARun, ZooEnding,
    ::testing::Combine(
        ::testing::Values("sample", "temper"),
        ::testing::Values(Ending{"segfaults", "crashed in its own code (SIGSEGV"},
                          Ending{"recurses", "crashed in its own code (SIGSEGV"},
                          Ending{"aborts", "gave up in its own code (SIGABRT"}, Ending{"exits", "called exit()"},
                          Ending{"hangs", "has not come back from one call for 0.5s", 0, {"--model-timeout", "0.5s"}},
                          Ending{"hangs_before_random_numbers",
                                 "has not come back from one call for 0.5s",
                                 0,
                                 {"--model-timeout", "0.5s"}},
                          Ending{"sets_rounding_mode", "changes how numbers are rounded"},
                          Ending{"flushes_subnormals", "changes how numbers are rounded"},
                          Ending{"sets_locale", "sets another locale"},
                          Ending{"allocates", "threw: std::bad_alloc", kGibibyte},
                          Ending{"hoards", "has used up the memory", kGibibyte})),
    [](const auto& named) { return camel(std::get<1>(named.param).name) + "In" + camel(std::get<0>(named.param)); });

/// An animal that fails at some points: the run stops at the first, or counts them all and goes on.
class ZooFailure : public Zoo, public ::testing::WithParamInterface<std::tuple<const char*, Ending>> {};

TEST_P(ZooFailure, StopsARunOrIsCounted) {
  const auto& [command, ending] = GetParam();
  const CommandResult stopped = run({run_words(command, ending.name, "r")});
  EXPECT_EQ(stopped.exit_code, 3) << stopped.err;
  EXPECT_TRUE(holds(stopped.err, ending.says)) << stopped.err;

  auto words = run_words(command, ending.name, "s");
  words.insert(words.end(), {"--on-error", "reject"});
  const CommandResult counted = run({words});
  EXPECT_EQ(counted.exit_code, 0) << counted.err;
  EXPECT_TRUE(holds(counted.out, "W206")) << counted.out;
  const json parameters = summary("s")["parameters"];
  EXPECT_LT(parameters[0]["q95"], 1.5);  // where it fails there are no draws
}

INSTANTIATE_TEST_SUITE_P(
    InARun, ZooFailure,
    ::testing::Combine(::testing::Values("sample", "temper"),
                       ::testing::Values(Ending{"returns_nan", "gave NaN at (a "},
                                         Ending{"returns_infinity", "gave +inf at (a "},
                                         Ending{"leaks_exceptions", "threw: this was to stay inside at (a "})),
    [](const auto& named) { return camel(std::get<1>(named.param).name) + "In" + camel(std::get<0>(named.param)); });

/// A density that is no function of its point is noticed when a round begins: what was known is asked again.
class ZooImpurity : public Zoo, public ::testing::WithParamInterface<std::tuple<const char*, const char*>> {};

TEST_P(ZooImpurity, EndsARun) {
  const auto& [command, name] = GetParam();
  const CommandResult result = run({run_words(command, name, "r")});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_TRUE(holds(result.err, "so it depends on more than its point")) << result.err;
}

INSTANTIATE_TEST_SUITE_P(InARun, ZooImpurity,
                         ::testing::Combine(::testing::Values("sample", "temper"),
                                            ::testing::Values("remembers", "not_thread_safe")),
                         [](const auto& named) {
                           return camel(std::get<1>(named.param)) + "In" + camel(std::get<0>(named.param));
                         });

/// An animal that is refused before a run begins: no file is left.
class ZooRefusal : public Zoo, public ::testing::WithParamInterface<Ending> {};

TEST_P(ZooRefusal, LeavesNoFiles) {
  for (const char* command : {"sample", "temper"}) {
    const CommandResult result = run({run_words(command, GetParam().name, "r")});
    EXPECT_EQ(result.exit_code, 3) << result.err;
    EXPECT_TRUE(holds(result.err, GetParam().says)) << result.err;
    EXPECT_TRUE(holds(result.err, animal(GetParam().name))) << result.err;
    EXPECT_EQ(files(), std::vector<std::string>()) << command;
  }
}

INSTANTIATE_TEST_SUITE_P(BeforeARun, ZooRefusal,
                         ::testing::Values(Ending{"same_names", "has two outputs of the name a "},
                                           Ending{"no_parameters", "has no parameters"},
                                           Ending{"refuses_its_data",
                                                  "makes no model without data: N is -1, but must be positive"},
                                           Ending{"moves_away", "changes the working folder"},
                                           Ending{"crashes_when_loaded", "crashed in its own code (SIGSEGV"}),
                         [](const auto& named) { return camel(named.param.name); });

TEST_F(Zoo, WhatAModelPrintsIsNoResult) {
  auto words = run_words("sample", "prints", "r");
  words.emplace_back("--json");
  const CommandResult result = run({words});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(json::parse(result.out), summary("r"));
  EXPECT_TRUE(holds(result.err, "a model speaks\n")) << result.err;
  EXPECT_TRUE(holds(result.err, "directly\n")) << result.err;
}

TEST_F(Zoo, PointsThatAModelRefusesInWordsAreOutsideItsSupport) {
  for (const char* command : {"sample", "temper"}) {
    const CommandResult result = run({run_words(command, "throws", command)});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_LT(summary(command)["parameters"][0]["q95"], 1.5);
    EXPECT_FALSE(holds(result.out, "W206")) << result.out;
  }
}

TEST_F(Zoo, StrangeNamesReachNoTerminal) {
  const CommandResult result = run({run_words("sample", "strange_names", "r")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const std::string& text : {result.out, result.err, run({"check", animal("strange_names")}).out}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
    EXPECT_EQ(text.find('\xff'), std::string::npos);
  }
  EXPECT_EQ(summary("r")["parameters"][0]["name"], "a\"\x1b[31m\n");
  EXPECT_EQ(json::parse(run({"check", animal("strange_names"), "--json"}).out)["passed"], true);
}

TEST_F(Zoo, OneThatServesOneThreadGetsOne) {
  auto words = run_words("sample", "one_thread", "r");
  std::erase(words, "-q");
  const CommandResult result = run({words});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(holds(result.err, "serves one thread only")) << result.err;
}

// What _exit() ends cannot be noticed from within: documented in docs/models.md. Nothing is lost by it.
TEST_F(Zoo, ARunThatIsEndedAtOnceGoesOn) {
  ASSERT_EQ(run({run_words("sample", "exits_at_once", "whole"), from(kNever)}).exit_code, 0);
  EXPECT_EQ(run({run_words("sample", "exits_at_once", "r"), from(kInTheMiddle)}).out, "");
  EXPECT_EQ(run({.words = {"resume", "r", "-q"}, .environment = from(kNever)}).exit_code, 0);
  EXPECT_EQ(digest("r"), digest("whole"));
}

// With a wrong gradient trajectories are still reversible and keep volume: the law is right, the way there is not.
TEST_F(Zoo, AWrongGradientCostsSpeedNotTruth) {
  EXPECT_EQ(run({run_words("sample", "wrong_gradient", "r")}).exit_code, 0);
  for (const json& parameter : summary("r")["parameters"]) {
    constexpr double kErrors = 5;  // a false alarm in 1.7 million
    EXPECT_LT(std::abs(parameter["mean"].get<double>()), kErrors * parameter["mcse_mean"].get<double>()) << parameter;
  }
}

/// What `dovetail check` finds.
struct Finding {
  std::string name;
  std::vector<std::string> ids;  ///< any of them; none: it passes
  std::string at = "300";
  std::size_t memory_max = 0;
};
void PrintTo(const Finding& finding, std::ostream* out) { *out << finding.name; }
class ZooCheck : public Zoo, public ::testing::WithParamInterface<Finding> {};

TEST_P(ZooCheck, Finds) {
  const Finding& wanted = GetParam();
  if (wanted.memory_max != 0 && !limits_memory()) GTEST_SKIP() << "no limit of memory under a sanitizer";
  CommandCall call{{"check", animal(wanted.name), "--json", "--model-timeout", "0.5s"}, from(wanted.at)};
  call.memory_max = wanted.memory_max;
  const CommandResult result = run(call);
  const json report = json::parse(result.out);
  EXPECT_EQ(result.exit_code, wanted.ids.empty() ? 0 : 3) << result.out << result.err;
  EXPECT_EQ(report["passed"], wanted.ids.empty());
  std::vector<std::string> ids;
  for (const json& finding : report["findings"]) ids.push_back(finding["id"]);
  EXPECT_EQ(ids, wanted.ids) << result.out;

  call.words = {"check", animal(wanted.name), "--model-timeout", "0.5s"};
  const CommandResult text = run(call);
  EXPECT_EQ(text.exit_code, result.exit_code);
  for (const std::string& id : wanted.ids) EXPECT_TRUE(holds(text.out, "\n" + id + ": ")) << text.out;
  EXPECT_TRUE(holds(text.out, wanted.ids.empty() ? "no problems detected\n" : "problems detected\n"));
  EXPECT_EQ(files(), std::vector<std::string>());
}

INSTANTIATE_TEST_SUITE_P(
    Command, ZooCheck,
    ::testing::Values(Finding{"tame", {}}, Finding{"one_thread", {}}, Finding{"prints", {}}, Finding{"throws", {}},
                      Finding{"returns_nan", {"nan"}}, Finding{"returns_infinity", {"nan"}},
                      Finding{"leaks_exceptions", {"throws"}}, Finding{"segfaults", {"crash"}},
                      Finding{"recurses", {"crash"}}, Finding{"aborts", {"crash"}}, Finding{"exits", {"exit"}},
                      Finding{"exits_at_once", {"exit"}}, Finding{"hangs", {"hang"}},
                      Finding{"hangs_before_random_numbers", {"hang"}}, Finding{"sets_rounding_mode", {"lost"}},
                      Finding{"flushes_subnormals", {"lost"}}, Finding{"sets_locale", {"lost"}},
                      Finding{"allocates", {"throws"}, "300", kGibibyte}, Finding{"grows", {"grows"}},
                      Finding{"not_thread_safe", {"threads"}}, Finding{"wrong_gradient", {"gradient"}},
                      Finding{"remembers", {"impure", "gradient-value", "threads"}},
                      Finding{"not_the_inverse", {"round-trip"}}, Finding{"strange_names", {}}),
    [](const auto& named) { return camel(named.param.name); });

// After the first thousands of calls: while threads ask it, and while it is timed.
TEST_F(Zoo, CheckTellsAModelThatIsLostLate) {
  for (const char* at : {"2000", "20000"}) {
    const CommandResult result = run(CommandCall{{"check", animal("sets_locale")}, from(at)});
    EXPECT_EQ(result.exit_code, 3) << at;
    EXPECT_TRUE(holds(result.out, "\nlost: ")) << result.out;
    EXPECT_FALSE(holds(result.out, "\nthreads: ")) << result.out;
  }
}

// The child that crashes is the check's own business: its words are the finding's.
TEST_F(Zoo, CheckTellsACrashBeforeAnythingCouldBeAsked) {
  const CommandResult result = run({"check", animal("crashes_when_loaded")});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_TRUE(holds(result.out, "crash: the model crashed in its own code (SIGSEGV")) << result.out;
  EXPECT_EQ(result.err, "");
}

TEST_F(Zoo, CheckPassesErrorsOfOtherKindsOn) {
  EXPECT_EQ(run({"check", animal("same_names")}).exit_code, 3);
  EXPECT_EQ(run({"check", animal("is_not_there")}).exit_code, 3);
  EXPECT_EQ(run({"check", "builtin:nothing"}).exit_code, 2);
}

}  // namespace
}  // namespace dovetail::test
