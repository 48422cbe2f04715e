// `dovetail sample` as a process: [[proposal]] tables and starting points that cannot be meant, and the ones that can.
#include <nlohmann/json.hpp>

#include <algorithm>

#include "command.hpp"

namespace dovetail::test {
namespace {

using nlohmann::json;

struct WrongTable {
  const char* name;
  const char* model;
  std::string tables;             ///< of the file of settings, from its fourth line on
  std::vector<std::string> says;  ///< cause and cure
};

std::vector<WrongTable> wrong_tables() {
  return {
      {"UnknownParameter",
       "builtin:eight_schools",
       "[[proposal]]\nparameters = [\"mu\", \"tua\"]\nkind = \"normal\"\n",
       {"run.toml:5: ", "unknown parameter \"tua\"", "did you mean tau?"}},
      {"WrongKindOfParameter",
       "builtin:ising,L=3",
       "[[proposal]]\nparameters = [\"spin\"]\nkind = \"normal\"\n",
       {"run.toml:4: ", "\" is an integer", "discrete for integers"}},
      {"AngleOfAReal",
       "builtin:mvn",
       "[[proposal]]\nparameters = [\"x\"]\nkind = \"angular\"\n",
       {"run.toml:4: ", "\"x[1]\" is real", "normal"}},
      {"UnknownKind",
       "builtin:mvn",
       "[[proposal]]\nparameters = [\"x\"]\nkind = \"norml\"\n",
       {"run.toml:6: ", "unknown kind of proposal \"norml\"", "did you mean normal?"}},
      {"BoundsThatTheModelLacks",
       "builtin:mvn",
       "[[proposal]]\nparameters = [\"x\"]\nkind = \"bounded_normal\"\nlower = 2\nupper = 1\n",
       {"run.toml:4: ", "declares no bounds for parameter \"x[1]\"", "declare the bounds in the model"}},
      {"BoundsInsideTheModels",
       "builtin:unid",
       "[[proposal]]\nparameters = [\"p1\", \"p2\"]\nkind = \"bounded_normal\"\nlower = 0.4\nupper = 0.2\n",
       {"run.toml:4: ", "lower or upper is given for parameter \"p1\"", "leave them out"}},
      {"CovarianceNotPositiveDefinite",
       "builtin:mvn",
       "[[proposal]]\nparameters = [\"x\"]\nkind = \"normal\"\ncovariance = [1, 2, 2, 1]\n",
       {"run.toml:7: ", "covariance is not positive definite"}},
      {"MissingProposal",
       "builtin:mvn,d=3",
       "[[proposal]]\nparameters = [\"x[1]\", \"x[3]\"]\nkind = \"normal\"\n",
       {"missing proposal", "\"x[2]\"", "mh+slice"}},
      {"ProposalTwice",
       "builtin:mvn",
       "[[proposal]]\nparameters = [\"x\"]\nkind = \"normal\"\n\n[[proposal]]\nparameters = [\"x[2]\"]\nkind = "
       "\"normal\"\n",
       {"run.toml:8: ", "\"x[2]\" is in another proposal already"}},
      {"UnknownKey",
       "builtin:mvn",
       "[[proposal]]\nparameters = [\"x\"]\nkind = \"normal\"\nscal = 2\n",
       {"run.toml:7: ", "unknown key \"scal\"", "did you mean scale?"}},
      {"UnknownRule",
       "builtin:mvn",
       "[[proposal]]\nparameters = [\"x\"]\nkind = \"normal\"\nadapt = \"veich\"\n",
       {"run.toml:7: ", "\"veich\"", "did you mean veitch?"}},
  };
}

void PrintTo(const WrongTable& table, std::ostream* out) { *out << table.name; }

class WrongProposal : public CommandTest, public ::testing::WithParamInterface<WrongTable> {};

TEST_P(WrongProposal, IsTwoWithLineCauseAndCureAndLeavesNoFiles) {
  write("run.toml", "model = \"" + std::string(GetParam().model) + "\"\nkernel = \"mh\"\n\n" + GetParam().tables);
  const CommandResult result = run({"sample", "run.toml", "--out", "r"});
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_EQ(result.out, "");
  for (const std::string& words : GetParam().says) EXPECT_NE(result.err.find(words), std::string::npos) << result.err;
  EXPECT_NE(result.err.find('('), std::string::npos) << result.err;  // (why)
  EXPECT_EQ(files(), std::vector<std::string>{"run.toml"});
}

INSTANTIATE_TEST_SUITE_P(Cli, WrongProposal, ::testing::ValuesIn(wrong_tables()),
                         [](const auto& named) { return std::string(named.param.name); });

using SampleCommand = CommandTest;

TEST_F(SampleCommand, TablesThatAreMeantRunAndAreKept) {
  write("run.toml",
        "model = \"builtin:mvn,d=3\"\nkernel = \"mh\"\nwarmup = 50\ndraws = 50\n\n"
        "[[proposal]]\nparameters = [\"x[1]\", \"x[3]\"]\nkind = \"normal\"\nadapt = \"componentwise\"\n\n"
        "[[proposal]]\nparameters = [\"x[2]\"]\nkind = \"normal\"\nscale = 0.3\ngroup = 1\n");
  ASSERT_EQ(run({"sample", "run.toml", "--out", "r", "-q"}).exit_code, 0);
  ASSERT_EQ(run({"sample", "--config", "r/config.toml", "--out", "again", "-q"}).exit_code, 0);
  EXPECT_EQ(run({"digest", "again"}).out, run({"digest", "r"}).out);
  EXPECT_EQ(run({"verify", "r", "-q"}).exit_code, 0);
}

struct WrongStart {
  const char* name;
  std::string content;  ///< of start.json, for the model unid
  int exit_code;
  std::vector<std::string> says;
};

std::vector<WrongStart> wrong_starts() {
  return {
      {"NotJson", "p1 = 0.5", 2, {"start.json: this is not JSON", "{\"parameter\": number, ...}"}},
      {"AParameterMissing", R"({"p1": 0.5})", 2, {"start.json: the parameter p2 is missing", "give all of them"}},
      {"AParameterTwice", R"({"p1": 0.5, "p2": 0.5, "p1": 0.6})", 2, {"start.json: p1 is given twice"}},
      {"AnElementTwice", R"({"p1": 0.5, "p2": [0.5], "p2[1]": 0.5})", 2, {"p2[1] is given twice"}},
      {"TooLarge", R"({"p1": 1e400, "p2": 0.5})", 2, {"a number in it is too large"}},
      {"AMatrix", R"({"p1": 0.5, "p2": [[0.5, 0.1], [0.5, "x"]]})", 2, {"p2[2,2] is no number"}},
      {"AnUnknownParameter", R"({"p1": 0.5, "p2": 0.5, "p3": 1})", 2, {"no parameter p3", "did you mean p"}},
      {"AText", R"({"p1": "half", "p2": 0.5})", 2, {"p1 is no number"}},
      {"ANumberAlone", "0.5", 2, {"a starting point is an object"}},
      {"NoPoint", "[]", 2, {"there is no starting point"}},
      {"FiveForFour",
       R"([{"p1":0.1,"p2":0.5},{"p1":0.2,"p2":0.5},{"p1":0.3,"p2":0.5},{"p1":0.4,"p2":0.5},{"p1":0.5,"p2":0.5}])",
       2,
       {"5 starting points for 4 chains"}},
      {"TheSecondOfTwo", R"([{"p1": 0.5, "p2": 0.5}, {"p1": 0.5}])", 2, {"start.json: point 2: ", "p2 is missing"}},
      {"OutsideTheSupport",
       R"({"p1": 0.5, "p2": 1.5})",
       3,
       {"parameter \"p2\" cannot be 1.5", "give it a number above 0 and below 1"}},
  };
}

void PrintTo(const WrongStart& start, std::ostream* out) { *out << start.name; }

class WrongInit : public CommandTest, public ::testing::WithParamInterface<WrongStart> {};

TEST_P(WrongInit, IsSaidWithFileAndParameterBeforeAnythingIsWritten) {
  write("start.json", GetParam().content);
  const CommandResult result = run({"sample", "builtin:unid", "--init", "start.json", "--out", "r"});
  EXPECT_EQ(result.exit_code, GetParam().exit_code) << result.err;
  for (const std::string& words : GetParam().says) EXPECT_NE(result.err.find(words), std::string::npos) << result.err;
  EXPECT_EQ(files(), std::vector<std::string>{"start.json"});
}

INSTANTIATE_TEST_SUITE_P(Cli, WrongInit, ::testing::ValuesIn(wrong_starts()),
                         [](const auto& named) { return std::string(named.param.name); });

TEST_F(SampleCommand, StartsThatNameNothingAreRefused) {
  const CommandResult nothing = run({"sample", "builtin:unid", "--init", "nowhere.json"});
  EXPECT_EQ(nothing.exit_code, 2);
  EXPECT_NE(nothing.err.find("nowhere.json is neither a rule (auto, uniform, prior) nor a file or run that exists"),
            std::string::npos)
      << nothing.err;
  for (const auto& [flag, value] : {std::pair{"--jitter", "-1"}, std::pair{"--init-radius", "-2"}}) {
    EXPECT_EQ(run({"sample", "builtin:unid", flag, value}).exit_code, 2) << flag;
  }
  EXPECT_EQ(files(), std::vector<std::string>());
}

// The first draws of chains that hardly move show where they began.
TEST_F(SampleCommand, StartsFromAFileARunAndAJitterAreWhereTheySay) {
  write("far.json", R"([{"x": [40, 41]}, {"x": [-40, -41]}])");
  const auto first_of = [&](std::vector<std::string> words, const std::string& out) {
    words.insert(words.end(),
                 {"--kernel", "mala", "--warmup", "0", "--draws", "1", "--chains", "3", "--out", out, "--csv", "-q"});
    const CommandResult result = run(CommandCall{words});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::vector<double> x;
    for (const char* chain : {"1", "2", "3"}) {
      const std::string csv = read(out + "/csv/chain_" + chain + ".csv");
      const auto row = csv.find('\n', csv.find("\nlp__,") + 1) + 1;
      const auto names = csv.substr(csv.find("\nlp__,") + 1, row - csv.find("\nlp__,") - 2);
      std::size_t column = 0;
      for (std::size_t at = names.find("x.1"), comma = 0; (comma = names.find(',', comma)) < at; ++comma) ++column;
      std::size_t at = row;
      for (; column > 0; --column) at = csv.find(',', at) + 1;
      x.push_back(std::stod(csv.substr(at)));
    }
    return x;
  };
  const std::vector<double> given = first_of({"sample", "builtin:mvn", "--init", "far.json"}, "given");
  EXPECT_GT(given[0], 20);
  EXPECT_LT(given[1], -20);
  EXPECT_GT(given[2], 20);  // points are taken in turn
  const std::vector<double> after = first_of({"sample", "builtin:mvn", "--init", "given"}, "after");
  for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(after[c], given[c], 15) << c;
  const std::vector<double> jittered =
      first_of({"sample", "builtin:mvn", "--init", "far.json", "--jitter", "0.5"}, "jittered");
  EXPECT_NE(jittered[0], given[0]);
  EXPECT_NEAR(jittered[0], given[0], 15);
  const std::vector<double> prior = first_of({"sample", "builtin:mvn", "--init", "prior"}, "prior");
  for (const double x : prior) EXPECT_LT(std::abs(x), 20);
}

TEST_F(SampleCommand, ARunOfAnotherModelIsNoPlaceToStartFrom) {
  ASSERT_EQ(run({"sample", "builtin:unid", "--draws", "20", "--out", "u", "-q"}).exit_code, 0);
  const CommandResult result = run({"sample", "builtin:mvn", "--init", "u"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("u: the parameter x[1] is missing"), std::string::npos) << result.err;
}

// What a run needs to be repeated is in its folder: the file it started from may have gone since.
TEST_F(SampleCommand, GivenStartsAreKeptWithTheRun) {
  write("start.json", R"({"p1": 0.30000000000000004, "p2": 0.7})");
  const std::vector<std::string> words = {"sample",   "builtin:unid", "--init", "start.json", "--jitter",
                                          "0.1",      "--draws",      "500",    "--warmup",   "50",
                                          "--kernel", "slice",        "-q"};
  auto whole = words;
  whole.insert(whole.end(), {"--out", "whole"});
  ASSERT_EQ(run(CommandCall{whole}).exit_code, 0);
  auto stopped = words;
  stopped.insert(stopped.end(), {"--out", "stopped", "--max-time", "0.0001s"});
  ASSERT_EQ(run(CommandCall{stopped}).exit_code, 75);
  std::filesystem::remove(folder() / "start.json");
  ASSERT_EQ(run({"resume", "stopped", "--max-time", "1d", "-q"}).exit_code, 0);
  EXPECT_EQ(run({"digest", "stopped"}).out, run({"digest", "whole"}).out);
  const CommandResult verified = run({"verify", "stopped", "-q"});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_EQ(json::parse(read("whole/starts.json"))[0]["p1"], 0.30000000000000004);

  std::string text = read("whole/starts.json");
  write("whole/starts.json", text.replace(text.find("0.7"), 3, "0.6"));
  const CommandResult edited = run({"verify", "whole", "-q"});
  EXPECT_EQ(edited.exit_code, 7) << edited.err;
  EXPECT_NE(edited.err.find("starts.json: its content has SHA-256"), std::string::npos) << edited.err;
}

TEST_F(SampleCommand, CuresNameTheCommandThatMadeTheRun) {
  ASSERT_EQ(run({"sample", "builtin:mvn", "--draws", "20", "--out", "r", "-q"}).exit_code, 0);
  std::string rows = read("r/rounds.csv");
  write("r/rounds.csv", rows.substr(0, rows.rfind('\n', rows.size() - 2) + 1));
  const CommandResult result = run({"resume", "r"});
  EXPECT_EQ(result.exit_code, 5) << result.err;
  EXPECT_NE(result.err.find("run again with `dovetail sample --config "), std::string::npos) << result.err;
}

}  // namespace
}  // namespace dovetail::test
