// Programs as models from the command line: the examples of docs/exec.md, and what the command says of bad programs.
#include <cmath>
#include <cstdlib>
#include <map>
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
  /// At every draw the density that came back through the pipe is the banana's.
  void expect_the_bananas_density(const std::string& model) {
    const CommandResult result = run({"sample", model, "--kernel", "slice", "--seed", "1", "--draws", "50", "--warmup",
                                      "20", "--chains", "2", "--csv", "-q", "--out", "run"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    std::istringstream lines(read("run/csv/chain_2.csv"));
    std::vector<std::string> names;
    int draws = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.empty() || line.starts_with('#')) continue;
      std::istringstream fields(line);
      std::map<std::string, double> values;
      std::size_t at = 0;
      for (std::string field; std::getline(fields, field, ',');) {
        if (draws == 0) names.push_back(field);
        else values[names.at(at++)] = std::stod(field);
      }
      if (draws++ == 0) continue;
      const double ridge = values.at("x2") - values.at("x1") * values.at("x1");
      const double expected = -std::pow(values.at("x1") - 1, 2) / 20 - 5 * ridge * ridge;
      EXPECT_NEAR(values.at("lp__"), expected, 1e-9 * std::fabs(expected) + 1e-12);
    }
    EXPECT_EQ(draws, 51);
  }
};

TEST_F(ExecExample, PythonGivesTheDensityOfTheBanana) {
  if (!is_installed("python3")) GTEST_SKIP() << "no python3 in /usr/bin";
  expect_the_bananas_density("exec:python3 " + kExamples + "banana.py");
}

TEST_F(ExecExample, RGivesTheDensityOfTheBanana) {
  if (!is_installed("Rscript")) GTEST_SKIP() << "no Rscript in /usr/bin";
  expect_the_bananas_density("exec:Rscript " + kExamples + "banana.R");
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
