/// How the approximations of sites make a posterior, and how far a round may move them.
///
/// posterior approximation = prior * product of site factors; the cavity of a site is that without the site's own
/// factor. A site's target replaces its factor, never adds to it, so that a message that comes twice changes nothing.
/// docs/maths/ep.md sections 2 and 4. Pure; thread safe.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "dovetail/ep/gaussian.hpp"

namespace dovetail::ep {

/// prior + all sites, added in the tree of core/fold.hpp: the same bits wherever sites were worked out.
[[nodiscard]] Natural combine(const Natural& prior, std::vector<Natural> sites);

/// What a site with factor `site` meets in place of the others: global - power * site. `power` in (0, 1]; 1 is plain
/// EP. Both must be of the same round.
[[nodiscard]] Natural cavity(const Natural& global, const Natural& site, double power);

/// The factor after a step in (0, 1] towards its target; 1 is undamped.
[[nodiscard]] Natural step_towards(const Natural& site, const Natural& target, double step);

/// The largest step in [0, wanted] along `direction` that leaves `at` a tenth of its precision in every direction; 0
/// when `at` is not positive definite or the direction is not finite.
[[nodiscard]] double safe_step(const Natural& at, const Natural& direction, double wanted);

/// Whether the posterior approximation and every cavity are distributions. Costs a factorisation for each.
[[nodiscard]] bool is_proper(const Natural& global, const std::vector<Natural>& sites, double power);

struct Move {
  double step = 0;   ///< of all sites; 0: no step keeps the approximation proper, so nothing moved
  bool cut = false;  ///< it is shorter than wanted
  std::vector<Natural> sites;
  Natural global;
};

/// Moves all sites by one step towards their targets, short enough that the posterior approximation and every cavity
/// stay proper, which is confirmed by factorisation. A site without a target keeps its factor.
[[nodiscard]] Move move_sites(const Natural& prior, const std::vector<Natural>& sites,
                              std::span<const std::optional<Natural>> targets, double power, double wanted);

/// log of the evidence from E_cavity[likelihood of site k ^ power] = exp(log_tilted[k]), cavity normalised;
/// docs/maths/ep.md section 9. Empty when something is not proper.
[[nodiscard]] std::optional<double> log_evidence(const Natural& prior, const std::vector<Natural>& sites,
                                                 std::span<const double> log_tilted, double power);

}  // namespace dovetail::ep
