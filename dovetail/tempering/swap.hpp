/// Deterministic even-odd swaps between neighbouring rungs, from cached energies alone.
///
/// docs/maths/tempering.md section 3 (Okabe et al. 2001; Syed, Bouchard-Cote, Deligiannidis and Doucet 2022). Each
/// sweep of one parity is reversible; their alternation leaves the product of all rungs invariant but is not
/// reversible. Pure; no density evaluation.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "dovetail/math/functions.hpp"

namespace dovetail::tempering {

/// Pair (k, k+1) is attempted at scan t when k and t have one parity; t counts over the whole run.
[[nodiscard]] constexpr bool swaps_at(std::size_t pair, std::uint64_t scan) { return pair % 2 == scan % 2; }

/// The address that `address` swaps with at scan `scan` in a ladder of `size` addresses; empty when it idles.
[[nodiscard]] constexpr std::optional<std::size_t> swap_partner(std::size_t address, std::uint64_t scan,
                                                                std::size_t size) {
  if (swaps_at(address, scan)) {
    return address + 1 < size ? std::optional<std::size_t>(address + 1) : std::nullopt;
  }
  return address > 0 ? std::optional<std::size_t>(address - 1) : std::nullopt;
}

/// log A = (beta_y - beta_x) (V(x) - V(y)) for x at beta_x and y at beta_y, two different betas of one leg in any
/// order.
///
/// Non-finite energies: V = -inf at the lower beta (target impossible there) or +inf at the higher one (reference
/// impossible) gives -inf. NaN marks an undefined ratio: a NaN energy, or an infinite one where the state has no
/// density at its own beta. An undefined ratio never accepts; the caller counts it.
[[nodiscard]] inline double log_swap_ratio(double beta_x, double energy_x, double beta_y, double energy_y) {
  const bool x_is_lower = beta_x < beta_y;
  const double lower = x_is_lower ? energy_x : energy_y;
  const double higher = x_is_lower ? energy_y : energy_x;
  constexpr double kInf = std::numeric_limits<double>::infinity();
  if (lower == kInf || higher == -kInf) return std::numeric_limits<double>::quiet_NaN();
  return std::fabs(beta_y - beta_x) * (lower - higher);
}

/// min(1, exp(log_ratio)); 0 for an undefined ratio.
[[nodiscard]] inline double acceptance_probability(double log_ratio) {
  if (log_ratio >= 0) return 1;
  return std::isnan(log_ratio) ? 0 : math::exp(log_ratio);
}

/// Accept iff log U < min(0, log A), U in (0, 1] the pair's own uniform. False for an undefined ratio.
[[nodiscard]] inline bool accepts_swap(double log_ratio, double uniform) {
  return log_ratio >= 0 || math::log(uniform) < log_ratio;
}

}  // namespace dovetail::tempering
