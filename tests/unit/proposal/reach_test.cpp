// Integer proposals after any adaptation: every state can be reached from every other, at even and at odd steps, by
// enumeration of the states and of the moves that a frozen kernel makes between them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "chain.hpp"
#include "dovetail/kernel/proposal/discrete.hpp"

namespace dovetail::test {
namespace {

constexpr std::size_t kSide = 3;

/// Coupled spins 0 and 1 on a torus of 3 x 3, at the critical coupling of the plane.
double log_ising(Point x) {
  constexpr double kCoupling = 0.44;
  double sum = 0;
  for (std::size_t row = 0; row < kSide; ++row) {
    for (std::size_t column = 0; column < kSide; ++column) {
      const auto spin = [&](std::size_t r, std::size_t c) { return 2 * x[kSide * (r % kSide) + c % kSide] - 1; };
      sum += spin(row, column) * (spin(row + 1, column) + spin(row, column + 1));
    }
  }
  return kCoupling * sum;
}

/// Two values with one between them that has no density, as of spins -1 and 1: most jumps are refused, and adaptation
/// would narrow them for ever.
double log_hole(Point x) { return std::find(x.begin(), x.end(), 1.0) == x.end() ? 0.0 : -kInfinity; }

/// x[0] is nearly always 1, and 0 with the others: adaptation sees that x[0] never moves.
double log_spike(Point x) { return x[0] == 0 ? -9.0 : 0.3 * x[1]; }

std::vector<Coordinate> integers(std::size_t d, double upper) {
  std::vector<Coordinate> coordinates;
  for (std::size_t i = 1; i <= d; ++i) coordinates.push_back(integer("k[" + std::to_string(i) + "]", 0, upper));
  return coordinates;
}

/// All integers between their bounds, in a row.
std::vector<std::vector<double>> states_of(std::span<const Coordinate> coordinates) {
  std::vector<std::vector<double>> states{{}};
  for (const Coordinate& c : coordinates) {
    std::vector<std::vector<double>> longer;
    for (const auto& state : states) {
      for (double k = c.lower; k <= c.upper; ++k) {
        longer.push_back(state);
        longer.back().push_back(k);
      }
    }
    states = std::move(longer);
  }
  return states;
}

std::size_t possible_states(const SimplePath& path) {
  const auto states = states_of(path.coordinates());
  const auto possible = [&](const auto& state) { return path.evaluate(state).energy > -kInfinity; };
  return static_cast<std::size_t>(std::count_if(states.begin(), states.end(), possible));
}

struct Node {
  std::vector<double> state;
  bool odd = false;
  auto operator<=>(const Node&) const = default;
};

/// States times parity of steps that are reached from 0, k, 0, ... with the largest k at an even step, by `moves` steps
/// from each. The law is positive on all states and invariant, so that no state is left for good: what is reached from
/// one is reached from all.
std::size_t reached(Chain& chain, std::size_t moves) {
  std::vector<double> first(chain.path.coordinates().size(), 0);
  first[1] = chain.path.coordinates()[1].upper;
  std::set<Node> found{{first, false}};
  std::vector<Node> open(found.begin(), found.end());
  while (!open.empty()) {
    const Node from = open.back();
    open.pop_back();
    for (std::size_t n = 0; n < moves; ++n) {
      chain.place(from.state);
      chain.step();
      const Node to{chain.state.x, !from.odd};
      if (found.insert(to).second) open.push_back(to);
    }
  }
  return found.size();
}

struct Target {
  const char* name;
  std::size_t integers;
  double upper;
  SimplePath::Log log;
};

const std::vector<Target> kTargets{{"ising", kSide* kSide, 1, log_ising},
                                   {"spike", 3, 1, log_spike},
                                   {"flat", 2, 1, flat},
                                   {"flat_of_three", 2, 2, flat},
                                   {"hole", 3, 2, log_hole}};

struct Case {
  Target target;
  std::string kind, rounding, rule;
  bool in_one_table = true;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Target& target : kTargets) {
    for (const char* kind : {"discrete", "bounded_discrete"}) {
      for (const char* rounding : {"exclusive", "nearest"}) {
        for (const char* rule : {"andrieu_thoms", "none", "veitch", "sivia_skilling", "componentwise"}) {
          all.push_back({target, kind, rounding, rule, true});
        }
        all.push_back({target, kind, rounding, "andrieu_thoms", false});
      }
    }
  }
  return all;
}

class Reach : public ::testing::TestWithParam<Case> {};

TEST_P(Reach, OfTheAdaptedKernelIsEveryState) {
  const Case& c = GetParam();
  constexpr std::uint64_t kWarmUp = 2000;
  const SimplePath path(integers(c.target.integers, c.target.upper), c.target.log);
  std::vector<ProposalSpec> specs;
  const std::map<std::string, std::string> words{{"rounding", c.rounding}, {"adapt", c.rule}};
  if (c.in_one_table) {
    specs.push_back(spec(c.kind, {"k"}, {}, words));
  } else {
    for (const Coordinate& one : path.coordinates()) specs.push_back(spec(c.kind, {one.name}, {}, words));
  }
  Chain chain(path, specs, std::vector<double>(c.target.integers, c.target.upper), kWarmUp);
  for (std::uint64_t t = 0; t < kWarmUp; ++t) chain.adapting_step();
  const std::size_t states = possible_states(path);
  EXPECT_EQ(reached(chain, states > 100 ? 300 : 200000 / states), 2 * states);
}

std::string case_name(const ::testing::TestParamInfo<Case>& info) {
  const Case& c = info.param;
  return c.kind + "_" + c.rounding + "_" + c.rule + "_on_" + c.target.name + (c.in_one_table ? "" : "_in_many_tables");
}

INSTANTIATE_TEST_SUITE_P(Kinds, Reach, ::testing::ValuesIn(cases()), case_name);

TEST(Reach, OfTheDefaultIsEveryState) {
  for (const Target& target : kTargets) {
    const SimplePath path(integers(target.integers, target.upper), target.log);
    Chain chain(path, {}, std::vector<double>(target.integers, target.upper));
    for (int t = 0; t < 1000; ++t) chain.adapting_step();
    const std::size_t states = possible_states(path);
    EXPECT_EQ(reached(chain, states > 100 ? 300 : 200000 / states), 2 * states) << target.name;
  }
}

// pi(x) P(y|x) = pi(y) P(x|y) for the whole joint jump on {0, 1} x {0, 1, 2}: subsets of the integers, each with its
// probability, times the jumps of those within, in the test's own enumeration; the Hastings terms are the proposal's.
TEST(BoundedDiscrete, JointJumpsAreInDetailedBalanceByEnumeration) {
  const std::vector<Coordinate> coordinates{integer("a", 0, 1), integer("b", 0, 2)};
  constexpr std::int64_t kDraws = 400000;
  for (const char* rounding : {"exclusive", "nearest"}) {
    Jumps jumps(
        spec("bounded_discrete", {"a", "b"}, {{"scale", {0.9, 0.7}}}, {{"rounding", rounding}, {"adapt", "none"}}),
        coordinates);
    const auto states = states_of(coordinates);
    const std::size_t n = states.size();
    const auto weight = [&](std::size_t s) { return 1 + 2 * states[s][0] + states[s][1] * states[s][1]; };
    // flow(s, t) = pi_s q(t|s) min(1, pi_t / pi_s exp(h)), q counted.
    std::vector<double> flow(n * n);
    std::vector<double> to;
    for (std::size_t s = 0; s < n; ++s) {
      for (std::int64_t draw = 0; draw < kDraws / static_cast<std::int64_t>(n); ++draw) {
        const double h = jumps.from(states[s], to);
        const auto t = static_cast<std::size_t>(3 * to[0] + to[1]);
        flow[s * n + t] +=
            weight(s) * std::min(1.0, weight(t) / weight(s) * std::exp(h)) * static_cast<double>(n) / kDraws;
      }
    }
    for (std::size_t s = 0; s < n; ++s) {
      for (std::size_t t = 0; t < s; ++t) {
        const double there = flow[s * n + t], back = flow[t * n + s];
        EXPECT_GT(there, 0);
        // Counts of up to 1e6 / 15 draws, each worth at most 9: five and a half deviations.
        EXPECT_NEAR(there, back, 5.5 * std::sqrt((there + back) * 9.0 * static_cast<double>(n) / kDraws));
      }
    }
  }
}

// One and a half of many integers on average, and of many each as often as the others.
TEST(Discrete, AJointJumpMovesFewOfMany) {
  constexpr std::size_t kIntegers = 30;
  constexpr std::int64_t kDraws = 20000;
  Jumps jumps(spec("bounded_discrete", {"k"}), integers(kIntegers, 1));
  std::vector<double> to;
  const std::vector<double> from(kIntegers, 0);
  std::vector<std::int64_t> changes(kIntegers);
  for (std::int64_t draw = 0; draw < kDraws; ++draw) {
    jumps.from(from, to);
    for (std::size_t i = 0; i < kIntegers; ++i) changes[i] += to[i] == 1 ? 1 : 0;
  }
  const double p = 1.5 / static_cast<double>(kIntegers);
  for (const std::int64_t count : changes) {
    EXPECT_NEAR(static_cast<double>(count) / kDraws, p, 5 * std::sqrt(p * (1 - p) / kDraws));
  }
}

// Nothing is looked at where nothing is proposed, and nothing is learnt from it.
TEST(Metropolis, AJumpOfIntegersThatStaysIsNoDecision) {
  const SimplePath path(integers(1, 9), flat);
  Chain chain(path, {spec("bounded_discrete", {"k"}, {{"scale", {0.5}}}, {{"rounding", "nearest"}})}, {4});
  std::uint64_t moved = 0;
  for (int n = 0; n < 1000; ++n) {
    const double before = chain.state.x[0];
    chain.adapting_step();
    moved += chain.state.x[0] == before ? 0 : 1;
  }
  EXPECT_EQ(chain.record.evaluations, path.looks - 1);
  EXPECT_EQ(chain.tuning.proposals[0].moves, std::min<std::uint64_t>(chain.record.proposals, 998));
  EXPECT_GE(chain.record.proposals, moved);
  EXPECT_LT(chain.record.proposals, 1000U);
  EXPECT_GE(chain.tuning.proposals[0].scale[0], kNearestScaleLeast);
}

}  // namespace
}  // namespace dovetail::test
