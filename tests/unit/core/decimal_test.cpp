// Doubles as decimal text and back.
#include "dovetail/core/decimal.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "dovetail/core/rng.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

TEST(Shortest, ReadsBackAsTheSameBits) {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  for (int i = 0; i < 100'000; ++i) {
    const double value = std::bit_cast<double>(rng.bits64());
    if (std::isnan(value)) continue;
    const auto back = parse_number(shortest(value));
    ASSERT_TRUE(back.has_value()) << shortest(value);
    ASSERT_EQ(std::bit_cast<std::uint64_t>(*back), std::bit_cast<std::uint64_t>(value)) << shortest(value);
  }
}

TEST(Shortest, IsWhatThePagePromises) {
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(-0.0), "-0");
  EXPECT_EQ(shortest(1e22), "1e+22");
  EXPECT_EQ(shortest(5e-324), "5e-324");
  EXPECT_EQ(shortest(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(shortest(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(shortest(std::bit_cast<double>(0xFFF8000000000001ULL)), "nan");
}

TEST(ParseNumber, TakesWholeNumbersOnly) {
  for (const char* text : {"", " 1", "1 ", "1,5", "0x10", "1e", "--1", "1.2.3", "1e400"}) {
    EXPECT_FALSE(parse_number(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace dovetail
