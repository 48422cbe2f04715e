// Static HMC and MALA against plain loops that draw from the same stream; lengths, cliffs, counts.
#include "dovetail/kernel/hmc.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/lower_triangle.hpp"
#include "tests/support/counting_path.hpp"
#include "tests/support/hamiltonian_chain.hpp"
#include "tests/support/plain_leapfrog.hpp"

namespace dovetail {
namespace {

using test::HamiltonianChain;
using test::Numbers;

std::unique_ptr<Kernel> hmc(unsigned leapfrogs) { return std::make_unique<HmcKernel>(leapfrogs, 0.8); }

/// Where the step leads, and its acceptance, from plain loops. `leapfrogs` 0 for MALA.
Numbers plain_step(const HamiltonianChain& chain, unsigned leapfrogs, Rng rng, StepFigures& figures) {
  const test::PlainFlow flow(chain.density(), chain.tuning.metric);
  figures.leapfrogs =
      leapfrogs == 0 ? 1 : static_cast<std::uint32_t>(math::draw_integer(rng, 1, 2 * std::int64_t{leapfrogs}));
  Numbers momentum(flow.moving());
  math::draw_normals(rng, momentum);
  const double u = rng.uniform();
  auto state = flow.start(chain.state.x, momentum);
  const double start = state.joint;
  for (std::uint32_t n = 0; n < figures.leapfrogs; ++n) flow.leapfrog(state, chain.tuning.step_size);
  figures.energy = -start;
  figures.acceptance = std::min(1.0, std::exp(state.joint - start));
  return u < figures.acceptance ? state.x : chain.state.x;
}

void expect_the_plain_steps(HamiltonianChain& chain, unsigned leapfrogs) {
  std::uint64_t moves = 0;
  for (std::uint64_t t = 0; t < 300; ++t) {
    StepFigures figures;
    const Numbers expected = plain_step(chain, leapfrogs, HamiltonianChain::stream(t), figures);
    moves += expected != chain.state.x ? 1 : 0;
    chain.step(t);
    ASSERT_EQ(chain.record.last.leapfrogs, figures.leapfrogs);
    ASSERT_NEAR(chain.record.last.acceptance, figures.acceptance, 1e-9);
    ASSERT_NEAR(chain.record.last.energy, figures.energy, 1e-9 * (1 + std::fabs(figures.energy)));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(chain.state.x[i], expected[i], 1e-9 * (1 + std::fabs(expected[i])));
    }
  }
  EXPECT_GT(moves, 50U);   // some accepted,
  EXPECT_LT(moves, 300U);  // some not
}

TEST(Hmc, DrawsWhatPlainLoopsDraw) {
  for (const auto kind : {MetricKind::unit, MetricKind::diagonal, MetricKind::dense}) {
    const auto law = test::make_law("bimodal");
    HamiltonianChain chain(hmc(4), *law);
    chain.tuning.metric = test::awkward_metric(*law, kind);
    chain.tuning.step_size = 0.4;
    expect_the_plain_steps(chain, 4);
  }
}

TEST(Mala, DrawsWhatPlainLoopsDraw) {
  for (const char* name : {"bimodal", "mixed", "gaussian"}) {
    const auto law = test::make_law(name);
    HamiltonianChain chain(std::make_unique<MalaKernel>(), *law);
    chain.tuning.metric = test::awkward_metric(*law, MetricKind::dense);
    chain.tuning.step_size = 0.6;
    expect_the_plain_steps(chain, 0);
  }
}

TEST(Mala, ProposesTheLangevinMove) {
  const auto law = test::make_law("gaussian");
  HamiltonianChain chain(std::make_unique<MalaKernel>(), *law);
  chain.tuning.metric = test::awkward_metric(*law, MetricKind::dense);
  chain.tuning.step_size = 0.05;  // accepted almost always
  const Metric& metric = chain.tuning.metric;
  const auto a = [&](std::size_t i, std::size_t k) {
    return metric.scale[i] * static_cast<double>(metric.factor[math::packed_index(i, k)]);
  };
  Numbers g(3), xi(3);
  law->gradient(chain.state.x, g);
  Rng rng = HamiltonianChain::stream(0);
  math::draw_normals(rng, xi);
  Numbers expected = chain.state.x;
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t k = 0; k <= i; ++k) {
      expected[i] += 0.05 * a(i, k) * xi[k];
      for (std::size_t j = k; j < 3; ++j) expected[i] += 0.5 * 0.05 * 0.05 * a(i, k) * a(j, k) * g[j];
    }
  }
  chain.step(0);
  // the products of a step are in single precision
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(chain.state.x[i], expected[i], 0.05 * metric.scale[i] * 1e-6);
}

// 1..8 equally likely: 4000 lengths, each count within five standard deviations of 500.
TEST(Hmc, DrawsEveryLengthEquallyOften) {
  const auto law = test::make_law("bimodal");
  const test::CountingPath path(*law);
  HamiltonianChain chain(hmc(4), path, test::Law::kLawBeta, {0, 0});
  chain.tuning.step_size = 0.1;
  std::vector<int> seen(9);
  std::uint64_t leapfrogs = 0;
  for (std::uint64_t t = 0; t < 4000; ++t) {
    chain.step(t);
    ++seen.at(chain.record.last.leapfrogs);
    leapfrogs += chain.record.last.leapfrogs;
  }
  for (std::size_t n = 1; n <= 8; ++n) EXPECT_NEAR(seen[n], 500, 5 * std::sqrt(4000 * 7.0 / 64)) << n;
  EXPECT_EQ(path.gradients, leapfrogs + 1);
}

// A step that is far too long: the energy error passes all bounds, the point stays, the divergence is told.
TEST(Hmc, SaysWhenATrajectoryDiverges) {
  const auto law = test::make_law("gaussian");
  HamiltonianChain chain(hmc(4), *law);
  chain.tuning.step_size = 50;
  const Numbers start = chain.state.x;
  for (std::uint64_t t = 0; t < 20; ++t) chain.step(t);
  EXPECT_EQ(chain.state.x, start);
  EXPECT_EQ(chain.record.divergences, 20U);
  EXPECT_TRUE(chain.record.last.divergent);
  chain.tuning.step_size = 0.01;
  chain.step(20);
  EXPECT_FALSE(chain.record.last.divergent);
  EXPECT_EQ(chain.record.divergences, 20U);
}

TEST(Hmc, StopsAtTheEdgeOfTheSupport) {
  const auto law = test::make_law("skewed");
  HamiltonianChain chain(hmc(50), *law);
  chain.tuning.step_size = 0.5;
  for (std::uint64_t t = 0; t < 50; ++t) {
    chain.step(t);
    ASSERT_GT(chain.state.x[2], 0);
  }
  EXPECT_GT(chain.record.divergences, 25U);
  EXPECT_LT(chain.record.gradients, 50 * 25U);
  EXPECT_EQ(chain.record.error_events, 0U);
}

TEST(Hmc, RefusesToGoNowhere) { EXPECT_THROW(HmcKernel(0, 0.8), UsageError); }

}  // namespace
}  // namespace dovetail
