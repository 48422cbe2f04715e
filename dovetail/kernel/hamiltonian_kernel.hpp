/// What Hamiltonian kernels share: one trajectory per step, and the step size's warm-up.
#pragma once
#include <optional>

#include "dovetail/kernel/hamiltonian.hpp"
#include "dovetail/kernel/kernel.hpp"

namespace dovetail {

/// Warm-up of one chain: at each begin_window() a first step size is found from the present one, and dual averaging
/// begins anew; adapting_step() moves the step size towards `target`; end_tuning() settles on the averaged one.
/// step() leaves the tuning alone. Where it is frozen in rounds (tempering), step_factor() leads to the target.
class HamiltonianKernel : public Kernel {
 public:
  static constexpr double kStepMin = 1e-7;
  static constexpr double kStepMax = 1e7;

  [[nodiscard]] KernelNeeds needs() const final {
    return {.gradient = true, .real_only = true, .metric = true, .step_size = true, .knows_absence = true};
  }
  [[nodiscard]] Shows shows() const final { return Shows::trajectory; }
  [[nodiscard]] std::optional<double> target_acceptance() const override { return target_; }

  /// ((1/target - 1) / (1/s - 1))^(1/4), s the mean statistic of the round and of one trajectory more that met the
  /// target, so that short rounds do not jump (docs/maths/kernels.md section 9).
  [[nodiscard]] double step_factor(const KernelRecord& record) const final;

  void step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace& workspace,
            KernelRecord& record) const final;
  void begin_window(ChainState& state, const Density& density, Tuning& tuning, Rng& rng, Workspace& workspace,
                    KernelRecord& record) const final;
  void adapting_step(ChainState& state, const Density& density, Tuning& tuning, Rng& rng, Workspace& workspace,
                     KernelRecord& record) const final;
  void end_tuning(Tuning& tuning) const final;

 protected:
  /// `target` of the statistic that draw() returns, in (0, 1); UsageError otherwise.
  explicit HamiltonianKernel(double target);

  /// One trajectory from `state`, which hamiltonian.prepare() found able to move: writes record.last and returns the
  /// statistic in [0, 1], decreasing in the step size, that adaptation holds at the target.
  virtual double draw(detail::Hamiltonian& hamiltonian, double step_size, Rng& rng, Workspace& workspace,
                      KernelRecord& record) const = 0;

 private:
  std::optional<double> move(bool adapting, ChainState& state, const Density& density, const Tuning& tuning, Rng& rng,
                             Workspace& workspace, KernelRecord& record) const;

  double target_;
};

/// The step size nearest `from`, by doubling or halving, at which the acceptance min(1, exp(H - H')) of one leapfrog
/// step with a fresh momentum has crossed 0.8 (Hoffman and Gelman 2014, algorithm 4, with Stan's 0.8): from above, the
/// first that is below, and the other way round. Within kStepMin..kStepMax, so at most 49 leapfrog steps, 2 m words and
/// one gradient evaluation each. `from` itself where the state cannot move.
[[nodiscard]] double find_step_size(ChainState& state, const Density& density, const Metric& metric, double from,
                                    Rng& rng, Workspace& workspace, KernelRecord& record);

}  // namespace dovetail
