#include "dovetail/kernel/proposal/angular.hpp"

#include "dovetail/kernel/proposal/circle.hpp"
#include "dovetail/math/truncated_normal.hpp"

namespace dovetail {

double AngularProposal::propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double>,
                                PointOut to) const {
  for (std::size_t i = 0; i < size(); ++i) {
    const std::size_t at = block()[i];
    const auto& [lower, period] = circles_[i];
    const double half = 0.5 * period / tuning.scale[i];
    const double delta = tuning.scale[i] * math::draw_normal_around_zero(rng, -half, half).z;
    to[at] = wrapped(from[at] + delta, lower, period);
  }
  return 0;
}

}  // namespace dovetail
