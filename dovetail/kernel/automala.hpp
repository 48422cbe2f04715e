/// autoMALA: a Langevin kernel that chooses its step size anew at every move, reversibly.
#pragma once
#include "dovetail/kernel/kernel.hpp"

namespace dovetail {

/// Biron-Lattes, Surjanovic, Syed, Campbell and Bouchard-Cote 2024 (AISTATS); docs/maths/kernels.md section 2.
///
/// One call draws a diagonal preconditioner (tuning.scale, identity or a mixture, independent of x) and makes
/// 3 ceil(n^0.35) refreshments, n the number of real coordinates: new velocity, leapfrog step tuning.step_size * 2^j
/// with j chosen by the change of the joint log density, kept only when the reversed move chooses the same j, then a
/// Metropolis decision. |j| <= 60; a search that runs further stays and counts as stuck.
///
/// Cost: one gradient evaluation per trial, none for the start (cached in the state, for every beta) nor for the
/// reversed trial at j; about 2.7 per refreshment once the step size is adapted. Moves real coordinates that are
/// there, alone. An
/// infinite l_beta at a trial ends the search in that direction; a failing model counts as an error event besides.
/// Start points without density are kept: no velocity leads away from there.
class AutoMalaKernel final : public Kernel {
 public:
  [[nodiscard]] KernelNeeds needs() const override {
    return {.gradient = true, .real_only = true, .moments = true, .step_size = true, .knows_absence = true};
  }
  void step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace& workspace,
            KernelRecord& record) const override;
  /// The mean of 2^j.
  [[nodiscard]] double step_factor(const KernelRecord& record) const override;
};

}  // namespace dovetail
