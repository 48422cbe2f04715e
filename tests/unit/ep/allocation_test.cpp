// Draws go where they take away most noise for what they cost.
#include "dovetail/ep/allocation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace dovetail::ep {
namespace {

constexpr std::uint64_t kEven = 1000;
const DrawLimits kFree = {1, 1000000, 1};

double cost_of(const std::vector<Effort>& sites, const std::vector<std::uint64_t>& draws) {
  double sum = 0;
  for (std::size_t k = 0; k < sites.size(); ++k) sum += sites[k].cost * static_cast<double>(draws[k]);
  return sum;
}

double noise_of(const std::vector<Effort>& sites, const std::vector<std::uint64_t>& draws) {
  double sum = 0;
  for (std::size_t k = 0; k < sites.size(); ++k) {
    sum += sites[k].noise * static_cast<double>(sites[k].draws) / static_cast<double>(draws[k]);
  }
  return sum;
}

TEST(Allocation, IsWhereMovingDrawsHelpsNobody) {
  const std::vector<Effort> sites = {{1000, 0.002, 30}, {1000, 0.001, 30}, {1400, 0.0016, 90}, {1100, 0.0025, 20}};
  const auto draws = allocate(sites, kEven, kFree);
  EXPECT_NEAR(cost_of(sites, draws), kEven * (30 + 30 + 90 + 20), 30 + 30 + 90 + 20);  // rounded up
  // d(v / n) / dn over c is the same at every site: Lagrange's condition.
  const auto gain = [&](std::size_t k) {
    const auto n = static_cast<double>(draws[k]);
    return sites[k].noise * static_cast<double>(sites[k].draws) / (n * n * sites[k].cost);
  };
  for (std::size_t k = 1; k < sites.size(); ++k) EXPECT_NEAR(gain(k) / gain(0), 1, 0.01) << k;
  EXPECT_LT(noise_of(sites, draws), noise_of(sites, {kEven, kEven, kEven, kEven}));
}

/// One hard site among 64 easy ones: at the noise that even draws reach, less than half of their cost.
TEST(Allocation, OneHardSiteCostsLessThanHalfOfEvenDraws) {
  std::vector<Effort> sites(64, {kEven, 1e-5, 30});
  sites.push_back({kEven, 1e-2, 30});
  const std::vector<Effort> first = sites;
  const double wanted = noise_of(first, std::vector<std::uint64_t>(first.size(), kEven));
  std::vector<std::uint64_t> draws(sites.size(), kEven);
  for (int round = 0; round < 6; ++round) {  // draws at most double in a round
    draws = allocate(sites, kEven / 4, {50, 100000, 4});
    for (std::size_t k = 0; k < sites.size(); ++k) {
      sites[k].noise = first[k].noise * kEven / static_cast<double>(draws[k]);
      sites[k].draws = draws[k];
      EXPECT_GE(draws[k], 50U);
    }
  }
  EXPECT_LE(noise_of(first, draws), wanted);
  EXPECT_LT(cost_of(first, draws), 0.5 * cost_of(first, std::vector<std::uint64_t>(first.size(), kEven)));
}

TEST(Allocation, LeavesASiteAsItWasWhereItsFiguresOverflow) {
  const std::vector<Effort> sound = {{1000, 0.002, 30}, {1000, 0.001, 30}};
  const auto alone = allocate(sound, kEven, kFree);
  for (const Effort& liar : {Effort{1400, 1e307, 30}, Effort{1400, 1e200, 1e200}}) {
    auto sites = sound;
    sites.push_back(liar);
    EXPECT_EQ(allocate(sites, kEven, kFree), (std::vector<std::uint64_t>{alone[0], alone[1], 1400}));
  }
  EXPECT_EQ(allocate({{1400, 1e-307, 1e307}}, kEven, kFree), (std::vector<std::uint64_t>{1400}));
}

TEST(Allocation, ChangesByAFactorOfTwoAtMostAndKeepsItsLimits) {
  const std::vector<Effort> sites = {{1000, 1e-9, 1}, {1000, 1, 1}, {100, 1, 1}, {1000, 0, 1}, {1000, 1, 0}};
  const auto draws = allocate(sites, kEven, {60, 150, 4});
  EXPECT_EQ(draws, (std::vector<std::uint64_t>{500, 500, 152, 1000, 1000}));
  const std::vector<Effort> hard = {{1000, 1, 1}, {1000, 1e-9, 1}, {1000, 1e-9, 1}};  // nearly all for the first
  EXPECT_EQ(allocate(hard, kEven, {600, 5000, 4}), (std::vector<std::uint64_t>{2000, 600, 600}));
  EXPECT_TRUE(allocate({}, kEven, kFree).empty());
}

}  // namespace
}  // namespace dovetail::ep
