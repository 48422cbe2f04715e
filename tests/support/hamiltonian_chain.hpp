/// A chain of one Hamiltonian kernel on one path, for tests: state, tuning, record and the streams of its steps.
#pragma once
#include <memory>

#include "dovetail/adapt/tuning.hpp"
#include "dovetail/kernel/hamiltonian_kernel.hpp"
#include "tests/support/laws_with_draws.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::test {

struct HamiltonianChain {
  const Path& path;
  double beta;
  std::unique_ptr<Kernel> kernel;
  Tuning tuning;
  ChainState state;
  Workspace workspace;
  KernelRecord record;

  HamiltonianChain(std::unique_ptr<Kernel> k, const Path& p, double at_beta, std::vector<double> x)
      : path(p), beta(at_beta), kernel(std::move(k)), tuning(initial_tuning(p.coordinates())) {
    state.x = std::move(x);
    state.potential = path.evaluate(state.x);
  }
  /// From an exact draw of the law.
  HamiltonianChain(std::unique_ptr<Kernel> k, const Law& law)
      : HamiltonianChain(std::move(k), law, Law::kLawBeta, draw_from(law)) {}

  [[nodiscard]] Density density() const { return {path, beta}; }
  [[nodiscard]] static Rng stream(std::uint64_t t) {
    return Rng({seed_from_name(), Purpose::kernel, ItemId(0), Step(t)});
  }
  void step(std::uint64_t t) {
    Rng rng = stream(t);
    kernel->step(state, density(), tuning, rng, workspace, record);
  }
  void begin_window(std::uint64_t t) {
    Rng rng = stream(t);
    kernel->begin_window(state, density(), tuning, rng, workspace, record);
  }
  void adapting_step(std::uint64_t t) {
    Rng rng = stream(t);
    kernel->adapting_step(state, density(), tuning, rng, workspace, record);
  }

 private:
  static std::vector<double> draw_from(const Law& law) {
    std::vector<double> x(law.dimension());
    Rng rng({seed_from_name(), Purpose::initial_point, ItemId(0), Step(0)});
    law.draw(rng, x);
    return x;
  }
};

}  // namespace dovetail::test
