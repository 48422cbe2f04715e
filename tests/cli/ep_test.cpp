// `dovetail ep` as a process: from a CSV file to a posterior, and files that cannot be meant.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

#include "command.hpp"

namespace dovetail::test {
namespace {

using nlohmann::json;

class EpCommand : public CommandTest {
 protected:
  [[nodiscard]] CommandResult ask(const std::vector<std::string>& words) const { return run(CommandCall{words}); }
  void SetUp() override {
    std::string rows = "clinic,y,dose\n";
    for (int i = 0; i < 60; ++i) {
      rows +=
          "c" + std::to_string(i % 6) + "," + (i * 7 % 5 < 2 ? "1" : "0") + "," + std::to_string(i % 11 - 5) + "e-1\n";
    }
    write("rows.csv", rows);
  }
};

constexpr const char* kModel = "builtin:hierarchical_logistic";

TEST_F(EpCommand, GoesFromRowsToAPosteriorThatOtherCommandsKnow) {
  const CommandResult ran =
      ask({"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--out", "run", "--json", "--threads", "2"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const json summary = json::parse(ran.out);
  EXPECT_EQ(summary["command"], "ep");
  EXPECT_EQ(summary["ep"]["sites"], 6);
  EXPECT_EQ(summary["ep"]["converged"], 1);
  EXPECT_EQ(summary["ep"]["names"], json({"mu[intercept]", "mu[dose]", "log sigma[intercept]", "log sigma[dose]"}));
  EXPECT_EQ(summary["parameters"].size(), 4U);
  EXPECT_EQ(ask({"verify", "run"}).exit_code, 0);
  EXPECT_EQ(ask({"summary", "run"}).exit_code, 0);
  EXPECT_EQ(ask({"status", "run"}).exit_code, 0);
  const std::string history = read("run/history.csv");
  EXPECT_TRUE(history.starts_with("round,parameter,mean,sd\n1,mu[intercept],")) << history;
  EXPECT_EQ(std::count(history.begin(), history.end(), '\n'), 1 + 4 * summary["ep"]["rounds"].get<int>());
  const CommandResult alone =
      ask({"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--out", "alone", "--executor", "serial"});
  ASSERT_EQ(alone.exit_code, 0) << alone.err;
  EXPECT_EQ(ask({"digest", "alone"}).out, ask({"digest", "run"}).out);
}

TEST_F(EpCommand, MoreRoundsAreThoseOfARunThatWasAskedForThemAtOnce) {
  const std::vector<std::string> words = {"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--tolerance", "1e-9"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), words.begin(), words.end());
    return ask(more);
  };
  ASSERT_EQ(with({"--rounds", "3", "--out", "three"}).exit_code, 0);
  ASSERT_EQ(with({"--rounds", "2", "--out", "two"}).exit_code, 0);
  ASSERT_EQ(ask({"resume", "two", "--rounds", "+1"}).exit_code, 0);
  EXPECT_EQ(ask({"digest", "two"}).out, ask({"digest", "three"}).out);
}

TEST_F(EpCommand, LocalsAreDrawnFromTheRowsThatAreHere) {
  ASSERT_EQ(ask({"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--rounds", "2", "--out", "run"}).exit_code, 0);
  const CommandResult drawn = ask({"locals", "run", "--site", "c3", "--draws", "20", "--out", "c3.csv"});
  ASSERT_EQ(drawn.exit_code, 0) << drawn.err;
  EXPECT_EQ(drawn.out, "c3.csv\n");
  const std::string table = read("c3.csv");
  EXPECT_TRUE(
      table.starts_with("draw,mu[intercept],mu[dose],sigma[intercept],sigma[dose],\"theta[c3,intercept]\","
                        "\"theta[c3,dose]\"\n1,"))
      << table;
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 21);
  const CommandResult wrong = ask({"locals", "run", "--site", "c9"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_NE(wrong.err.find("no site \"c9\""), std::string::npos) << wrong.err;
  write("rows.csv", "clinic,y,dose\na,1,0\nb,0,1\n");
  EXPECT_EQ(ask({"locals", "run"}).exit_code, 7);
}

TEST_F(EpCommand, OtherRowsAreAnotherRun) {
  ASSERT_EQ(ask({"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--rounds", "1", "--out", "run"}).exit_code, 0);
  write("rows.csv", "clinic,y,dose\na,1,0\nb,0,1\n");
  const CommandResult resumed = ask({"resume", "run", "--rounds", "2"});
  EXPECT_EQ(resumed.exit_code, 7);
  EXPECT_NE(resumed.err.find("rows.csv has changed since the run began"), std::string::npos) << resumed.err;
}

/// The same rows and priors, by chains over all parameters at once.
TEST_F(EpCommand, OtherJobsTakeTheWholePosteriorOfTheSameRows) {
  const CommandResult sampled =
      ask({"sample", kModel, "--data", "rows.csv", "--by", "clinic", "--draws", "200", "--out", "nuts", "--json"});
  ASSERT_EQ(sampled.exit_code, 0) << sampled.err;
  const json parameters = json::parse(sampled.out)["parameters"];
  ASSERT_EQ(parameters.size(), 4U + 6 * 2 + 2);  // and the parts of the density
  EXPECT_EQ(parameters[0]["name"], "mu[intercept]");
  EXPECT_EQ(parameters[4]["name"], "theta[c0,intercept]");
  EXPECT_EQ(ask({"verify", "nuts", "-q"}).exit_code, 0);
  EXPECT_EQ(
      ask({"temper", kModel, "--data", "rows.csv", "--by", "clinic", "--rounds", "3", "--out", "path", "-q"}).exit_code,
      0);
  const CommandResult undivided = ask({"sample", kModel, "--data", "rows.csv", "--out", "r"});
  EXPECT_EQ(undivided.exit_code, 2);
  EXPECT_NE(undivided.err.find("name one with --by"), std::string::npos) << undivided.err;
  // A prior outside of the model, which would be left out without a word.
  const CommandResult prior = ask({"sample", "builtin:mvn,d=2", "--shared", "mu ~ normal(0, 4)", "--out", "r"});
  EXPECT_EQ(prior.exit_code, 2);
  EXPECT_NE(prior.err.find("no rows are given"), std::string::npos) << prior.err;
  const CommandResult missing = ask({"sample", kModel, "--data", "rows.csv", "--by", "hospital", "--out", "r"});
  EXPECT_NE(missing.exit_code, 0);
  EXPECT_NE(missing.err.find("hospital"), std::string::npos) << missing.err;
}

/// c1 goes, c7 comes, the others begin with what they said.
TEST_F(EpCommand, SitesComeAndGoFromRunToRun) {
  const std::vector<std::string> words = {"ep", kModel, "--by", "clinic", "--rounds", "4", "--quiet"};
  const auto ep = [&](std::vector<std::string> more) {
    more.insert(more.begin(), words.begin(), words.end());
    return ask(more);
  };
  ASSERT_EQ(ep({"--data", "rows.csv", "--out", "before"}).exit_code, 0);
  std::string rows = read("rows.csv");
  for (std::size_t at = 0; (at = rows.find("c1,", at)) != std::string::npos;) rows.replace(at, 3, "c7,");
  write("later.csv", rows);
  const std::vector<std::string> later = {"ep",     kModel,      "--by",   "clinic", "--rounds", "4",
                                          "--data", "later.csv", "--init", "before", "--out",    "later"};
  const CommandResult begun = ask(later);
  ASSERT_EQ(begun.exit_code, 0) << begun.err;
  EXPECT_NE(begun.err.find("5 of 6 sites begin with their factors in before; 1 of its sites are left out"),
            std::string::npos)
      << begun.err;
  ASSERT_EQ(ep({"--data", "later.csv", "--out", "anew"}).exit_code, 0);
  EXPECT_NE(ask({"digest", "later"}).out, ask({"digest", "anew"}).out);
  // From here on it is a run of its own.
  std::filesystem::remove_all(folder() / "before");
  EXPECT_EQ(ask({"verify", "later", "-q"}).exit_code, 0);
  EXPECT_EQ(ask({"locals", "later", "--site", "c7", "--draws", "5"}).exit_code, 0);
  const CommandResult over = ask({"locals", "later", "--draws", "5", "--out", "later.csv"});
  EXPECT_EQ(over.exit_code, 2);
  EXPECT_NE(over.err.find("later.csv holds the rows"), std::string::npos) << over.err;
  EXPECT_EQ(ask({"resume", "later", "--rounds", "+1", "-q"}).exit_code, 0);
  ASSERT_EQ(ep({"--data", "later.csv", "--init", "anew/factors.json", "--out", "file"}).exit_code, 0);
  std::string starts = read("file/starts.json");
  starts.replace(starts.find("\"site\": \"c7\""), 12, "\"site\": \"c8\"");
  write("file/starts.json", starts);
  const CommandResult changed = ask({"verify", "file", "-q"});
  EXPECT_EQ(changed.exit_code, 7);
  EXPECT_NE(changed.err.find("manifest.json says"), std::string::npos) << changed.err;
  write("file/starts.json", starts.substr(0, starts.size() / 2));
  EXPECT_EQ(ask({"verify", "file", "-q"}).exit_code, 7);
}

TEST_F(EpCommand, NoOtherRunServesAsABeginning) {
  const auto refusal = [&](const std::string& init) {
    const CommandResult ran = ask({"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--init", init, "--out", "r"});
    EXPECT_EQ(ran.exit_code, 2) << ran.err;
    return ran.err;
  };
  ASSERT_EQ(ask({"sample", "builtin:mvn,d=2", "--draws", "20", "--out", "chains", "-q"}).exit_code, 0);
  for (const char* init : {"chains", "nowhere", "uniform"}) {
    EXPECT_NE(refusal(init).find("is no run of `dovetail ep`"), std::string::npos) << init;
  }
  ASSERT_EQ(ask({"ep", "builtin:pooled_logistic", "--data", "rows.csv", "--by", "clinic", "--rounds", "1", "--out",
                 "pooled", "-q"})
                .exit_code,
            0);
  EXPECT_NE(refusal("pooled").find("share other parameters"), std::string::npos);
  write("others.csv", "clinic,y,dose\na,1,0\na,0,1\nb,0,1\nb,1,3\n");
  ASSERT_EQ(
      ask({"ep", kModel, "--data", "others.csv", "--by", "clinic", "--rounds", "1", "--out", "others", "-q"}).exit_code,
      0);
  EXPECT_NE(refusal("others").find("no site of a name that this run has"), std::string::npos);
}

TEST_F(EpCommand, CorrectedRunsCompareWithEachOther) {
  const std::vector<std::string> words = {"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--correct", "0.3"};
  for (const std::string run : {"1", "2"}) {
    std::vector<std::string> own = words;
    own.insert(own.end(), {"--seed", run, "--out", "run" + run, "--json"});
    const CommandResult ran = ask(own);
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    ASSERT_EQ(json::parse(ran.out)["ep"]["correction"]["certified"], 1) << ran.out;
  }
  const CommandResult compared = ask({"compare", "run1", "run2", "--json"});
  ASSERT_EQ(compared.exit_code, 0) << compared.err;
  EXPECT_NE(compared.out.find("sigma[dose]"), std::string::npos) << compared.out;
}

struct WrongRows {
  const char* name;
  const char* rows;
  const char* says;
};

class WrongCsv : public EpCommand, public ::testing::WithParamInterface<WrongRows> {};

TEST_P(WrongCsv, IsNamedByFileLineAndCure) {
  write("rows.csv", GetParam().rows);
  const CommandResult ran = ask({"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--out", "run"});
  EXPECT_EQ(ran.exit_code, 3) << ran.err;
  EXPECT_NE(ran.err.find(GetParam().says), std::string::npos) << ran.err;
  EXPECT_FALSE(std::filesystem::exists(folder() / "run")) << "a wrong file leaves no run";
}

INSTANTIATE_TEST_SUITE_P(
    Rows, WrongCsv,
    ::testing::Values(WrongRows{"Empty", "", "rows.csv:1: the file is empty"},
                      WrongRows{"NoRows", "clinic,y\n", "rows.csv:1: there are no rows"},
                      WrongRows{"NoName", "clinic,,y\n", "rows.csv:1: column 2 has no name"},
                      WrongRows{"TwoNames", "clinic,y,y\n", "rows.csv:1: column \"y\" stands twice"},
                      WrongRows{"Short", "clinic,y,x\na,1,2\nb,1\n", "rows.csv:3: 2 fields where the header has 3"},
                      WrongRows{"BlankLine", "clinic,y\na,1\n\nb,0\n", "rows.csv:3: 1 fields where the header has 2"},
                      WrongRows{"EmptyField", "clinic,y,x\na,1,\n", "rows.csv:2: x is empty"},
                      WrongRows{"LateText", "clinic,y,x\na,1,2\nb,0,high\n", "rows.csv:3: x is \"high\""},
                      WrongRows{"NoNumber", "clinic,y,x\na,1,2\nb,0,nan\n", "rows.csv:3: x is \"nan\""},
                      WrongRows{"TextColumn", "clinic,y,x\na,1,low\nb,0,high\n", "column \"x\" holds texts"},
                      WrongRows{"OpenQuote", "clinic,y\n\"a,1\n", "rows.csv:2: a quote is not closed"},
                      WrongRows{"NoColumn", "site,y\na,1\n", "there is no column \"clinic\"; the columns are site, y"},
                      WrongRows{"NoOutcome", "clinic,x\na,1\n", "there is no column \"y\""},
                      WrongRows{"Outcome", "clinic,y\na,1\nb,3\n", "rows.csv:3: y is 3"}),
    [](const auto& named) { return std::string(named.param.name); });

TEST_F(EpCommand, QuotesAndCarriageReturnsAreRead) {
  write("rows.csv", "\"clinic\",y\r\n\"St. Mary, \"\"old\"\"\",1\r\n7,0\r\n\"St. Mary, \"\"old\"\"\",0\r\n");
  const CommandResult ran = ask({"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--rounds", "1", "--json"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(json::parse(ran.out)["ep"]["sites"], 2);
}

TEST_F(EpCommand, WhatIsMissingIsAskedFor) {
  const auto says = [&](const std::vector<std::string>& words, int code, const char* text) {
    const CommandResult ran = ask(words);
    EXPECT_EQ(ran.exit_code, code) << ran.err;
    EXPECT_NE(ran.err.find(text), std::string::npos) << ran.err;
  };
  says({"ep", kModel, "--by", "clinic"}, 2, "--data");
  says({"ep", kModel, "--data", "rows.csv"}, 2, "--by");
  says({"ep", kModel, "--data", "none.csv", "--by", "clinic"}, 3, "none.csv does not exist");
  says({"ep", "builtin:mvn", "--data", "rows.csv", "--by", "clinic"}, 2, "hierarchical_logistic");
  says({"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--draws", "401"}, 2, "--draws 401");
  says({"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--step", "2"}, 2, "--step 2");
  says({"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--power", "0.5"}, 2, "--power 0.5");
  says({"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--family", "diag"}, 2, "--family");
  says({"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--family", "blocks:mu,sigm"}, 2, "did you mean sigma?");
  says({"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--estimator", "laplace"}, 2, "--estimator laplace");
  says({"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--shared", "mu ~ normal(0, 1)"}, 2, "--shared is for");
  says({"ep", kModel, "--data", "rows.csv", "--by", "clinic", "--shared", "mu"}, 2, "\"mu\" has no prior");
  says({"ep", "exec:true", "--data", "rows.csv", "--by", "clinic"}, 2, "exec:");
}

}  // namespace
}  // namespace dovetail::test
