// What stands in a netCDF file, by netCDF's own reading. tests/python/test_netcdf.py reads files of whole runs by
// xarray.
#include "dovetail/output/netcdf.hpp"

#include <gtest/gtest.h>

#ifdef DOVETAIL_HAVE_NETCDF
#include <netcdf.h>
#endif

#include <bit>
#include <limits>
#include <set>

#include "dovetail/core/error.hpp"
#include "dovetail/output/inference_data.hpp"
#include "dovetail/store/file.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

using test::TemporaryFolder;

TEST(NetcdfNames, AreWhatNetcdfTakes) {
  EXPECT_EQ(netcdf_name("theta"), "theta");
  EXPECT_EQ(netcdf_name("σ 😀, \"x\" <b>"), "σ 😀, \"x\" <b>");
  EXPECT_EQ(netcdf_name("a/b\nc\x7f"), "a_b_c_");
  EXPECT_EQ(netcdf_name("ends "), "ends_");
  EXPECT_EQ(netcdf_name(""), "x");
  EXPECT_EQ(netcdf_name("[1]"), "x[1]");
  EXPECT_EQ(netcdf_name("\xff"), "x\\xff");
}

TEST(NetcdfNames, AreCutBetweenCharacters) {
  EXPECT_EQ(netcdf_name(std::string(300, 'a')), std::string(200, 'a'));
  const std::string cut = netcdf_name("a" + std::string(66, 'b') + [] {
    std::string emoji;
    for (int i = 0; i < 60; ++i) emoji += "😀";  // of 4 bytes: the first ends at byte 71, one begins at 199
    return emoji;
  }());
  EXPECT_EQ(cut.size(), 199U);
  EXPECT_TRUE(cut.ends_with("😀"));
}

#ifndef DOVETAIL_HAVE_NETCDF
TEST(NetcdfFile, IsRefusedWithTheCureWhereTheBuildHasNone) {
  EXPECT_FALSE(has_netcdf());
  try {
    (void)make_netcdf_file("draws.nc");
    ADD_FAILURE() << "was made";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("libnetcdf-dev"), std::string::npos);
  }
}
#else

/// An open file, every call checked.
class Opened {
 public:
  explicit Opened(const std::filesystem::path& path) { check(nc_open(path.c_str(), NC_NOWRITE, &root_)); }
  ~Opened() { (void)nc_close(root_); }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

  [[nodiscard]] int group(const std::string& name) const {
    int id = 0;
    check(nc_inq_ncid(root_, name.c_str(), &id));
    return id;
  }
  [[nodiscard]] static int variable(int group, const std::string& name) {
    int id = -1;
    EXPECT_EQ(nc_inq_varid(group, name.c_str(), &id), NC_NOERR) << name;
    return id;
  }
  [[nodiscard]] static std::vector<std::string> dimensions(int group, const std::string& name) {
    int rank = 0;
    check(nc_inq_varndims(group, variable(group, name), &rank));
    std::vector<int> ids(static_cast<std::size_t>(rank));
    check(nc_inq_vardimid(group, variable(group, name), ids.data()));
    std::vector<std::string> names;
    for (const int id : ids) {
      std::string text(NC_MAX_NAME + 1, '\0');
      check(nc_inq_dimname(group, id, text.data()));
      names.emplace_back(text.c_str());
    }
    return names;
  }
  [[nodiscard]] static std::size_t size(int group, const std::string& dimension) {
    int id = 0;
    std::size_t length = 0;
    check(nc_inq_dimid(group, dimension.c_str(), &id));
    check(nc_inq_dimlen(group, id, &length));
    return length;
  }
  [[nodiscard]] static std::vector<double> values(int group, const std::string& name) {
    std::size_t count = 1;
    for (const std::string& dimension : dimensions(group, name)) count *= size(group, dimension);
    std::vector<double> all(count);
    check(nc_get_var_double(group, variable(group, name), all.data()));
    return all;
  }
  [[nodiscard]] static std::vector<std::string> words(int group, const std::string& name) {
    std::vector<char*> texts(size(group, dimensions(group, name).front()));
    check(nc_get_var_string(group, variable(group, name), texts.data()));
    std::vector<std::string> all(texts.begin(), texts.end());
    check(nc_free_string(texts.size(), texts.data()));
    return all;
  }
  [[nodiscard]] static nc_type type(int group, const std::string& name) {
    nc_type found = NC_NAT;
    check(nc_inq_vartype(group, variable(group, name), &found));
    return found;
  }
  [[nodiscard]] static std::string text(int group, int variable, const std::string& name) {
    std::size_t length = 0;
    check(nc_inq_attlen(group, variable, name.c_str(), &length));
    std::string found(length, '\0');
    check(nc_get_att_text(group, variable, name.c_str(), found.data()));
    return found;
  }
  static void check(int status) { EXPECT_EQ(status, NC_NOERR) << nc_strerror(status); }

 private:
  int root_ = 0;
};

/// What a column has at a draw: values whose bits are easily lost stand among them.
double value_of(std::size_t chain, std::size_t draw, std::size_t column) {
  constexpr double kOdd[] = {-0.0, 5e-324, std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::quiet_NaN(), 0.1};
  if (column == 0) return kOdd[(chain + draw) % std::size(kOdd)];
  return static_cast<double>(1000 * chain + 10 * draw + column);
}

/// Two chains of `draws` draws.
void write(const std::filesystem::path& folder, const std::vector<std::string>& columns, std::size_t draws) {
  DrawsSink sink(folder);
  sink.begin(columns);
  for (std::size_t chain = 0; chain < 2; ++chain) {
    DrawBlock block{ItemId(static_cast<std::uint32_t>(chain)), Round(1), 0, columns.size(), {}};
    for (std::size_t i = 0; i < draws; ++i) {
      for (std::size_t c = 0; c < columns.size(); ++c) block.values.push_back(value_of(chain, i, c));
    }
    sink.write(block);
  }
  (void)sink.commit();
}

void export_draws(const TemporaryFolder& folder, const NamedTexts& attributes = {}) {
  const DrawsReader draws(folder / "draws");
  const auto file = make_netcdf_file(folder / "draws.nc");
  write_draws(*file, "", draws, {{Round(1)}, 2, 1}, attributes);
  file->finish();
}

const std::vector<std::string> kColumns{"odd",       "a[1,1]",   "a[2,1]",    "a[1,2]",         "a[2,2]",
                                        "mu[dose]",  "mu[age]",  "log_prior", "log_likelihood", "accept_stat",
                                        "leapfrogs", "divergent"};

TEST(InferenceData, EveryDrawStandsInItsPlaceBitForBit) {
  const TemporaryFolder folder;
  write(folder / "draws", kColumns, 7);
  export_draws(folder, {{"seed", "18446744073709551615"}});
  const Opened file(folder / "draws.nc");
  const int posterior = file.group("posterior");
  EXPECT_EQ(Opened::text(posterior, NC_GLOBAL, "seed"), "18446744073709551615");
  EXPECT_EQ(Opened::dimensions(posterior, "a"), (std::vector<std::string>{"chain", "draw", "a_dim_0", "a_dim_1"}));
  EXPECT_EQ(Opened::values(posterior, "a_dim_1"), (std::vector<double>{1, 2}));
  EXPECT_EQ(Opened::values(posterior, "draw"), (std::vector<double>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(Opened::values(posterior, "chain"), (std::vector<double>{0, 1}));
  EXPECT_EQ(Opened::words(posterior, "mu_dim_0"), (std::vector<std::string>{"dose", "age"}));
  const auto odd = Opened::values(posterior, "odd");
  const auto a = Opened::values(posterior, "a");
  const auto mu = Opened::values(posterior, "mu");
  ASSERT_EQ(odd.size(), 14U);
  for (std::size_t chain = 0; chain < 2; ++chain) {
    for (std::size_t i = 0; i < 7; ++i) {
      const std::size_t at = chain * 7 + i;
      EXPECT_EQ(std::bit_cast<std::uint64_t>(odd[at]), std::bit_cast<std::uint64_t>(value_of(chain, i, 0)));
      for (std::size_t row = 0; row < 2; ++row) {
        for (std::size_t column = 0; column < 2; ++column) {
          EXPECT_EQ(a[at * 4 + row * 2 + column], value_of(chain, i, 1 + column * 2 + row));
        }
        EXPECT_EQ(mu[at * 2 + row], value_of(chain, i, 5 + row));
      }
    }
  }
}

TEST(InferenceData, FiguresOfTheKernelHaveArvizsNamesAndTypes) {
  const TemporaryFolder folder;
  write(folder / "draws", kColumns, 3);
  export_draws(folder);
  const Opened file(folder / "draws.nc");
  const int stats = file.group("sample_stats");
  EXPECT_EQ(Opened::type(stats, "n_steps"), NC_INT64);
  EXPECT_EQ(Opened::type(stats, "diverging"), NC_BYTE);
  EXPECT_EQ(Opened::text(stats, Opened::variable(stats, "diverging"), "dtype"), "bool");
  EXPECT_EQ(Opened::values(stats, "diverging"), std::vector<double>(6, 1));
  EXPECT_EQ(Opened::values(stats, "n_steps")[4], value_of(1, 1, 10));
  EXPECT_EQ(Opened::type(stats, "acceptance_rate"), NC_DOUBLE);
  const auto lp = Opened::values(stats, "lp");
  ASSERT_EQ(lp.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(lp[i], value_of(i / 3, i % 3, 7) + value_of(i / 3, i % 3, 8));
  int unknown = 0;
  EXPECT_EQ(nc_inq_varid(stats, "mu", &unknown), NC_ENOTVAR);
}

TEST(InferenceData, AFileLongerThanAPieceIsWhole) {
  const TemporaryFolder folder;
  std::vector<std::string> columns;
  for (int i = 1; i <= 2000; ++i) columns.push_back("x[" + std::to_string(i) + "]");
  write(folder / "draws", columns, 1100);  // 524 draws fit in a piece
  export_draws(folder);
  const Opened file(folder / "draws.nc");
  const auto x = Opened::values(file.group("posterior"), "x");
  ASSERT_EQ(x.size(), 2U * 1100 * 2000);
  std::size_t wrong = 0;
  for (std::size_t at = 0; at < x.size(); ++at) {
    const double wanted = value_of(at / 2000 / 1100, at / 2000 % 1100, at % 2000);
    if (std::bit_cast<std::uint64_t>(x[at]) != std::bit_cast<std::uint64_t>(wanted)) ++wrong;
  }
  EXPECT_EQ(wrong, 0U);
}

TEST(InferenceData, NamesStayApart) {
  const TemporaryFolder folder;
  // what means something in the group, what netCDF takes for one, and names of a dimension
  write(folder / "draws", {"chain", "draw", "a/b", "a_b", "a\nb", "x[1]", "x[2]", "x_dim_0", "", "\xff"}, 2);
  export_draws(folder);
  const Opened file(folder / "draws.nc");
  const int posterior = file.group("posterior");
  int count = 0;
  Opened::check(nc_inq_nvars(posterior, &count));
  EXPECT_EQ(count, 2 + 9 + 1);  // chain, draw; a variable for each but x[2]; x_dim_0
  const auto is_column = [&](const std::string& name, std::size_t column, const std::string& whole) {
    const auto values = Opened::values(posterior, name);
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(std::bit_cast<std::uint64_t>(values[i]), std::bit_cast<std::uint64_t>(value_of(i / 2, i % 2, column)));
    }
    if (whole != name) {
      EXPECT_EQ(Opened::text(posterior, Opened::variable(posterior, name), "dovetail_name"), whole);
    }
  };
  is_column("chain_", 0, "chain");
  is_column("draw_", 1, "draw");
  is_column("a_b", 2, "a/b");
  is_column("a_b_2", 3, "a_b");
  is_column("a_b_3", 4, "a\nb");
  is_column("x_dim_0_2", 7, "x_dim_0");
  const auto x = Opened::values(posterior, "x");
  for (std::size_t at = 0; at < 8; ++at) EXPECT_EQ(x[at], value_of(at / 4, at / 2 % 2, 5 + at % 2));
}

TEST(InferenceData, NamesThatNetcdfTakesForOneAreRefusedInWords) {
  const TemporaryFolder folder;
  write(folder / "draws", {"\xc3\xa9", "e\xcc\x81"}, 2);  // composed, and in two parts
  EXPECT_THROW(export_draws(folder), ModelError);
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) left.push_back(entry.path().filename());
  EXPECT_EQ(left, std::vector<std::string>{"draws"});
}

TEST(NetcdfFile, TheFileBeforeStaysUntilItIsFinished) {
  const TemporaryFolder folder;
  test::write_plainly(folder / "draws.nc", "before");
  {
    const auto file = make_netcdf_file(folder / "draws.nc");
    write_table(*file, {"rounds", {{"round", 1}}, {{{"round", NetcdfType::whole, {"round"}, {}}, {1}, {}}}}, {});
  }
  EXPECT_EQ(std::filesystem::file_size(folder / "draws.nc"), 6U);
  const auto file = make_netcdf_file(folder / "draws.nc");
  write_table(*file, {"rounds", {{"round", 1}}, {{{"round", NetcdfType::whole, {"round"}, {}}, {1}, {}}}}, {});
  file->finish();
  EXPECT_EQ(Opened::values(Opened(folder / "draws.nc").group("rounds"), "round"), std::vector<double>{1});
  const auto mode = std::filesystem::status(folder / "draws.nc").permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(NetcdfFile, AFolderThatIsNotThereIsSaid) {
  const TemporaryFolder folder;
  EXPECT_THROW((void)make_netcdf_file(folder / "none" / "draws.nc"), FileError);
}

TEST(NetcdfFile, EqualDrawsGiveEqualFilesWhereverBlocksEnd) {
  const TemporaryFolder folder;
  std::set<std::string> texts;
  for (const std::size_t block : {1U, 4U, 9U}) {
    std::filesystem::remove_all(folder / "draws");
    {
      DrawsSink sink(folder / "draws");
      sink.begin(kColumns);
      for (std::size_t first = 0; first < 9; first += block) {
        DrawBlock piece{ItemId(0), Round(1), first, kColumns.size(), {}};
        for (std::size_t i = first; i < std::min<std::size_t>(9, first + block); ++i) {
          for (std::size_t c = 0; c < kColumns.size(); ++c) piece.values.push_back(value_of(0, i, c));
        }
        sink.write(piece);
      }
      (void)sink.commit();
    }
    const auto file = make_netcdf_file(folder / "draws.nc");
    write_draws(*file, "", DrawsReader(folder / "draws"), {{Round(1)}, 1, 1}, {});
    file->finish();
    texts.insert(read_text(folder / "draws.nc"));
  }
  EXPECT_EQ(texts.size(), 1U);
}
#endif

}  // namespace
}  // namespace dovetail
