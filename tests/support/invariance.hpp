/// Whether a kernel leaves a law as it was: start in it exactly, take steps, still be there.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "dovetail/kernel/kernel.hpp"
#include "tests/support/kolmogorov.hpp"
#include "tests/support/laws_with_draws.hpp"

namespace dovetail::test {

/// Kolmogorov-Smirnov distances of each coordinate (to its law where that has a closed form), the log density, the norm
/// and a product of two coordinates (to as many exact draws), after each of `steps` steps with frozen tuning. A false
/// alarm over all of them has probability below 1e-6, for every number of starts from 458.
inline void expect_invariance(const Law& law, const Kernel& kernel, const Tuning& tuning, std::uint32_t starts,
                              std::size_t steps, std::uint64_t seed) {
  using Samples = std::vector<std::vector<double>>;  // observable x start
  const std::size_t d = law.dimension();
  const std::size_t observables = d + 3;
  const double alpha = 1e-6 / static_cast<double>(steps * observables);
  const Density density = law.density();
  const auto observe = [&](Samples& samples, std::size_t start, Point x, double log_density) {
    double square = 0;
    for (std::size_t i = 0; i < d; ++i) {
      samples[i][start] = x[i];
      square += x[i] * x[i];
    }
    samples[d][start] = log_density;
    samples[d + 1][start] = square;
    samples[d + 2][start] = x.front() * x.back();
  };
  std::vector<Samples> after(steps, Samples(observables, std::vector<double>(starts)));
  Samples exact(observables, std::vector<double>(starts));
  Workspace workspace;
  KernelRecord record;
  ChainState state;
  std::uint32_t moved = 0;
  for (std::uint32_t start = 0; start < starts; ++start) {
    state = ChainState{};
    state.x.resize(d);
    Rng reference({seed, Purpose::reference, ItemId(start), Step(0)});
    law.draw(reference, state.x);
    observe(exact, start, state.x, density.log(law.evaluate(state.x)));
    Rng initial({seed, Purpose::initial_point, ItemId(start), Step(0)});
    law.draw(initial, state.x);
    state.potential = law.evaluate(state.x);
    state.has_gradient = false;
    const std::vector<double> begin = state.x;
    for (std::size_t t = 0; t < steps; ++t) {
      Rng rng({seed, Purpose::kernel, ItemId(start), Step(t)});
      kernel.step(state, density, tuning, rng, workspace, record);
      observe(after[t], start, state.x, density.log(state.potential));
    }
    moved += state.x != begin ? 1 : 0;
  }
  EXPECT_GT(moved, 0U) << "what stays leaves every law as it was";
  for (auto& sample : exact) std::sort(sample.begin(), sample.end());
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t g = 0; g < observables; ++g) {
      auto& sample = after[t][g];
      std::sort(sample.begin(), sample.end());
      double distance = 0;
      double threshold = ks_threshold(starts, alpha);
      if (g < d && law.cdf(g, sample[0])) {
        const bool integer = law.coordinates()[g].kind == CoordinateKind::integer;
        const auto upto = [&](double v) { return *law.cdf(g, v); };
        distance = ks_distance(
            sample, [&](double v) { return upto(integer ? v - 1 : v); }, upto);
      } else {
        distance = ks_distance(sample, exact[g]);
        threshold = ks_threshold_two_samples(starts, alpha);
      }
      EXPECT_LT(distance, threshold) << "observable " << g << " of " << d << " + 3 after " << t + 1 << " steps";
    }
  }
  EXPECT_EQ(record.error_events, 0U);
  EXPECT_EQ(record.stuck, 0U);
}

}  // namespace dovetail::test
