/// Normal jumps along circles.
#pragma once
#include "dovetail/kernel/proposal/circle.hpp"
#include "dovetail/kernel/proposal/proposal.hpp"
#include "dovetail/math/truncated_normal.hpp"

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

  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double>, PointOut to) const override {
    for (std::size_t i = 0; i < size(); ++i) {
      const std::size_t at = block()[i];
      const auto& [lower, period] = circles_[i];
      const double half = 0.5 * period / tuning.scale[i];
      const double delta = tuning.scale[i] * math::draw_normal_around_zero(rng, -half, half);
      to[at] = wrapped(from[at] + delta, lower, period);
    }
    return 0;
  }

 private:
  std::vector<Circle> circles_;
};

}  // namespace dovetail
