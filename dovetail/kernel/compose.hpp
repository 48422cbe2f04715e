/// Kernels made of kernels: cycles and mixtures leave the law of their parts alone (docs/maths/kernels.md section 6).
#pragma once
#include <memory>
#include <vector>

#include "dovetail/kernel/kernel.hpp"

namespace dovetail {

/// One after the other, in the given order, on the same state and stream. Invariant, in general not reversible.
/// Written `a+b` in the registry.
class CycleKernel final : public Kernel {
 public:
  /// At least one part.
  explicit CycleKernel(std::vector<std::unique_ptr<Kernel>> parts);
  [[nodiscard]] KernelNeeds needs() const override;
  void step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace& workspace,
            KernelRecord& record) const override;

 private:
  std::vector<std::unique_ptr<Kernel>> parts_;
};

/// One part at each step, chosen with fixed probabilities that do not look at the state. Reversible when the parts are.
class MixtureKernel final : public Kernel {
 public:
  /// `weights`: one per part, finite, not negative, not all 0; need not add up to 1. UsageError otherwise.
  MixtureKernel(std::vector<std::unique_ptr<Kernel>> parts, std::vector<double> weights);
  [[nodiscard]] KernelNeeds needs() const override;
  void step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace& workspace,
            KernelRecord& record) const override;

 private:
  std::vector<std::unique_ptr<Kernel>> parts_;
  std::vector<double> cumulative_;
};

}  // namespace dovetail
