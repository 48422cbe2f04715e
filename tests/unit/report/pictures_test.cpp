// Traces, ranks and histograms against direct computation.
#include "dovetail/report/pictures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/distributions.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::report {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::vector<double> uniforms(std::size_t n, std::uint64_t index = 0) {
  Rng rng({test::seed_from_name(index), Purpose::test, ItemId(0), Step(1)});
  std::vector<double> values(n);
  for (double& value : values) value = rng.uniform();
  return values;
}

TEST(Outline, IsTheChainItselfWhereItIsShort) {
  const std::vector<double> chain{3, 1, 2};
  EXPECT_EQ(outline(chain, 4), chain);
  EXPECT_TRUE(outline({}, 4).empty());
}

TEST(Outline, HasTheLeastAndTheGreatestOfEachStretchInTheirOrder) {
  const std::vector<double> chain{5, 1, 3, /**/ 2, 8, 4, /**/ 7, 7, 7};
  EXPECT_EQ(outline(chain, 6), (std::vector<double>{5, 1, 2, 8, 7, 7}));
}

TEST(Outline, LosesNoExcursionWhateverTheLength) {
  for (const std::size_t n : {21U, 100U, 997U, 5000U}) {
    std::vector<double> chain = uniforms(n, n);
    for (const std::size_t at : {std::size_t{0}, n / 3, n - 1}) {
      const double before = chain[at];
      for (const double far : {9.0, -9.0}) {
        chain[at] = far;
        const auto line = outline(chain, 20);
        ASSERT_EQ(line.size(), 20U);
        EXPECT_EQ(std::count(line.begin(), line.end(), far), 1) << n << " draws, at " << at;
      }
      chain[at] = before;
    }
  }
}

TEST(Outline, LeavesWhatIsNotThereOut) {
  const std::vector<double> chain{kNone, 4, 2, /**/ kNone, kNone, kNone};
  const auto line = outline(chain, 4);
  EXPECT_EQ(line[0], 4);
  EXPECT_EQ(line[1], 2);
  EXPECT_TRUE(std::isnan(line[2]) && std::isnan(line[3]));
}

TEST(RankCounts, AreThoseOfADirectCount) {
  const Chains chains{uniforms(60, 1), uniforms(60, 2), uniforms(60, 3)};
  constexpr std::size_t kBins = 20;  // 180 draws: 9 ranks in each
  const auto counts = rank_counts(chains, kBins);
  for (std::size_t c = 0; c < chains.size(); ++c) {
    std::vector<double> direct(kBins, 0.0);
    for (const double value : chains[c]) {
      std::size_t below = 0;
      for (const auto& other : chains) {
        below +=
            static_cast<std::size_t>(std::count_if(other.begin(), other.end(), [&](double v) { return v < value; }));
      }
      direct[below / 9] += 1;
    }
    for (std::size_t b = 0; b < kBins; ++b) EXPECT_NEAR(counts[c][b], direct[b], 1e-9) << c << " " << b;
  }
}

TEST(RankCounts, OfAChainAddUpToItsDraws) {
  Chains chains{uniforms(37, 1), uniforms(37, 2)};
  chains[1][5] = kNone;
  const auto counts = rank_counts(chains, 20);
  double first = 0, second = 0;
  for (std::size_t b = 0; b < 20; ++b) {
    first += counts[0][b];
    second += counts[1][b];
  }
  EXPECT_NEAR(first, 37, 1e-9);
  EXPECT_NEAR(second, 36, 1e-9);
}

// Two chains with the same values: whatever the ties, each has half of every range.
TEST(RankCounts, AreEvenForEqualChainsOfWholeNumbers) {
  std::vector<double> chain;
  for (int i = 0; i < 100; ++i) chain.push_back(i % 3);
  for (const auto& of_chain : rank_counts({chain, chain}, 20)) {
    for (const double count : of_chain) EXPECT_NEAR(count, 5, 1e-9);
  }
}

TEST(RankCounts, ShowAChainThatLiesAboveTheOther) {
  const auto counts = rank_counts({{1, 2, 3, 4}, {5, 6, 7, 8}}, 4);
  EXPECT_EQ(counts[0], (std::vector<double>{2, 2, 0, 0}));
  EXPECT_EQ(counts[1], (std::vector<double>{0, 0, 2, 2}));
}

double area(const Histogram& found, std::size_t chain) {
  double sum = 0;
  for (const double height : found.heights[chain]) sum += height * found.width;
  return sum;
}

TEST(Histograms, HoldTheSharesOfADirectCount) {
  const Chains chains{uniforms(500, 1), uniforms(500, 2)};
  const Histogram found = histogram(chains, 50);
  ASSERT_GE(found.heights[0].size(), 10U);
  ASSERT_LE(found.heights[0].size(), 50U);
  EXPECT_EQ(found.outside, 0);
  EXPECT_FALSE(found.whole_numbers);
  for (std::size_t c = 0; c < 2; ++c) {
    EXPECT_NEAR(area(found, c), 1, 1e-12);
    for (std::size_t b = 0; b + 1 < found.heights[c].size(); ++b) {
      const double low = found.low + static_cast<double>(b) * found.width;
      const auto inside = std::count_if(chains[c].begin(), chains[c].end(),
                                        [&](double v) { return v >= low && v < low + found.width; });
      EXPECT_NEAR(found.heights[c][b] * found.width * 500, static_cast<double>(inside), 1.5);  // rounding at both edges
    }
  }
}

TEST(Histograms, GiveEachWholeNumberARange) {
  const Histogram found = histogram({{3, 3, 4, 6}, {3, 6, 6, 6}}, 50);
  EXPECT_TRUE(found.whole_numbers);
  EXPECT_EQ(found.low, 2.5);
  EXPECT_EQ(found.width, 1);
  EXPECT_EQ(found.heights[0], (std::vector<double>{0.5, 0.25, 0, 0.25}));
  EXPECT_EQ(found.heights[1], (std::vector<double>{0.25, 0, 0, 0.75}));
}

// Four draws of a thousand lie a thousand widths away. The picture ends at the 99.5 % quantile, place 994.005 from 0 in
// the order of draws, so that five are left out, and the share is said.
TEST(Histograms, AreNotSquashedByWhatLiesFarOut) {
  std::vector<double> chain = uniforms(1000);
  for (std::size_t i = 0; i < 4; ++i) chain[250 * i] = 1000;
  const Histogram found = histogram({chain}, 50);
  EXPECT_LT(found.low + static_cast<double>(found.heights[0].size()) * found.width, 2);
  EXPECT_NEAR(found.outside, 0.005, 1e-12);
  EXPECT_NEAR(area(found, 0), 0.995, 1e-12);
}

TEST(Histograms, OfEqualDrawsAndOfNoneAreStillSome) {
  const Histogram equal = histogram({{0.25, 0.25, 0.25}}, 50);
  EXPECT_NEAR(area(equal, 0), 1, 1e-12);
  const Histogram none = histogram({{kNone, kNone}}, 50);
  EXPECT_EQ(none.width, 0);
  EXPECT_EQ(none.heights.size(), 1U);
}

TEST(EvenlySpaced, TakesAllOrAsManyAsAreWanted) {
  EXPECT_EQ(evenly_spaced(3, 5), (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(evenly_spaced(10, 4), (std::vector<std::size_t>{0, 2, 5, 7}));
  EXPECT_TRUE(evenly_spaced(0, 4).empty());
}

}  // namespace
}  // namespace dovetail::report
