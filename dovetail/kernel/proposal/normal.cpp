#include "dovetail/kernel/proposal/normal.hpp"

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/linear_algebra.hpp"

namespace dovetail {

double NormalProposal::propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                               PointOut to) const {
  const std::span<double> z = scratch.first(size());
  math::draw_normals(rng, z);
  if (!tuning.factor.empty()) math::multiply_lower(tuning.factor, z, z);
  for (std::size_t i = 0; i < size(); ++i) {
    const std::size_t at = block()[i];
    to[at] = from[at] + tuning.scale[i] * z[i];
  }
  return 0;
}

}  // namespace dovetail
