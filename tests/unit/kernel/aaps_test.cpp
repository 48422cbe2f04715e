// AAPS against a plain version that lays out the whole path first; edges where the point stays; its own adaptation.
#include "dovetail/kernel/aaps.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>

#include "dovetail/math/distributions.hpp"
#include "tests/support/counting_path.hpp"
#include "tests/support/hamiltonian_chain.hpp"
#include "tests/support/plain_leapfrog.hpp"

namespace dovetail {
namespace {

using test::HamiltonianChain;
using test::Numbers;
using test::PlainState;

constexpr std::int64_t kSegments = 5;

std::unique_ptr<Kernel> aaps(std::uint32_t leapfrogs_max = 1023) { return std::make_unique<AapsKernel>(leapfrogs_max); }

bool climbs(const PlainState& state) { return test::plain_dot(state.momentum, state.force) >= 0; }

/// Ahead of `start` in one direction of time: the rest of its segment, then `segments` whole ones.
std::vector<PlainState> ahead(const test::PlainFlow& flow, const PlainState& start, double step,
                              std::int64_t segments) {
  std::vector<PlainState> states{start};
  for (std::int64_t passed = 0;;) {
    PlainState next = states.back();
    flow.leapfrog(next, step);
    const bool apogee = step > 0 ? !climbs(states.back()) && climbs(next) : !climbs(next) && climbs(states.back());
    if (apogee && ++passed > segments) break;
    states.push_back(next);
  }
  states.erase(states.begin());
  return states;
}

/// Every state's share of the weight so far decides whether it replaces the one chosen: reservoir sampling.
struct PlainPath {
  std::int64_t after = 0;
  std::size_t leapfrogs = 0;
  double energy_variance = 0;
  Numbers chosen;

  PlainPath(const HamiltonianChain& chain, Rng rng) {
    const test::PlainFlow flow(chain.density(), chain.tuning.metric);
    Numbers momentum(flow.moving());
    math::draw_normals(rng, momentum);
    const PlainState start = flow.start(chain.state.x, momentum);
    after = math::draw_integer(rng, 0, kSegments);
    auto path = ahead(flow, start, chain.tuning.step_size, after);
    const auto back = ahead(flow, start, -chain.tuning.step_size, kSegments - after);
    path.insert(path.end(), back.begin(), back.end());
    leapfrogs = path.size() + 2;  // and one beyond either end
    chosen = start.x;
    double sum = 1;
    for (const PlainState& state : path) {
      const double weight = std::exp(state.joint - start.joint);
      sum += weight;
      if (rng.uniform() < weight / sum) chosen = state.x;
    }
    path.push_back(start);
    double mean = 0;
    for (const PlainState& state : path) mean -= state.joint / static_cast<double>(path.size());
    for (const PlainState& state : path) {
      energy_variance += (state.joint + mean) * (state.joint + mean) / static_cast<double>(path.size());
    }
  }
};

TEST(Aaps, DrawsWhatAPlainPathHolds) {
  for (const char* name : {"bimodal", "gaussian", "mixed"}) {
    for (const auto kind : {MetricKind::diagonal, MetricKind::dense}) {
      const auto law = test::make_law(name);
      HamiltonianChain chain(aaps(), *law);
      chain.tuning.metric = test::awkward_metric(*law, kind);
      chain.tuning.step_size = 0.2;
      std::vector<int> seen(kSegments + 1);
      for (std::uint64_t t = 0; t < 200; ++t) {
        const PlainPath expected(chain, HamiltonianChain::stream(t));
        chain.record.step_sum = 0;
        chain.step(t);
        ASSERT_EQ(chain.record.last.leapfrogs, expected.leapfrogs) << name << " " << t;
        ASSERT_NEAR(chain.record.step_sum, 1 / (1 + 4 * expected.energy_variance), 1e-9);
        for (std::size_t i = 0; i < expected.chosen.size(); ++i) {
          ASSERT_NEAR(chain.state.x[i], expected.chosen[i], 1e-8 * (1 + std::fabs(expected.chosen[i]))) << t;
        }
        ++seen.at(static_cast<std::size_t>(expected.after));
      }
      for (const int n : seen) EXPECT_GT(n, 0);
      EXPECT_EQ(chain.record.divergences, 0U);
      EXPECT_EQ(chain.record.depth_hits, 0U);
    }
  }
}

/// 0.5 N(0, 0.1^2) + 0.5 N(1, 1): hills whose segments carry very different weights.
class UnequalHills final : public Path {
 public:
  [[nodiscard]] std::span<const Coordinate> coordinates() const override { return coordinates_; }
  [[nodiscard]] Potential evaluate(Point x) const override {
    const double energy = math::log_add(narrow(x[0]), wide(x[0]));
    return {0, energy, 0, energy};
  }
  [[nodiscard]] bool has_gradient() const override { return true; }
  Potential evaluate_gradient(Point x, PointOut gradient_reference, PointOut gradient_energy) const override {
    const double share = 1 / (1 + math::exp(wide(x[0]) - narrow(x[0])));
    gradient_reference[0] = 0;
    gradient_energy[0] = -share * 100 * x[0] - (1 - share) * (x[0] - 1);
    return evaluate(x);
  }
  static double draw(Rng& rng) {
    const bool in_narrow = rng.uniform() < 0.5;
    const double z = math::draw_normal(rng);
    return in_narrow ? 0.1 * z : 1 + z;
  }

 private:
  static double narrow(double v) { return -50 * v * v + std::log(10); }
  static double wide(double v) { return -0.5 * (v - 1) * (v - 1); }
  std::vector<Coordinate> coordinates_{Coordinate{}};
};

// P(x < 0.2) after six steps from exact draws. With a binomial number of segments it is 0.018 too large: 8 standard
// deviations here.
TEST(Aaps, LeavesHillsOfUnequalWeightAsTheyWere) {
  constexpr std::uint32_t kStarts = 50000;
  const UnequalHills path;
  const double expected = 0.5 * math::normal_cdf(2) + 0.5 * math::normal_cdf(-0.8);
  HamiltonianChain chain(aaps(4095), path, 1, {0});
  chain.tuning.step_size = 0.1;
  std::uint32_t below = 0;
  for (std::uint32_t start = 0; start < kStarts; ++start) {
    Rng initial({test::seed_from_name(), Purpose::initial_point, ItemId(start), Step(0)});
    chain.state.x[0] = UnequalHills::draw(initial);
    chain.state.potential = path.evaluate(chain.state.x);
    chain.state.has_gradient = false;
    for (std::uint64_t t = 0; t < 6; ++t) chain.step(std::uint64_t{6} * start + t);
    below += chain.state.x[0] < 0.2 ? 1 : 0;
  }
  const double error = std::sqrt(expected * (1 - expected) / kStarts);
  EXPECT_NEAR(below / static_cast<double>(kStarts), expected, 4.9 * error);  // false alarms below 1e-6
  EXPECT_EQ(chain.record.divergences + chain.record.depth_hits, 0U);
}

TEST(Aaps, CountsOneGradientPerLeapfrogStep) {
  const auto law = test::make_law("bimodal");
  const test::CountingPath path(*law);
  HamiltonianChain chain(aaps(), path, test::Law::kLawBeta, {0, 0});
  chain.tuning.step_size = 0.3;
  std::uint64_t leapfrogs = 0;
  for (std::uint64_t t = 0; t < 50; ++t) {
    chain.step(t);
    leapfrogs += chain.record.last.leapfrogs;
  }
  EXPECT_EQ(path.gradients, leapfrogs + 1);
}

// Every path over six hills of the bounded coordinate would cross its bound.
TEST(Aaps, StaysWhereThePathLeavesTheSupport) {
  const auto law = test::make_law("skewed");
  HamiltonianChain chain(aaps(), *law);
  chain.tuning.step_size = 0.3;
  const Numbers start = chain.state.x;
  for (std::uint64_t t = 0; t < 20; ++t) chain.step(t);
  EXPECT_EQ(chain.state.x, start);
  EXPECT_EQ(chain.record.divergences, 20U);
  EXPECT_EQ(chain.record.error_events, 0U);
}

TEST(Aaps, StaysWhereThePathIsTooLong) {
  const auto law = test::make_law("bimodal");
  HamiltonianChain chain(aaps(63), *law);
  chain.tuning.step_size = 1e-3;
  const Numbers start = chain.state.x;
  for (std::uint64_t t = 0; t < 20; ++t) chain.step(t);
  EXPECT_EQ(chain.state.x, start);
  EXPECT_EQ(chain.record.depth_hits, 20U);
  EXPECT_EQ(chain.record.divergences, 0U);
  EXPECT_EQ(chain.record.gradients, 20 * 63U + 1);
}

// By the same streams: what of the path there is moves a chain in warm-up, and no other.
TEST(Aaps, MovesAlongPathsThatAreNotWholeInWarmUpAlone) {
  for (const auto& [name, cap, step_size] : {std::tuple("bimodal", 63U, 0.01), std::tuple("skewed", 1023U, 0.1)}) {
    const auto law = test::make_law(name);
    HamiltonianChain chain(aaps(cap), *law);
    const Numbers start = chain.state.x;
    int moves = 0;
    for (std::uint64_t t = 0; t < 20; ++t) {
      chain.tuning.step_size = step_size;
      chain.step(t);
      ASSERT_EQ(chain.state.x, start) << name;
      chain.adapting_step(t);
      moves += chain.state.x != start ? 1 : 0;
      chain.state.x = start;
      chain.state.potential = law->evaluate(start);
      chain.state.has_gradient = false;
    }
    EXPECT_GE(moves, 10) << name;
    EXPECT_EQ(chain.record.depth_hits + chain.record.divergences, 40U) << name;
  }
}

TEST(Aaps, LengthensStepsThatMetTheCap) {
  const auto law = test::make_law("bimodal");
  HamiltonianChain chain(aaps(63), *law);
  chain.tuning.step_size = 1e-3;
  restart(chain.tuning.averaging, chain.tuning.step_size);
  chain.adapting_step(0);
  EXPECT_EQ(chain.record.depth_hits, 1U);
  EXPECT_NEAR(chain.tuning.step_size, 1e-2 * std::exp(20 * 0.5 / 11), 1e-14);  // one observation of 1 towards 1/2
}

}  // namespace
}  // namespace dovetail
