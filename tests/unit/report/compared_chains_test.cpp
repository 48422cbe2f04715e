// How chains are compared, against direct computation and closed forms.
#include "dovetail/report/compared_chains.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <span>

#include "dovetail/core/rng.hpp"
#include "dovetail/diagnose/ess.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::report {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
using Places = std::vector<std::size_t>;

TEST(FurthestChains, LieFurthestFromTheMeanOfAllInTheirOrder) {
  const Chains chains{{0, 0}, {4, 6}, {1, 1, kNone}, {-9}};  // means 0, 5, 1, -9, of all -0.75
  EXPECT_EQ(furthest_chains(chains, 1), (Places{3}));
  EXPECT_EQ(furthest_chains(chains, 2), (Places{1, 3}));
  EXPECT_EQ(furthest_chains(chains, 3), (Places{1, 2, 3}));
  EXPECT_EQ(furthest_chains(chains, 9), (Places{0, 1, 2, 3}));
}

TEST(HalvesOfAChain, LeaveTheMiddleDrawOut) {
  EXPECT_EQ(halves_of({1, 2, 3, 4}), (Chains{{1, 2}, {3, 4}}));
  EXPECT_EQ(halves_of({1, 2, 3, 4, 5}), (Chains{{1, 2}, {4, 5}}));
}

TEST(EffectiveByChain, IsTheMeanOfChainsByThemselvesHoweverTheyDisagree) {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(1)});
  Chains chains(2, std::vector<double>(400));
  for (double& value : chains[0]) value = rng.uniform();
  for (double& value : chains[1]) value = 100 + rng.uniform();
  double sum = 0;
  for (const auto& chain : chains) {
    const std::span<const double> only[] = {chain};
    sum += diagnose::ess_bulk({only, 1, 0}).optional().value();
  }
  EXPECT_DOUBLE_EQ(effective_by_chain(chains).value(), sum / 2);
  EXPECT_GT(sum / 2, 200);
  EXPECT_FALSE(effective_by_chain({{1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2}}));
}

/// The ranks of a chain are drawn from those of all without replacement, a range holding one in `bins` of them.
TEST(RankCountSd, IsThatOfTheHypergeometricLaw) {
  constexpr double kDraws = 1000;
  for (const std::size_t chains : {2U, 4U, 10U}) {
    constexpr std::size_t kBins = 20;
    const double all = kDraws * static_cast<double>(chains);
    const double share = 1.0 / kBins;
    const double variance = kDraws * share * (1 - share) * (all - kDraws) / (all - 1);
    EXPECT_NEAR(rank_count_sd(kDraws, kDraws, chains, kBins) / std::sqrt(variance), 1, 1 / all) << chains;
    EXPECT_DOUBLE_EQ(rank_count_sd(kDraws, kDraws / 4, chains, kBins),
                     2 * rank_count_sd(kDraws, kDraws, chains, kBins));
  }
}

TEST(EnergyMoves, AreDifferencesWithinChainsAndDistancesFromTheMeanOfAll) {
  const auto moves = energy_moves({{1, 2, 4}, {0, kNone, 3}}).value();  // mean 2
  EXPECT_EQ(moves.centred, (std::vector<double>{-1, 0, 2, -2, 1}));
  EXPECT_EQ(moves.differences, (std::vector<double>{1, 2}));
  EXPECT_FALSE(energy_moves({{1, 2}, {kNone}}));
}

}  // namespace
}  // namespace dovetail::report
