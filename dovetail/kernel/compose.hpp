/// Kernels made of kernels: cycles and mixtures leave the law of their parts alone (docs/maths/kernels.md section 6).
#pragma once
#include <memory>
#include <vector>

#include "dovetail/kernel/kernel.hpp"

namespace dovetail {

/// What cycles and mixtures share: needs and warm-up are those of all parts.
class ComposedKernel : public Kernel {
 public:
  [[nodiscard]] KernelNeeds needs() const final;
  [[nodiscard]] Shows shows() const final;
  /// That of the one part that shows an acceptance; empty where several write it in turn.
  [[nodiscard]] std::optional<double> target_acceptance() const final;
  /// That of the one part that has a step size.
  [[nodiscard]] double step_factor(const KernelRecord& record) const final;
  void begin_tuning(Tuning& tuning, std::span<const Coordinate> coordinates) const final;
  void begin_window(ChainState& state, const Density& density, Tuning& tuning, Rng& rng, Workspace& workspace,
                    KernelRecord& record) const final;
  void end_tuning(Tuning& tuning) const final;
  void end_round(Tuning& tuning, const KernelRecord& record) const final;

 protected:
  explicit ComposedKernel(std::vector<std::unique_ptr<Kernel>> parts) : parts_(std::move(parts)) {}
  std::vector<std::unique_ptr<Kernel>> parts_;
};

/// One after the other, in the given order, on the same state and stream. Invariant, in general not reversible.
/// Written `a+b` in the registry.
class CycleKernel final : public ComposedKernel {
 public:
  /// At least one part.
  explicit CycleKernel(std::vector<std::unique_ptr<Kernel>> parts);
  void step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace& workspace,
            KernelRecord& record) const override;
  void adapting_step(ChainState& state, const Density& density, Tuning& tuning, Rng& rng, Workspace& workspace,
                     KernelRecord& record) const override;

 private:
  template <class Run>
  void run_parts(KernelRecord& record, Run run) const;
};

/// One part at each step, chosen with fixed probabilities that do not look at the state. Reversible when the parts are.
class MixtureKernel final : public ComposedKernel {
 public:
  /// `weights`: one per part, finite, not negative, not all 0; need not add up to 1. UsageError otherwise.
  MixtureKernel(std::vector<std::unique_ptr<Kernel>> parts, const std::vector<double>& weights);
  void step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace& workspace,
            KernelRecord& record) const override;
  void adapting_step(ChainState& state, const Density& density, Tuning& tuning, Rng& rng, Workspace& workspace,
                     KernelRecord& record) const override;

 private:
  [[nodiscard]] const Kernel& choose(Rng& rng) const;

  std::vector<double> cumulative_;
};

}  // namespace dovetail
