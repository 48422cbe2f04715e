/// Normal jumps of values within a box, each coordinate on its own, truncated rather than redrawn.
#pragma once
#include "dovetail/kernel/proposal/box.hpp"
#include "dovetail/kernel/proposal/proposal.hpp"
#include "dovetail/math/truncated_normal.hpp"

namespace dovetail {

/// x'_i ~ N(x_i, scale_i^2) on [a_i, b_i], so h = sum log Z_i(x) - log Z_i(x'), Z(x) = Phi((b-x)/s) - Phi((a-x)/s), and
/// the Jacobians of values that coordinates stand for.
class BoundedNormalProposal final : public Proposal {
 public:
  BoundedNormalProposal(std::vector<std::size_t> block, std::vector<Side> box)
      : Proposal(std::move(block)), box_(std::move(box)) {}

  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double>, PointOut to) const override {
    double h = 0;
    for (std::size_t i = 0; i < size(); ++i) {
      const std::size_t at = block()[i];
      const double s = tuning.scale[i];
      const Room room = box_[i].room(from[at]);
      const double delta = s * math::draw_normal_around_zero(rng, -room.below / s, room.above / s);
      to[at] = box_[i].scale.moved(from[at], room, delta);
      h += term(i, from[at], room, to[at], s);
    }
    return h;
  }

  void read(Point x, std::span<double> out) const override {
    for (std::size_t i = 0; i < size(); ++i) out[i] = box_[i].scale.value(x[block()[i]]);
  }
  [[nodiscard]] double hastings_alone(std::size_t i, Point from, Point to,
                                      const ProposalTuning& tuning) const override {
    const std::size_t at = block()[i];
    return term(i, from[at], box_[i].scale.room(from[at]), to[at], tuning.scale[i]);
  }

 private:
  static double mass(const Room& room, double s) {
    return math::normal_mass_around_zero(-room.below / s, room.above / s);
  }
  double term(std::size_t i, double from, const Room& room, double to, double s) const {
    if (!(to - to == 0)) return -kInfinity;  // rounding put it on a bound
    const ValueScale& scale = box_[i].scale;
    const Room there = scale.room(to);
    if (!(there.below >= 0 && there.above >= 0)) return -kInfinity;  // rounding past a bound
    return math::log(mass(room, s) / mass(there, s)) + scale.log_jacobian(from) - scale.log_jacobian(to);
  }

  std::vector<Side> box_;
};

}  // namespace dovetail
