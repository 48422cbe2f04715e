#include "dovetail/kernel/proposal/eigenvector.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/math/truncated_normal.hpp"

namespace dovetail {
namespace {

/// Eigenvector j with probability e_j / sum e; with probability `shuffle` after a fresh uniform permutation of these
/// probabilities, under which every j is equally likely. scale_j is proportional to sqrt(e_j). Four words.
std::size_t draw_direction(const ProposalTuning& tuning, double shuffle, Rng& rng) {
  const std::size_t d = tuning.scale.size();
  const bool shuffled = rng.uniform() < shuffle;
  const double u = rng.uniform();
  if (shuffled) return std::min(d - 1, static_cast<std::size_t>(u * static_cast<double>(d)));
  double left = u * math::sum_of_squares(tuning.scale);
  std::size_t j = 0;
  while (j + 1 < d && left >= tuning.scale[j] * tuning.scale[j]) {
    left -= tuning.scale[j] * tuning.scale[j];
    ++j;
  }
  return j;
}

}  // namespace

double EigenvectorProposal::propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double>,
                                    PointOut to) const {
  const std::size_t j = draw_direction(tuning, shuffle_, rng);
  const double z = tuning.scale[j] * math::draw_normal(rng);
  for (std::size_t i = 0; i < size(); ++i) to[block()[i]] = from[block()[i]] + z * tuning.factor[j * size() + i];
  return 0;
}

double BoundedEigenvectorProposal::propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double>,
                                           PointOut to) const {
  const std::size_t j = draw_direction(tuning, shuffle_, rng);
  const std::span<const double> v(tuning.factor.data() + j * size(), size());
  const double s = tuning.scale[j];
  double low = -kInfinity;
  double high = kInfinity;
  for (std::size_t i = 0; i < size(); ++i) {
    const Room room = box_[i].room(from[block()[i]]);
    if (v[i] == 0) continue;
    low = std::max(low, v[i] > 0 ? -room.below / v[i] : room.above / v[i]);
    high = std::min(high, v[i] > 0 ? room.above / v[i] : -room.below / v[i]);
  }
  const math::NormalAroundZero jump = math::draw_normal_around_zero(rng, low / s, high / s);
  const double z = s * jump.z;
  const double back_low = std::min(0.0, low - z);
  const double back_high = std::max(0.0, high - z);
  const double back = math::normal_mass_around_zero(back_low / s, back_high / s);
  return math::log(jump.mass / back) + move_along(from, v, z, to);
}

/// x + z v in values; the difference of the log Jacobians, or -inf on a bound, where rounding may put a value.
double BoundedEigenvectorProposal::move_along(Point from, std::span<const double> v, double z, PointOut to) const {
  double jacobians = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    if (v[i] == 0) continue;
    const double u = from[block()[i]];
    const ValueScale& scale = box_[i].scale;
    const double moved = scale.moved(u, scale.room(u), z * v[i]);
    if (!std::isfinite(moved)) return -kInfinity;
    to[block()[i]] = moved;
    jacobians += scale.log_jacobian(u) - scale.log_jacobian(moved);
  }
  return jacobians;
}

void BoundedEigenvectorProposal::read(Point x, std::span<double> out) const {
  for (std::size_t i = 0; i < size(); ++i) out[i] = box_[i].scale.value(x[block()[i]]);
}

}  // namespace dovetail
