// Integer proposals: cell probabilities, Hastings terms and detailed balance by enumeration, against the normal
// distribution function of the standard library.
#include "dovetail/kernel/proposal/discrete.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "chain.hpp"
#include "tests/support/goodness_of_fit.hpp"

namespace dovetail::test {
namespace {

/// Mass of N(0, s^2) on [a, b]; by erf, which keeps its digits where s is wide.
double mass(double a, double b, double s) {
  return 0.5 * (std::erf(b / s / std::numbers::sqrt2) - std::erf(a / s / std::numbers::sqrt2));
}

/// P(m) of an unbounded jump by m.
double cell(double m, double s, bool nearest) {
  if (nearest) return mass(m - 0.5, m + 0.5, s);
  return m == 0 ? 0 : mass(std::fabs(m) - 1, std::fabs(m), s);
}

/// q(j|i) on lower..upper, row by row: the cells within the bounds, made to add up to 1. Of two values the one that
/// cannot stay by rounding stays at every fourth jump.
std::vector<double> transition(double lower, double upper, double s, bool nearest) {
  if (upper - lower == 1 && !nearest) return {0.25, 0.75, 0.75, 0.25};
  std::vector<double> q;
  for (double i = lower; i <= upper; ++i) {
    double sum = 0;
    for (double j = lower; j <= upper; ++j) sum += cell(j - i, s, nearest);
    for (double j = lower; j <= upper; ++j) q.push_back(cell(j - i, s, nearest) / sum);
  }
  return q;
}

struct Setting {
  double lower, upper, scale;
  bool nearest;
};
const std::vector<Setting> kSettings{{0, 5, 1, false},   {0, 5, 1, true},    {0, 3, 2.5, false}, {0, 3, 0.6, true},
                                     {-7, 4, 3, false},  {-7, 4, 30, true},  {2, 3, 0.2, false}, {2, 3, 1, true},
                                     {0, 9, 1e6, false}, {0, 9, 0.15, false}};

ProposalSpec bounded(std::vector<std::string> names, std::vector<double> scales, bool nearest) {
  return spec("bounded_discrete", std::move(names), {{"scale", std::move(scales)}},
              {{"rounding", nearest ? "nearest" : "exclusive"}, {"adapt", "none"}});
}

TEST(BoundedDiscrete, JumpsFollowTheCellsWithinTheBounds) {
  constexpr std::size_t kDraws = 20000;
  for (const Setting& s : kSettings) {
    Jumps jumps(bounded({"k"}, {s.scale}, s.nearest), {integer("k", s.lower, s.upper)});
    const auto n = static_cast<std::size_t>(s.upper - s.lower + 1);
    const std::vector<double> q = transition(s.lower, s.upper, s.scale, s.nearest);
    for (std::size_t i = 0; i < n; ++i) {
      std::vector<std::int64_t> counts(n);
      std::vector<double> to;
      for (std::size_t draw = 0; draw < kDraws; ++draw) {
        jumps.from({s.lower + static_cast<double>(i)}, to);
        ++counts[static_cast<std::size_t>(to[0] - s.lower)];
      }
      for (std::size_t j = 0; j < n; ++j) {  // false alarms: 69 rows of up to 12 cells
        const double p = q[i * n + j];
        const double bound = 6.5 * std::sqrt(p * (1 - p) / kDraws) + 30.0 / kDraws;
        EXPECT_NEAR(static_cast<double>(counts[j]) / kDraws, p, bound) << i << " to " << j << ", s " << s.scale;
      }
    }
  }
}

TEST(BoundedDiscrete, HastingsTermsAreThoseOfTheEnumeratedTransitions) {
  for (const Setting& s : kSettings) {
    Jumps jumps(bounded({"k"}, {s.scale}, s.nearest), {integer("k", s.lower, s.upper)});
    const auto n = static_cast<std::size_t>(s.upper - s.lower + 1);
    const std::vector<double> q = transition(s.lower, s.upper, s.scale, s.nearest);
    std::vector<double> to;
    for (std::size_t i = 0; i < n; ++i) {
      for (int draw = 0; draw < 50; ++draw) {
        const double h = jumps.from({s.lower + static_cast<double>(i)}, to);
        const auto j = static_cast<std::size_t>(to[0] - s.lower);
        if (q[i * n + j] > 1e-200 && q[j * n + i] > 1e-200) {
          EXPECT_NEAR(h, std::log(q[j * n + i]) - std::log(q[i * n + j]), 1e-9) << i << " to " << j;
        }
      }
    }
  }
}

// pi_i q(j|i) min(1, r_ij) = pi_j q(i|j) min(1, r_ji) with r_ij = pi_j / pi_i exp(h_ij), for an uneven pi.
TEST(BoundedDiscrete, IsInDetailedBalanceByEnumeration) {
  for (const Setting& s : kSettings) {
    Jumps jumps(bounded({"k"}, {s.scale}, s.nearest), {integer("k", s.lower, s.upper)});
    const auto n = static_cast<std::size_t>(s.upper - s.lower + 1);
    const std::vector<double> q = transition(s.lower, s.upper, s.scale, s.nearest);
    const auto weight = [](std::size_t i) { return 1 + 0.7 * static_cast<double>(i % 3); };
    const auto flow = [&](std::size_t i, std::size_t j) {
      const std::vector<double> from{s.lower + static_cast<double>(i)};
      const std::vector<double> to{s.lower + static_cast<double>(j)};
      const double h = jumps.block.proposal->hastings_alone(0, from, to, jumps.block.start);
      return weight(i) * q[i * n + j] * std::min(1.0, weight(j) / weight(i) * std::exp(h));
    };
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < i; ++j) EXPECT_NEAR(flow(i, j), flow(j, i), 1e-12) << i << " and " << j;
    }
  }
}

/// Frequencies of a chain that starts afresh in the law, after 3 steps.
void expect_flat(const std::vector<ProposalSpec>& specs, const std::vector<Coordinate>& coordinates) {
  constexpr std::uint32_t kStarts = 100000;
  const SimplePath path(coordinates, flat);
  Chain chain(path, specs, std::vector<double>(coordinates.size(), coordinates[0].lower));
  std::vector<std::vector<std::int64_t>> counts;
  for (const Coordinate& c : coordinates) counts.emplace_back(static_cast<std::size_t>(c.upper - c.lower + 1));
  for (std::uint32_t start = 0; start < kStarts; ++start) {
    Rng rng({chain.seed, Purpose::initial_point, ItemId(start), Step(0)});
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
      const auto& c = coordinates[i];
      chain.state.x[i] = std::floor(c.lower + (c.upper - c.lower + 1) * rng.uniform());
    }
    for (int t = 0; t < 3; ++t) chain.step();
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
      ++counts[i][static_cast<std::size_t>(chain.state.x[i] - coordinates[i].lower)];
    }
  }
  for (const auto& count : counts) {
    const std::vector<double> even(count.size(), 1.0 / static_cast<double>(count.size()));
    expect_frequencies(count, even, kAlpha / static_cast<double>(counts.size()));
  }
}

// EPSIE leaves the half cells out of the normaliser: a flat target on 0..5 comes out 0.25, 0.13, 0.12, 0.12, 0.13,
// 0.25.
TEST(BoundedDiscrete, EpsieDefectJ_AFlatTargetComesOutFlat) {
  for (const bool nearest : {false, true}) {
    expect_flat({bounded({"k"}, {1}, nearest)}, {integer("k", 0, 5)});
    expect_flat({bounded({"k"}, {1}, nearest)}, {integer("k", 0, 3)});
  }
}

// EPSIE shares one table of masses between coordinates of unequal scales: the same call has two answers.
TEST(BoundedDiscrete, EpsieDefectK_UnequalScalesDoNotShareACache) {
  const std::vector<Coordinate> coordinates{integer("a", 0, 5), integer("b", 0, 5), integer("c", 0, 3)};
  expect_flat({bounded({"a", "b", "c"}, {0.7, 3, 1.5}, false)}, coordinates);
  Jumps both(bounded({"a", "b"}, {0.7, 3}, false), {coordinates[0], coordinates[1]});
  const std::vector<double> from{0, 0};
  const std::vector<double> to{3, 3};
  for (int again = 0; again < 2; ++again) {
    for (const std::size_t i : {0U, 1U}) {
      Jumps alone(bounded({"k"}, {i == 0 ? 0.7 : 3}, false), {integer("k", 0, 5)});
      EXPECT_EQ(both.block.proposal->hastings_alone(i, from, to, both.block.start),
                alone.block.proposal->hastings_alone(0, {{0}}, {{3}}, alone.block.start));
    }
  }
}

TEST(BoundedDiscrete, AValueWithoutChoiceStaysAndHalfBoundsHold) {
  Jumps up(bounded({"a", "b"}, {2}, false), {integer("a", 4, 4), integer("b", 0)});
  Jumps down(bounded({"c"}, {2}, false), {integer("c", -kInfinity, -1)});
  std::vector<double> to;
  for (int n = 0; n < 2000; ++n) {
    EXPECT_TRUE(std::isfinite(up.from({4, 0}, to)));
    ASSERT_EQ(to[0], 4);
    ASSERT_GE(to[1], 1);  // exclusive: the one integer with a choice never stays
    EXPECT_TRUE(std::isfinite(down.from({-1}, to)));
    ASSERT_LE(to[0], -2);
  }
}

TEST(Discrete, JumpsFollowTheirCellsWithoutHastingsTerm) {
  constexpr std::int64_t kDraws = 200000;
  for (const bool nearest : {false, true}) {
    const double s = 1.3;
    Jumps jumps(spec("discrete", {"k"}, {{"scale", {s}}}, {{"rounding", nearest ? "nearest" : "exclusive"}}),
                {integer("k")});
    std::vector<std::int64_t> counts(9);  // -4..4, the ends for all beyond
    std::vector<double> expected(9);
    std::vector<double> to;
    for (std::int64_t n = 0; n < kDraws; ++n) {
      EXPECT_EQ(jumps.from({-3}, to), 0);
      ++counts[static_cast<std::size_t>(std::clamp(to[0] + 3, -4.0, 4.0) + 4)];
    }
    for (double m = -40; m <= 40; ++m) {
      expected[static_cast<std::size_t>(std::clamp(m, -4.0, 4.0) + 4)] += cell(m, s, nearest);
    }
    expect_frequencies(counts, expected, kAlpha / 2);
  }
}

TEST(Discrete, RefusesValuesBeyondTheBoundsUnseen) {
  const SimplePath path({integer("k", 0, 3)}, [](Point x) {
    EXPECT_TRUE(x[0] >= 0 && x[0] <= 3);
    return 0.0;
  });
  Chain chain(path, {spec("discrete", {"k"}, {{"scale", {3}}})}, {0});
  for (int n = 0; n < 1000; ++n) chain.step();
  EXPECT_LT(chain.record.evaluations, 900U);
  EXPECT_EQ(chain.record.evaluations, path.looks - 1);
}

}  // namespace
}  // namespace dovetail::test
