/// How a proposal learns during warm-up. Every gain is exactly 0 from move T on; the kernel is frozen then.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dovetail/kernel/proposal/proposal.hpp"

namespace dovetail {

enum class AdaptationRule : std::uint8_t {
  none,
  veitch,          ///< Veitch et al. 2015 (arXiv 1409.7215), equations 35 and 36: every deviation, by accepted or not
  sivia_skilling,  ///< Sivia and Skilling 2006: all deviations by the share accepted; here damped so that it ends
  andrieu_thoms,   ///< Andrieu and Thoms 2008 (Statistics and Computing 18), algorithm 4: covariance and one scale
  componentwise,   ///< the same, algorithm 6: a scale per coordinate; d more evaluations at every tenth move
  concentration,   ///< algorithm 4's scale alone, for the concentration of jumps on a sphere
  vihola,          ///< Vihola 2012 (Statistics and Computing 22): the factor, by the direction of the jump
};

/// Deviations then follow the covariance of the points, times a scale.
[[nodiscard]] constexpr bool learns_covariance(AdaptationRule rule) {
  return rule == AdaptationRule::andrieu_thoms || rule == AdaptationRule::componentwise;
}

/// A rule as `adapt = "NAME"` has it. `concentration` has no name of its own: it is what andrieu_thoms means on a
/// sphere.
struct AdaptationName {
  std::string_view name;
  AdaptationRule rule;
  std::string_view summary;  ///< one line for `dovetail help proposals`
};
[[nodiscard]] std::span<const AdaptationName> adaptation_names();

struct Adaptation {
  AdaptationRule rule = AdaptationRule::none;
  double target = 0.234;        ///< acceptance to reach, in (0, 1)
  std::uint64_t until = 1000;   ///< T
  std::vector<double> width{};  ///< veitch: prior width D_i of each coordinate; sivia_skilling: the same, or empty
};

/// One decision on a move that a proposal took part in.
struct Decision {
  Point before;    ///< the whole point
  Point proposed;  ///< the whole point
  bool accepted = false;
  double acceptance = 0;               ///< min(1, ratio) of the joint move
  std::span<const double> alone = {};  ///< componentwise: min(1, ratio) of each coordinate moving alone, or empty
};

/// g_k = k^-0.6 - T^-0.6 for 1 <= k < T; exactly 0 otherwise.
[[nodiscard]] double adaptation_gain(std::uint64_t move, std::uint64_t until);

/// Whether the decision to come should tell the acceptances of coordinates moving alone.
[[nodiscard]] bool asks_alone(const Adaptation& adaptation, const ProposalTuning& tuning);

/// Learns from one real move. Changes nothing at all from move T on. `scratch`: at least 2 proposal.size() elements.
/// O(d) to O(d^2); a factor is renewed, O(d^3), every 1 + d/8 moves, eigenvectors every 50, both at move T - 1; that of
/// `vihola` follows every move, O(d^2).
void adapt(const Adaptation& adaptation, const Proposal& proposal, const Decision& decision, std::span<double> scratch,
           ProposalTuning& tuning);

/// For tuning that is frozen in every round: from the mean acceptance of a round, log scales move by twice what it is
/// above the target, by 1 at most (a concentration's the other way). With a rule that learns a covariance, variances of
/// real coordinates become those of `scale` (Tuning::scale, d of the whole point; empty: they stay), correlations stay.
/// Own rule. O(d^3).
void adapt_between_rounds(const Adaptation& adaptation, const Proposal& proposal, double acceptance,
                          std::span<const double> scale, ProposalTuning& tuning);

}  // namespace dovetail
