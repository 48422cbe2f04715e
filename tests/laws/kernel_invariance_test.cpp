// Every kernel of the registry leaves every law invariant: start in it exactly, take steps, still be there.
//
// DOVETAIL_STARTS independent starts, 1..5 steps; Kolmogorov-Smirnov distance of each coordinate (to its law where that
// has a closed form), of the log density, the norm and a product of two coordinates (to as many exact draws).
// Thresholds hold for every sample size; false alarms per test below 1e-6 over all its comparisons.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "dovetail/adapt/tuning.hpp"
#include "dovetail/kernel/registry.hpp"
#include "tests/support/kolmogorov.hpp"
#include "tests/support/laws_with_draws.hpp"
#include "tests/support/seed.hpp"

#ifndef DOVETAIL_STARTS  // mutants are gross
#define DOVETAIL_STARTS 10000
#define DOVETAIL_CYCLE_STARTS 10000
#endif

namespace dovetail {
namespace {

/// Cycles get DOVETAIL_CYCLE_STARTS, which may be fewer: each of their parts is tested alone.
std::size_t starts_for(const std::string& kernel) {
  return kernel.find('+') == std::string::npos ? DOVETAIL_STARTS : DOVETAIL_CYCLE_STARTS;
}
constexpr std::size_t kSteps = 5;
constexpr double kAlpha = 1e-6;

using Samples = std::vector<std::vector<double>>;  // observable x start

std::size_t observables(std::size_t d) { return d + 3; }
std::string observable_name(std::size_t g, std::size_t d) {
  if (g < d) return "coordinate " + std::to_string(g);
  return std::vector<std::string>{"log density", "norm", "product"}[g - d];
}

void observe(Samples& samples, std::size_t start, Point x, double log_density) {
  const std::size_t d = x.size();
  double square = 0;
  for (std::size_t i = 0; i < d; ++i) {
    samples[i][start] = x[i];
    square += x[i] * x[i];
  }
  samples[d][start] = log_density;
  samples[d + 1][start] = square;
  samples[d + 2][start] = x.front() * x.back();
}

/// Unlike every coordinate's own scale, so that bracketing, doubling and step searches all happen. In whitened units
/// the step is short enough for trajectories of several lengths.
Tuning awkward_tuning(const test::Law& law, const KernelNeeds& needs) {
  const auto coordinates = law.coordinates();
  Tuning tuning = initial_tuning(coordinates);
  tuning.step_size = needs.metric ? 0.5 : 0.8;
  tuning.metric = test::awkward_metric(law, test::metric_kind_for(law));
  for (std::size_t i = 0; i < coordinates.size(); ++i) {
    tuning.scale[i] = 0.5 + 0.75 * static_cast<double>(i);
    tuning.width[i] = coordinates[i].kind == CoordinateKind::integer ? 2 : 0.6;
  }
  return tuning;
}

void sort_each(Samples& samples) {
  for (auto& sample : samples) std::sort(sample.begin(), sample.end());
}

/// Both samples sorted.
void expect_the_law(const test::Law& law, const Samples& samples, const Samples& exact, std::size_t step) {
  const std::size_t d = law.dimension();
  const std::size_t starts = exact[0].size();
  const double alpha = kAlpha / static_cast<double>(kSteps * observables(d));
  for (std::size_t g = 0; g < observables(d); ++g) {
    double distance = 0;
    double threshold = test::ks_threshold(starts, alpha);
    if (g < d && law.cdf(g, samples[g][0])) {
      const bool integer = law.coordinates()[g].kind == CoordinateKind::integer;
      const auto upto = [&](double v) { return *law.cdf(g, v); };
      distance = test::ks_distance(
          samples[g], [&](double v) { return upto(integer ? v - 1 : v); }, upto);
    } else {
      distance = test::ks_distance(samples[g], exact[g]);
      threshold = test::ks_threshold_two_samples(starts, alpha);
    }
    EXPECT_LT(distance, threshold) << observable_name(g, d) << " after " << step << " steps";
  }
}

class KernelInvariance : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(KernelInvariance, LeavesTheLawAsItWas) {
  const auto law = test::make_law(std::get<1>(GetParam()));
  KernelSettings settings;
  settings.leapfrogs = 4;
  const auto kernel = make_kernel(std::get<0>(GetParam()), law->coordinates(), settings);
  const Density density = law->density();
  const Tuning tuning = awkward_tuning(*law, kernel->needs());
  const std::size_t d = law->dimension();
  const std::size_t starts = starts_for(std::get<0>(GetParam()));
  const std::uint64_t seed = test::seed_from_name();

  std::vector<Samples> after(kSteps, Samples(observables(d), std::vector<double>(starts)));
  Samples exact(observables(d), std::vector<double>(starts));
  Workspace workspace;
  KernelRecord record;
  ChainState state;
  for (std::uint32_t start = 0; start < starts; ++start) {
    Rng reference({seed, Purpose::reference, ItemId(start), Step(0)});
    state = ChainState{};
    state.x.resize(d);
    law->draw(reference, state.x);
    observe(exact, start, state.x, density.log(law->evaluate(state.x)));
    Rng initial({seed, Purpose::initial_point, ItemId(start), Step(0)});
    law->draw(initial, state.x);
    state.potential = law->evaluate(state.x);
    for (std::size_t t = 0; t < kSteps; ++t) {
      Rng rng({seed, Purpose::kernel, ItemId(start), Step(t)});
      kernel->step(state, density, tuning, rng, workspace, record);
      observe(after[t], start, state.x, density.log(state.potential));
    }
  }
  sort_each(exact);
  for (std::size_t t = 0; t < kSteps; ++t) {
    sort_each(after[t]);
    expect_the_law(*law, after[t], exact, t + 1);
  }
  EXPECT_EQ(record.error_events, 0U);
  EXPECT_EQ(record.stuck, 0U);
}

std::vector<std::string> kernel_names() {
  std::vector<std::string> names;
  for (const KernelEntry& entry : kernel_registry()) names.emplace_back(entry.name);
  return names;
}

std::string case_name(const ::testing::TestParamInfo<std::tuple<std::string, std::string>>& info) {
  std::string name = std::get<0>(info.param) + "_" + std::get<1>(info.param);
  std::replace(name.begin(), name.end(), '+', '_');
  return name + "_from_" + std::to_string(starts_for(std::get<0>(info.param)));
}

INSTANTIATE_TEST_SUITE_P(Registry, KernelInvariance,
                         ::testing::Combine(::testing::ValuesIn(kernel_names()),
                                            ::testing::ValuesIn(test::law_names())),
                         case_name);

}  // namespace
}  // namespace dovetail
