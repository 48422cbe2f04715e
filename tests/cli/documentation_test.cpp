// What the documentation shows works: its command blocks run as they stand, its C++ is that of examples/.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "command.hpp"
#include "dovetail/cli/settings.hpp"
#include "dovetail/diagnose/warnings.hpp"
#include "dovetail/kernel/proposal/registry.hpp"
#include "dovetail/output/netcdf.hpp"
#include "dovetail/output/rounds_file.hpp"
#include "dovetail/output/sampling_row.hpp"
#include "dovetail/output/tempering_row.hpp"

namespace dovetail::test {
namespace {

std::string file_text(const std::string& name) {
  std::ifstream file(std::string(DOVETAIL_SOURCE) + "/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The texts between `mark` and the next closing fence.
std::vector<std::string> blocks(const std::string& text, const std::string& mark) {
  std::vector<std::string> found;
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
    at += mark.size();
    found.push_back(text.substr(at, text.find("```", at) - at));
  }
  return found;
}

std::string pages_name(const std::string& page) {
  std::string name = page;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

class Documentation : public CommandTest, public ::testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    std::filesystem::create_directory_symlink(std::string(DOVETAIL_SOURCE) + "/examples", folder() / "examples");
  }
  /// Runs `script` with bash in the test's folder, the built command first on PATH.
  std::string run_script(const std::string& script, const std::string& redirection, int& status) const {
    write("script.sh", "set -euo pipefail\n" + script);
    const std::string path = std::filesystem::path(DOVETAIL_COMMAND).parent_path();
    const std::string line = "cd '" + folder().string() + "' && DOVETAIL_CACHE='" + path + "/compiled' PATH='" + path +
                             "':\"$PATH\" bash script.sh " + redirection;
    FILE* pipe = ::popen(line.c_str(), "r");
    std::string printed;
    std::array<char, 4096> buffer{};
    for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
      printed.append(buffer.data(), n);
    }
    status = ::pclose(pipe);
    return printed;
  }
};

TEST_P(Documentation, MarkedCommandsRunInOrder) {
  std::string script;
  for (const std::string& commands : blocks(file_text(GetParam()), "<!-- run by the tests -->\n```sh\n"))
    script += commands;
  ASSERT_FALSE(script.empty()) << GetParam() << " marks no block";
  const bool python = script.find("python3 ") != std::string::npos;
  if (python && std::system("command -v python3 >/dev/null") != 0) GTEST_SKIP() << "no python3";
  if (script.find("--to netcdf") != std::string::npos && !has_netcdf()) GTEST_SKIP() << "no netCDF in this build";
  int status = -1;
  const std::string printed = run_script(script, "2>&1", status);
  EXPECT_EQ(status, 0) << GetParam() << "\n" << printed;
}

TEST_P(Documentation, ShownOutputIsWhatIsPrinted) {
  const std::string text = file_text(GetParam());
  const std::string mark = "<!-- printed by: ";
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const std::size_t start = at + mark.size();
    const std::string command = text.substr(start, text.find(" -->", start) - start);
    const std::vector<std::string> shown =
        blocks(text.substr(start, text.find("\n```\n", start) + 5 - start), "```text\n");
    ASSERT_EQ(shown.size(), 1U) << command;
    int status = -1;
    EXPECT_EQ(run_script(command + "\n", "", status), shown.front())
        << GetParam() << ": after a change of results run scripts/update_docs.sh " << DOVETAIL_COMMAND << " "
        << GetParam();
    EXPECT_EQ(status, 0) << command;
  }
}

TEST_P(Documentation, LinksLeadSomewhere) {
  const std::filesystem::path page = std::filesystem::path(DOVETAIL_SOURCE) / GetParam();
  const std::string text = file_text(GetParam());
  for (std::size_t at = text.find("]("); at != std::string::npos; at = text.find("](", at + 1)) {
    std::string target = text.substr(at + 2, text.find(')', at) - at - 2);
    if (target.starts_with("http")) continue;
    target.resize(std::min(target.find('#'), target.size()));  // headings: tests/docs/check_docs.sh
    EXPECT_TRUE(std::filesystem::exists(page.parent_path() / target)) << GetParam() << " links to " << target;
  }
}

INSTANTIATE_TEST_SUITE_P(Pages, Documentation,
                         ::testing::Values("README.md", "docs/getting-started.md", "docs/tempering.md",
                                           "docs/sampling.md", "docs/ep.md", "docs/lda.md", "docs/plugins.md",
                                           "docs/exec.md", "docs/cluster.md", "docs/stores.md", "docs/run-folder.md",
                                           "docs/report.md", "docs/reading-plots.md", "docs/cookbook.md",
                                           "docs/one-model.md"),
                         [](const auto& named) { return pages_name(named.param); });

/// Words between backticks.
bool names(const std::string& text, const std::string& word) {
  return text.find("`" + word + "`") != std::string::npos;
}

/// A row for each warning whose id begins so.
void expect_warnings(const std::string& guide, const std::string& family) {
  for (const diagnose::WarningKind& kind : diagnose::warning_kinds()) {
    if (!kind.id.starts_with(family)) continue;
    EXPECT_NE(guide.find("\n| " + std::string(kind.id) + " |"), std::string::npos) << "warning " << kind.id;
  }
}

TEST(TemperingGuide, ExplainsEveryColumnSettingAndWarning) {
  const std::string guide = file_text("docs/tempering.md");
  std::istringstream header(table_header());
  std::string columns;
  std::getline(header, columns);
  std::istringstream words(columns);
  for (std::string word; words >> word;) {
    for (std::size_t bar = word.find('|'); bar != std::string::npos; bar = word.find('|', bar + 2))
      word.insert(bar, "\\");
    EXPECT_TRUE(names(guide, word)) << "column " << word;
  }
  for (const auto& [column, value] : without_seconds(fields_of(TemperingRow()))) {
    EXPECT_TRUE(names(guide, column)) << "column " << column << " of rounds.csv";
  }
  for (const std::string& key : cli::setting_keys(cli::JobKind::temper))
    EXPECT_TRUE(names(guide, key)) << "setting " << key;
  expect_warnings(guide, "W2");
}

TEST(SamplingGuide, ExplainsEveryColumnSettingAndWarning) {
  const std::string guide = file_text("docs/sampling.md");
  for (const auto& [column, value] : without_seconds(fields_of(SamplingRow()))) {
    EXPECT_TRUE(names(guide, column)) << "column " << column << " of rounds.csv";
  }
  for (const std::string& key : cli::setting_keys(cli::JobKind::sample)) {
    EXPECT_TRUE(names(guide, key)) << "setting " << key;
  }
  expect_warnings(guide, "W1");
  expect_warnings(guide, "W206");
}

TEST(EpGuide, ExplainsEveryColumnSettingAndWarning) {
  const std::string guide = file_text("docs/ep.md");
  for (const auto& [column, value] : without_seconds(fields_of(EpRow()))) {
    EXPECT_TRUE(names(guide, column)) << "column " << column << " of rounds.csv";
  }
  for (const std::string& key : cli::setting_keys(cli::JobKind::ep)) {
    EXPECT_TRUE(names(guide, key)) << "setting " << key;
  }
  expect_warnings(guide, "W3");
}

TEST(LdaGuide, ExplainsEveryColumnAndSetting) {
  const std::string guide = file_text("docs/lda.md");
  for (const auto& [column, value] : without_seconds(fields_of(LdaRow()))) {
    EXPECT_TRUE(names(guide, column)) << "column " << column << " of rounds.csv";
  }
  for (const std::string& key : cli::setting_keys(cli::JobKind::lda)) {
    EXPECT_TRUE(names(guide, key)) << "setting " << key;
  }
}

TEST(ProposalsGuide, ExplainsEveryKindKeyAndRule) {
  const std::string guide = file_text("docs/proposals.md");
  for (const ProposalKey& key : common_proposal_keys()) EXPECT_TRUE(names(guide, std::string(key.name))) << key.name;
  for (const AdaptationName& rule : adaptation_names()) {
    EXPECT_NE(guide.find("\n| `" + std::string(rule.name) + "` |"), std::string::npos) << rule.name;
  }
  for (const ProposalKind& kind : proposal_registry()) {
    const auto start = guide.find("\n## " + std::string(kind.name) + "\n");
    ASSERT_NE(start, std::string::npos) << kind.name;
    const std::string section = guide.substr(start, guide.find("\n## ", start + 1) - start);
    const bool refers =
        section.find("Same keys") != std::string::npos || section.find("Keys of `eigenvector`") != std::string::npos;
    for (const ProposalKey& key : kind.keys) {
      EXPECT_TRUE(refers || names(section, std::string(key.name))) << kind.name << " " << key.name;
    }
  }
}

TEST(Readme, ShowsTheExampleThatIsCompiled) {
  const auto shown = blocks(file_text("README.md"), "```cpp\n");
  ASSERT_EQ(shown.size(), 1U);
  const std::string example = file_text("examples/two_gates.cpp");
  // The README leaves the lines before the first include out.
  EXPECT_NE(example.find(shown.front()), std::string::npos) << "README.md and examples/two_gates.cpp differ";
}

}  // namespace
}  // namespace dovetail::test
