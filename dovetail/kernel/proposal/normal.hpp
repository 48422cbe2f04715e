/// x' = x + L z on real coordinates. Parameters with bounds move on their unbounded coordinate.
#pragma once
#include "dovetail/kernel/proposal/proposal.hpp"

namespace dovetail {

/// Jumps scale_i (L z)_i, z standard normal, L the factor or the identity; h = 0.
class NormalProposal final : public Proposal {
 public:
  using Proposal::Proposal;
  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                 PointOut to) const override;
  [[nodiscard]] bool moves_real_coordinates() const override { return true; }
};

}  // namespace dovetail
