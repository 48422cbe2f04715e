// Help and mistakes: every command, found through the registry, so that a new one is tested unasked.
#include "dovetail/cli/help.hpp"

#include <algorithm>
#include <sstream>

#include "command.hpp"
#include "dovetail/cli/command.hpp"
#include "dovetail/diagnose/warnings.hpp"
#include "dovetail/kernel/proposal/registry.hpp"

namespace dovetail::test {
namespace {

using ::testing::ValuesIn;

void expect_fits(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const cli::Command& command : cli::commands()) names.emplace_back(command.name);
  return names;
}

class EveryCommand : public CommandTest, public ::testing::WithParamInterface<std::string> {};

TEST_P(EveryCommand, ExplainsItselfWithAnExample) {
  const CommandResult result = run({GetParam(), "--help"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_NE(result.out.find("Usage: dovetail " + GetParam()), std::string::npos);
  EXPECT_NE(result.out.find("\nExample:\n  dovetail " + GetParam()), std::string::npos);
  expect_fits(result.out);
  for (const cli::Option& option : cli::all_options(cli::find_command(GetParam()))) {
    EXPECT_NE(result.out.find(option.name), std::string::npos) << option.name;
  }
  EXPECT_EQ(run({"help", GetParam()}).out, result.out);
}

TEST_P(EveryCommand, NamesTheNearestOptionAndLeavesNoFiles) {
  std::vector<std::string> names = {"--help"};
  for (const cli::Option& option : cli::all_options(cli::find_command(GetParam()))) names.push_back(option.name);
  for (const std::string& name : names) {
    const std::string wrong = name + "x";
    const CommandResult result = run({GetParam(), "builtin:mvn", wrong});
    EXPECT_EQ(result.exit_code, 2) << wrong;
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err.find("`" + wrong + "`; did you mean " + name + "?"), std::string::npos) << result.err;
  }
  EXPECT_EQ(files(), std::vector<std::string>());
}

TEST_P(EveryCommand, RefusesTooManyArguments) {
  const cli::Command& command = cli::find_command(GetParam());
  if (command.positionals_max > 2) return;  // takes any number
  const CommandResult result = run({GetParam(), "a", "b", "c"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("not 3"), std::string::npos) << result.err;
}

INSTANTIATE_TEST_SUITE_P(Cli, EveryCommand, ValuesIn(command_names()), [](const auto& named) {
  std::string name = named.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

using Help = CommandTest;

TEST_F(Help, OverviewNamesEveryCommand) {
  const CommandResult result = run({"--help"});
  EXPECT_EQ(result.exit_code, 0);
  expect_fits(result.out);
  for (const std::string& name : command_names()) {
    EXPECT_NE(result.out.find("\n  " + name), std::string::npos) << name;
  }
  EXPECT_EQ(run({"help"}).out, result.out);
}

TEST_F(Help, WithoutWordsIsAMistakeThatExplains) {
  const CommandResult result = run(std::initializer_list<std::string>());
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find("Usage: dovetail COMMAND"), std::string::npos);
}

TEST_F(Help, EveryTopicFits) {
  for (const char* topic : {"settings", "models", "kernels", "proposals", "warnings", "exit-codes"}) {
    const CommandResult result = run({"help", topic});
    EXPECT_EQ(result.exit_code, 0) << topic;
    EXPECT_GT(result.out.size(), 100U) << topic;
    expect_fits(result.out);
  }
}

TEST_F(Help, ProposalsNameEveryKindKeyAndRule) {
  const std::string page = run({"help", "proposals"}).out;
  const auto expect_row = [&](std::string_view name) {
    EXPECT_NE(page.find("\n  " + std::string(name) + " "), std::string::npos) << name;
  };
  for (const ProposalKey& key : common_proposal_keys()) expect_row(key.name);
  for (const AdaptationName& rule : adaptation_names()) expect_row(rule.name);
  for (const ProposalKind& kind : proposal_registry()) {
    EXPECT_NE(page.find("\n" + std::string(kind.name) + ": "), std::string::npos) << kind.name;
    for (const ProposalKey& key : kind.keys) expect_row(key.name);
  }
}

TEST_F(Help, ExitCodesSayWhatEachMeans) {
  const std::string page = run({"help", "exit-codes"}).out;
  EXPECT_NE(page.find("\n  6    ranks, workers or their store were lost"), std::string::npos) << page;
}

TEST_F(Help, EveryWarningHasAPage) {
  for (const diagnose::WarningKind& kind : diagnose::warning_kinds()) {
    const CommandResult result = run({"help", std::string(kind.id)});
    EXPECT_EQ(result.exit_code, 0) << kind.id;
    EXPECT_NE(result.out.find(kind.title), std::string::npos) << kind.id;
    EXPECT_EQ(run({"help", "w" + std::string(kind.id.substr(1))}).out, result.out) << kind.id;
    expect_fits(result.out);
  }
}

TEST_F(Help, UnknownNamesGetTheNearest) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"tempr"}, "did you mean temper?"},
      {{"verfy", "x"}, "did you mean verify?"},
      {{"help", "kernel"}, "did you mean kernels?"},
      {{"temper", "builtin:mvm"}, "did you mean mvn?"},
      {{"temper", "builtin:mvn,D=2"}, "did you mean d?"},
      {{"temper", "builtin:mvn", "--kernel", "slise"}, "did you mean slice?"},
      {{"temper", "builtin:mvn", "--progress", "tabel"}, "did you mean table?"},
  };
  for (const auto& [words, expected] : cases) {
    const CommandResult result = run(CommandCall{words});
    EXPECT_EQ(result.exit_code, 2) << expected;
    EXPECT_NE(result.err.find(expected), std::string::npos) << result.err;
  }
  EXPECT_EQ(files(), std::vector<std::string>());
}

TEST_F(Help, ControlCharactersOfNamesDoNotReachTheTerminal) {
  const CommandResult result = run({"summary", "a\x1b[31mred"});
  EXPECT_EQ(result.err.find('\x1b'), std::string::npos);
}

TEST(Wrapped, BreaksAtSpacesWithinTheWidth) {
  EXPECT_EQ(cli::wrapped("aa bb cc dd", 2, 7), "  aa bb\n  cc dd\n");
  EXPECT_EQ(cli::wrapped("aaaaaaaaaa b", 0, 5), "aaaaaaaaaa\nb\n");
}

}  // namespace
}  // namespace dovetail::test
