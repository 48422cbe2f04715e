// What ranks tell each other stands at its own addresses, whoever has them.
#include "dovetail/run/shares.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

#include "tests/unit/run/ranks_in_threads.hpp"

namespace dovetail {
namespace {

using test::in_ranks;

/// Every rank fills its slice; rank 0 must have all.
void collect_in(std::uint32_t size, std::uint32_t items) {
  in_ranks(size, 1, [&](Executor& executor) {
    const Slice mine = executor.ranks().slice(items);
    std::vector<std::uint32_t> values(items, items);
    for (std::uint32_t i = mine.first; i < mine.last; ++i) values[i] = i;
    collect(executor.ranks(), values);
    if (!executor.ranks().leads()) return;
    for (std::uint32_t i = 0; i < items; ++i) EXPECT_EQ(values[i], i) << size << " ranks, " << items << " items";
  });
}

/// Rank 0 has all; every rank must have its slice.
void hand_out_in(std::uint32_t size, std::uint32_t items) {
  in_ranks(size, 1, [&](Executor& executor) {
    const Slice mine = executor.ranks().slice(items);
    std::vector<std::uint32_t> values;
    if (executor.ranks().leads()) {
      values.resize(items);
      std::iota(values.begin(), values.end(), 0U);
    }
    hand_out(executor.ranks(), items, values);
    ASSERT_EQ(values.size(), items);
    for (std::uint32_t i = mine.first; i < mine.last; ++i) EXPECT_EQ(values[i], i) << size << " ranks, " << items;
  });
}

TEST(Shares, CollectedFromEvenSlicesStandAtTheirAddresses) { collect_in(3, 9); }
TEST(Shares, HandedOutInEvenSlicesStandAtTheirAddresses) { hand_out_in(3, 9); }

TEST(Shares, StandAtTheirAddressesForAnyNumberOfThem) {
  for (const std::uint32_t size : {1U, 2U, 3U, 5U, 8U}) {
    for (const std::uint32_t items : {0U, 1U, 3U, 7U, 30U}) {
      collect_in(size, items);
      hand_out_in(size, items);
    }
  }
}

TEST(Shares, AreToldByRankZero) {
  in_ranks(4, 1, [](Executor& executor) {
    std::uint32_t value = executor.ranks().rank() + 7;
    tell(executor.ranks(), value);
    EXPECT_EQ(value, 7U);
  });
}

}  // namespace
}  // namespace dovetail
