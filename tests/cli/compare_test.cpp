// `dovetail compare`: what it prints, its JSON twin, and exit codes.
#include <nlohmann/json.hpp>

#include "command.hpp"

namespace dovetail::test {
namespace {

using nlohmann::json;

class CompareCommand : public CommandTest {
 protected:
  void sample(const std::string& model, const std::string& seed, const std::string& folder) const {
    const CommandResult result =
        run({"sample", model, "--seed", seed, "--draws", "500", "--kernel", "slice", "--out", folder, "-q"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
};

TEST_F(CompareCommand, PrintsATableAndAVerdict) {
  sample("builtin:mvn", "1", "one");
  sample("builtin:mvn", "2", "two");
  const CommandResult result = run({"compare", "one", "two", "--strict"});
  EXPECT_EQ(result.exit_code, 0) << result.out;
  EXPECT_EQ(result.err, "");
  EXPECT_NE(result.out.find("quantity        figure"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("\nno difference found in 8 figures (largest |z| "), std::string::npos) << result.out;
}

TEST_F(CompareCommand, ADifferenceIsAnErrorUnderStrictAlone) {
  sample("builtin:unid,n=1000,y=500", "1", "half");
  sample("builtin:unid,n=1000,y=300", "2", "less");
  const CommandResult plain = run({"compare", "half", "less"});
  EXPECT_EQ(plain.exit_code, 0);
  EXPECT_NE(plain.out.find(" figures differ (largest |z| "), std::string::npos) << plain.out;
  EXPECT_NE(plain.out.find("note: the models differ"), std::string::npos) << plain.out;
  const CommandResult strict = run({"compare", "half", "less", "--strict"});
  EXPECT_EQ(strict.exit_code, 4);
  EXPECT_EQ(strict.out, plain.out);
}

TEST_F(CompareCommand, JsonHoldsEveryFigureUnrounded) {
  sample("builtin:mvn", "1", "one");
  ASSERT_EQ(run({"temper", "builtin:mvn", "--rounds", "8", "--out", "two", "-q"}).exit_code, 0);
  ASSERT_EQ(run({"temper", "builtin:mvn", "--rounds", "8", "--seed", "3", "--out", "three", "-q"}).exit_code, 0);
  const json chains = json::parse(run({"compare", "one", "two", "--json"}).out);
  EXPECT_EQ(chains["first"]["command"], "sample");
  EXPECT_TRUE(chains["log_bayes_factor"].is_null());
  EXPECT_EQ(chains["level"], 0.01);
  EXPECT_EQ(chains["differences"], 0);
  const json first = json::parse(read("one/summary.json"));
  EXPECT_EQ(chains["figures"][0]["quantity"], first["parameters"][0]["name"]);
  EXPECT_EQ(chains["figures"][0]["first"], first["parameters"][0]["mean"]);
  EXPECT_EQ(chains["figures"][0]["first_se"], first["parameters"][0]["mcse_mean"]);

  const json ladders = json::parse(run({"compare", "two", "three", "--json"}).out);
  const double two = json::parse(read("two/summary.json"))["tempering"]["log_evidence"];
  const double three = json::parse(read("three/summary.json"))["tempering"]["log_evidence"];
  EXPECT_DOUBLE_EQ(ladders["log_bayes_factor"]["value"], two - three);
  EXPECT_EQ(ladders["figures"].back()["quantity"], "log_evidence");
  EXPECT_TRUE(ladders["same_model"]);
}

TEST_F(CompareCommand, RunsThatCannotBeComparedAreNamed) {
  sample("builtin:mvn", "1", "one");
  sample("builtin:unid", "1", "two");
  const CommandResult none = run({"compare", "one", "two"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_EQ(none.out, "");
  EXPECT_NE(none.err.find("no quantity in common"), std::string::npos) << none.err;
  EXPECT_EQ(run({"compare", "one"}).exit_code, 2);
  EXPECT_EQ(run({"compare", "one", "nowhere"}).exit_code, 2);
  EXPECT_NE(run({"compare", "one"}).err.find("takes two arguments, RUN RUN, not 1 of them"), std::string::npos);
}

}  // namespace
}  // namespace dovetail::test
