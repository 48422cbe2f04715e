// The lane rule against its own words: a plain loop over eight lanes, bit for bit.
#include "dovetail/math/sums.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::math {
namespace {

std::uint64_t bits(double x) { return std::bit_cast<std::uint64_t>(x); }

template <class Term>
double by_the_rule(std::size_t n, Term&& term) {
  std::array<double, 8> lane{};
  for (std::size_t i = 0; i < n; ++i) lane[i % 8] += term(i);
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

// Sizes and signs differ, so that every other order of addition rounds differently somewhere.
std::vector<double> numbers(std::size_t n, std::uint64_t index) {
  Rng rng({test::seed_from_name(index), Purpose::test, ItemId(0), Step(n)});
  std::vector<double> x(n);
  for (double& value : x) {
    const double size = std::ldexp(1.0, static_cast<int>(rng.bits64() >> 60));
    value = (rng.uniform() - 0.5) * size;
  }
  return x;
}

TEST(Sums, FollowTheLaneRuleBitForBit) {
  for (std::size_t n = 0; n <= 100; ++n) {
    const auto x = numbers(n, 0);
    const auto y = numbers(n, 1);
    EXPECT_EQ(bits(sum(x)), bits(by_the_rule(n, [&](std::size_t i) { return x[i]; }))) << n;
    EXPECT_EQ(bits(dot(x, y)), bits(by_the_rule(n, [&](std::size_t i) { return x[i] * y[i]; }))) << n;
    EXPECT_EQ(bits(sum_of_squares(x)), bits(by_the_rule(n, [&](std::size_t i) { return x[i] * x[i]; }))) << n;
    const auto term = [&](std::size_t i) { return (x[i] - 0.3) * y[i] + 1; };
    EXPECT_EQ(bits(sum_lanes(n, term)), bits(by_the_rule(n, term))) << n;
  }
}

// Control: the comparison above must be able to see another order.
TEST(Sums, InPlainOrderDiffer) {
  int different = 0;
  for (std::size_t n = 0; n <= 100; ++n) {
    const auto x = numbers(n, 0);
    double plain = 0;
    for (const double value : x) plain += value;
    different += bits(plain) != bits(sum(x)) ? 1 : 0;
  }
  EXPECT_GT(different, 50);
}

TEST(Sums, KeepZerosInfinitiesAndNaN) {
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(bits(sum(std::vector<double>{})), bits(0.0));
  EXPECT_EQ(bits(sum(std::vector<double>{-0.0})), bits(0.0));
  EXPECT_EQ(sum(std::vector<double>(11, inf)), inf);
  EXPECT_NE(sum(std::vector<double>{inf, 0, -inf}), sum(std::vector<double>{inf, 0, -inf}));
}

TEST(Sums, ReadEveryTermOnceAndInNoOtherPlace) {
  for (std::size_t n = 0; n < 30; ++n) {
    std::vector<int> reads(n);
    (void)sum_lanes(n, [&](std::size_t i) {
      ++reads.at(i);
      return 1.0;
    });
    EXPECT_EQ(reads, std::vector<int>(n, 1));
  }
}

}  // namespace
}  // namespace dovetail::math
