/// Normal jumps of integers, rounded.
#pragma once
#include <algorithm>
#include <cmath>

#include "dovetail/kernel/proposal/proposal.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/truncated_normal.hpp"

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

inline constexpr double kIntegerMax = 0x1p53;  ///< beyond, neighbours cannot be told apart in a double

namespace detail {
inline bool is_within(double k, const IntegerRange& range) {
  return k >= range.lower && k <= range.upper && std::fabs(k) <= kIntegerMax;
}
inline double rounded(double jump, Rounding rounding) {
  if (rounding == Rounding::nearest) return std::floor(jump + 0.5);
  return jump > 0 ? std::ceil(jump) : std::floor(jump);
}
}  // namespace detail

/// Symmetric, h = 0; values beyond the coordinate's bounds are refused without a look.
class DiscreteProposal final : public Proposal {
 public:
  DiscreteProposal(std::vector<std::size_t> block, std::vector<IntegerRange> ranges, Rounding rounding)
      : Proposal(std::move(block)), ranges_(std::move(ranges)), rounding_(rounding) {}

  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                 PointOut to) const override {
    const std::span<double> z = scratch.first(size());
    math::draw_normals(rng, z);
    double h = 0;
    for (std::size_t i = 0; i < size(); ++i) {
      const std::size_t at = block()[i];
      to[at] = from[at] + detail::rounded(tuning.scale[i] * z[i], rounding_);
      if (!detail::is_within(to[at], ranges_[i])) h = -kInfinity;
    }
    return h;
  }
  [[nodiscard]] double hastings_alone(std::size_t i, Point, Point to, const ProposalTuning&) const override {
    return detail::is_within(to[block()[i]], ranges_[i]) ? 0 : -kInfinity;
  }

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

  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double>, PointOut to) const override {
    double h = 0;
    for (std::size_t i = 0; i < size(); ++i) {
      const std::size_t at = block()[i];
      const IntegerRange& range = ranges_[i];
      if (range.lower == range.upper) continue;
      const double s = tuning.scale[i];
      const Reach reach = reach_from(from[at], range);
      const double jump = s * math::draw_normal_around_zero(rng, reach.low / s, reach.high / s);
      to[at] = from[at] + whole(jump, range.lower - from[at], range.upper - from[at]);
      h += term(i, from[at], to[at], s);
    }
    return h;
  }

  [[nodiscard]] double hastings_alone(std::size_t i, Point from, Point to,
                                      const ProposalTuning& tuning) const override {
    const std::size_t at = block()[i];
    return ranges_[i].lower == ranges_[i].upper ? 0 : term(i, from[at], to[at], tuning.scale[i]);
  }

 private:
  /// The normal jumps that lead to a value within the bounds.
  struct Reach {
    double low;
    double high;
  };
  [[nodiscard]] Reach reach_from(double k, const IntegerRange& range) const {
    const double edge = rounding_ == Rounding::nearest ? 0.5 : 0;
    return {range.lower - k - edge, range.upper - k + edge};
  }
  [[nodiscard]] double whole(double jump, double least, double most) const {
    const double m = std::clamp(detail::rounded(jump, rounding_), least, most);
    if (m != 0 || rounding_ == Rounding::nearest) return m;
    return most >= 1 ? 1 : -1;  // the jump was 0, by rounding
  }
  [[nodiscard]] double term(std::size_t i, double from, double to, double s) const {
    if (from == to) return 0;
    if (!detail::is_within(to, ranges_[i])) return -kInfinity;
    const Reach here = reach_from(from, ranges_[i]);
    const Reach there = reach_from(to, ranges_[i]);
    return math::log(math::normal_mass_around_zero(here.low / s, here.high / s) /
                     math::normal_mass_around_zero(there.low / s, there.high / s));
  }

  std::vector<IntegerRange> ranges_;
  Rounding rounding_;
};

}  // namespace dovetail
