// `dovetail report` as a process: what is on the page of each job, and runs that are damaged, unfinished or hostile.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "command.hpp"
#include "dovetail/cli/again.hpp"
#include "dovetail/cli/command.hpp"
#include "dovetail/cli/config.hpp"

namespace dovetail::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kPageBytesMax = 2'000'000;

class ReportCommand : public CommandTest {
 protected:
  [[nodiscard]] CommandResult ask(const std::vector<std::string>& words) const { return run(CommandCall{words}); }
  /// The data of a page.
  [[nodiscard]] json data_of(const std::string& file) const {
    const std::string page = read(file);
    const std::string mark = "id=\"data\">";
    const std::size_t at = page.find(mark) + mark.size();
    return json::parse(page.substr(at, page.find("</script>", at) - at));
  }
  /// Of a run that is there.
  [[nodiscard]] json report_of(const std::string& name) const {
    const CommandResult made = ask({"report", name});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    EXPECT_EQ(made.out, name + "/report.html\n");
    return data_of(name + "/report.html");
  }
  void sample(const std::string& name, std::vector<std::string> more = {}) const {
    more.insert(more.begin(),
                {"sample", "builtin:eight_schools", "--warmup", "200", "--draws", "300", "-q", "--out", name});
    ASSERT_EQ(ask(more).exit_code, 0);
  }
  /// Makes a finished run look like one whose process was killed after its last round.
  void kill_at_the_end(const std::string& name) const {
    json manifest = json::parse(read(name + "/manifest.json"));
    manifest["status"] = "running";
    write(name + "/manifest.json", manifest.dump());
    fs::remove(folder() / name / "summary.json");
  }
};

TEST_F(ReportCommand, IsOnePageWithTheFiguresOfTheSummary) {
  sample("run");
  const json data = report_of("run");
  const json summary = json::parse(read("run/summary.json"));
  ASSERT_EQ(data["draws"]["parameters"].size(), summary["parameters"].size());
  for (std::size_t i = 0; i < summary["parameters"].size(); ++i) {
    const json& shown = data["draws"]["parameters"][i];
    const json& known = summary["parameters"][i];
    EXPECT_EQ(shown[0], known["name"]);
    EXPECT_EQ(shown[1], known["mean"]);  // to its last digit: what is shown of it depends on its error
    EXPECT_NEAR(shown[9].get<double>(), known["rhat"].get<double>(), 1e-5);
  }
  EXPECT_EQ(data["draws"]["chains"], 4);
  EXPECT_EQ(data["draws"]["draws"], 300);
  EXPECT_EQ(data["draws"]["pictures"].size(), summary["parameters"].size());
  EXPECT_EQ(data["draws"]["pictures"][0]["trace"]["lines"].size(), 4U);
  EXPECT_EQ(data["draws"]["pairs"]["parameters"].size(), 5U);
  EXPECT_EQ(data["draws"]["warnings"].size(), summary["warnings"].size());
  EXPECT_EQ(data["run"]["digest"], summary["digest"]);
  EXPECT_EQ(data["config"], read("run/config.toml"));
  EXPECT_TRUE(read("run/report.html").starts_with("<!DOCTYPE html>"));
  EXPECT_EQ(static_cast<unsigned>(fs::status(folder() / "run/report.html").permissions()), 0600U);
}

TEST_F(ReportCommand, OfAHundredParametersIsBelowTwoMegabytes) {
  ASSERT_EQ(ask({"sample", "builtin:mvn,d=100", "--draws", "1000", "--warmup", "200", "-q", "--out", "run"}).exit_code,
            0);
  const json data = report_of("run");
  EXPECT_EQ(data["draws"]["pictures"].size(), 100U);
  EXPECT_LT(fs::file_size(folder() / "run/report.html"), kPageBytesMax);
}

TEST_F(ReportCommand, TakesTheFileOfAnotherPlaceAndSaysWhenItCannot) {
  sample("run");
  EXPECT_EQ(ask({"report", "run", "--out", "page.html"}).out, "page.html\n");
  EXPECT_FALSE(fs::exists(folder() / "run/report.html"));
  EXPECT_EQ(data_of("page.html")["run"]["folder"], "run");
  const CommandResult nowhere = ask({"report", "run", "--out", "no/such/page.html"});
  EXPECT_EQ(nowhere.exit_code, 5);
  EXPECT_NE(nowhere.err.find("no/such"), std::string::npos);
  EXPECT_EQ(ask({"report", "nothing"}).exit_code, 2);
}

TEST_F(ReportCommand, NeverReplacesTheFilesOfARun) {
  sample("run");
  const std::string summary = read("run/summary.json");
  fs::create_directory_symlink("run", folder() / "link");
  for (const std::string out : {"run/summary.json", "./run/new.html", "run/draws/x", "link/manifest.json", "run"}) {
    for (const auto& words : {std::vector<std::string>{"report", "run"},
                              {"export", "run", "--to", "netcdf"},
                              {"export", "run", "--to", "stan-csv"}}) {
      CommandCall call{words};
      call.words.insert(call.words.end(), {"--out", out});
      const CommandResult refused = run(call);
      EXPECT_EQ(refused.exit_code, 2) << out << refused.err;
      EXPECT_NE(refused.err.find("lies in the run "), std::string::npos) << refused.err;
    }
  }
  EXPECT_EQ(read("run/summary.json"), summary);
  EXPECT_EQ(ask({"report", "run", "--out", "link/report.html"}).exit_code, 0);
}

// All its rounds are whole, so the figures so far are those of the end.
TEST_F(ReportCommand, OfARunWithoutAnEndShowsWhatWholeRoundsFinished) {
  sample("run");
  const json end = report_of("run");
  kill_at_the_end("run");
  const json so_far = report_of("run");
  EXPECT_EQ(so_far["run"]["status"], "killed");
  EXPECT_EQ(so_far["draws"]["parameters"], end["draws"]["parameters"]);
  EXPECT_EQ(so_far["draws"]["pictures"], end["draws"]["pictures"]);

  // The last round's row is lost: its draws are there and do not count.
  std::string rows = read("run/rounds.csv");
  rows.resize(rows.rfind('\n', rows.size() - 2) + 1);
  write("run/rounds.csv", rows);
  const json fewer = report_of("run");
  EXPECT_LT(fewer["draws"]["draws"].get<int>(), 300);

  // Warm-up alone: no draws, and a page all the same.
  write("run/rounds.csv", rows.substr(0, rows.find('\n', rows.find("warmup")) + 1));
  EXPECT_TRUE(report_of("run")["draws"]["parameters"].empty());
}

TEST_F(ReportCommand, RefusesWhatIsDamagedByItsName) {
  sample("run");
  const std::string summary = read("run/summary.json");
  std::string edited = summary;
  edited.replace(edited.find("\"mean\": ") + 8, 1, "9");
  write("run/summary.json", edited);
  CommandResult refused = ask({"report", "run"});
  EXPECT_EQ(refused.exit_code, 7) << refused.err;
  EXPECT_NE(refused.err.find("summary.json"), std::string::npos) << refused.err;

  fs::remove(folder() / "run/summary.json");
  refused = ask({"report", "run"});
  EXPECT_EQ(refused.exit_code, 5) << refused.err;
  EXPECT_NE(refused.err.find("`dovetail resume "), std::string::npos) << refused.err;

  write("run/summary.json", summary);
  for (const auto& entry : fs::directory_iterator(folder() / "run/draws")) {
    const std::string name = "run/draws/" + entry.path().filename().string();
    std::string bytes = read(name);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    write(name, bytes);
  }
  refused = ask({"report", "run"});
  EXPECT_EQ(refused.exit_code, 5) << refused.err;
  EXPECT_FALSE(fs::exists(folder() / "run/report.html"));
}

TEST_F(ReportCommand, OfTemperShowsLadderSwapsAndEvidence) {
  ASSERT_EQ(ask({"temper", "builtin:galaxies,k=2", "--rounds", "6", "--swap-history", "-q", "--out", "run"}).exit_code,
            0);
  const json data = report_of("run");
  const json summary = json::parse(read("run/summary.json"))["tempering"];
  const json& leg = data["tempering"]["legs"][0];
  const auto replicas = summary["replicas"].get<std::size_t>();
  ASSERT_EQ(leg["schedule"].size(), replicas);
  EXPECT_EQ(leg["schedule"][0], 0);
  EXPECT_EQ(leg["schedule"][replicas - 1], 1);
  ASSERT_EQ(leg["rejections"].size(), replicas - 1);
  double most = 0;
  for (const json& rejection : leg["rejections"]) most = std::max(most, rejection.get<double>());
  EXPECT_NEAR(1 - most, summary["swap_acceptance_min"].get<double>(), 1e-5);
  EXPECT_NEAR(leg["cumulative"][replicas - 1].get<double>(), summary["global_barrier"].get<double>(),
              1e-3 * summary["global_barrier"].get<double>());
  // In every scan each rung has one replica.
  const json& paths = data["tempering"]["index_process"]["paths"];
  ASSERT_EQ(paths.size(), replicas);
  for (std::size_t t = 0; t < paths[0].size(); ++t) {
    std::vector<int> seen(replicas, 0);
    for (const json& path : paths) ++seen.at(path[t].get<std::size_t>());
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), static_cast<std::ptrdiff_t>(replicas)) << "scan " << t;
  }
  EXPECT_TRUE(data["draws"]["pictures"][0]["halves"]);
}

// Rejections of few scans are guarded when the round ends, and not once more when they are shown.
TEST_F(ReportCommand, OfFewScansShowsTheBarrierOfTheSummary) {
  ASSERT_EQ(ask({"temper", "builtin:galaxies,k=2", "--rounds", "2", "--copies", "4", "-q", "--out", "run"}).exit_code,
            0);
  const json summary = json::parse(read("run/summary.json"))["tempering"];
  const json shown = report_of("run")["tempering"]["legs"][0]["cumulative"];
  EXPECT_NEAR(shown.back().get<double>(), summary["global_barrier"].get<double>(),
              1e-3 * summary["global_barrier"].get<double>());
}

TEST_F(ReportCommand, OfEpShowsHistoryAndInfluenceOfSites) {
  std::string rows = "clinic,y,\"do,se\"\n";
  for (int i = 0; i < 60; ++i) {
    rows +=
        "c" + std::to_string(i % 6) + "," + (i * 7 % 5 < 2 ? "1" : "0") + "," + std::to_string(i % 11 - 5) + "e-1\n";
  }
  write("rows.csv", rows);
  ASSERT_EQ(ask({"ep", "builtin:hierarchical_logistic", "--data", "rows.csv", "--by", "clinic", "-q", "--out", "run"})
                .exit_code,
            0);
  const json data = report_of("run");
  const json summary = json::parse(read("run/summary.json"));
  const json& ep = data["ep"];
  ASSERT_EQ(ep["history"].size(), summary["ep"]["names"].size());
  for (std::size_t j = 0; j < ep["history"].size(); ++j) {
    EXPECT_EQ(ep["history"][j]["name"], summary["ep"]["names"][j]);
    EXPECT_EQ(ep["history"][j]["mean"].size(), summary["ep"]["rounds"].get<std::size_t>());
    EXPECT_EQ(ep["correlations"][j][j], 1);
  }
  ASSERT_EQ(ep["influence"].size(), 6U);
  for (std::size_t k = 1; k < 6; ++k)
    EXPECT_GE(ep["influence"][k - 1][1].get<double>(), ep["influence"][k][1].get<double>());
  write("run/history.csv", "round,parameter,mean,sd\n1,mu,0\n");
  const CommandResult refused = ask({"report", "run"});
  EXPECT_EQ(refused.exit_code, 5);
  EXPECT_NE(refused.err.find("history.csv: record 2"), std::string::npos) << refused.err;
}

TEST_F(ReportCommand, OfLdaShowsTopicsAndKeepsHostileWordsAsText) {
  const std::vector<std::string> hostile = {"</script><img>", "a,b\"c'", "\xf0\x9f\x90\x8b", "\xe2\x80\xa8", "&lt;!--"};
  std::string lines;
  for (int d = 0; d < 40; ++d) {
    lines += "doc" + std::to_string(d);
    for (int i = 0; i < 12; ++i)
      lines += "\tw" + std::to_string(d % 4 * 5 + (i * i + d) % 7) + ":" + std::to_string(1 + i % 3);
    lines += "\t" + hostile[static_cast<std::size_t>(d) % hostile.size()] + ":3\n";
  }
  write("corpus.tsv", lines);
  ASSERT_EQ(ask({"lda", "corpus.tsv", "--topics", "3", "--sweeps", "20", "-q", "--out", "run"}).exit_code, 0);
  const json data = report_of("run");
  const std::string page = read("run/report.html");
  EXPECT_EQ(page.find("<img>"), std::string::npos);
  ASSERT_EQ(data["lda"]["table"].size(), 3U);
  std::uint64_t tokens = 0;
  std::vector<std::string> words;
  for (const json& topic : data["lda"]["table"]) {
    tokens += topic["tokens"].get<std::uint64_t>();
    for (const json& word : topic["words"]) {
      words.push_back(word[0]);
      EXPECT_LE(word[1].get<int>(), word[2].get<int>());
    }
  }
  EXPECT_EQ(tokens, data["lda"]["tokens"].get<std::uint64_t>());
  for (const std::string& word : hostile) EXPECT_NE(std::find(words.begin(), words.end(), word), words.end()) << word;
  EXPECT_EQ(data["lda"]["map"]["topics"].size(), 3U);
}

TEST_F(ReportCommand, NamesACommandLineThatMakesTheSameRun) {
  sample("run", {"--seed", "5", "--chains", "2", "--kernel", "slice"});
  std::string line = report_of("run")["commands"][0][1];
  ASSERT_TRUE(line.starts_with("dovetail sample builtin:eight_schools ")) << line;
  std::vector<std::string> words;
  for (std::size_t at = 9; at < line.size();
       at = line.find(' ', at) == std::string::npos ? line.size() : line.find(' ', at) + 1) {
    words.push_back(line.substr(at, line.find(' ', at) - at));
  }
  words.insert(words.end(), {"-q", "--out", "again"});
  ASSERT_EQ(ask(words).exit_code, 0) << line;
  EXPECT_EQ(ask({"digest", "again"}).out, ask({"digest", "run"}).out);
}

std::string line_of(cli::JobKind job, const std::string& model, const std::map<std::string, std::string>& flags) {
  cli::RunSettings settings;
  settings.job = job;
  settings.model = model;
  cli::apply_flags(settings, flags);
  return cli::command_line(settings);
}

TEST(CommandLine, SaysWhatIsNotTheDefaultQuotedForAShell) {
  EXPECT_EQ(line_of(cli::JobKind::temper, "builtin:mvn", {}), "dovetail temper builtin:mvn");
  EXPECT_EQ(line_of(cli::JobKind::temper, "my model.so", {{"--rounds", "7"}, {"--schedule", "0,0.25,1"}}),
            "dovetail temper 'my model.so' --rounds 7 --schedule 0,0.25,1");
  EXPECT_EQ(line_of(cli::JobKind::sample, "m.so", {{"--data", "it's.json"}, {"--save-warmup", "true"}}).substr(0, 24),
            "dovetail sample m.so --d");
  EXPECT_NE(line_of(cli::JobKind::sample, "m.so", {{"--save-warmup", "true"}}).find("--save-warmup"),
            std::string::npos);
}

TEST(CommandLine, IsNotThereWhereFlagsCannotSayAll) {
  cli::RunSettings settings;
  settings.job = cli::JobKind::sample;
  settings.model = "builtin:mvn";
  settings.sample.kernel_settings.proposals.emplace_back();
  EXPECT_EQ(cli::command_line(settings), "");
}

}  // namespace
}  // namespace dovetail::test
