// CmdStan's CSV layout, judged by the demands of the programs that read it.
#include "dovetail/output/csv.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <sstream>

#include "dovetail/core/error.hpp"
#include "dovetail/output/memory_sink.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

using test::TemporaryFolder;

/// A file as cmdstanpy 1.0 to 1.3 and Stan's stan_csv_reader take it apart.
struct StanCsv {
  std::map<std::string, std::string> settings;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> draws;
  std::size_t comments_after = 0;
};

std::vector<std::string> split(const std::string& line, char at) {
  std::vector<std::string> parts;
  std::istringstream in(line);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  return parts;
}

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(" #\t"));
  if (const auto end = text.find_last_not_of(' '); end != std::string::npos) text.erase(end + 1);
  return text;
}

StanCsv read_stan_csv(const std::string& text) {
  StanCsv csv;
  bool after = false;
  for (std::string line : split(text, '\n')) {
    if (line.starts_with('#')) {
      if (!csv.columns.empty()) {
        after = true;
        ++csv.comments_after;
        continue;
      }
      if (line.ends_with("(Default)")) line.erase(line.size() - 9);
      const auto parts = split(line, '=');
      if (parts.size() == 2) csv.settings[trimmed(parts[0])] = trimmed(parts[1]);
    } else if (csv.columns.empty()) {
      csv.columns = split(line, ',');
    } else {
      EXPECT_FALSE(after) << "draws after the closing comments";
      csv.draws.push_back(split(line, ','));
    }
  }
  return csv;
}

MemorySink small_draws() {
  MemorySink sink;
  sink.begin(std::vector<std::string>{"theta[1]", "theta[2]", "sigma", "log_prior", "log_likelihood"});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  sink.write({ItemId(0), Round(3), 0, 5, {0.1, 1.0 / 3, 5e-324, -1.5, -2.25, -0.0, 1e22, nan, inf, -inf}});
  sink.write({ItemId(1), Round(3), 0, 5, {1, 2, 3, 4, 5}});
  sink.write({ItemId(0), Round(4), 0, 5, {6, 7, 8, 9, 10}});
  return sink;
}

const CsvHeader kHeader{"0.1.0", "builtin:mvn,d=2", "temper", 18446744073709551615ULL, 1022};
const ChainSources kChains{{Round(3), Round(4)}, 2, 1};
const ChainSources kOne{{Round(1)}, 1, 1};

TEST(StanCsv, HoldsWhatItsReadersDemand) {
  const TemporaryFolder folder;
  const MemorySink draws = small_draws();
  EXPECT_EQ(write_stan_csv_files(folder / "csv", draws, kChains, kHeader).chains, 2U);
  const std::string text = read_text(folder / "csv/chain_1.csv");
  const StanCsv csv = read_stan_csv(text);
  // cmdstanpy.from_csv: method, model, integers num_samples (equal to the draws found), num_warmup, thin, save_warmup.
  EXPECT_EQ(csv.settings.at("method"), "sample");
  EXPECT_EQ(csv.settings.at("num_samples"), "3");
  EXPECT_EQ(csv.draws.size(), 3U);
  EXPECT_EQ(csv.settings.at("num_warmup"), "1022");
  EXPECT_EQ(csv.settings.at("thin"), "1");
  EXPECT_EQ(csv.settings.at("save_warmup"), "0");
  EXPECT_EQ(csv.settings.at("algorithm"), "fixed_param");
  EXPECT_EQ(csv.settings.at("id"), "1");
  EXPECT_EQ(csv.settings.at("dovetail_seed"), "18446744073709551615");
  EXPECT_FALSE(csv.settings.contains("seed"));  // beyond 32 bits Stan's reader would throw
  for (const char* part : {"major", "minor", "patch"}) {
    EXPECT_TRUE(csv.settings.contains("stan_version_" + std::string(part)));
  }
  // Stan's reader wants the first line of names to begin with "l"; cmdstanpy finds the end of the draws by a comment
  // that another line follows.
  EXPECT_EQ(csv.columns.at(0), "lp__");
  EXPECT_GE(csv.comments_after, 2U);
  EXPECT_NE(text.find("\n#  Elapsed"), std::string::npos);
  for (const auto& row : csv.draws) EXPECT_EQ(row.size(), csv.columns.size());
  EXPECT_EQ(csv.columns,
            (std::vector<std::string>{"lp__", "theta.1", "theta.2", "sigma", "log_prior", "log_likelihood"}));
}

TEST(StanCsv, NumbersReadBackExactlyAndTheDensityComesFirst) {
  const TemporaryFolder folder;
  write_stan_csv_files(folder / "csv", small_draws(), kChains, kHeader);
  const StanCsv csv = read_stan_csv(read_text(folder / "csv/chain_1.csv"));
  EXPECT_EQ(csv.draws.at(0),
            (std::vector<std::string>{"-3.75", "0.1", "0.3333333333333333", "5e-324", "-1.5", "-2.25"}));
  EXPECT_EQ(csv.draws.at(1), (std::vector<std::string>{"nan", "-0", "1e+22", "nan", "inf", "-inf"}));
  EXPECT_EQ(csv.draws.at(2), (std::vector<std::string>{"19", "6", "7", "8", "9", "10"}));
  EXPECT_EQ(*parse_number(csv.draws[0][2]), 1.0 / 3);
  const StanCsv other = read_stan_csv(read_text(folder / "csv/chain_2.csv"));
  EXPECT_EQ(other.settings.at("id"), "2");
  EXPECT_EQ(other.draws.size(), 1U);
}

// rstan, cmdstanr and ArviZ find a sampler's columns by these names; what a model calls the same is another column.
TEST(StanCsv, FiguresOfTheKernelHaveCmdStansNamesAndOrder) {
  const TemporaryFolder folder;
  MemorySink sink;
  sink.begin(std::vector<std::string>{"energy", "x[1]", "log_prior", "log_likelihood", "accept_stat", "step_size",
                                      "tree_depth", "leapfrogs", "divergent", "energy"});
  sink.write({ItemId(0), Round(1), 0, 10, {7, 8, -1, -2, 0.9, 0.25, 3, 7, 1, 12.5}});
  write_stan_csv_files(folder / "csv", sink, kOne, kHeader);
  const StanCsv csv = read_stan_csv(read_text(folder / "csv/chain_1.csv"));
  EXPECT_EQ(csv.columns,
            (std::vector<std::string>{"lp__", "accept_stat__", "stepsize__", "treedepth__", "n_leapfrog__",
                                      "divergent__", "energy__", "energy", "x.1", "log_prior", "log_likelihood"}));
  EXPECT_EQ(csv.draws.at(0),
            (std::vector<std::string>{"-3", "0.9", "0.25", "3", "7", "1", "12.5", "7", "8", "-1", "-2"}));
  EXPECT_EQ(csv.settings.at("algorithm"), "fixed_param");
}

TEST(StanCsv, WarmUpThatWasSavedIsLeftOut) {
  const TemporaryFolder folder;
  EXPECT_EQ(write_stan_csv_files(folder / "csv", small_draws(), {{Round(4)}, 1, 1}, kHeader).chains, 1U);
  const StanCsv csv = read_stan_csv(read_text(folder / "csv/chain_1.csv"));
  EXPECT_EQ(csv.settings.at("num_samples"), "1");
  EXPECT_EQ(csv.draws, (std::vector<std::vector<std::string>>{{"19", "6", "7", "8", "9", "10"}}));
}

TEST(StanCsv, TakesLegsInTurnAsFarAsBothGo) {
  const TemporaryFolder folder;
  EXPECT_EQ(write_stan_csv_files(folder / "csv", small_draws(), {{Round(3)}, 1, 2}, kHeader).draws, 2U);
  const StanCsv csv = read_stan_csv(read_text(folder / "csv/chain_1.csv"));
  EXPECT_EQ(csv.draws,
            (std::vector<std::vector<std::string>>{{"-3.75", "0.1", "0.3333333333333333", "5e-324", "-1.5", "-2.25"},
                                                   {"9", "1", "2", "3", "4", "5"}}));
}

TEST(StanCsv, AKernelThatShowsItsAcceptanceAloneHasThatColumnAlone) {
  const TemporaryFolder folder;
  MemorySink sink;
  sink.begin(std::vector<std::string>{"x", "log_prior", "log_likelihood", "accept_stat"});
  sink.write({ItemId(0), Round(1), 0, 4, {8, -1, -2, 0.5}});
  write_stan_csv_files(folder / "csv", sink, kOne, kHeader);
  EXPECT_EQ(read_stan_csv(read_text(folder / "csv/chain_1.csv")).columns,
            (std::vector<std::string>{"lp__", "accept_stat__", "x", "log_prior", "log_likelihood"}));
}

// Readers take all files of a folder for one set.
TEST(StanCsv, LeavesNoChainsOfAnotherSet) {
  const TemporaryFolder folder;
  const ChainSources fewer{{Round(3)}, 1, 1};
  write_stan_csv_files(folder / "csv", small_draws(), kChains, kHeader);
  EXPECT_THROW(write_stan_csv_files(folder / "csv", small_draws(), fewer, kHeader, OtherChains::refuse), UsageError);
  EXPECT_EQ(read_stan_csv(read_text(folder / "csv/chain_1.csv")).draws.size(), 3U);
  write_stan_csv_files(folder / "csv", small_draws(), fewer, kHeader);
  EXPECT_FALSE(std::filesystem::exists(folder / "csv/chain_2.csv"));
}

TEST(StanCsv, CountsTheDrawsOfTheShortestChain) {
  const TemporaryFolder folder;
  EXPECT_EQ(write_stan_csv_files(folder / "csv", small_draws(), kChains, kHeader).draws, 1U);
}

/// The draws of a file whose second chain is damaged.
class DamagedDraws final : public KeptDraws {
 public:
  [[nodiscard]] const std::vector<std::string>& columns() const override { return whole_.columns(); }
  [[nodiscard]] std::vector<Round> rounds() const override { return whole_.rounds(); }
  [[nodiscard]] std::vector<ItemId> sources(Round round) const override { return whole_.sources(round); }
  [[nodiscard]] std::uint64_t rows(Round round, ItemId source) const override { return whole_.rows(round, source); }
  void visit_column(Round round, ItemId source, std::size_t column, const ColumnVisitor& visit) const override {
    if (source == ItemId(1)) throw FileError("damaged");
    whole_.visit_column(round, source, column, visit);
  }

 private:
  MemorySink whole_ = small_draws();
};

TEST(StanCsv, OfDamagedDrawsIsNotThereAtAll) {
  const TemporaryFolder folder;
  EXPECT_THROW(write_stan_csv_files(folder / "csv", DamagedDraws(), kChains, kHeader), FileError);
  EXPECT_TRUE(std::filesystem::is_empty(folder / "csv"));
}

TEST(StanCsv, IsTheSameWheneverItIsWritten) {
  const TemporaryFolder folder;
  write_stan_csv_files(folder / "one", small_draws(), kChains, kHeader);
  write_stan_csv_files(folder / "two", small_draws(), kChains, kHeader);
  EXPECT_EQ(read_text(folder / "one/chain_1.csv"), read_text(folder / "two/chain_1.csv"));
}

TEST(StanCsv, ASeedOf32BitsStandsWhereStanPutsIt) {
  const TemporaryFolder folder;
  CsvHeader header = kHeader;
  header.seed = 4294967295ULL;
  write_stan_csv_files(folder / "csv", small_draws(), kChains, header);
  EXPECT_EQ(read_stan_csv(read_text(folder / "csv/chain_1.csv")).settings.at("seed"), "4294967295");
}

TEST(StanNames, AreSafeDistinctAndDotted) {
  EXPECT_EQ(stan_names({"theta[1]", "theta[1,2]", "a.b", "x y", "a=b", "a,b", "q\"\n#", "", "1st", "done__", "lp__",
                        "w[i]", "theta.1", "beta[1][2]"}),
            (std::vector<std::string>{"theta.1", "theta.1.2", "a.b", "x_y", "a_b", "a_b_2", "q___x", "x", "x1st",
                                      "done__x", "lp__x", "w_i_", "theta.1_2", "beta_1_.2"}));
}

TEST(StanCsv, HostileNamesStayInTheirPlace) {
  const TemporaryFolder folder;
  MemorySink sink;
  sink.begin(std::vector<std::string>{"a,b\n# model = x", "\"q\"", "a=b"});
  sink.write({ItemId(0), Round(1), 0, 3, {1, 2, 3}});
  CsvHeader header = kHeader;
  header.model = "m\nlp__,evil\n1,2\n# id = 7";
  header.seed = 1;
  write_stan_csv_files(folder / "csv", sink, kOne, header);
  const StanCsv csv = read_stan_csv(read_text(folder / "csv/chain_1.csv"));
  EXPECT_EQ(csv.columns.size(), 4U);
  EXPECT_EQ(csv.draws.size(), 1U);
  EXPECT_EQ(csv.settings.at("id"), "1");
  EXPECT_EQ(csv.draws[0][0], "nan");  // no log_prior and log_likelihood to add
}

}  // namespace
}  // namespace dovetail
