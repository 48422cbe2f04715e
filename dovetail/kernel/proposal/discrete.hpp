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

/// What an integer coordinate may be, and how often it jumps.
struct IntegerRange {
  double lower = -kInfinity;
  double upper = kInfinity;
  double takes_part = 1;  ///< probability that a jump of its block moves it, wherever it is; see takes_part()

  [[nodiscard]] bool has_choice() const { return lower < upper; }
  [[nodiscard]] bool has_two_values() const { return upper - lower == 1; }
};

/// With what probability an integer takes part in a joint jump of `together` >= 1 integers: min(3/4, 3/(2 together)).
/// One and a half of them move on average then, so that a joint jump can change few of many, any one alone and any two.
/// A lone integer always does, but not one of two values that never stays (`exclusive`): several that change at every
/// step, each in its turn, would keep their differences for ever. Own rule.
[[nodiscard]] double takes_part(const IntegerRange& range, Rounding rounding, std::size_t together);

/// Adaptation of integers ends at the distance of neighbours: a third of the jumps is wider than it, P(|N| > s) = 0.32,
/// so that values between which others have no density stay within reach. Own rule.
inline constexpr double kIntegerScaleLeast = 1;
/// Of narrower jumps that are rounded to the nearest fewer than 2 Phi(-1) = 0.32 are not 0.
inline constexpr double kNearestScaleLeast = 0.5;

/// Every coordinate that takes part jumps, the others stay; which do is drawn without a look at the point, so that it
/// leaves the Hastings term alone. Symmetric, h = 0; values beyond the coordinate's bounds, or beyond 2^53, are refused
/// without a look. A coordinate with one value stays.
class DiscreteProposal final : public Proposal {
 public:
  DiscreteProposal(std::vector<std::size_t> block, std::vector<IntegerRange> ranges, Rounding rounding)
      : Proposal(std::move(block)), ranges_(std::move(ranges)), rounding_(rounding) {}
  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                 PointOut to) const override;
  [[nodiscard]] bool may_stay() const override { return true; }
  [[nodiscard]] double hastings_alone(std::size_t i, Point from, Point to, const ProposalTuning& tuning) const override;

 private:
  std::vector<IntegerRange> ranges_;
  Rounding rounding_;
};

/// The same given that the value stays within its bounds, by inverse distribution function over the cells. The cells'
/// masses cancel by symmetry; h = sum log Z_i(k) - log Z_i(k') with Z the mass of all cells within the bounds a..b:
///   exclusive  Phi((b-k)/s) - Phi((a-k)/s)
///   nearest    Phi((b-k+1/2)/s) - Phi((a-k-1/2)/s)
class BoundedDiscreteProposal final : public Proposal {
 public:
  BoundedDiscreteProposal(std::vector<std::size_t> block, std::vector<IntegerRange> ranges, Rounding rounding)
      : Proposal(std::move(block)), ranges_(std::move(ranges)), rounding_(rounding) {}
  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                 PointOut to) const override;
  [[nodiscard]] bool may_stay() const override { return true; }
  [[nodiscard]] double hastings_alone(std::size_t i, Point from, Point to, const ProposalTuning& tuning) const override;

 private:
  [[nodiscard]] double term(std::size_t i, double from, double mass_here, double to, double s) const;

  std::vector<IntegerRange> ranges_;
  Rounding rounding_;
};

}  // namespace dovetail
