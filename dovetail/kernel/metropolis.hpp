/// Metropolis-Hastings with proposals for blocks of coordinates.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "dovetail/kernel/kernel.hpp"
#include "dovetail/kernel/proposal/adaptation.hpp"
#include "dovetail/kernel/proposal/proposal.hpp"

namespace dovetail {

/// When a slow proposal takes part: at steps s with s mod J = 0, and at all once floor(s/J) >= D. A function of the
/// stream's step alone, so that nothing is counted or saved.
struct JumpSchedule {
  std::uint64_t interval = 1;           ///< J >= 1
  std::uint64_t duration = UINT64_MAX;  ///< D
  [[nodiscard]] bool moves_at(std::uint64_t step) const {
    return interval == 1 || step % interval == 0 || step / interval >= duration;
  }
};

/// One proposal with its rules: what a [[proposal]] table becomes.
struct MovingBlock {
  std::unique_ptr<const Proposal> proposal;
  ProposalTuning start;  ///< copied into every tuning, never written
  Adaptation adaptation{};
  JumpSchedule schedule{};
  std::optional<Presence> presence{};  ///< of its coordinates, all of one component: it takes part while that is there
  bool births = false;                 ///< moves switches, and what comes and goes with them
  std::uint64_t repeats = 1;           ///< births: moves, each decided on, in one step
};

/// Moves each group of blocks in turn (births `repeats` times): one joint proposal, one density evaluation, one
/// decision with log ratio l(x') - l(x) + sum h (docs/maths/kernels.md section 10).
///
/// Blocks of a group must not share coordinates; one with births has a group of its own. A block that does not take
/// part (its schedule, or its component is not there) proposes its present value with h = 0; when no block of a group
/// does, or integers stay on purpose, the density is not asked and nothing is learnt. A move with h = -inf is refused
/// unseen. The uniform of the decision is drawn in every case. Without Tuning::proposals (no begin_tuning) the start
/// values are used.
///
/// Cost: one density evaluation per group and repeat; with a componentwise rule d more at every tenth adapting move.
/// Error events are never accepted; a start without density moves to any proposal with one.
class MetropolisKernel final : public Kernel {
 public:
  using Group = std::vector<MovingBlock>;

  explicit MetropolisKernel(std::vector<Group> groups);

  [[nodiscard]] KernelNeeds needs() const override;
  [[nodiscard]] Shows shows() const override { return Shows::acceptance; }
  void step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace& workspace,
            KernelRecord& record) const override;
  /// Copies of the start values: a reset can be repeated.
  void begin_tuning(Tuning& tuning, std::span<const Coordinate> coordinates) const override;
  void adapting_step(ChainState& state, const Density& density, Tuning& tuning, Rng& rng, Workspace& workspace,
                     KernelRecord& record) const override;

  /// adapt_between_rounds() for every proposal that adapts; those of a component by their acceptance alone, since
  /// Tuning::scale says nothing of coordinates that come and go.
  void end_round(Tuning& tuning, const KernelRecord& record) const override;

 private:
  struct Call;
  static bool takes_part(const Call& call, const MovingBlock& block);
  static double look(Call& call, Point x, Potential& found);
  void move_all(Call& call) const;
  void move_group(Call& call, const Group& group, std::size_t first) const;
  double propose(Call& call, const Group& group, std::size_t first, bool& moves) const;
  void learn(Call& call, const Group& group, std::size_t first, double before, const Decision& decision) const;
  std::span<const double> alone(Call& call, const MovingBlock& block, const ProposalTuning& tuning, double before,
                                const Decision& decision) const;

  std::vector<Group> groups_;
  std::size_t block_count_ = 0;
  std::size_t block_size_max_ = 0;
};

}  // namespace dovetail
