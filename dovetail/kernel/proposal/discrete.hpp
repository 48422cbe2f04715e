/// Normal jumps of integers, rounded.
#pragma once
#include <cstdint>
#include <utility>

#include "dovetail/kernel/proposal/proposal.hpp"

namespace dovetail {

/// How a normal jump becomes a whole one.
enum class Rounding : std::uint8_t {
  exclusive,  ///< away from zero: never stays. P(m) = Phi(|m|/s) - Phi((|m|-1)/s), m != 0
  nearest,    ///< may stay. P(m) = Phi((m+1/2)/s) - Phi((m-1/2)/s)
};

/// What an integer coordinate may be.
struct IntegerRange {
  double lower = -kInfinity;
  double upper = kInfinity;
};

/// Symmetric, h = 0; values beyond the coordinate's bounds, or beyond 2^53, are refused without a look.
class DiscreteProposal final : public Proposal {
 public:
  DiscreteProposal(std::vector<std::size_t> block, std::vector<IntegerRange> ranges, Rounding rounding)
      : Proposal(std::move(block)), ranges_(std::move(ranges)), rounding_(rounding) {}
  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                 PointOut to) const override;
  [[nodiscard]] double hastings_alone(std::size_t i, Point from, Point to, const ProposalTuning& tuning) const override;

 private:
  std::vector<IntegerRange> ranges_;
  Rounding rounding_;
};

/// The same given that the value stays within its bounds, by inverse distribution function over the cells. The cells'
/// masses cancel by symmetry; h = sum log Z_i(k) - log Z_i(k') with Z the mass of all cells within the bounds a..b:
///   exclusive  Phi((b-k)/s) - Phi((a-k)/s)
///   nearest    Phi((b-k+1/2)/s) - Phi((a-k-1/2)/s)
/// A coordinate with one value stays.
class BoundedDiscreteProposal final : public Proposal {
 public:
  BoundedDiscreteProposal(std::vector<std::size_t> block, std::vector<IntegerRange> ranges, Rounding rounding)
      : Proposal(std::move(block)), ranges_(std::move(ranges)), rounding_(rounding) {}
  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                 PointOut to) const override;
  [[nodiscard]] double hastings_alone(std::size_t i, Point from, Point to, const ProposalTuning& tuning) const override;

 private:
  [[nodiscard]] double term(std::size_t i, double from, double mass_here, double to, double s) const;

  std::vector<IntegerRange> ranges_;
  Rounding rounding_;
};

}  // namespace dovetail
