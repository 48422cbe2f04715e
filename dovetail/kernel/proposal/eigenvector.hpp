/// Jumps along one eigenvector of the covariance at a time.
#pragma once
#include <utility>

#include "dovetail/kernel/proposal/box.hpp"
#include "dovetail/kernel/proposal/proposal.hpp"

namespace dovetail {

/// x' = x + z v_j, z ~ N(0, scale_j^2), v_j row j of the factor, chosen with probability e_j / sum e or, with
/// probability `shuffle`, after a fresh uniform permutation of these; h = 0, since neither looks at x.
class EigenvectorProposal final : public Proposal {
 public:
  EigenvectorProposal(std::vector<std::size_t> block, double shuffle) : Proposal(std::move(block)), shuffle_(shuffle) {}
  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                 PointOut to) const override;
  [[nodiscard]] bool moves_real_coordinates() const override { return true; }

 private:
  double shuffle_;
};

/// The same on values within a box: z is truncated to [t-, t+], where x + z v_j leaves the box, so
/// h = log Z(x) - log Z(x') with Z = Phi(t+/s) - Phi(t-/s), and at x' the interval is [t- - z, t+ - z].
class BoundedEigenvectorProposal final : public Proposal {
 public:
  BoundedEigenvectorProposal(std::vector<std::size_t> block, std::vector<Side> box, double shuffle)
      : Proposal(std::move(block)), box_(std::move(box)), shuffle_(shuffle) {}
  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                 PointOut to) const override;
  void read(Point x, std::span<double> out) const override;

 private:
  [[nodiscard]] double move_along(Point from, std::span<const double> v, double z, PointOut to) const;

  std::vector<Side> box_;
  double shuffle_;
};

}  // namespace dovetail
