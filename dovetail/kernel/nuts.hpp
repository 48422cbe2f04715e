/// The no-U-turn sampler: Hamiltonian trajectories that double until they turn back.
#pragma once
#include "dovetail/kernel/hamiltonian_kernel.hpp"

namespace dovetail {

/// Multinomial NUTS (Hoffman and Gelman 2014, JMLR 15; Betancourt 2017, arXiv 1701.02434, appendix A), with the checks
/// across neighbouring subtrees that Stan makes since 2.21. docs/maths/kernels.md section 9.
///
/// The trajectory doubles in a random direction up to `depth_max` times. A (sub)tree is good while neither of its ends,
/// nor of its halves extended by one state, moves against the sum of its momenta; a new half that is not good, or in
/// which H spreads over more than 1000 within the whole trajectory (divergence), is dropped and ends the trajectory. In
/// warm-up H may fall as far as it likes.
/// The state is drawn in proportion to exp(-H) within a half, between halves with preference for the new one.
///
/// Statistic of adaptation and StepFigures::acceptance: mean of min(1, exp(H0 - H)) over all new states.
/// StepFigures::depth: doublings that were kept. A trajectory that the cap ended counts in depth_hits.
/// Cost: one gradient per leapfrog step, at most 2^depth_max - 1, none for the start. Memory (depth_max + 1) (3 d + 3
/// m) numbers. Without recursion: finished subtrees wait on a stack as the digits of a binary counter.
class NutsKernel final : public HamiltonianKernel {
 public:
  static constexpr unsigned kDepthMax = 20;
  /// `depth_max`: 1 to kDepthMax; UsageError otherwise.
  NutsKernel(unsigned depth_max, double target);

 protected:
  double draw(detail::Hamiltonian& hamiltonian, double step_size, Rng& rng, Workspace& workspace,
              KernelRecord& record) const override;

 private:
  unsigned depth_max_;
};

}  // namespace dovetail
