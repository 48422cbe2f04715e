#include "dovetail/kernel/proposal/bounded_normal.hpp"

#include <cmath>

#include "dovetail/math/functions.hpp"
#include "dovetail/math/truncated_normal.hpp"

namespace dovetail {
namespace {

/// Z: the mass of the normal that lies within the box.
double mass(const Room& room, double s) { return math::normal_mass_around_zero(-room.below / s, room.above / s); }

}  // namespace

double BoundedNormalProposal::propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double>,
                                      PointOut to) const {
  double h = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    const std::size_t at = block()[i];
    const double s = tuning.scale[i];
    const Room room = box_[i].room(from[at]);
    const math::NormalAroundZero jump = math::draw_normal_around_zero(rng, -room.below / s, room.above / s);
    to[at] = box_[i].scale.moved(from[at], room, s * jump.z);
    h += term(i, from[at], jump.mass, to[at], s);
  }
  return h;
}

void BoundedNormalProposal::read(Point x, std::span<double> out) const {
  for (std::size_t i = 0; i < size(); ++i) out[i] = box_[i].scale.value(x[block()[i]]);
}

double BoundedNormalProposal::hastings_alone(std::size_t i, Point from, Point to, const ProposalTuning& tuning) const {
  const std::size_t at = block()[i];
  return term(i, from[at], mass(box_[i].scale.room(from[at]), tuning.scale[i]), to[at], tuning.scale[i]);
}

double BoundedNormalProposal::term(std::size_t i, double from, double mass_here, double to, double s) const {
  if (!std::isfinite(to)) return -kInfinity;  // on a bound, by rounding
  const ValueScale& scale = box_[i].scale;
  const Room there = scale.room(to);
  if (!(there.below >= 0 && there.above >= 0)) return -kInfinity;  // past one, by rounding
  const double jacobians = scale.log_jacobian(from) - scale.log_jacobian(to);
  return math::log(mass_here / mass(there, s)) + jacobians;
}

}  // namespace dovetail
