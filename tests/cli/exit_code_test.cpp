// The table of exit codes, a row each; a wrong call leaves no files; results have a JSON twin.
#include <nlohmann/json.hpp>
#include <set>

#include "command.hpp"
#include "dovetail/cli/run.hpp"

namespace dovetail::test {
namespace {

using nlohmann::json;
using ExitCodes = CommandTest;

std::vector<std::string> tiny_run(const std::string& folder) {
  return {"temper", "builtin:mvn", "--rounds", "4", "--out", folder, "--quiet"};
}

TEST_F(ExitCodes, WrongUsageIsTwoAndLeavesNoFiles) {
  const std::vector<std::vector<std::string>> wrong = {
      {"tempr"},
      {"--quiet", "temper"},
      {"temper"},
      {"temper", "builtin:mvn", "builtin:unid"},
      {"temper", "builtin:nothing"},
      {"temper", "builtin:mvn,d=0"},
      {"temper", "builtin:mvn,d=two"},
      {"temper", "nothing.txt"},
      {"temper", "builtin:mvn", "--seed"},
      {"temper", "builtin:mvn", "--seed", "1", "--seed", "2"},
      {"temper", "builtin:mvn", "--seed", "-1"},
      {"temper", "builtin:mvn", "--rounds", "0"},
      {"temper", "builtin:mvn", "--rounds", "41"},
      {"temper", "builtin:mvn", "--replicas", "1"},
      {"temper", "builtin:mvn", "--replicas", "5", "--schedule", "0,1"},
      {"temper", "builtin:mvn", "--kernel", "nothing"},
      {"temper", "builtin:mvn", "--kernel", ""},
      {"temper", "builtin:mvn", "--kernel", "slice+"},
      {"temper", "builtin:mvn", "--kernel", "+slice"},
      {"temper", "builtin:mvn", "--kernel", "slice++slice"},
      {"temper", "builtin:mvn", "--out", ""},
      {"temper", "builtin:mvn", "--out="},
      {"temper", "builtin:mvn", "-q", "-v"},
      {"temper", "builtin:mvn,"},
      {"temper", "builtin:mvn,d=2,"},
      {"temper", "builtin:ising", "--kernel", "automala"},
      {"temper", "builtin:mvn", "--reference", "posterior"},
      {"temper", "builtin:mvn", "--legs", "3"},
      {"temper", "builtin:mvn", "--legs", "2", "--reference", "prior"},
      {"temper", "builtin:mvn", "--copies", "0"},
      {"temper", "builtin:mvn", "--schedule", "0,0.5"},
      {"temper", "builtin:mvn", "--keep", "first"},
      {"temper", "builtin:mvn", "--on-error", "ignore"},
      {"temper", "builtin:mvn", "--executor", "mpi"},
      {"temper", "builtin:mvn", "--threads", "0"},
      {"temper", "builtin:mvn", "--round-timeout", "1.9s"},
      {"temper", "builtin:mvn", "--max-time", "soon"},
      {"temper", "builtin:mvn", "--checkpoint-every", "0"},
      {"temper", "builtin:mvn", "--progress", "loud"},
      {"temper", "builtin:mvn", "--csv=maybe"},
      {"resume", "nowhere"},
      {"summary", "nowhere"},
      {"verify", "nowhere"},
      {"digest", "nowhere"},
      {"check"},
      {"check", "builtin:nothing"},
      {"help", "nothing"},
  };
  for (const auto& words : wrong) {
    const CommandResult result = run(CommandCall{words});
    EXPECT_EQ(result.exit_code, 2) << ::testing::PrintToString(words) << result.err;
    EXPECT_EQ(result.out, "") << ::testing::PrintToString(words);
    EXPECT_TRUE(result.err.starts_with("dovetail: ")) << ::testing::PrintToString(words) << result.err;
    EXPECT_EQ(files(), std::vector<std::string>()) << ::testing::PrintToString(words);
  }
}

TEST_F(ExitCodes, EmptyVariablesAndSettingsThatContradictEachOtherAreTwo) {
  for (const char* name : {"DOVETAIL_OUT", "DOVETAIL_MODEL", "DOVETAIL_ROUNDS"}) {
    const CommandResult empty = run({.words = {"temper", "builtin:mvn"}, .environment = {{name, ""}}});
    EXPECT_EQ(empty.exit_code, 2) << name;
    EXPECT_NE(empty.err.find(std::string(name) + " is empty"), std::string::npos) << empty.err;
  }
  EXPECT_NE(run({"temper", "builtin:mvn", "--kernel", "slice+"}).err.find("--kernel: \"slice+\" has an empty name"),
            std::string::npos);
  EXPECT_EQ(run({.words = {"temper", "builtin:mvn", "-q"}, .environment = {{"DOVETAIL_VERBOSE", "true"}}}).exit_code,
            2);
  EXPECT_EQ(files(), std::vector<std::string>());
  ASSERT_EQ(run(CommandCall{tiny_run("r")}).exit_code, 0);
  EXPECT_EQ(run({"resume", "r", "-q", "-v"}).exit_code, 2);
  EXPECT_EQ(run({.words = {"temper", "builtin:mvn", "--rounds", "1", "--out", "s", "-q", "--verbose=false"},
                 .environment = {{"DOVETAIL_VERBOSE", "true"}}})
                .exit_code,
            0);
}

TEST_F(ExitCodes, AModelThatContradictsItselfIsThree) {
  const CommandResult result = run({"temper", "builtin:unid,n=1,y=5"});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_EQ(files(), std::vector<std::string>());
}

TEST_F(ExitCodes, AModelThatIsNotThereIsThree) {
  for (const char* name : {"nothing.cpp", "nothing.stan", "nothing.so"}) {
    const CommandResult result = run({"temper", name});
    EXPECT_EQ(result.exit_code, 3) << result.err;
    EXPECT_NE(result.err.find(name), std::string::npos) << result.err;
    EXPECT_EQ(files(), std::vector<std::string>());
  }
}

TEST_F(ExitCodes, WarningsAreZeroAndFourUnderStrict) {
  auto words = tiny_run("r");
  EXPECT_EQ(run(CommandCall{words}).exit_code, 0);
  words.insert(words.end(), {"--strict", "--force"});
  const CommandResult strict = run(CommandCall{words});
  EXPECT_EQ(strict.exit_code, 4) << strict.out;
  EXPECT_NE(strict.out.find(" warnings\n"), std::string::npos);
}

TEST_F(ExitCodes, ARunIsNeverOverwrittenUnasked) {
  ASSERT_EQ(run(CommandCall{tiny_run("r")}).exit_code, 0);
  const std::string before = read("r/manifest.json");
  EXPECT_EQ(run(CommandCall{tiny_run("r")}).exit_code, 2);
  EXPECT_EQ(read("r/manifest.json"), before);
  write("notes.txt", "mine");
  EXPECT_EQ(run(CommandCall{tiny_run(".")}).exit_code, 2);
  EXPECT_EQ(read("notes.txt"), "mine");
}

TEST_F(ExitCodes, AFolderThatCannotBeMadeIsFive) {
  write("file", "");
  const CommandResult result = run(CommandCall{tiny_run("file/below")});
  EXPECT_EQ(result.exit_code, 5) << result.err;
}

TEST_F(ExitCodes, ADamagedCheckpointIsSeven) {
  ASSERT_EQ(run(CommandCall{tiny_run("r")}).exit_code, 0);
  std::size_t damaged = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder() / "r/checkpoint")) {
    if (!entry.is_regular_file()) continue;
    const std::string name = std::filesystem::relative(entry.path(), folder());
    std::string bytes = read(name);
    if (bytes.empty()) continue;
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    write(name, bytes);
    ++damaged;
  }
  ASSERT_GT(damaged, 0U);
  EXPECT_EQ(run({"resume", "r", "--rounds", "+1"}).exit_code, 7);
}

TEST_F(ExitCodes, DamagedDrawsAreFiveWithACommandThatMakesThemAnew) {
  ASSERT_EQ(run(CommandCall{tiny_run("a run")}).exit_code, 0);
  const std::string digest = run({"digest", "a run"}).out;
  const std::string name = "a run/draws/round-000004.dovetail";
  const std::string bytes = read(name);
  const std::string path = (folder() / "a run").string();
  const std::string cure =
      "run again with `dovetail temper --config '" + path + "/config.toml' --force --out '" + path + "'`";
  const std::vector<std::string> damages = {bytes.substr(0, bytes.size() - 100) + "x" + bytes.substr(bytes.size() - 99),
                                            bytes.substr(0, bytes.size() / 2)};
  for (const std::string& damaged : damages) {
    for (const char* command : {"digest", "verify", "resume"}) {
      write(name, damaged);
      const CommandResult refused = run({command, "a run", "-q"});
      if (refused.exit_code == 2) continue;  // digest has no -q
      EXPECT_NE(refused.exit_code, 0) << command;
      EXPECT_NE((refused.out + refused.err).find(cure), std::string::npos) << command << ": " << refused.err;
    }
  }
  ASSERT_EQ(run({"temper", "--config", path + "/config.toml", "--force", "--out", path}).exit_code, 0);
  EXPECT_EQ(run({"digest", "a run"}).out, digest);
}

TEST_F(ExitCodes, TheCureOfASamplingRunSamples) {
  ASSERT_EQ(run({"sample", "builtin:mvn,d=2", "--draws", "40", "--out", "r", "-q"}).exit_code, 0);
  const std::string digest = run({"digest", "r"}).out;
  std::string draws;
  for (const auto& entry : std::filesystem::directory_iterator(folder() / "r/draws")) draws = entry.path().filename();
  const std::string name = "r/draws/" + draws;
  const std::string bytes = read(name);
  write(name, bytes.substr(0, bytes.size() / 2));
  const CommandResult refused = run({"digest", "r"});
  EXPECT_NE(refused.err.find("`dovetail sample --config "), std::string::npos) << refused.err;
  const std::string path = (folder() / "r").string();
  ASSERT_EQ(run({"sample", "--config", path + "/config.toml", "--force", "--out", path, "-q"}).exit_code, 0);
  EXPECT_EQ(run({"digest", "r"}).out, digest);
}

TEST_F(ExitCodes, AConfigThatIsNotARunsIsSeven) {
  ASSERT_EQ(run(CommandCall{tiny_run("r")}).exit_code, 0);
  write("r/config.toml", "rounds = \"many\"\n");
  EXPECT_EQ(run({"resume", "r"}).exit_code, 7);
  write("r/config.toml", "rounds = 4\n");
  EXPECT_EQ(run({"resume", "r"}).exit_code, 7);
}

TEST_F(ExitCodes, AnotherSeedInTheConfigIsAnotherRun) {
  ASSERT_EQ(run(CommandCall{tiny_run("r")}).exit_code, 0);
  std::string config = read("r/config.toml");
  config.replace(config.find("seed = 1"), 8, "seed = 2");
  write("r/config.toml", config);
  EXPECT_EQ(run({"resume", "r", "--rounds", "+1"}).exit_code, 7);
}

TEST_F(ExitCodes, VerifyFindsTheSameBitsAndAChangedRun) {
  ASSERT_EQ(run(CommandCall{tiny_run("r")}).exit_code, 0);
  const CommandResult same = run({"verify", "r"});
  EXPECT_EQ(same.exit_code, 0) << same.err;
  EXPECT_EQ(same.out, "4 rounds replayed on one thread: the same bits\n");
  std::string config = read("r/config.toml");
  config.replace(config.find("seed = 1"), 8, "seed = 2");
  write("r/config.toml", config);
  const CommandResult other = run({"verify", "r", "--json"});
  EXPECT_EQ(other.exit_code, 7) << other.err;
}

TEST_F(ExitCodes, ResultsHaveAJsonTwin) {
  auto words = tiny_run("r");
  words.push_back("--json");
  const json printed = json::parse(run(CommandCall{words}).out);
  EXPECT_EQ(printed["command"], "temper");
  EXPECT_EQ(printed["model"], "builtin:mvn");
  for (const char* key : {"seed", "version", "status", "parameters", "sampling", "tempering", "warnings", "digest"}) {
    EXPECT_TRUE(printed.contains(key)) << key;
  }
  EXPECT_EQ(json::parse(read("r/summary.json")), printed);
  EXPECT_EQ(json::parse(run({"summary", "r", "--json"}).out), printed);
  EXPECT_EQ(run({"digest", "r"}).out, printed["digest"].get<std::string>() + "\n");
  EXPECT_EQ(json::parse(run({"verify", "r", "--json"}).out)["same"], true);

  const json checked = json::parse(run({"check", "builtin:mvn", "--json"}).out);
  EXPECT_EQ(checked["passed"], true);
  const json doctor = json::parse(run({"doctor", "--json"}).out);
  for (const char* key :
       {"version", "build", "processor", "cores", "rng_format", "math_id", "kernels", "models", "machine_code"}) {
    EXPECT_TRUE(doctor.contains(key)) << key;
  }
}

TEST_F(ExitCodes, DoctorSaysWhatIsMissingAndHowToGetIt) {
  const json doctor = json::parse(run({"doctor", "--json"}).out);
  const std::string text = run({"doctor"}).out;
  std::set<std::string> without;
  for (const auto& [part, is_there] : doctor["optional_parts"].items()) {
    if (!is_there.get<bool>()) without.insert(part);
  }
  EXPECT_EQ(doctor["optional_parts"].size(), 4U);
  EXPECT_EQ(doctor["missing"].size(), without.size());
  for (const json& part : doctor["missing"]) {
    EXPECT_TRUE(without.contains(part["part"])) << part;
    EXPECT_TRUE(part["cure"].get<std::string>().starts_with("sudo apt-get install ")) << part;
    EXPECT_NE(text.find(part["cure"].get<std::string>()), std::string::npos) << text;
  }
  for (const char* part : {"mpi", "netcdf"}) {
    EXPECT_EQ(doctor["optional_parts"][part], doctor[part] != "not in this build") << doctor[part];
  }
  // what code may choose by is among what the processor has
  const std::string features = doctor["processor_features"];
  for (const auto& [what, code] : doctor["machine_code"].items()) {
    if (code != "sse2") {
      EXPECT_NE(features.find(code.get<std::string>()), std::string::npos) << what;
    }
  }
}

TEST_F(ExitCodes, ProgressAsJsonIsOneObjectALine) {
  const CommandResult result =
      run({"temper", "builtin:mvn", "--rounds", "3", "--out", "r", "--progress", "json", "--json", "-v"});
  std::size_t rounds = 0;
  std::string notes;
  std::istringstream lines(result.err);
  for (std::string line; std::getline(lines, line);) {
    const json event = json::parse(line);
    if (event["event"] == "note") notes += event["text"].get<std::string>() + "\n";
    if (event["event"] != "round") continue;
    EXPECT_EQ(event["round"], ++rounds);
  }
  EXPECT_EQ(rounds, 3U);
  EXPECT_TRUE(notes.starts_with("builtin:mvn -> r\nmodel: ")) << notes;
  EXPECT_TRUE(notes.ends_with("\nrun: r\n")) << notes;
}

TEST_F(ExitCodes, QuietPrintsTheResultAlone) {
  const CommandResult result = run(CommandCall{tiny_run("r")});
  EXPECT_EQ(result.err, "");
  EXPECT_NE(result.out.find("\nlog evidence"), std::string::npos);
}

TEST(ExitCode, FollowsWhyTheRunEnded) {
  Summary fine;
  fine.status = "ok";
  Summary warned;
  warned.status = "warnings";
  EXPECT_EQ(cli::exit_code(StopReason::finished, fine, true), ExitCode::done);
  EXPECT_EQ(cli::exit_code(StopReason::finished, warned, false), ExitCode::done);
  EXPECT_EQ(cli::exit_code(StopReason::finished, warned, true), ExitCode::diagnostics);
  EXPECT_EQ(cli::exit_code(StopReason::interrupted, warned, true), ExitCode::interrupted);
  EXPECT_EQ(cli::exit_code(StopReason::terminated, warned, true), ExitCode::stopped);
  EXPECT_EQ(cli::exit_code(StopReason::time_limit, fine, false), ExitCode::stopped);
}

}  // namespace
}  // namespace dovetail::test
