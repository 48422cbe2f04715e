// The leapfrog step: back where it came from, with an error of second order, one gradient, and the metric that was set.
#include "dovetail/kernel/hamiltonian.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "dovetail/kernel/registry.hpp"
#include "dovetail/math/lower_triangle.hpp"
#include "tests/support/counting_path.hpp"
#include "tests/support/hamiltonian_chain.hpp"
#include "tests/support/plain_leapfrog.hpp"

namespace dovetail {
namespace {

using test::Numbers;

constexpr std::array<MetricKind, 3> kKinds{MetricKind::unit, MetricKind::diagonal, MetricKind::dense};

/// A trajectory on a path, from a state, with memory of its own.
struct Flight {
  ChainState state;
  KernelRecord record;
  Density density;
  Metric metric;
  Workspace workspace;
  Numbers memory;
  detail::Hamiltonian hamiltonian;
  detail::PhasePoint place;
  detail::Candidate end;
  double joint = 0;

  Flight(const Path& path, Numbers x, Metric m, double beta = test::Law::kLawBeta)
      : density{path, beta},
        metric(std::move(m)),
        hamiltonian(room(path, std::move(x)), density, metric, workspace, record) {
    const std::size_t d = path.dimension();
    memory.resize(9 * d);
    detail::Rows rows(memory);
    place = rows.phase_point(d, hamiltonian.moving());
    end = rows.candidate(d);
    EXPECT_TRUE(hamiltonian.prepare());
    Rng rng({test::seed_from_name(), Purpose::kernel, ItemId(0), Step(0)});
    hamiltonian.start(place, rng);
    joint = hamiltonian.joint_at_start(place);
  }
  double fly(int steps, double step) {
    double last = 0;
    for (int n = 0; n < steps; ++n) last = hamiltonian.leapfrog(place, step, end);
    return last;
  }

 private:
  ChainState& room(const Path& path, Numbers x) {
    state.x = std::move(x);
    state.potential = path.evaluate(state.x);
    return state;
  }
};

TEST(Leapfrog, RetracesItsSteps) {
  for (const auto kind : kKinds) {
    const auto law = test::make_law("bimodal");
    Flight flight(*law, {0.3, -0.7}, test::awkward_metric(*law, kind));
    const Numbers momentum(flight.place.momentum.begin(), flight.place.momentum.end());
    flight.fly(20, 0.2);
    EXPECT_GT(std::fabs(flight.place.x[0] - 0.3) + std::fabs(flight.place.x[1] + 0.7), 0.1);
    flight.fly(20, -0.2);
    EXPECT_NEAR(flight.place.x[0], 0.3, 1e-12);
    EXPECT_NEAR(flight.place.x[1], -0.7, 1e-12);
    for (std::size_t k = 0; k < 2; ++k) EXPECT_NEAR(flight.place.momentum[k], momentum[k], 1e-12);
  }
}

/// Largest energy error over a flight of unit time.
double energy_error(const test::Law& law, const Metric& metric, int steps) {
  Flight flight(law, {0.3, -0.7}, metric);
  double largest = 0;
  for (int n = 0; n < steps; ++n) largest = std::max(largest, std::fabs(flight.fly(1, 1.0 / steps) - flight.joint));
  return largest;
}

TEST(Leapfrog, HasAnEnergyErrorOfSecondOrder) {
  const auto law = test::make_law("bimodal");
  for (const auto kind : kKinds) {
    const Metric metric = test::awkward_metric(*law, kind);
    const double coarse = energy_error(*law, metric, 100);
    EXPECT_NEAR(coarse / energy_error(*law, metric, 200), 4, 0.1);
    EXPECT_LT(coarse, 1e-2);
  }
}

// A square root of the covariance is a change of coordinates: the same path from plain loops.
TEST(Leapfrog, FollowsThePlainFlow) {
  for (const char* name : {"gaussian", "mixed", "circle"}) {
    for (const auto kind : kKinds) {
      const auto law = test::make_law(name);
      Numbers x(law->dimension());
      Rng rng({test::seed_from_name(), Purpose::initial_point, ItemId(0), Step(0)});
      law->draw(rng, x);
      Flight flight(*law, x, test::awkward_metric(*law, kind));
      const test::PlainFlow flow(law->density(), flight.metric);
      auto expected = flow.start(x, {flight.place.momentum.begin(), flight.place.momentum.end()});
      EXPECT_NEAR(flight.joint, expected.joint, 1e-12 * (1 + std::fabs(expected.joint)));
      for (int n = 0; n < 10; ++n) {
        flow.leapfrog(expected, 0.1);
        const double joint = flight.fly(1, 0.1);
        EXPECT_NEAR(joint, expected.joint, 1e-10 * (1 + std::fabs(expected.joint)));
        for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(flight.end.x[i], expected.x[i], 1e-10);
      }
    }
  }
}

// A A^T is the covariance that the metric was made from, to single precision, whatever the units.
TEST(Metric, KeepsItsFactorInSinglePrecision) {
  const Numbers a{1e30, 0, 0, -2e-20, 1e-20, 0, 0.3, -0.4, 1.2};
  const Metric metric = dense_metric(a, 3);
  ASSERT_EQ(metric.factor.size(), math::packed_size(3));
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      EXPECT_NEAR(metric.scale[i] * static_cast<double>(metric.factor[math::packed_index(i, j)]), a[3 * i + j],
                  0x1p-24 * metric.scale[i]);
    }
  }
  EXPECT_EQ(std::count(metric.factor.begin(), metric.factor.end(), 0.0F), 64 - 6);
  EXPECT_NEAR(metric.scale[2], 1.3, 1e-15);
}

// Static HMC and the reversal of trajectories need A(-y) = -A(y), rounding included.
TEST(Leapfrog, IsOddInTheMomentum) {
  const auto law = test::make_law("gaussian");
  Flight there(*law, {1, -2, 0.5}, test::awkward_metric(*law, MetricKind::dense));
  Flight back(*law, {1, -2, 0.5}, there.metric);
  for (std::size_t k = 0; k < 3; ++k) back.place.momentum[k] = -there.place.momentum[k];
  EXPECT_EQ(there.fly(5, 0.2), back.fly(5, -0.2));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(there.place.x[i], back.place.x[i]);
    EXPECT_EQ(there.place.momentum[i], -back.place.momentum[i]);
  }
}

TEST(Leapfrog, LeavesIntegersAndAnglesWhereTheyAre) {
  for (const char* name : {"mixed", "circle"}) {
    const auto law = test::make_law(name);
    const Numbers x = std::string(name) == "mixed" ? Numbers{1, 2.5, 0} : Numbers{0.4, 1.3};
    Flight flight(*law, x, test::awkward_metric(*law, MetricKind::dense));
    flight.fly(5, 0.3);
    EXPECT_EQ(flight.hamiltonian.moving(), 1U);
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(flight.end.x[i] == x[i], i != 1);
  }
}

TEST(Leapfrog, CostsOneGradient) {
  const auto law = test::make_law("gaussian");
  const test::CountingPath path(*law);
  Flight flight(path, {1, -2, 0.5}, {});
  EXPECT_EQ(path.gradients, 1U);
  flight.fly(7, 0.01);
  EXPECT_EQ(path.gradients, 8U);
  EXPECT_EQ(flight.record.gradients, 8U);
}

TEST(Leapfrog, TheModelIsNotAskedWhereMomentumOverflowed) {
  const auto law = test::make_law("gaussian");
  const test::CountingPath path(*law);
  Flight flight(path, {1, -2, 0.5}, {});
  for (const double huge : {1e36, 1e200, -kInfinity}) {
    flight.place.force[1] = huge;
    EXPECT_EQ(flight.fly(1, 1), -kInfinity);
    EXPECT_EQ(path.gradients, 1U);
  }
  EXPECT_EQ(flight.record.error_events, 0U);
}

/// l0 a standard normal; V without value in its gradient.
class SteepPath final : public Path {
 public:
  [[nodiscard]] std::span<const Coordinate> coordinates() const override { return coordinates_; }
  [[nodiscard]] Potential evaluate(Point x) const override { return {-0.5 * x[0] * x[0], 0, -0.5 * x[0] * x[0], 0}; }
  [[nodiscard]] bool has_gradient() const override { return true; }
  Potential evaluate_gradient(Point x, PointOut gradient_reference, PointOut gradient_energy) const override {
    gradient_reference[0] = -x[0];
    gradient_energy[0] = kInfinity;
    return evaluate(x);
  }

 private:
  std::vector<Coordinate> coordinates_{Coordinate{}};
};

TEST(Leapfrog, IgnoresTheTargetsGradientAtBetaZero) {
  const SteepPath path;
  Flight flight(path, {0.4}, {}, 0);
  EXPECT_NEAR(flight.fly(10, 0.01), flight.joint, 1e-3);
  Flight hot(path, {0.4}, {}, 0.5);
  EXPECT_FALSE(std::isfinite(hot.fly(1, 0.01)));
}

/// A standard normal whose gradient fails where its density is fine, with nothing written, as a throw leaves it.
class BrokenGradientPath final : public Path {
 public:
  explicit BrokenGradientPath(double result) : result_(result) {}
  [[nodiscard]] std::span<const Coordinate> coordinates() const override { return coordinates_; }
  [[nodiscard]] Potential evaluate(Point x) const override { return {-0.5 * x[0] * x[0], 0, -0.5 * x[0] * x[0], 0}; }
  [[nodiscard]] bool has_gradient() const override { return true; }
  Potential evaluate_gradient(Point, PointOut, PointOut) const override { return {result_, result_, result_, 0}; }

 private:
  double result_;
  std::vector<Coordinate> coordinates_{Coordinate{}};
};

TEST(Hamiltonian, AGradientThatFailsIsCountedAndNotBelieved) {
  for (const double result : {std::nan(""), kInfinity, -kInfinity}) {
    const BrokenGradientPath path(result);
    for (const char* name : {"nuts", "hmc", "mala", "aaps", "automala"}) {
      ChainState state;
      state.x = {0.4};
      state.potential = path.evaluate(state.x);
      state.gradient_reference = {7};  // of an earlier point
      state.gradient_energy = {7};
      KernelRecord record;
      Workspace workspace;
      Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
      make_kernel(name)->step(state, {path, 1}, {}, rng, workspace, record);
      EXPECT_FALSE(state.has_gradient) << name;
      EXPECT_EQ(record.error_events, 1U) << name;
      EXPECT_EQ(record.error_point, state.x) << name;
      EXPECT_EQ(record.proposals, 0U) << name;
      EXPECT_EQ(record.gradients, 1U) << name;
      EXPECT_EQ(state.x[0], 0.4) << name;
    }
  }
}

TEST(Hamiltonian, NothingMovesWithoutDensityOrRealCoordinates) {
  const auto integers = test::make_law("integers");
  ChainState state;
  state.x = {4, 6, 0, 1};
  state.potential = integers->evaluate(state.x);
  KernelRecord record;
  Workspace workspace;
  const Metric unit;
  const Density density = integers->density();
  EXPECT_FALSE(detail::Hamiltonian(state, density, unit, workspace, record).prepare());
  EXPECT_EQ(record.gradients + record.stuck + record.error_events, 0U);

  const auto skewed = test::make_law("skewed");
  const Density bounded = skewed->density();
  state = ChainState{};
  state.x = {0, 0, -1};
  state.potential = skewed->evaluate(state.x);
  EXPECT_FALSE(detail::Hamiltonian(state, bounded, unit, workspace, record).prepare());
  EXPECT_EQ(record.stuck, 1U);
  state.potential.energy = std::nan("");
  EXPECT_FALSE(detail::Hamiltonian(state, bounded, unit, workspace, record).prepare());
  EXPECT_EQ(record.error_events, 1U);
  EXPECT_EQ(record.gradients, 0U);
}

}  // namespace
}  // namespace dovetail
