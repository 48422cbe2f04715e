/// E-BFMI: does the momentum refresh of a Hamiltonian kernel explore the energy? (Betancourt 2016, arXiv 1604.00695.)
#pragma once
#include <algorithm>
#include <cmath>
#include <span>

#include "dovetail/diagnose/figure.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::diagnose {

/// sum_n (E_n - E_{n-1})^2 / sum_n (E_n - mean E)^2 of one chain's energies after warm-up: near 2 for independent
/// energies, near 0 for a random walk; below 0.3 is poor. Needs 3 finite values that are not all equal.
[[nodiscard]] inline Figure e_bfmi(std::span<const double> energy) {
  if (energy.size() < 3) return Figure::missing(Unavailable::too_few);
  if (!std::all_of(energy.begin(), energy.end(), [](double e) { return std::isfinite(e); })) {
    return Figure::missing(Unavailable::non_finite);
  }
  const double mean = math::sum(energy) / static_cast<double>(energy.size());
  const double squares =
      math::sum_lanes(energy.size(), [&](std::size_t i) { return (energy[i] - mean) * (energy[i] - mean); });
  const bool equal = std::all_of(energy.begin(), energy.end(), [&](double e) { return e == energy.front(); });
  if (!std::isfinite(squares)) return Figure::missing(Unavailable::non_finite);
  if (equal || !(squares > 0)) return Figure::missing(Unavailable::constant);
  const double steps = math::sum_lanes(
      energy.size() - 1, [&](std::size_t i) { return (energy[i + 1] - energy[i]) * (energy[i + 1] - energy[i]); });
  return Figure::of(steps / squares);
}

}  // namespace dovetail::diagnose
