/// x' = x + L z on real coordinates. Parameters with bounds move on their unbounded coordinate.
#pragma once
#include "dovetail/kernel/proposal/proposal.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/linear_algebra.hpp"

namespace dovetail {

/// Jumps scale_i (L z)_i, z standard normal, L the factor or the identity; h = 0.
class NormalProposal final : public Proposal {
 public:
  using Proposal::Proposal;

  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                 PointOut to) const override {
    const std::span<double> z = scratch.first(size());
    math::draw_normals(rng, z);
    if (!tuning.factor.empty()) math::multiply_lower(tuning.factor, z, z);
    for (std::size_t i = 0; i < size(); ++i) {
      const std::size_t at = block()[i];
      to[at] = from[at] + tuning.scale[i] * z[i];
    }
    return 0;
  }
};

}  // namespace dovetail
