// Step sizes in warm-up: dual averaging by hand, the search for a first one, and where the kernels settle.
#include <gtest/gtest.h>

#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/kernel/aaps.hpp"
#include "dovetail/kernel/dual_averaging.hpp"
#include "dovetail/kernel/hmc.hpp"
#include "dovetail/kernel/nuts.hpp"
#include "tests/support/counting_path.hpp"
#include "tests/support/hamiltonian_chain.hpp"

namespace dovetail {
namespace {

using test::HamiltonianChain;

// By hand from Hoffman and Gelman 2014, equation 6, with mu = log(10 * 0.1) = 0: Hbar = -2/110, then
// (11 Hbar + 0.3)/12 = 1/120, then (12 Hbar + 0.8)/13 = 0.9/13; log eps = -20 sqrt(t) Hbar.
TEST(DualAveraging, AgreesWithThreeStepsByHand) {
  DualAveraging state;
  restart(state, 0.1);
  EXPECT_NEAR(state.centre, 0, 1e-15);
  EXPECT_NEAR(settled_step_size(state), 0.1, 1e-16);
  EXPECT_NEAR(observe(state, 1, 0.8), std::exp(20 * 2 / 110.0), 1e-14);
  EXPECT_NEAR(settled_step_size(state), std::exp(20 * 2 / 110.0), 1e-14);
  EXPECT_NEAR(observe(state, 0.5, 0.8), std::exp(-std::sqrt(2) / 6), 1e-14);
  EXPECT_NEAR(settled_step_size(state), 1.00729395790287, 1e-14);  // weights 2^-0.75 and the rest
  EXPECT_NEAR(observe(state, 0, 0.8), std::exp(-20 * std::sqrt(3) * 0.9 / 13), 1e-14);
  EXPECT_NEAR(settled_step_size(state), 0.3506380172701046, 1e-14);
  EXPECT_EQ(state.count, 3U);
}

TEST(DualAveraging, TakesWhatIsNoProbabilityForTheNearestOne) {
  const auto after = [](double acceptance) {
    DualAveraging state;
    restart(state, 1);
    return observe(state, acceptance, 0.8);
  };
  EXPECT_EQ(after(std::nan("")), after(0));
  EXPECT_EQ(after(-1), after(0));
  EXPECT_EQ(after(2), after(1));
}

// Acceptance exp(-eps), seen as a coin: exp(-eps) = 0.8 at eps = 0.2231. The settled step averages log eps with weights
// t^-0.75, about the last 4 t^0.75 = 4000 coins, each worth 0.4 of standard deviation against a slope of 0.18 per unit
// of log eps: its standard deviation is 0.4 / 0.18 / sqrt(4000) = 0.035.
TEST(DualAveraging, SettlesWhereTheAcceptanceIsTheTarget) {
  for (const double first : {1e-3, 0.2, 50.0}) {
    DualAveraging state;
    restart(state, first);
    double step = first;
    Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
    for (int t = 0; t < 10000; ++t) step = observe(state, rng.uniform() < std::exp(-step) ? 1 : 0, 0.8);
    EXPECT_NEAR(std::log(settled_step_size(state) / -std::log(0.8)), 0, 5 * 0.035);
  }
}

/// l = -(x / width)^2 / 2.
class BellPath final : public Path {
 public:
  explicit BellPath(double width, std::size_t d = 1) : coordinates_(d), width_(width) {}
  [[nodiscard]] std::span<const Coordinate> coordinates() const override { return coordinates_; }
  [[nodiscard]] Potential evaluate(Point x) const override {
    double sum = 0;
    for (const double v : x) sum -= 0.5 * (v / width_) * (v / width_);
    return {0, sum, 0, sum};
  }
  [[nodiscard]] bool has_gradient() const override { return true; }
  Potential evaluate_gradient(Point x, PointOut gradient_reference, PointOut gradient_energy) const override {
    for (std::size_t i = 0; i < x.size(); ++i) {
      gradient_reference[i] = 0;
      gradient_energy[i] = -x[i] / width_ / width_;
    }
    return evaluate(x);
  }

 private:
  std::vector<Coordinate> coordinates_;
  double width_;
};

std::unique_ptr<Kernel> nuts() { return std::make_unique<NutsKernel>(10, 0.8); }

double first_step_size(const Path& path, double from, KernelRecord& record, double x = 0) {
  HamiltonianChain chain(nuts(), path, 1, std::vector<double>(path.dimension(), x));
  chain.tuning.step_size = from;
  chain.begin_window(0);
  record = chain.record;
  EXPECT_EQ(chain.state.x, std::vector<double>(path.dimension(), x));
  EXPECT_EQ(chain.tuning.averaging.count, 0U);
  EXPECT_NEAR(chain.tuning.averaging.centre, std::log(10 * chain.tuning.step_size), 1e-12);
  return chain.tuning.step_size;
}

TEST(FirstStepSize, IsOfTheOrderOfTheTargetsWidth) {
  for (const double width : {1e-3, 1.0, 1e3}) {
    for (const double from : {1e-5, 1.0, 1e5}) {
      const BellPath path(width, 10);
      KernelRecord record;
      const double found = first_step_size(path, from, record, width);
      EXPECT_GT(found, 0.2 * width);
      EXPECT_LT(found, 4 * width);
      EXPECT_EQ(std::exp2(std::round(std::log2(found / from))), found / from) << "doublings or halvings";
    }
  }
}

// Units do not matter: in units of a power of two every number is the same but for its exponent.
TEST(FirstStepSize, ScalesWithTheTarget) {
  KernelRecord record;
  const BellPath wide(1, 3);
  const BellPath narrow(0x1p-10, 3);
  EXPECT_EQ(first_step_size(wide, 1, record, 1) * 0x1p-10, first_step_size(narrow, 0x1p-10, record, 0x1p-10));
}

// Doubling from 1 passes 1e7 at the 24th time, halving 1e-7 likewise: 25 trials, and one gradient at the start.
TEST(FirstStepSize, StaysWithinItsBounds) {
  KernelRecord record;
  const BellPath flat(1e300);
  EXPECT_EQ(first_step_size(flat, 1, record), HamiltonianKernel::kStepMax);
  EXPECT_EQ(record.gradients, 26U);
  EXPECT_EQ(first_step_size(flat, std::nan(""), record), HamiltonianKernel::kStepMax);
  EXPECT_EQ(record.gradients, 26U);
  EXPECT_EQ(first_step_size(flat, 1e30, record), HamiltonianKernel::kStepMax);
  EXPECT_EQ(record.gradients, 2U);
  EXPECT_EQ(first_step_size(flat, 1e-30, record), HamiltonianKernel::kStepMax);
  EXPECT_EQ(record.gradients, 49U);
  const BellPath spike(1e-12);
  EXPECT_EQ(first_step_size(spike, 1, record), HamiltonianKernel::kStepMin);
  EXPECT_EQ(record.gradients, 26U);
  EXPECT_EQ(first_step_size(spike, -1, record), HamiltonianKernel::kStepMin);
}

TEST(FirstStepSize, IsTheOldOneWhereNothingCanMove) {
  const auto law = test::make_law("integers");
  HamiltonianChain chain(nuts(), *law);
  chain.tuning.step_size = 0.3;
  chain.begin_window(0);
  EXPECT_EQ(chain.tuning.step_size, 0.3);
  chain.adapting_step(1);
  EXPECT_EQ(chain.tuning.averaging.count, 0U);
  EXPECT_EQ(chain.tuning.step_size, 0.3);
}

TEST(FirstStepSize, CountsFailuresOfTheModel) {
  const BellPath bell(1);
  const test::CountingPath path(bell, 0, 1e-3, std::nan(""));
  KernelRecord record;
  first_step_size(path, 1, record);
  EXPECT_GT(path.failures, 0U);
  EXPECT_EQ(record.error_events, path.failures);
  EXPECT_EQ(record.gradients, path.gradients);
}

/// Warm-up of 2000 steps on ten independent normals, then the mean acceptance of 2000 more.
double settled_acceptance(std::unique_ptr<Kernel> kernel, double& step_size, KernelRecord& record) {
  const BellPath path(2, 10);
  HamiltonianChain chain(std::move(kernel), path, 1, std::vector<double>(10, 1.0));
  chain.tuning.step_size = 1e-3;
  chain.begin_window(0);
  std::uint64_t t = 1;
  for (; t <= 2000; ++t) chain.adapting_step(t);
  EXPECT_EQ(chain.tuning.averaging.count, 2000U);
  chain.kernel->end_tuning(chain.tuning);
  EXPECT_EQ(chain.tuning.step_size, settled_step_size(chain.tuning.averaging));
  step_size = chain.tuning.step_size;
  chain.record = KernelRecord();
  for (; t <= 4000; ++t) chain.step(t);
  EXPECT_EQ(chain.tuning.step_size, step_size);
  EXPECT_EQ(chain.record.proposals, 2000U);
  record = chain.record;
  return chain.record.acceptance_sum / 2000;
}

// Averaging log eps leaves the acceptance somewhat above its target; the margins are those of that bias.
TEST(WarmUp, SettlesNearTheTargetAcceptance) {
  double step = 0;
  KernelRecord record;
  EXPECT_NEAR(settled_acceptance(std::make_unique<MalaKernel>(), step, record), 0.574, 0.06);
  EXPECT_NEAR(settled_acceptance(std::make_unique<HmcKernel>(4, 0.8), step, record), 0.8, 0.08);
  EXPECT_NEAR(settled_acceptance(nuts(), step, record), 0.8, 0.12);
  EXPECT_NEAR(settled_acceptance(std::make_unique<NutsKernel>(10, 0.95), step, record), 0.95, 0.03);
}

// 1 / (1 + 4 s^2) is 1/2 where s, the standard deviation of H over a path, is 1/2.
TEST(WarmUp, AapsSettlesNearAnEnergySpreadOfOneHalf) {
  double step = 0;
  KernelRecord record;
  settled_acceptance(std::make_unique<AapsKernel>(1023), step, record);
  EXPECT_NEAR(record.step_sum / 2000, 0.5, 0.08);
}

// What rounds with frozen tuning tell: the mean of the statistic.
TEST(WarmUp, TheRecordHasTheStatistic) {
  double step = 0;
  KernelRecord record;
  const double acceptance = settled_acceptance(nuts(), step, record);
  EXPECT_NEAR(record.step_sum / 2000, acceptance, 1e-12);
  EXPECT_EQ(record.step_choices, record.proposals);
  EXPECT_EQ(record.reversible, record.proposals);
}

double factor_after(const Kernel& kernel, double statistic_sum, std::uint64_t choices) {
  KernelRecord record;
  record.step_sum = statistic_sum;
  record.step_choices = choices;
  return kernel.step_factor(record);
}

TEST(StepFactor, IsTheFourthRootOfARatioOfOdds) {
  const NutsKernel kernel(10, 0.8);
  EXPECT_NEAR(factor_after(kernel, 8, 10), 1, 1e-15);
  EXPECT_NEAR(factor_after(kernel, 0, 0), 1, 1e-15);
  // odds of a refusal 1 : 4 wanted, 1 : 1 and 1 : 64 found, the trajectory more counted in
  EXPECT_NEAR(factor_after(kernel, 10 * 0.5 - 0.8, 9), std::sqrt(0.5), 1e-12);
  EXPECT_NEAR(factor_after(kernel, 100 * 64.0 / 65 - 0.8, 99), 2, 1e-12);
  EXPECT_LT(factor_after(kernel, 2, 2), 1.4);  // all of two is little
  EXPECT_GT(factor_after(kernel, 1000, 1000), 4);
  EXPECT_LT(factor_after(kernel, 0, 1000), 0.25);
}

// AAPS' statistic 1 / (1 + 4 v) has v, the variance of H along a path, as the odds; v grows by the fourth power of the
// step, so that one round leads to the target.
TEST(StepFactor, OfAapsInvertsItsStatistic) {
  const AapsKernel kernel(1023);
  for (const double ratio : {0.5, 1.0, 3.0}) {
    const double variance = 0.25 * ratio * ratio * ratio * ratio;
    EXPECT_NEAR(factor_after(kernel, 100 / (1 + 4 * variance) - 0.5, 99), 1 / ratio, 1e-12);
  }
}

TEST(WarmUp, WithoutObservationsTheStepSizeStays) {
  Tuning tuning;
  tuning.step_size = 0.3;
  nuts()->end_tuning(tuning);
  EXPECT_EQ(tuning.step_size, 0.3);
}

}  // namespace
}  // namespace dovetail
