/// Coordinate-wise slice sampling: the kernel that needs nothing but density values.
#pragma once
#include "dovetail/kernel/kernel.hpp"

namespace dovetail {

/// Updates every coordinate in turn, `passes` times (Neal 2003; docs/maths/kernels.md section 1). Switches stay, and so
/// does what is not there.
///
/// Reals: doubling from tuning.width[i]. Integers: the half-open form of the same, from the whole number nearest to
/// tuning.width[i]; two-valued ones by their full conditional, with one evaluation. Cyclic coordinates: shrinkage from
/// the whole circle. No gradient; any coordinate kinds; every beta.
///
/// Density evaluations: up to 2 to open an interval, 1 per doubling, 1 per candidate, some in the doubling test; values
/// known are reused and the start is never evaluated again. A point where the model fails is an error event and counts
/// as outside the slice. An update whose bracket shrinks to nothing keeps its coordinate and counts as stuck.
class SliceKernel final : public Kernel {
 public:
  explicit SliceKernel(unsigned passes = 3) : passes_(passes) {}
  [[nodiscard]] KernelNeeds needs() const override { return {.knows_absence = true}; }
  void step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace& workspace,
            KernelRecord& record) const override;

 private:
  unsigned passes_;
};

}  // namespace dovetail
