/// Metropolis moves along what earlier points of all chains span: differential evolution, snooker, stretch.
///
/// The points are those of Tuning::archive, gathered in warm-up (or in the round before) and frozen since. Given the
/// archive each step is a Metropolis-Hastings step of one chain, so the law is kept exactly and chains never talk
/// (docs/maths/kernels.md section 5; docs/adr/0017).
#pragma once
#include <cstddef>
#include <cstdint>

#include "dovetail/kernel/kernel.hpp"

namespace dovetail {

enum class PopulationMove : std::uint8_t {
  differential_evolution,  ///< along the difference of two archived points (ter Braak and Vrugt 2008, DE-MCz)
  snooker,                 ///< along the line through an archived point, by a projected difference (ibid.)
  stretch,                 ///< towards or away from an archived point (Goodman and Weare 2010)
};

/// Points that an archive must have before it is used: twice as many as span the space of `reals` coordinates.
[[nodiscard]] constexpr std::size_t archive_least(std::size_t reals) { return 2 * (reals + 1); }

/// Moves all real coordinates together, leaves the others where they are. One density evaluation a step.
///
/// With an archive of fewer than archive_least points, and at half of the steps of a warm-up (so that no poor first
/// archive is ever the only source of moves), a normal random walk whose size is drawn anew each time from four decades
/// below 2.38 / sqrt(m) standard deviations. Error events are never accepted; a start without density moves to any
/// point with one. The uniform of the decision is drawn in every case.
class PopulationKernel final : public Kernel {
 public:
  explicit PopulationKernel(PopulationMove move) : move_(move) {}

  [[nodiscard]] KernelNeeds needs() const override { return {.real_only = true, .moments = true, .archive = true}; }
  [[nodiscard]] Shows shows() const override { return Shows::acceptance; }
  void step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace& workspace,
            KernelRecord& record) const override;
  void adapting_step(ChainState& state, const Density& density, Tuning& tuning, Rng& rng, Workspace& workspace,
                     KernelRecord& record) const override;

 private:
  PopulationMove move_;
};

}  // namespace dovetail
