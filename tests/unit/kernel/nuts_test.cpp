// The no-U-turn sampler against a recursive one, written out plainly, that draws from the same stream; caps and cliffs.
#include "dovetail/kernel/nuts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "dovetail/core/error.hpp"
#include "dovetail/math/distributions.hpp"
#include "tests/support/counting_path.hpp"
#include "tests/support/hamiltonian_chain.hpp"
#include "tests/support/plain_leapfrog.hpp"

namespace dovetail {
namespace {

using test::HamiltonianChain;
using test::Numbers;
using test::PlainState;

constexpr double kTarget = 0.8;

std::unique_ptr<Kernel> nuts(unsigned depth_max = 10) { return std::make_unique<NutsKernel>(depth_max, kTarget); }

/// Hoffman and Gelman 2014, algorithm 3, with multinomial weights: recursion, copies, all six comparisons each time.
class RecursiveNuts {
 public:
  RecursiveNuts(const Density& density, const Metric& metric, double step, unsigned depth_max, Rng rng)
      : flow_(density, metric), step_(step), depth_max_(depth_max), rng_(rng) {}

  void run(const Numbers& x) {
    Numbers momentum(flow_.moving());
    math::draw_normals(rng_, momentum);
    const PlainState start = flow_.start(x, momentum);
    joint_start_ = lowest_ = highest_ = start.joint;
    Part whole{momentum, start, start, start, 0};  // first is the earliest state
    while (figures.depth < depth_max_) {
      const bool forward = rng_.bits32() >> 31 != 0;
      PlainState from = forward ? whole.last : whole.first;
      auto half = build(from, forward ? step_ : -step_, figures.depth);
      if (!half) break;
      ++figures.depth;
      if (rng_.uniform() < std::exp(half->log_weight - whole.log_weight)) whole.chosen = half->chosen;
      if (!forward) std::swap(half->first, half->last);  // into the order of time
      const Part& earlier = forward ? whole : *half;
      const Part& later = forward ? *half : whole;
      const bool on = goes_on(earlier, later);
      whole = join(earlier, later, whole.chosen);
      met_cap = on && figures.depth == depth_max_;
      if (!on) break;
    }
    figures.acceptance = sum_ / figures.leapfrogs;
    chosen = whole.chosen.x;
  }

  StepFigures figures;
  Numbers chosen;
  bool met_cap = false;

 private:
  struct Part {
    Numbers momentum_sum;
    PlainState first, last, chosen;
    double log_weight = 0;
  };

  std::optional<Part> build(PlainState& from, double step, unsigned depth) {
    if (depth == 0) {
      flow_.leapfrog(from, step);
      ++figures.leapfrogs;
      lowest_ = std::min(lowest_, from.joint);
      highest_ = std::max(highest_, from.joint);
      if (!std::isfinite(from.joint)) figures.divergent = true;
      if (!figures.divergent) sum_ += std::min(1.0, std::exp(from.joint - joint_start_));
      if (highest_ - lowest_ > 1000) figures.divergent = true;
      if (figures.divergent) return std::nullopt;
      return Part{from.momentum, from, from, from, from.joint - joint_start_};
    }
    const auto a = build(from, step, depth - 1);
    if (!a) return std::nullopt;
    const auto b = build(from, step, depth - 1);
    if (!b || !goes_on(*a, *b)) return std::nullopt;
    const double share = std::exp(b->log_weight) / (std::exp(a->log_weight) + std::exp(b->log_weight));
    return join(*a, *b, rng_.uniform() < share ? b->chosen : a->chosen);
  }

  static Numbers sum(const Numbers& a, const Numbers& b) {
    Numbers c = a;
    for (std::size_t k = 0; k < b.size(); ++k) c[k] += b[k];
    return c;
  }
  static bool along(const PlainState& state, const Numbers& direction) {
    return test::plain_dot(state.momentum, direction) > 0;
  }
  static bool goes_on(const Part& a, const Part& b) {
    const Numbers all = sum(a.momentum_sum, b.momentum_sum);
    const Numbers left = sum(a.momentum_sum, b.first.momentum);
    const Numbers right = sum(b.momentum_sum, a.last.momentum);
    return along(a.first, all) && along(b.last, all) && along(a.first, left) && along(b.first, left) &&
           along(a.last, right) && along(b.last, right);
  }
  static Part join(const Part& a, const Part& b, const PlainState& chosen) {
    return {sum(a.momentum_sum, b.momentum_sum), a.first, b.last, chosen,
            std::log(std::exp(a.log_weight) + std::exp(b.log_weight))};
  }

  test::PlainFlow flow_;
  double step_;
  unsigned depth_max_;
  Rng rng_;
  double joint_start_ = 0, lowest_ = 0, highest_ = 0, sum_ = 0;
};

/// The tuning's metric on one law, every step from the state where the kernel is.
void expect_the_recursive_ones(const std::string& law_name, MetricKind kind, double step_size, unsigned depth_max) {
  SCOPED_TRACE(law_name + " metric " + std::to_string(static_cast<int>(kind)));
  const auto law = test::make_law(law_name);
  HamiltonianChain chain(nuts(depth_max), *law);
  chain.tuning.metric = test::awkward_metric(*law, kind);
  chain.tuning.step_size = step_size;
  std::uint64_t doublings = 0;
  for (std::uint64_t t = 0; t < 500; ++t) {
    RecursiveNuts expected(chain.density(), chain.tuning.metric, step_size, depth_max, HamiltonianChain::stream(t));
    expected.run(chain.state.x);
    const std::uint64_t hits = chain.record.depth_hits;
    chain.step(t);
    const StepFigures& figures = chain.record.last;
    ASSERT_EQ(chain.record.depth_hits - hits, expected.met_cap ? 1U : 0U) << t;
    ASSERT_EQ(figures.leapfrogs, expected.figures.leapfrogs) << t;
    ASSERT_EQ(figures.depth, expected.figures.depth) << t;
    ASSERT_EQ(figures.divergent, expected.figures.divergent) << t;
    ASSERT_NEAR(figures.acceptance, expected.figures.acceptance, 1e-9) << t;
    for (std::size_t i = 0; i < chain.state.x.size(); ++i) {
      ASSERT_NEAR(chain.state.x[i], expected.chosen[i], 1e-9 * (1 + std::fabs(expected.chosen[i]))) << t;
    }
    doublings += figures.depth;
  }
  EXPECT_GE(doublings, 500U);  // trees that are worth comparing
}

TEST(Nuts, DrawsWhatTheRecursiveSamplerDraws) {
  for (const auto kind : {MetricKind::unit, MetricKind::diagonal, MetricKind::dense}) {
    expect_the_recursive_ones("bimodal", kind, 0.15, 10);
    expect_the_recursive_ones("gaussian", kind, kind == MetricKind::unit ? 0.05 : 0.2, 10);
    expect_the_recursive_ones("mixed", kind, 0.2, 3);
  }
}

TEST(Nuts, CountsOneGradientPerLeapfrogStep) {
  const auto law = test::make_law("gaussian");
  const test::CountingPath path(*law);
  HamiltonianChain chain(nuts(), path, test::Law::kLawBeta, {1, -2, 0.5});
  chain.tuning.metric = test::awkward_metric(*law, MetricKind::dense);
  chain.tuning.step_size = 0.3;
  path.evaluations = 0;
  std::uint64_t leapfrogs = 0;
  for (std::uint64_t t = 0; t < 50; ++t) {
    chain.step(t);
    leapfrogs += chain.record.last.leapfrogs;
  }
  EXPECT_GT(leapfrogs, 150U);
  EXPECT_EQ(path.gradients, leapfrogs + 1);  // and one for the start
  EXPECT_EQ(chain.record.gradients, path.gradients);
  EXPECT_EQ(path.evaluations, 0U);
}

/// Flat to `edge`, `depth` lower beyond.
class CliffPath final : public Path {
 public:
  CliffPath(double edge, double depth) : edge_(edge), depth_(depth) {}
  [[nodiscard]] std::span<const Coordinate> coordinates() const override { return coordinates_; }
  [[nodiscard]] Potential evaluate(Point x) const override {
    const double energy = x[0] > edge_ ? -depth_ : 0;
    return {0, energy, 0, energy};
  }
  [[nodiscard]] bool has_gradient() const override { return true; }
  Potential evaluate_gradient(Point x, PointOut gradient_reference, PointOut gradient_energy) const override {
    gradient_reference[0] = gradient_energy[0] = 0;
    return evaluate(x);
  }

 private:
  std::vector<Coordinate> coordinates_{Coordinate{}};
  double edge_;
  double depth_;
};

TEST(Nuts, FallsFromACliffAndSaysSo) {
  for (const double depth : {1001.0, 1e6, kInfinity}) {
    const CliffPath path(1, depth);
    HamiltonianChain chain(nuts(6), path, 1, {0});
    chain.tuning.step_size = 0.5;
    std::uint64_t divergent = 0;
    for (std::uint64_t t = 0; t < 100; ++t) {
      chain.state.x[0] = 0;
      chain.state.potential = path.evaluate(chain.state.x);
      chain.step(t);
      ASSERT_LE(chain.state.x[0], 1);
      divergent += chain.record.last.divergent ? 1 : 0;
      // no way to turn on flat ground: a cliff or the cap ends the trajectory
      ASSERT_TRUE(chain.record.last.divergent || chain.record.last.depth == 6);
      ASSERT_LT(chain.record.last.leapfrogs, 64U);
    }
    EXPECT_GT(divergent, 50U);
    EXPECT_EQ(chain.record.divergences, divergent);
    EXPECT_EQ(chain.record.depth_hits, 100 - divergent);
    EXPECT_EQ(chain.record.error_events, 0U);
  }
}

TEST(Nuts, AStepDownOfLessIsNoCliff) {
  const CliffPath path(1, 999);
  HamiltonianChain chain(nuts(6), path, 1, {0});
  for (std::uint64_t t = 0; t < 100; ++t) chain.step(t);
  EXPECT_EQ(chain.record.divergences, 0U);
  EXPECT_EQ(chain.record.depth_hits, 100U);
}

// Straight on for ever, and every state as likely as any: the cap ends the trajectory with all its states.
TEST(Nuts, TheCapEndsTrajectoriesThatDoNotTurn) {
  const CliffPath path(kInfinity, 0);
  for (const unsigned depth_max : {1U, 4U, 11U}) {
    HamiltonianChain chain(nuts(depth_max), path, 1, {0});
    chain.step(0);
    EXPECT_EQ(chain.record.last.depth, depth_max);
    EXPECT_EQ(chain.record.last.leapfrogs, (1U << depth_max) - 1);
    EXPECT_EQ(chain.record.depth_hits, 1U);
    EXPECT_EQ(chain.record.last.acceptance, 1);
  }
}

// From the foot of a cliff half the trajectories meet states that are likelier by far than the integrator should find.
TEST(Nuts, EnergyLostBeyondTheBandBringsAChainInDuringWarmUpAndNoLonger) {
  constexpr double kFoot = 0.3;
  const CliffPath path(0, 1e6);
  HamiltonianChain chain(nuts(6), path, 1, {kFoot});
  const auto go = [&](auto&& step) {
    chain.tuning.step_size = 0.5;
    chain.state.x[0] = kFoot;
    chain.state.potential = path.evaluate(chain.state.x);
    step();
  };
  std::uint64_t divergent = 0;
  std::uint64_t up = 0;
  for (std::uint64_t t = 0; t < 100; ++t) {
    go([&] { chain.step(t); });
    ASSERT_GT(chain.state.x[0], 0);
    divergent += chain.record.last.divergent ? 1 : 0;
    ASSERT_TRUE(!chain.record.last.divergent || chain.record.last.acceptance == 0);
    go([&] { chain.adapting_step(t); });
    ASSERT_FALSE(chain.record.last.divergent);
    up += chain.state.x[0] < 0 ? 1 : 0;
  }
  EXPECT_GT(divergent, 50U);
  EXPECT_EQ(up, divergent);
}

// Far out a step that is too long gains energy, thousands at once: the chain must shorten it, not stay for ever.
TEST(Nuts, ComesInFromFarAway) {
  const auto law = test::make_law("gaussian");
  HamiltonianChain chain(nuts(), *law, 1, {100, 100, -100});
  chain.begin_window(0);
  for (std::uint64_t t = 1; t <= 300; ++t) chain.adapting_step(t);
  for (const double x : chain.state.x) EXPECT_LT(std::fabs(x), 20);
}

TEST(Nuts, RefusesDepthsAndTargetsThatAreNone) {
  EXPECT_THROW(NutsKernel(0, 0.8), UsageError);
  EXPECT_THROW(NutsKernel(21, 0.8), UsageError);
  EXPECT_THROW(NutsKernel(10, 0), UsageError);
  EXPECT_THROW(NutsKernel(10, 1), UsageError);
  EXPECT_THROW(NutsKernel(10, std::nan("")), UsageError);
  EXPECT_NO_THROW(NutsKernel(20, 0.99));
}

}  // namespace
}  // namespace dovetail
