/// Normal jumps of values within a box, each coordinate on its own, truncated rather than redrawn.
#pragma once
#include <utility>

#include "dovetail/kernel/proposal/box.hpp"
#include "dovetail/kernel/proposal/proposal.hpp"

namespace dovetail {

/// x'_i ~ N(x_i, scale_i^2) on [a_i, b_i], so h = sum log Z_i(x) - log Z_i(x'), Z(x) = Phi((b-x)/s) - Phi((a-x)/s), and
/// the Jacobians of values that coordinates stand for.
class BoundedNormalProposal final : public Proposal {
 public:
  BoundedNormalProposal(std::vector<std::size_t> block, std::vector<Side> box)
      : Proposal(std::move(block)), box_(std::move(box)) {}
  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                 PointOut to) const override;
  void read(Point x, std::span<double> out) const override;
  [[nodiscard]] double hastings_alone(std::size_t i, Point from, Point to, const ProposalTuning& tuning) const override;

 private:
  [[nodiscard]] double term(std::size_t i, double from, double mass_here, double to, double s) const;

  std::vector<Side> box_;
};

}  // namespace dovetail
