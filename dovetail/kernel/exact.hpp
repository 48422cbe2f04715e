/// Independent draws, where the path has them: the kernel against which others are measured.
#pragma once
#include "dovetail/kernel/kernel.hpp"

namespace dovetail {

/// Replaces the point by Path::draw_exact at the density's beta, then one density evaluation for the potential.
/// A draw where the model fails is an error event and the old point stays; one without density (a bound met by
/// rounding) counts as stuck. UsageError when the path has no exact draws at this beta.
class ExactKernel final : public Kernel {
 public:
  [[nodiscard]] KernelNeeds needs() const override {
    return {.exact_draws = true, .knows_absence = true, .births = true};
  }
  void step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace& workspace,
            KernelRecord& record) const override;
};

}  // namespace dovetail
