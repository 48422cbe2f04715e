// Several runs side by side: log Bayes factors and their errors, recomputed here from each run's summary.json.
#include "dovetail/cli/comparison.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "command.hpp"

namespace dovetail::test {
namespace {

using nlohmann::json;

class Comparison : public CommandTest {
 protected:
  void make_runs() const {
    ASSERT_EQ(run({"temper", "builtin:galaxies,k=1", "--rounds", "6", "--out", "one", "-q"}).exit_code, 0);
    ASSERT_EQ(run({"temper", "builtin:galaxies,k=2", "--rounds", "6", "--out", "two", "-q"}).exit_code, 0);
    ASSERT_EQ(run({"temper", "builtin:galaxies,k=1", "--rounds", "2", "--out", "short", "-q"}).exit_code, 0);
  }
  [[nodiscard]] json tempering(const std::string& name) const {
    return json::parse(read(name + "/summary.json"))["tempering"];
  }
};

TEST_F(Comparison, LogBayesFactorsAreDifferencesWithErrorsInQuadrature) {
  make_runs();
  const json compared = json::parse(run({"summary", "one", "two", "--json"}).out);
  const double one = tempering("one")["log_evidence"];
  const double two = tempering("two")["log_evidence"];
  const double error = std::sqrt(std::pow(tempering("one")["log_evidence_se"].get<double>(), 2) +
                                 std::pow(tempering("two")["log_evidence_se"].get<double>(), 2));
  ASSERT_GT(two, one);
  EXPECT_EQ(compared["against"], "two");
  EXPECT_EQ(compared["runs"][0]["run"], "one");
  EXPECT_DOUBLE_EQ(compared["runs"][0]["log_bayes_factor"].get<double>(), one - two);
  EXPECT_DOUBLE_EQ(compared["runs"][0]["log_bayes_factor_se"].get<double>(), error);
  EXPECT_EQ(compared["runs"][1]["log_bayes_factor"], 0.0);
  EXPECT_TRUE(compared["runs"][1]["log_bayes_factor_se"].is_null());
}

TEST_F(Comparison, AMissingErrorIsSaidAndNotInvented) {
  make_runs();
  ASSERT_TRUE(tempering("short")["log_evidence_se"].is_null());
  const json compared = json::parse(run({"summary", "two", "short", "--json"}).out);
  EXPECT_TRUE(compared["runs"][1]["log_bayes_factor_se"].is_null());
  EXPECT_NE(run({"summary", "two", "short"}).out.find("(best)"), std::string::npos);
}

TEST_F(Comparison, RunsAreFoundByNameBelowTheFolderOfRuns) {
  ASSERT_EQ(run({"temper", "builtin:mvn", "--rounds", "2", "-q"}).exit_code, 0);
  const CommandResult latest = run({"summary", "latest"});
  EXPECT_EQ(latest.exit_code, 0) << latest.err;
  EXPECT_EQ(run({"summary", "dovetail-runs/latest"}).out, latest.out);
}

TEST(LogBayesFactor, IsADifferenceWithErrorsInQuadrature) {
  const cli::ComparedRun one{"one", {}, -3.0, 0.3};
  const cli::ComparedRun two{"two", {}, -1.0, 0.4};
  const cli::ComparedRun unsure{"unsure", {}, -2.0, std::nullopt};
  const cli::ComparedRun none{"none", {}, std::nullopt, std::nullopt};
  ASSERT_TRUE(cli::log_bayes_factor(one, two));
  EXPECT_DOUBLE_EQ(cli::log_bayes_factor(one, two)->value, -2.0);
  EXPECT_DOUBLE_EQ(*cli::log_bayes_factor(one, two)->se, 0.5);  // 3-4-5
  EXPECT_FALSE(cli::log_bayes_factor(unsure, two)->se);
  EXPECT_FALSE(cli::log_bayes_factor(none, two));
}

}  // namespace
}  // namespace dovetail::test
