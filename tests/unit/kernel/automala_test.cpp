// autoMALA's edges: searches without end, gradients that are no numbers, caches across temperatures, counts.
// Its law is tested in tests/laws, its cost in tests/statistics.
#include "dovetail/kernel/automala.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "dovetail/adapt/tuning.hpp"
#include "dovetail/core/codec.hpp"
#include "tests/support/counting_path.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

/// l0 = -|x|^2 / 2 and V = energy(x), with V's gradient given per coordinate.
class SplitPath final : public Path {
 public:
  using Energy = std::function<double(Point)>;
  using Slope = std::function<double(double)>;
  SplitPath(std::size_t d, Energy energy, Slope slope)
      : coordinates_(d), energy_(std::move(energy)), slope_(std::move(slope)) {}
  [[nodiscard]] std::span<const Coordinate> coordinates() const override { return coordinates_; }
  [[nodiscard]] Potential evaluate(Point x) const override {
    double reference = 0;
    for (const double v : x) reference -= 0.5 * v * v;
    const double energy = energy_(x);
    return {reference, energy, reference, energy};
  }
  [[nodiscard]] bool has_gradient() const override { return true; }
  Potential evaluate_gradient(Point x, PointOut gradient_reference, PointOut gradient_energy) const override {
    for (std::size_t i = 0; i < x.size(); ++i) {
      gradient_reference[i] = -x[i];
      gradient_energy[i] = slope_(x[i]);
    }
    return evaluate(x);
  }

 private:
  std::vector<Coordinate> coordinates_;
  Energy energy_;
  Slope slope_;
};

SplitPath plain_gaussian(std::size_t d) {
  return {d, [](Point) { return 0.0; }, [](double) { return 0.0; }};
}
/// l0 + V = 0 everywhere.
SplitPath flat() {
  return {1, [](Point x) { return 0.5 * x[0] * x[0]; }, [](double v) { return v; }};
}

struct Chain {
  const Path& path;
  AutoMalaKernel kernel;
  Tuning tuning;
  ChainState state;
  Workspace workspace;
  KernelRecord record;

  explicit Chain(const Path& p, double x = 0.4) : path(p), tuning(initial_tuning(p.coordinates())) {
    state.x.assign(p.dimension(), x);
    state.potential = path.evaluate(state.x);
  }
  void step(double beta, std::uint64_t t = 0) {
    Rng rng({test::seed_from_name(), Purpose::kernel, ItemId(0), Step(t)});
    kernel.step(state, {path, beta}, tuning, rng, workspace, record);
  }
};

TEST(AutoMala, RefreshesThreeTimesTheRootOfTheDimension) {
  const std::vector<std::pair<std::size_t, std::uint64_t>> expected{{1, 3}, {2, 6}, {10, 9}, {100, 18}, {1000, 36}};
  for (const auto& [d, refreshments] : expected) {
    const SplitPath path = plain_gaussian(d);
    Chain chain(path);
    chain.step(1);
    EXPECT_EQ(chain.record.proposals, refreshments) << d;
  }
}

// No step is ever too large where the density is constant: 61 trials, then the point is kept.
TEST(AutoMala, ASearchWithoutEndKeepsThePointAndCounts) {
  const SplitPath path = flat();
  Chain chain(path);
  chain.step(1);
  EXPECT_EQ(chain.state.x[0], 0.4);
  EXPECT_EQ(chain.record.stuck, 3U);
  EXPECT_EQ(chain.record.proposals, 3U);
  EXPECT_EQ(chain.record.reversible, 0U);
  EXPECT_EQ(chain.record.gradients, 1 + 3 * 61U);
}

TEST(AutoMala, AGradientThatIsNoNumberRefusesMovesAndIsNoFailureOfTheDensity) {
  const SplitPath path(
      1, [](Point) { return 0.0; }, [](double v) { return v > 0.5 ? std::nan("") : 0.0; });
  Chain chain(path);
  for (std::uint64_t t = 0; t < 200; ++t) {
    chain.step(1, t);
    ASSERT_LE(chain.state.x[0], 0.5);
  }
  EXPECT_EQ(chain.record.error_events, 0U);
  EXPECT_NE(chain.state.x[0], 0.4);
}

TEST(AutoMala, StartsWithoutDensityAreKept) {
  const SplitPath path(
      1, [](Point) { return -kInfinity; }, [](double) { return 0.0; });
  Chain chain(path);
  chain.step(1);
  EXPECT_EQ(chain.state.x[0], 0.4);
  EXPECT_EQ(chain.record.stuck, 1U);
  EXPECT_EQ(chain.record.gradients, 0U);
}

// At beta = 0 the target has no weight: its infinite slope must not reach the velocity.
TEST(AutoMala, IgnoresTheTargetsGradientAtBetaZero) {
  const SplitPath path(
      1, [](Point) { return 0.0; }, [](double) { return kInfinity; });
  Chain chain(path);
  for (std::uint64_t t = 0; t < 20; ++t) chain.step(0, t);
  EXPECT_NE(chain.state.x[0], 0.4);
  EXPECT_GT(chain.record.acceptance_sum, 0);
}

TEST(AutoMala, AChangeOfTemperatureNeedsNoNewGradient) {
  const SplitPath path(
      2, [](Point x) { return -2 * x[0] * x[0] - 2 * x[1] * x[1]; }, [](double v) { return -4 * v; });
  Chain cached(path);
  Chain fresh(path);
  cached.step(0.25, 0);
  fresh.step(0.25, 0);
  fresh.state.has_gradient = false;
  cached.step(0.75, 1);
  fresh.step(0.75, 1);
  EXPECT_EQ(cached.state.x, fresh.state.x);
  EXPECT_EQ(cached.record.gradients + 1, fresh.record.gradients);
}

TEST(AutoMala, RecordsFiguresThatAgree) {
  const SplitPath path = plain_gaussian(4);
  Chain chain(path);
  for (std::uint64_t t = 0; t < 100; ++t) chain.step(1, t);
  const KernelRecord& record = chain.record;
  EXPECT_EQ(record.proposals, 600U);
  EXPECT_GE(record.gradients, 2 * record.proposals + 1);  // never fewer than two trials
  EXPECT_LE(record.acceptance_sum, static_cast<double>(record.reversible));
  EXPECT_GT(record.acceptance_sum, 0.4 * static_cast<double>(record.proposals));
  EXPECT_GT(record.step_sum, 0);
  EXPECT_EQ(AutoMalaKernel().step_factor(record), record.step_sum / 600);
  EXPECT_EQ(AutoMalaKernel().step_factor(KernelRecord()), 1);
  EXPECT_EQ(record.evaluations, 0U);
}

}  // namespace
}  // namespace dovetail
