// Rows of words as bytes, between processes.
#include "dovetail/lda/row_bytes.hpp"

#include <gtest/gtest.h>

#include "dovetail/core/rng.hpp"
#include "dovetail/lda/packed_numbers.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::lda {
namespace {

Rng stream() { return Rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)}); }

TEST(RowBytes, AreRowsAgain) {
  Rng rng = stream();
  for (int trial = 0; trial < 200; ++trial) {
    PackedRows rows;
    for (std::uint32_t row = 0; row < rng.bits32() % 30; ++row) {
      std::vector<std::uint32_t> counts(1 + rng.bits32() % 4096, 0);
      for (std::uint32_t i = 0; i < rng.bits32() % 100; ++i) {
        counts[rng.bits32() % counts.size()] = 1 + (rng.bits32() >> rng.bits32() % 32) % 2147483647;
      }
      append_row(counts, rows);
    }
    const auto again = rows_of_bytes(bytes_of_rows(rows));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, rows);
  }
}

TEST(RowBytes, AreFewWhereCountsAreSmall) {
  const PackedRows rows = {3, 0, 1, 5, 1, 70, 2, 0, 1, 63, 65};
  EXPECT_EQ(bytes_of_rows(rows).size(), 1U + 1 + 1 + 3 + 1 + 1 + 2) << "one byte a gap below 64, one a count up to 129";
}

TEST(RowBytes, OfAnythingAreRowsInTheirOnlySpellingOrNothing) {
  Rng rng = stream();
  int found = 0;
  for (int trial = 0; trial < 100000; ++trial) {
    std::vector<std::byte> bytes(rng.bits32() % 12);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(rng.bits32() >> (rng.bits32() % 2 == 0 ? 24 : 30));
    const auto rows = rows_of_bytes(bytes);
    if (!rows) continue;
    ++found;
    EXPECT_EQ(bytes_of_rows(*rows), bytes);
  }
  EXPECT_GT(found, 1000);
  constexpr std::uint64_t kBeyond = (std::uint64_t{1} << 32) + 3;
  std::vector<std::byte> topic, count;
  append_number(1, topic);
  append_number(2 * kBeyond, topic);
  EXPECT_FALSE(rows_of_bytes(topic));
  for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{1}, kBeyond}) append_number(number, count);
  EXPECT_FALSE(rows_of_bytes(count));
}

}  // namespace
}  // namespace dovetail::lda
