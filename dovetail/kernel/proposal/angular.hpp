/// Normal jumps along circles.
#pragma once
#include <utility>

#include "dovetail/kernel/proposal/proposal.hpp"

namespace dovetail {

/// x' = x + delta modulo the period P, delta ~ N(0, scale_i^2) on |delta| <= P/2; h = 0.
class AngularProposal final : public Proposal {
 public:
  struct Circle {
    double lower;
    double period;
  };
  AngularProposal(std::vector<std::size_t> block, std::vector<Circle> circles)
      : Proposal(std::move(block)), circles_(std::move(circles)) {}
  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                 PointOut to) const override;

 private:
  std::vector<Circle> circles_;
};

}  // namespace dovetail
