// What a path makes of a model: the pair (l0, V), error events, gradients, draws.
#include "dovetail/model/path.hpp"

#include <cmath>
#include <stdexcept>
#include <thread>

#include "dovetail/kernel/kernel.hpp"
#include "dovetail/model/callable.hpp"
#include "dovetail/model/check.hpp"
#include "dovetail/tempering/reference.hpp"
#include "tests/unit/model/sample_models.hpp"

namespace dovetail::test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Returns the two numbers it is told; throws when told.
class Puppet final : public Model {
 public:
  Puppet(double prior, double likelihood) : parts_{prior, likelihood} {
    about_.name = "puppet";
    about_.coordinates.resize(1);
    about_.parts = true;
  }
  [[nodiscard]] const ModelDescription& description() const override { return about_; }
  [[nodiscard]] LogDensity log_density(Point x) const override {
    if (x[0] == 13) throw std::runtime_error("thirteen");
    if (x[0] == 14) throw 14;
    return parts_;
  }
  void output_values(Point, Rng&, PointOut) const override {}

 private:
  LogDensity parts_;
  ModelDescription about_;
};

/// N(1, 4) on every coordinate.
class WideNormal final : public tempering::Reference {
 public:
  [[nodiscard]] std::size_t dimension() const override { return 1; }
  [[nodiscard]] double log_density(std::span<const double> x) const override {
    if (x[0] > 1e100) return -kInfinity;  // what a square beyond all numbers gives
    double sum = 0;
    for (const double v : x) sum += -0.125 * (v - 1) * (v - 1) - std::log(2.0) - 0.5 * std::log(2 * M_PI);
    return sum;
  }
  double log_density_gradient(std::span<const double> x, std::span<double> gradient) const override {
    for (std::size_t i = 0; i < x.size(); ++i) gradient[i] = -0.25 * (x[i] - 1);
    return log_density(x);
  }
  void draw(Rng&, std::span<double> x) const override {
    for (double& v : x) v = 7;
  }
};

Potential prior_potential(double prior, double likelihood) {
  ModelFaults faults;
  const Puppet puppet(prior, likelihood);
  return PriorPath(puppet, faults).evaluate(std::vector<double>{0.0});
}

void expect_error_everywhere(const Potential& p) {
  for (const double beta : {0.0, 0.5, 1.0}) EXPECT_TRUE(is_error(log_at(p, beta))) << beta;
}

TEST(PriorPath, SplitsThePotentialsWithoutCancellation) {
  const Potential p = prior_potential(-3, -1e300);
  EXPECT_EQ(p.reference, -3);
  EXPECT_EQ(p.energy, -1e300);
  EXPECT_EQ(p.log_prior, -3);
  EXPECT_EQ(p.log_likelihood, -1e300);
}

TEST(PriorPath, OutsideThePriorNothingElseCounts) {
  for (const double likelihood : {0.0, -kInfinity, kInfinity, kNan}) {
    const Potential p = prior_potential(-kInfinity, likelihood);
    EXPECT_EQ(p.reference, -kInfinity);
    EXPECT_EQ(p.energy, 0);
    for (const double beta : {0.0, 0.5, 1.0}) EXPECT_EQ(log_at(p, beta), -kInfinity) << beta;
  }
}

TEST(PriorPath, AnImpossibleLikelihoodIsAValue) {
  const Potential p = prior_potential(-3, -kInfinity);
  EXPECT_EQ(log_at(p, 0), -3);
  EXPECT_EQ(log_at(p, 0.5), -kInfinity);
  EXPECT_EQ(log_at(p, 1), -kInfinity);
  EXPECT_EQ(p.energy, -kInfinity);
}

TEST(PriorPath, WhatIsNoNumberIsAnErrorAtEveryTemperature) {
  expect_error_everywhere(prior_potential(kNan, 0));
  expect_error_everywhere(prior_potential(-3, kNan));
  expect_error_everywhere(prior_potential(-3, kInfinity));
  expect_error_everywhere(prior_potential(kInfinity, -3));
  expect_error_everywhere(prior_potential(kInfinity, -kInfinity));
}

TEST(PriorPath, CatchesWhatTheModelThrowsAndKeepsTheFirst) {
  ModelFaults faults;
  const Puppet puppet(0, 0);
  const PriorPath path(puppet, faults);
  EXPECT_FALSE(faults.first());
  expect_error_everywhere(path.evaluate(std::vector<double>{13.0}));
  expect_error_everywhere(path.evaluate(std::vector<double>{14.0}));
  ASSERT_TRUE(faults.first());
  EXPECT_EQ(faults.first()->message, "threw: thirteen");
  EXPECT_EQ(faults.first()->point, std::vector<double>{13.0});
}

TEST(PriorPath, NamesNanAndInfinity) {
  ModelFaults nan, infinite, fine;
  const std::vector<double> x = {2};
  (void)PriorPath(Puppet(0, kNan), nan).evaluate(x);
  (void)PriorPath(Puppet(0, kInfinity), infinite).evaluate(x);
  (void)PriorPath(Puppet(0, -kInfinity), fine).evaluate(x);
  EXPECT_EQ(nan.first()->message, "gave NaN");
  EXPECT_EQ(infinite.first()->message, "gave +inf");
  EXPECT_FALSE(fine.first());
}

TEST(ModelFaults, ManyThreadsLeaveOneWholeFault) {
  ModelFaults faults;
  const Puppet puppet(0, 0);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      const PriorPath path(puppet, faults);
      for (int i = 0; i < 200; ++i) (void)path.evaluate(std::vector<double>{i % 2 == 0 ? 13.0 : 14.0});
    });
  }
  threads.clear();
  ASSERT_TRUE(faults.first());
  const bool thirteen = faults.first()->point == std::vector<double>{13.0};
  EXPECT_EQ(faults.first()->message, thirteen ? "threw: thirteen" : "threw something that is no std::exception");
}

TEST(PriorPath, DrawsFromPriorAndFromEveryTemperatureThatTheModelKnows) {
  ModelFaults faults;
  const auto normal = make_model("builtin:mvn,d=1");
  const auto ridge = make_model("builtin:unid");
  std::vector<double> x(2);
  Rng rng = test_rng();
  EXPECT_TRUE(PriorPath(*normal, faults).draw_exact(0.5, rng, std::span(x).first(1)));
  EXPECT_TRUE(PriorPath(*ridge, faults).draw_exact(0, rng, x));
  EXPECT_FALSE(PriorPath(*ridge, faults).draw_exact(0.5, rng, x));
  EXPECT_FALSE(PriorPath(*ridge, faults).draw_exact(1, rng, x));
}

TEST(ReferencePath, RunsFromTheReferenceToTheTarget) {
  ModelFaults faults;
  const auto model = make_model("builtin:mvn,d=1");
  const WideNormal wide;
  const ReferencePath path(*model, wide, faults);
  const std::vector<double> x = {0.4};
  const Potential p = path.evaluate(x);
  const LogDensity parts = model->log_density(x);
  EXPECT_EQ(log_at(p, 0), wide.log_density(x));
  EXPECT_EQ(log_at(p, 1), parts.prior + parts.likelihood);
  EXPECT_NEAR(p.reference + p.energy, parts.prior + parts.likelihood, 1e-14);
  std::vector<double> drawn(1);
  Rng rng = test_rng();
  EXPECT_TRUE(path.draw_exact(0, rng, drawn));
  EXPECT_EQ(drawn[0], 7);
  EXPECT_FALSE(path.draw_exact(0.5, rng, drawn));
}

TEST(ReferencePath, KeepsTheTableOfWhatIsNoNumber) {
  ModelFaults faults;
  const WideNormal wide;
  const auto at = [&](double prior, double likelihood, double x) {
    const Puppet puppet(prior, likelihood);
    return ReferencePath(puppet, wide, faults).evaluate(std::vector<double>{x});
  };
  EXPECT_EQ(at(-kInfinity, 0, 0).energy, -kInfinity);
  EXPECT_EQ(at(-1, -kInfinity, 0).energy, -kInfinity);
  EXPECT_EQ(at(-1, -1, 1e150).energy, kInfinity);
  EXPECT_EQ(log_at(at(-1, -1, 1e150), 0), -kInfinity);
  EXPECT_EQ(log_at(at(-1, -1, 1e150), 1), -2);
  EXPECT_EQ(at(-kInfinity, 0, 1e150).energy, 0);
  EXPECT_EQ(log_at(at(-kInfinity, 0, 1e150), 0.5), -kInfinity);
  expect_error_everywhere(at(kNan, 0, 0));
  expect_error_everywhere(at(0, kInfinity, 0));
}

TEST(Path, GradientsAreThoseOfTheTwoPotentials) {
  ModelFaults faults;
  const WideNormal wide;
  const auto normal = make_model("builtin:mvn,d=1");
  const auto ridge = make_model("builtin:banana");
  const PriorPath prior_path(*ridge, faults);
  const ReferencePath reference_path(*normal, wide, faults);
  for (const Path* path : {static_cast<const Path*>(&prior_path), static_cast<const Path*>(&reference_path)}) {
    ASSERT_TRUE(path->has_gradient());
    std::vector<double> x(path->dimension(), 0.7), reference(x.size()), energy(x.size());
    const Potential p = path->evaluate_gradient(x, reference, energy);
    EXPECT_EQ(p.reference, path->evaluate(x).reference);
    EXPECT_EQ(p.energy, path->evaluate(x).energy);
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_NEAR(reference[i], difference([&](Point u) { return path->evaluate(u).reference; }, x, i).value, 1e-8);
      EXPECT_NEAR(energy[i], difference([&](Point u) { return path->evaluate(u).energy; }, x, i).value, 1e-8);
    }
  }
}

TEST(Path, RepotentialEqualsAnEvaluation) {
  ModelFaults faults;
  const WideNormal wide;
  const auto model = make_model("builtin:mvn,d=1");
  const ReferencePath path(*model, wide, faults);
  const PriorPath prior(*model, faults);
  const std::vector<double> x = {-0.3};
  const Potential moved = path.repotential(x, prior.evaluate(x));
  const Potential fresh = path.evaluate(x);
  EXPECT_EQ(moved.reference, fresh.reference);
  EXPECT_EQ(moved.energy, fresh.energy);
  EXPECT_EQ(prior.repotential(x, moved).energy, prior.evaluate(x).energy);
}

}  // namespace
}  // namespace dovetail::test
