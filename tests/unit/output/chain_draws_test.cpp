// Chains read a stretch at a time are those that were written, wherever blocks, rounds and stretches end.
#include "dovetail/output/chain_draws.hpp"

#include <gtest/gtest.h>

#include "tests/faults/small_run.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

using test::small_block;
using test::small_value;
using test::TemporaryFolder;

constexpr std::size_t kColumns = 3;

struct Written {
  Round round{};
  ItemId source{};
  std::size_t rows = 0;
  std::size_t block = 0;
};

void write(const std::filesystem::path& folder, const std::vector<Written>& all) {
  DrawsSink sink(folder);
  sink.begin(std::vector<std::string>{"a", "b", "c"});
  for (const Written& w : all) {
    for (std::size_t first = 0; first < w.rows; first += w.block) {
      sink.write(small_block(w.round, w.source, first, std::min(w.block, w.rows - first), kColumns));
    }
  }
  (void)sink.commit();
}

/// [column][draw], read `piece` draws at a time.
std::vector<std::vector<double>> read(const DrawsReader& draws, const ChainSources& sources, std::size_t chain,
                                      std::size_t piece) {
  ChainReader reader(draws, sources, chain);
  std::vector<std::vector<double>> columns(kColumns);
  std::vector<double> values(piece * kColumns);
  while (const std::size_t rows = reader.read(piece, values)) {
    for (std::size_t c = 0; c < kColumns; ++c) {
      for (std::size_t i = 0; i < rows; ++i) columns[c].push_back(values[c * piece + i]);
    }
    if (rows < piece) break;
  }
  return columns;
}

TEST(ChainReader, ChainsOfSeveralRoundsFollowEachOther) {
  const TemporaryFolder folder;
  write(folder / "draws", {{Round(1), ItemId(0), 5, 2},
                           {Round(1), ItemId(1), 5, 3},
                           {Round(3), ItemId(0), 4, 4},
                           {Round(3), ItemId(1), 7, 1}});
  const DrawsReader draws(folder / "draws");
  const ChainSources sources{{Round(1), Round(3)}, 2, 1};
  EXPECT_EQ(common_draws(draws, sources), 9U);
  for (const std::size_t piece : {1U, 2U, 3U, 4U, 9U, 50U}) {
    for (const std::uint32_t chain : {0U, 1U}) {
      const auto columns = read(draws, sources, chain, piece);
      const std::size_t last = chain == 0 ? 4 : 7;
      for (std::size_t c = 0; c < kColumns; ++c) {
        ASSERT_EQ(columns[c].size(), 5 + last);
        for (std::size_t i = 0; i < 5 + last; ++i) {
          const double wanted =
              i < 5 ? small_value(Round(1), ItemId(chain), i, c) : small_value(Round(3), ItemId(chain), i - 5, c);
          EXPECT_EQ(columns[c][i], wanted);
        }
      }
    }
  }
}

TEST(ChainReader, LegsTakeTurnsAndStopTogether) {
  const TemporaryFolder folder;
  // copy 1 is of sources 2 and 3, the first of which lags behind, as while a run goes on
  write(folder / "draws", {{Round(2), ItemId(0), 6, 4},
                           {Round(2), ItemId(1), 6, 5},
                           {Round(2), ItemId(2), 4, 1},
                           {Round(2), ItemId(3), 6, 3}});
  const DrawsReader draws(folder / "draws");
  const ChainSources sources{{Round(2)}, 2, 2};
  ASSERT_EQ(common_draws(draws, sources), 8U);
  for (const std::size_t piece : {1U, 2U, 3U, 5U, 7U, 12U}) {
    for (const std::uint32_t chain : {0U, 1U}) {
      const auto columns = read(draws, sources, chain, piece);
      for (std::size_t c = 0; c < kColumns; ++c) {
        ASSERT_EQ(columns[c].size(), chain == 0 ? 12U : 8U);
        for (std::size_t i = 0; i < columns[c].size(); ++i) {
          const ItemId source(static_cast<std::uint32_t>(chain * 2 + i % 2));
          EXPECT_EQ(columns[c][i], small_value(Round(2), source, i / 2, c));
        }
      }
    }
  }
}

TEST(ChainReader, AChainWithoutDrawsHasNone) {
  const TemporaryFolder folder;
  write(folder / "draws", {{Round(1), ItemId(0), 3, 3}});
  const DrawsReader draws(folder / "draws");
  EXPECT_EQ(common_draws(draws, {{Round(1)}, 2, 1}), 0U);
  EXPECT_EQ(common_draws(draws, {{}, 2, 1}), 0U);
  EXPECT_EQ(common_draws(draws, {{Round(1)}, 0, 1}), 0U);
  EXPECT_TRUE(read(draws, {{Round(1)}, 2, 1}, 1, 4).front().empty());
}

}  // namespace
}  // namespace dovetail
