// Sites with known likelihoods, whose expectation propagation is exact.
#include "dovetail/ep/sites.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "dovetail/core/rng.hpp"
#include "dovetail/ep/estimate.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::ep {
namespace {

constexpr double kExact = 1e-12;
constexpr double kLogTwoPi = 1.8378770664093454836;

struct Observation {
  double y, sd;
};
const std::vector<Observation> kFour = {{0.3, 1}, {-1.2, 2}, {0.9, 0.5}, {2.0, 1.5}};
const Natural kPrior{{0.25}, {0}};  // N(0, 4)

/// The factor of rows y ~ N(x, sd^2), by Laplace at any point.
Natural normal_site(const std::vector<Observation>& rows, double at) {
  double gradient = 0, curvature = 0;
  for (const auto& [y, sd] : rows) {
    gradient += (y - at) / (sd * sd);
    curvature += 1 / (sd * sd);
  }
  return laplace_site(std::vector{at}, std::vector{gradient}, std::vector{curvature});
}

std::vector<std::optional<Natural>> wanted(const std::vector<Natural>& targets) {
  return {targets.begin(), targets.end()};
}

/// log of the mean of N(y; x, sd^2)^power over the cavity, which is normal.
double log_tilted(const Natural& others, const Observation& row, double power) {
  const Normal normal = *normal_of(others);
  const double spread = row.sd * row.sd / power + normal.covariance[0];
  const double away = row.y - normal.mean[0];
  return -0.5 * (kLogTwoPi + math::log(spread) + away * away / spread) +
         0.5 * (kLogTwoPi + math::log(row.sd * row.sd / power)) -
         0.5 * power * (kLogTwoPi + math::log(row.sd * row.sd));
}

TEST(Sites, NormalNormalIsExactInOneRoundForAnyPartition) {
  const std::vector<std::vector<std::vector<Observation>>> partitions = {
      {kFour},
      {{kFour[0], kFour[2]}, {kFour[1], kFour[3]}},
      {{kFour[3]}, {kFour[0], kFour[1], kFour[2]}},
      {{kFour[0]}, {kFour[1]}, {kFour[2]}, {kFour[3]}}};
  for (const auto& partition : partitions) {
    std::vector<Natural> targets;
    for (std::size_t k = 0; k < partition.size(); ++k) {
      targets.push_back(normal_site(partition[k], static_cast<double>(k)));
    }
    const std::vector<Natural> start(targets.size(), flat(1));
    const Move move = move_sites(kPrior, start, wanted(targets), 1, 1);
    EXPECT_EQ(move.step, 1);
    EXPECT_FALSE(move.cut);
    const auto posterior = normal_of(move.global);
    ASSERT_TRUE(posterior);
    EXPECT_NEAR(posterior->mean[0], 0.7551401869158878, kExact);
    EXPECT_NEAR(std::sqrt(posterior->covariance[0]), 0.41015155621479793, kExact);
  }
}

TEST(Sites, NormalNormalEvidenceIsExactAtEveryPower) {
  for (const double power : {1.0, 0.5}) {
    std::vector<Natural> sites;
    for (const auto& row : kFour) sites.push_back(normal_site({row}, 0));
    const Natural global = combine(kPrior, sites);
    std::vector<double> logs;
    for (std::size_t k = 0; k < sites.size(); ++k) {
      logs.push_back(log_tilted(cavity(global, sites[k], power), kFour[k], power));
    }
    EXPECT_NEAR(*log_evidence(kPrior, sites, logs, power), -6.704613651358455, kExact);
  }
}

TEST(Sites, RowsAreCountedOnceHoweverOftenTheyAreSent) {
  // Each row has precision 1: the posterior's is that of the prior and the number of rows, exactly.
  const Natural prior{{1}, {0}};
  const std::vector<double> rows = {7, 1, 30, 12};
  std::vector<Natural> sites(rows.size(), flat(1));
  std::vector<std::optional<Natural>> targets;
  double total = 1;
  for (const double count : rows) {
    targets.emplace_back(Natural{{count}, {2 * count}});
    total += count;
  }
  for (int repeat = 0; repeat < 5; ++repeat) {
    const Move move = move_sites(prior, sites, targets, 1, 1);
    sites = move.sites;
    EXPECT_EQ(move.global.precision[0], total);
    EXPECT_EQ(move.global.shift[0], 2 * (total - 1));
  }
  // A site whose data have grown replaces its factor; one that does not answer keeps its own.
  targets = {std::nullopt, Natural{{3}, {6}}, std::nullopt, std::nullopt};
  const Move grown = move_sites(prior, sites, targets, 1, 1);
  EXPECT_EQ(grown.global.precision[0], total + 2);
}

TEST(Sites, AStepGoesThatShareOfTheWay) {
  const Natural from{{2}, {4}};
  const Natural to{{10}, {0}};
  EXPECT_EQ(step_towards(from, to, 0.25), (Natural{{4}, {3}}));
  EXPECT_EQ(step_towards(from, to, 1), to);
}

TEST(Sites, DampedRoundsApproachTheSamePlace) {
  std::vector<Natural> sites(kFour.size(), flat(1));
  std::vector<Natural> targets;
  for (const auto& row : kFour) targets.push_back(normal_site({row}, 1));
  for (int round = 0; round < 60; ++round) sites = move_sites(kPrior, sites, wanted(targets), 1, 0.5).sites;
  EXPECT_NEAR(normal_of(combine(kPrior, sites))->mean[0], 0.7551401869158878, kExact);
}

TEST(Sites, CavityIsThePosteriorWithoutTheSite) {
  const Natural a{{3}, {1}}, b{{5}, {-1}};
  const Natural global = combine(kPrior, {a, b});
  EXPECT_EQ(cavity(global, a, 1), combine(kPrior, {b}));
  EXPECT_EQ(cavity(global, a, 0.5), (Natural{{0.25 + 1.5 + 5}, {0.5 - 1}}));
}

TEST(SafeStep, LeavesATenthInEveryDirection) {
  const Natural at{{4, 0, 0, 1}, {0, 0}};
  EXPECT_EQ(safe_step(at, {{1, 0, 0, 1}, {0, 0}}, 0.7), 0.7);
  EXPECT_NEAR(safe_step(at, {{-8, 0, 0, 0}, {0, 0}}, 1), 0.45, kExact);
  EXPECT_NEAR(safe_step(at, {{0, 0, 0, -9}, {0, 0}}, 1), 0.1, kExact);
  EXPECT_EQ(safe_step({{-1}, {0}}, {{1}, {0}}, 1), 0);
  EXPECT_EQ(safe_step({{1}, {0}}, {{std::nan("")}, {0}}, 1), 0);
}

TEST(SafeStep, KeepsEveryCavityProperWhereTheWholeWouldBe) {
  // Site 0 loses more than all the others have: the whole stays proper, thanks to site 1, whose cavity would not.
  const Natural prior{{1}, {0}};
  const std::vector<Natural> sites = {{{4}, {0}}, {{1}, {0}}};
  const Move move = move_sites(prior, sites, wanted({{{-2}, {0}}, {{4}, {0}}}), 1, 1);
  EXPECT_TRUE(move.cut);
  EXPECT_NEAR(move.step, 0.75, kExact);  // cavity of site 1: 5 - 6 step = 5 / 10
  EXPECT_GT(cavity(move.global, move.sites[1], 1).precision[0], 0);
}

TEST(SafeStep, NothingMovesWhereATargetIsNoNumber) {
  const std::vector<Natural> sites = {{{1}, {0}}, {{1}, {0}}};
  const Move move = move_sites(kPrior, sites, wanted({{{std::nan("")}, {0}}, {{2}, {0}}}), 1, 1);
  EXPECT_EQ(move.step, 0);
  EXPECT_EQ(move.sites, sites);
}

}  // namespace
}  // namespace dovetail::ep
