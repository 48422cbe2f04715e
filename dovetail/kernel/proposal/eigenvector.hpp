/// Jumps along one eigenvector of the covariance at a time.
#pragma once
#include <algorithm>
#include <cmath>

#include "dovetail/kernel/proposal/box.hpp"
#include "dovetail/kernel/proposal/proposal.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/math/truncated_normal.hpp"

namespace dovetail {
namespace detail {

/// Eigenvector j with probability e_j / sum e; with probability `shuffle` after a fresh uniform permutation of these
/// probabilities, under which every j is equally likely. scale_j is proportional to sqrt(e_j). Four words.
inline std::size_t draw_direction(const ProposalTuning& tuning, double shuffle, Rng& rng) {
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

}  // namespace detail

/// x' = x + z v_j, z ~ N(0, scale_j^2), v_j row j of the factor; h = 0, since neither looks at x.
class EigenvectorProposal final : public Proposal {
 public:
  EigenvectorProposal(std::vector<std::size_t> block, double shuffle) : Proposal(std::move(block)), shuffle_(shuffle) {}

  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double>, PointOut to) const override {
    const std::size_t j = detail::draw_direction(tuning, shuffle_, rng);
    const double z = tuning.scale[j] * math::draw_normal(rng);
    for (std::size_t i = 0; i < size(); ++i) to[block()[i]] = from[block()[i]] + z * tuning.factor[j * size() + i];
    return 0;
  }

 private:
  double shuffle_;
};

/// The same on values within a box: z is truncated to [t-, t+], where x + z v_j leaves the box, so
/// h = log Z(x) - log Z(x') with Z = Phi(t+/s) - Phi(t-/s), and at x' the interval is [t- - z, t+ - z].
class BoundedEigenvectorProposal final : public Proposal {
 public:
  BoundedEigenvectorProposal(std::vector<std::size_t> block, std::vector<Side> box, double shuffle)
      : Proposal(std::move(block)), box_(std::move(box)), shuffle_(shuffle) {}

  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double>, PointOut to) const override {
    const std::size_t j = detail::draw_direction(tuning, shuffle_, rng);
    const std::span<const double> v(tuning.factor.data() + j * size(), size());
    const double s = tuning.scale[j];
    double low = -kInfinity;
    double high = kInfinity;
    for (std::size_t i = 0; i < size(); ++i) {
      if (v[i] == 0) continue;
      const Room room = box_[i].room(from[block()[i]]);
      low = std::max(low, v[i] > 0 ? -room.below / v[i] : room.above / v[i]);
      high = std::min(high, v[i] > 0 ? room.above / v[i] : -room.below / v[i]);
    }
    const double z = s * math::draw_normal_around_zero(rng, low / s, high / s);
    const double back_low = std::min(0.0, low - z);
    const double back_high = std::max(0.0, high - z);
    double h = math::log(math::normal_mass_around_zero(low / s, high / s) /
                         math::normal_mass_around_zero(back_low / s, back_high / s));
    for (std::size_t i = 0; i < size(); ++i) {
      if (v[i] == 0) continue;
      const double u = from[block()[i]];
      const ValueScale& scale = box_[i].scale;
      const double moved = scale.moved(u, scale.room(u), z * v[i]);
      if (!std::isfinite(moved)) return -kInfinity;  // on a bound, by rounding
      to[block()[i]] = moved;
      h += scale.log_jacobian(u) - scale.log_jacobian(moved);
    }
    return h;
  }

  void read(Point x, std::span<double> out) const override {
    for (std::size_t i = 0; i < size(); ++i) out[i] = box_[i].scale.value(x[block()[i]]);
  }

 private:
  std::vector<Side> box_;
  double shuffle_;
};

}  // namespace dovetail
