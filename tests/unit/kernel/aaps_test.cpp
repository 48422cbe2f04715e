// AAPS against a plain version that lays out the whole path first; edges where the point stays; its own adaptation.
#include "dovetail/kernel/aaps.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

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
        chain.step(t);
        ASSERT_EQ(chain.record.last.leapfrogs, expected.leapfrogs) << name << " " << t;
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

TEST(Aaps, LengthensStepsThatMetTheCap) {
  const auto law = test::make_law("bimodal");
  HamiltonianChain chain(aaps(63), *law);
  chain.tuning.step_size = 1e-3;
  restart(chain.tuning.averaging, chain.tuning.step_size);
  chain.adapting_step(0);
  EXPECT_EQ(chain.record.depth_hits, 1U);
  EXPECT_GT(chain.tuning.step_size, 1e-3);
}

}  // namespace
}  // namespace dovetail
