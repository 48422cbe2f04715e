// Known answers and addressing of the keyed generator.
#include "dovetail/core/rng.hpp"

#include <gtest/gtest.h>

#include <cmath>
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

// The stream is computed four blocks at a time by other code than philox4x32_10: Random123 is the judge of both.
TEST(Rng, StreamsAreRandom123sBlocksInOrderOfTheLayout) {
  for (const std::uint64_t seed : {0ULL, 1ULL, 0xffffffffffffffffULL, 0x9e3779b97f4a7c15ULL}) {
    for (const std::uint32_t item : {0U, 1U, 0x80000000U, 0xffffffffU}) {
      for (const std::uint64_t step : {0ULL, 5ULL, 0xffffffffULL, 0x100000000ULL, 0xffffffffffffULL}) {
        Rng rng({seed, Purpose::outputs, ItemId(item), Step(step)});
        for (std::uint32_t block = 0; block < 21; ++block) {
          const Block expected = philox4x32_10(
              {block, static_cast<std::uint32_t>(step), item,
               static_cast<std::uint32_t>(Purpose::outputs) << 16 | static_cast<std::uint32_t>(step >> 32)},
              {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
          for (const std::uint32_t word : expected) ASSERT_EQ(rng.bits32(), word) << "block " << block;
        }
      }
    }
  }
}

TEST(Rng, SixtyFourBitsAreTwoWordsHighFirstWhereverTheyStart) {
  for (const int skipped : {0, 1, 2, 15}) {
    Rng words({7, Purpose::test, ItemId(3), Step(9)});
    Rng pairs({7, Purpose::test, ItemId(3), Step(9)});
    for (int i = 0; i < skipped; ++i) EXPECT_EQ(words.bits32(), pairs.bits32());
    for (int i = 0; i < 40; ++i) {
      const std::uint64_t high = words.bits32();
      const std::uint64_t low = words.bits32();
      EXPECT_EQ(pairs.bits64(), high << 32 | low);
      EXPECT_EQ(pairs.words_drawn(), static_cast<std::uint64_t>(skipped + 2 * (i + 1)));
    }
  }
}

TEST(Rng, UniformsAreTheirWordsByTheDocumentedRule) {
  Rng words({8, Purpose::test, ItemId(0), Step(0)});
  Rng closed({8, Purpose::test, ItemId(0), Step(0)});
  Rng open({8, Purpose::test, ItemId(0), Step(0)});
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t word = words.bits64();
    EXPECT_EQ(closed.uniform(), std::ldexp(static_cast<double>(word >> 11), -53));
    EXPECT_EQ(open.uniform_open(), std::ldexp(static_cast<double>(2 * (word >> 12) + 1), -53));
  }
  // The ends of the open interval's grid, which no test will ever draw, are inside it and mirror each other.
  EXPECT_EQ(std::ldexp(2.0 * ((1ULL << 52) - 1) + 1, -53), 1 - std::ldexp(1.0, -53));
}

TEST(Rng, AFreshStreamHasDrawnNothing) { EXPECT_EQ(Rng({1, Purpose::test, ItemId(0), Step(0)}).words_drawn(), 0U); }

TEST(RngDeathTest, AStepBeyondTheLayoutIsABug) {
  EXPECT_EXIT(Rng({1, Purpose::test, ItemId(0), Step(1ULL << 48)}), testing::ExitedWithCode(1), "requirement");
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
