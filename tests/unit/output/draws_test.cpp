// Draws files: what is read is what was written, and no damage goes by unnoticed.
#include "dovetail/output/draws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "dovetail/core/error.hpp"
#include "tests/faults/small_run.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

using test::small_block;
using test::small_value;
using test::TemporaryFolder;

const std::vector<std::string> kColumns{"theta", "with \"quotes\", commas\nand = lines", "log_prior"};

/// Two rounds of two sources; `rows` draws of each, cut into blocks of `block` rows.
std::uint64_t write_small(const std::filesystem::path& folder, std::size_t rows, std::size_t block) {
  DrawsSink sink(folder);
  sink.begin(kColumns);
  std::uint64_t position = 0;
  for (const std::uint32_t round : {1U, 2U}) {
    for (std::size_t first = 0; first < rows; first += block) {
      for (const std::uint32_t source : {0U, 5U}) {
        sink.write(small_block(Round(round), ItemId(source), first, std::min(block, rows - first), kColumns.size()));
      }
    }
    position = sink.commit();
  }
  return position;
}

/// Reads everything; throws FileError when anything is damaged.
std::size_t values_read(const std::filesystem::path& folder) {
  const DrawsReader reader(folder);
  std::size_t count = 0;
  for (const Round round : reader.rounds()) {
    for (std::size_t column = 0; column < reader.columns().size(); ++column) {
      for (const auto& chain : reader.chains(round, column)) count += chain.size();
    }
  }
  return count;
}

TEST(DrawsReader, ReadsWhatWasWrittenWhereverBlocksEnd) {
  for (const std::size_t block : {1U, 3U, 7U, 100U}) {
    const TemporaryFolder folder;
    const std::uint64_t position = write_small(folder / "draws", 7, block);
    const DrawsReader reader(folder / "draws");
    EXPECT_EQ(reader.columns(), kColumns);
    EXPECT_EQ(reader.rounds(), (std::vector{Round(1), Round(2)}));
    EXPECT_EQ(reader.sources(Round(2)), (std::vector{ItemId(0), ItemId(5)}));
    EXPECT_EQ(reader.rows(Round(1), ItemId(5)), 7U);
    EXPECT_EQ(reader.position(), position);
    EXPECT_TRUE(reader.notes().empty());
    for (const Round round : reader.rounds()) {
      for (std::size_t column = 0; column < kColumns.size(); ++column) {
        const auto chains = reader.chains(round, column);
        ASSERT_EQ(chains.size(), 2U);
        for (std::size_t i = 0; i < 2; ++i) {
          ASSERT_EQ(chains[i].size(), 7U);
          for (std::size_t draw = 0; draw < 7; ++draw) {
            EXPECT_EQ(chains[i][draw], small_value(round, ItemId(i == 0 ? 0 : 5), draw, column));
          }
        }
      }
    }
    std::uint64_t next = 0;
    for (std::size_t index = 0; next < reader.rows(Round(1), ItemId(5)); ++index) {
      const auto [first, rows, values] = reader.read_block(Round(1), ItemId(5), index);
      EXPECT_EQ(first, next);
      ASSERT_EQ(values.size(), rows * kColumns.size());
      for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t column = 0; column < kColumns.size(); ++column) {
          EXPECT_EQ(values[column * rows + row], small_value(Round(1), ItemId(5), first + row, column));
        }
      }
      next += rows;
    }
    EXPECT_EQ(next, 7U);
  }
}

TEST(DrawsReader, SpecialValuesKeepTheirBitsAndNanIsCanonical) {
  const TemporaryFolder folder;
  const std::vector<double> values{-0.0,
                                   5e-324,
                                   std::numeric_limits<double>::infinity(),
                                   -std::numeric_limits<double>::infinity(),
                                   1.7976931348623157e308,
                                   std::bit_cast<double>(0xFFF0000000000123ULL)};
  DrawsSink sink(folder / "draws");
  sink.begin(std::vector<std::string>{"x"});
  sink.write({ItemId(0), Round(1), 0, 1, values});
  static_cast<void>(sink.commit());
  const auto read = DrawsReader(folder / "draws").chains(Round(1), 0).at(0);
  ASSERT_EQ(read.size(), values.size());
  for (std::size_t i = 0; i + 1 < values.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(read[i]), std::bit_cast<std::uint64_t>(values[i])) << i;
  }
  EXPECT_EQ(std::bit_cast<std::uint64_t>(read.back()), 0x7FF8000000000000ULL);
}

TEST(DrawsReader, ReadsWhileTheRunGoesOn) {
  const TemporaryFolder folder;
  DrawsSink sink(folder / "draws");
  sink.begin(kColumns);
  EXPECT_TRUE(DrawsReader(folder / "draws").rounds().empty());
  for (std::uint64_t first = 0; first < 5; ++first) {
    sink.write(small_block(Round(1), ItemId(0), first, 1, kColumns.size()));
    EXPECT_EQ(DrawsReader(folder / "draws").rows(Round(1), ItemId(0)), first + 1);
  }
}

// From the faults of docs/run-folder.md: every truncation is an error, or the incomplete tail is left out with words.
TEST(DrawsReader, EveryTruncationIsLeftOutWithWordsAndRefusedByResume) {
  const TemporaryFolder folder;
  const std::uint64_t position = write_small(folder / "draws", 4, 2);
  const auto file = folder / "draws/round-000002.dovetail";
  const std::string whole = read_text(file);
  unsigned at_block_ends = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    test::write_plainly(file, std::string_view(whole).substr(0, size));
    const DrawsReader reader(folder / "draws");
    // A cut exactly between blocks cannot be seen in the file; the checkpoint's position tells.
    if (size > 0 && reader.notes().empty()) ++at_block_ends;
    if (size > 0) {
      EXPECT_TRUE(!reader.notes().empty() || reader.position() < position) << size;
    }
    EXPECT_EQ(values_read(folder / "draws") % kColumns.size(), 0U);
    DrawsSink sink(folder / "draws");
    sink.begin(kColumns);
    EXPECT_THROW(sink.rewind(position), CheckpointError) << size;
  }
  EXPECT_EQ(at_block_ends, 4U);  // after the header and after each of the first three blocks
}

TEST(DrawsReader, EveryFlippedBitIsDetected) {
  const TemporaryFolder folder;
  write_small(folder / "draws", 2, 2);
  const auto file = folder / "draws/round-000002.dovetail";
  const std::string whole = read_text(file);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    test::write_plainly(file, damaged);
    try {
      static_cast<void>(values_read(folder / "draws"));
      ADD_FAILURE() << "bit " << bit << " of " << whole.size() * 8;
    } catch (const FileError& failure) {
      EXPECT_NE(std::string(failure.what()).find("round-000002.dovetail is damaged at byte"), std::string::npos)
          << failure.what();
    }
  }
}

TEST(DrawsReader, ZerosAtTheEndAreAnIncompleteTail) {
  const TemporaryFolder folder;
  const std::uint64_t position = write_small(folder / "draws", 4, 2);
  const auto file = folder / "draws/round-000002.dovetail";
  AppendFile(file).append(std::string(10000, '\0'));
  const DrawsReader reader(folder / "draws");
  ASSERT_EQ(reader.notes().size(), 1U);
  EXPECT_NE(reader.notes()[0].find("the last 10000 bytes"), std::string::npos) << reader.notes()[0];
  EXPECT_EQ(reader.position(), position);
}

TEST(DrawsReader, BlocksOfOtherFilesOrInAnotherOrderAreDetected) {
  const TemporaryFolder folder;
  write_small(folder / "draws", 4, 2);
  const auto one = folder / "draws/round-000001.dovetail";
  const auto two = folder / "draws/round-000002.dovetail";
  const std::string first = read_text(one);
  const std::string second = read_text(two);
  const std::size_t block = 44 + 4 * 3 + 8 * 3 * 2;
  const std::size_t header = second.size() - 4 * block;
  test::write_plainly(two, second.substr(0, header) + first.substr(header));
  EXPECT_THROW(static_cast<void>(values_read(folder / "draws")), FileError);  // blocks of another round
  test::write_plainly(two,
                      second.substr(0, header) + second.substr(header + 2 * block) + second.substr(header, 2 * block));
  EXPECT_THROW(static_cast<void>(values_read(folder / "draws")), FileError);  // later draws before earlier ones
  test::write_plainly(two, second.substr(0, header + block) + second.substr(header));
  EXPECT_THROW(static_cast<void>(values_read(folder / "draws")), FileError);  // a block twice
  test::write_plainly(two, first);
  EXPECT_THROW(static_cast<void>(values_read(folder / "draws")), FileError);  // the whole file of another round
  test::write_plainly(two, "not draws at all, but long enough");
  EXPECT_THROW(static_cast<void>(values_read(folder / "draws")), FileError);
}

TEST(DrawsSink, RefusesToMixWithDrawsThatAreThere) {
  const TemporaryFolder folder;
  write_small(folder / "draws", 2, 2);
  DrawsSink sink(folder / "draws");
  sink.begin(kColumns);
  EXPECT_THROW(sink.write(small_block(Round(1), ItemId(0), 0, 1, 3)), FileError);
}

TEST(DrawsSink, RewindRefusesOtherColumnsGoneFilesAndOddPositions) {
  const TemporaryFolder folder;
  const std::uint64_t position = write_small(folder / "draws", 2, 2);
  {
    DrawsSink other(folder / "draws");
    other.begin(std::vector<std::string>{"theta"});
    EXPECT_THROW(other.rewind(position), CheckpointError);
  }
  DrawsSink sink(folder / "draws");
  sink.begin(kColumns);
  EXPECT_THROW(sink.rewind(position - 1), FileError);
  EXPECT_THROW(sink.rewind(position + 1), CheckpointError);
  std::filesystem::remove(folder / "draws/round-000002.dovetail");
  EXPECT_THROW(sink.rewind(position), CheckpointError);
}

TEST(DrawsSink, AnOlderCheckpointMayPointIntoRoundsThatWereDropped) {
  const TemporaryFolder folder;
  std::uint64_t older = 0;
  {
    DrawsSink sink(folder / "draws");
    sink.begin(kColumns);
    sink.write(small_block(Round(1), ItemId(0), 0, 2, 3));
    older = sink.commit();
    sink.write(small_block(Round(1), ItemId(0), 2, 2, 3));
    sink.write(small_block(Round(2), ItemId(0), 0, 4, 3));
    static_cast<void>(sink.commit());
    sink.drop_before(Round(2));
  }
  const auto expected = test::content_of(folder.path());
  for (int attempt = 0; attempt < 2; ++attempt) {  // the second one finds what the first left behind
    DrawsSink sink(folder / "draws");
    sink.begin(kColumns);
    sink.rewind(older);
    sink.write(small_block(Round(1), ItemId(0), 2, 2, 3));
    static_cast<void>(sink.commit());
    if (attempt == 0) continue;
    sink.write(small_block(Round(2), ItemId(0), 0, 4, 3));
    static_cast<void>(sink.commit());
    sink.drop_before(Round(2));
  }
  EXPECT_EQ(test::difference(test::content_of(folder.path()), expected), "");
}

TEST(DrawsReader, AnAbsentRoundIsNamed) {
  const TemporaryFolder folder;
  write_small(folder / "draws", 2, 2);
  EXPECT_THROW(static_cast<void>(DrawsReader(folder / "draws").sources(Round(9))), FileError);
  EXPECT_THROW(DrawsReader(folder / "absent"), FileError);
}

}  // namespace
}  // namespace dovetail
