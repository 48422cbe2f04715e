/// A proposal that its user writes in C++.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "dovetail/kernel/proposal/box.hpp"
#include "dovetail/kernel/proposal/proposal.hpp"

namespace dovetail {

/// Acts on the values of its parameters (x, not the unbounded coordinates; integers and angles as they are), in the
/// order in which the ProposalSpec names them. Both functions are pure and may be called from several threads.
struct CustomProposal {
  /// Writes the proposed values; all randomness from `rng`. A value out of bounds, or an integer's that is not whole,
  /// is refused; an angle is wrapped.
  std::function<void(Point from, Rng& rng, PointOut to)> sample;
  /// log q(to|from), up to a constant. Needed for symmetric proposals too: the flag is tested with it. It is asked
  /// after angles were wrapped, so it is the density of the wrapped angle: of normal jumps on a circle the sum over all
  /// turns, not the normal density of the difference.
  std::function<double(Point to, Point from)> log_density;
  bool symmetric = false;  ///< log q(a|b) = log q(b|a) for all a, b, so that the density need not be asked
};

/// Runs a CustomProposal on coordinates, with the Jacobians of their values.
class UserProposal final : public Proposal {
 public:
  /// Tries 100 draws, one after the other from the middle of the parameters' ranges. UsageError when a function is
  /// missing, none of the draws lies within the ranges (nothing would ever move, and nothing was tried), log q is NaN
  /// or +inf, a move has no way back (log q = -inf), or a symmetric proposal is not, by more than 1e-10. `name` for
  /// messages.
  UserProposal(std::vector<std::size_t> block, std::vector<Coordinate> coordinates, CustomProposal custom,
               const std::string& name);

  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                 PointOut to) const override;

 private:
  [[nodiscard]] double log_ratio(Point from, Point to) const;
  [[nodiscard]] bool settle(PointOut values) const;
  void try_out(const std::string& name) const;

  std::vector<Coordinate> coordinates_;
  std::vector<ValueScale> scales_;
  CustomProposal custom_;
};

}  // namespace dovetail
