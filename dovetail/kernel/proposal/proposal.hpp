/// The Proposal seam: where a Metropolis-Hastings move would lead, and how likely the way back is.
#pragma once
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "dovetail/kernel/path.hpp"
#include "dovetail/kernel/proposal/proposal_tuning.hpp"

namespace dovetail {

/// A move of some coordinates, its block. Stateless and const: one object serves all threads; what it learns is in the
/// tuning. Everything a tuning holds is in the order of the block, which is the order its user gave.
class Proposal {
 public:
  explicit Proposal(std::vector<std::size_t> block) : block_(std::move(block)) {}
  virtual ~Proposal() = default;

  /// Places of its coordinates in a point.
  [[nodiscard]] std::span<const std::size_t> block() const { return block_; }
  [[nodiscard]] std::size_t size() const { return block_.size(); }

  /// Writes the proposed values of its coordinates into `to`, elsewhere a copy of `from`, and returns the Hastings term
  /// h = log q(from|to) - log q(to|from) with respect to coordinates. h = -inf: `to` is not to be looked at, the move
  /// is refused. `scratch`: at least 2 size() elements. UsageError when `from` is outside a box of the proposal's own.
  virtual double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                         PointOut to) const = 0;

  /// Writes the size() numbers whose mean and covariance adaptation learns: the block on the scale where it moves.
  virtual void read(Point x, std::span<double> out) const {
    for (std::size_t i = 0; i < size(); ++i) out[i] = x[block_[i]];
  }
  /// Whether read() gives coordinates as they are, all real: Tuning::scale tells their standard deviations then.
  [[nodiscard]] virtual bool moves_real_coordinates() const { return false; }
  /// Whether its jumps may lead nowhere on purpose. A group's jump that does is neither looked at nor learnt from.
  [[nodiscard]] virtual bool may_stay() const { return false; }
  /// h of the i-th coordinate of the block moving alone, for proposals whose coordinates move independently.
  [[nodiscard]] virtual double hastings_alone(std::size_t, Point /*from*/, Point /*to*/, const ProposalTuning&) const {
    return 0;
  }

 private:
  std::vector<std::size_t> block_;
};

}  // namespace dovetail
