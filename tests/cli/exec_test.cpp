// Programs as models from the command line: the examples of docs/exec.md, and what the command says of bad programs.
#include <cstdlib>
#include <sstream>

#include "command.hpp"

namespace dovetail::test {
namespace {

const std::string kExamples = std::string(DOVETAIL_SOURCE) + "/examples/exec/";

bool is_installed(const std::string& program) {
  return std::system(("PATH=/usr/bin:/bin command -v " + program + " >/dev/null").c_str()) == 0;
}

class ExecExample : public CommandTest {
 protected:
  /// The columns x1 and x2 of every chain's CSV of a short run.
  [[nodiscard]] std::vector<std::string> draws_of(const std::string& model, const std::string& out) const {
    const CommandResult result = run({"sample", model, "--kernel", "slice", "--seed", "1", "--draws", "100", "--warmup",
                                      "100", "--csv", "-q", "--out", out});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::vector<std::string> draws;
    for (const char* chain : {"1", "2", "3", "4"}) {
      std::istringstream lines(read(out + "/csv/chain_" + chain + ".csv"));
      for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#') || line.empty()) continue;
        const std::size_t first = line.find(',') + 1;  // behind lp__
        draws.push_back(line.substr(first, line.find(',', line.find(',', first) + 1) - first));
      }
    }
    return draws;
  }
  /// The example's density differs from the built-in one in its last digit at most, which turns no decision of the
  /// slice sampler: the chains are the same, and with them all moments.
  void expect_the_draws_of_the_built_in_banana(const std::string& model) {
    const auto draws = draws_of("builtin:banana", "builtin");
    ASSERT_EQ(draws.size(), 404U);
    EXPECT_EQ(draws.front(), "x1,x2");
    EXPECT_EQ(draws_of(model, "exec"), draws);
  }
};

TEST_F(ExecExample, PythonDrawsWhatTheBuiltInBananaDraws) {
  if (!is_installed("python3")) GTEST_SKIP() << "no python3 in /usr/bin";
  expect_the_draws_of_the_built_in_banana("exec:python3 " + kExamples + "banana.py");
}

TEST_F(ExecExample, RDrawsWhatTheBuiltInBananaDraws) {
  if (!is_installed("Rscript")) GTEST_SKIP() << "no Rscript in /usr/bin";
  expect_the_draws_of_the_built_in_banana("exec:Rscript " + kExamples + "banana.R");
}

TEST_F(ExecExample, PythonPassesTheCheck) {
  if (!is_installed("python3")) GTEST_SKIP() << "no python3 in /usr/bin";
  const CommandResult result = run({"check", "exec:python3 " + kExamples + "banana.py"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
}

TEST_F(ExecExample, RPassesTheCheck) {
  if (!is_installed("Rscript")) GTEST_SKIP() << "no Rscript in /usr/bin";
  const CommandResult result = run({"check", "exec:Rscript " + kExamples + "banana.R"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
}

class ExecCommand : public CommandTest {};

/// A program of the shell: declares x, then answers every question with `answer`.
std::string program(const std::string& answer) {
  return "exec:read -r hello; echo '{\"dovetail\":1,\"parameters\":[\"x\"]}'; while read -r question; do " + answer +
         "; done";
}

TEST_F(ExecCommand, BadProgramsEndWithExitCodeThreeAndAName) {
  const struct {
    std::string model;
    const char* says;
  } bad[] = {{"exec:/no/such/program", "ended with exit code 127 before it said what it is"},
             {"exec:echo hello", "wrote \"hello\" where its declaration belongs: it is no JSON"},
             {program("echo hello"), "wrote \"hello\" where the answer to question 1 belongs: it is no JSON"},
             {program("printf 'ab\\0cd\\n'"), "wrote \"ab?cd\" where the answer to question 1 belongs: it is no JSON"},
             {program("exit 9"), "ended its program 3 times out of 3, last with exit code 9"},
             {program("sleep 100"), "did not answer within 0.5 s at ("}};
  for (const auto& [model, says] : bad) {
    for (const char* command : {"sample", "temper", "check"}) {
      const CommandResult result =
          run(CommandCall{{command, model, "--model-timeout", "0.5s"}, {{"TMPDIR", folder().string()}}});
      EXPECT_EQ(result.exit_code, 3) << command << " " << model << result.err;
      EXPECT_NE((result.err + result.out).find(says), std::string::npos) << command << " " << model << result.err;
    }
  }
  EXPECT_EQ(run({"sample", "exec:"}).exit_code, 2);
}

}  // namespace
}  // namespace dovetail::test
