/// Hamiltonian Monte Carlo with trajectories of a length that is drawn, and its shortest form, MALA.
#pragma once
#include "dovetail/kernel/hamiltonian_kernel.hpp"

namespace dovetail {

/// Static HMC: L ~ U{1 .. 2 L0} leapfrog steps, then a Metropolis decision (Neal 2011, Handbook of MCMC chapter 5;
/// the length is drawn so that no period of the target can be met). docs/maths/kernels.md section 9.
///
/// Statistic of adaptation: min(1, exp(H - H')), towards `target`. A trajectory whose energy error passes 1000 counts
/// as divergent; it goes on, since where it stops may not depend on where it began, and ends early (the point stays)
/// only where it leaves the support or overflows. Cost: L gradients, none for the start.
class HmcKernel final : public HamiltonianKernel {
 public:
  /// `leapfrogs`: L0 >= 1; UsageError otherwise.
  HmcKernel(unsigned leapfrogs, double target);

 protected:
  double draw(detail::Hamiltonian& hamiltonian, double step_size, Rng& rng, Workspace& workspace,
              KernelRecord& record) const override;

 private:
  unsigned leapfrogs_;
};

/// MALA: one leapfrog step and a Metropolis decision, x' = x + (eps^2/2) S grad l + eps A xi. The step size is adapted
/// to the acceptance 0.574 that is best for many independent coordinates (Roberts and Rosenthal 1998, JRSS B 60).
class MalaKernel final : public HamiltonianKernel {
 public:
  static constexpr double kTarget = 0.574;
  MalaKernel() : HamiltonianKernel(kTarget) {}

 protected:
  double draw(detail::Hamiltonian& hamiltonian, double step_size, Rng& rng, Workspace& workspace,
              KernelRecord& record) const override;
};

}  // namespace dovetail
