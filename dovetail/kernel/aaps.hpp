/// The apogee-to-apogee path sampler: trajectories measured in the hills that they cross.
#pragma once
#include "dovetail/kernel/hamiltonian_kernel.hpp"

namespace dovetail {

/// AAPS (Sherlock, Urbas and Ludkin, arXiv 2112.08187). docs/maths/kernels.md section 9.
///
/// The leapfrog path through the start is cut into segments at its apogees, the local maxima of -l_beta along it:
/// between states where y . A^T grad l_beta goes from negative to not negative. The segment of the start, c ~
/// Uniform{0..5} segments after it and 5 - c before it make up the path; the next state is drawn from all its states
/// in proportion to exp(-H). Nothing is rejected.
///
/// The point stays where the path, or the one state beyond either end that shows the end, leaves the support or
/// overflows, where H spreads over more than 1000 (both: divergent) or where more than `leapfrogs_max` steps are needed
/// (counts in depth_hits): all are properties of the path, the same from wherever in it the chain began. In warm-up it
/// moves all the same, to one of the states that there are.
///
/// Statistic of adaptation: 1 / (1 + 4 s^2) towards 1/2, s the standard deviation of H over the path's states, so that
/// s is about 1/2; 0 where the path diverged, 1 where it met the cap. StepFigures::acceptance: mean of
/// min(1, exp(H0 - H)) over all new states.
/// Cost: one gradient per leapfrog step, none for the start.
class AapsKernel final : public HamiltonianKernel {
 public:
  static constexpr unsigned kSegments = 5;  ///< K
  /// `leapfrogs_max` >= 1.
  explicit AapsKernel(std::uint32_t leapfrogs_max) : HamiltonianKernel(0.5), leapfrogs_max_(leapfrogs_max) {}
  /// Its target is one of the statistic.
  [[nodiscard]] std::optional<double> target_acceptance() const override { return std::nullopt; }

 protected:
  double draw(detail::Hamiltonian& hamiltonian, double step_size, Rng& rng, Workspace& workspace,
              KernelRecord& record) const override;

 private:
  std::uint32_t leapfrogs_max_;
};

}  // namespace dovetail
