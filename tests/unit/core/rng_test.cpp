// Known answers and addressing of the keyed generator.
#include "dovetail/core/rng.hpp"

#include <gtest/gtest.h>

#include <set>

namespace dovetail {
namespace {

using Block = std::array<std::uint32_t, 4>;

// Random123 1.14, examples/kat_vectors, philox4x32 with 10 rounds: zeros, ones, digits of pi.
TEST(Rng, MatchesRandom123sKnownAnswers) {
  EXPECT_EQ(philox4x32_10({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32_10({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}), (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Rng, EveryCoordinateOfTheKeyNamesAnotherStream) {
  std::set<std::uint64_t> first;
  for (const StreamKey& key :
       {StreamKey{1, Purpose::kernel, ItemId(0), Step(0)}, StreamKey{2, Purpose::kernel, ItemId(0), Step(0)},
        StreamKey{1ULL << 32, Purpose::kernel, ItemId(0), Step(0)}, StreamKey{1, Purpose::swap, ItemId(0), Step(0)},
        StreamKey{1, Purpose::kernel, ItemId(1), Step(0)}, StreamKey{1, Purpose::kernel, ItemId(0), Step(1)},
        StreamKey{1, Purpose::kernel, ItemId(0), Step(1ULL << 32)}}) {
    first.insert(Rng(key).bits64());
  }
  EXPECT_EQ(first.size(), 7U);
}

TEST(Rng, TheSameKeyGivesTheSameStream) {
  Rng a({7, Purpose::test, ItemId(3), Step(9)});
  Rng b({7, Purpose::test, ItemId(3), Step(9)});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.bits32(), b.bits32());
  EXPECT_EQ(a.words_drawn(), 100U);
}

TEST(Rng, UniformsLieInTheirIntervals) {
  Rng rng({7, Purpose::test, ItemId(0), Step(0)});
  for (int i = 0; i < 10000; ++i) {
    const double u = rng.uniform();
    EXPECT_TRUE(u >= 0 && u < 1);
    const double v = rng.uniform_open();
    EXPECT_TRUE(v > 0 && v < 1);
  }
}

}  // namespace
}  // namespace dovetail
