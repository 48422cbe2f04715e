#include "dovetail/ep/allocation.hpp"

#include <algorithm>
#include <cmath>

namespace dovetail::ep {
namespace {

/// What sites tell of themselves may be any number.
bool is_known(const Effort& site) {
  return site.noise > 0 && site.cost > 0 && std::isfinite(site.noise * static_cast<double>(site.draws) * site.cost);
}

/// Where figures overflow a site's draws stay as they were.
std::uint64_t within(double wanted, const Effort& site, const DrawLimits& limits) {
  if (!std::isfinite(wanted)) return site.draws;
  const std::uint64_t least = std::max(limits.least, site.draws / 2);
  const std::uint64_t most = std::max(least, std::min(limits.most, 2 * site.draws));
  const double draws = std::clamp(std::ceil(wanted), static_cast<double>(least), static_cast<double>(most));
  const auto whole = static_cast<std::uint64_t>(draws);
  return (whole + limits.multiple - 1) / limits.multiple * limits.multiple;
}

}  // namespace

std::vector<std::uint64_t> allocate(const std::vector<Effort>& sites, std::uint64_t even, const DrawLimits& limits) {
  double budget = 0;
  double roots = 0;  // sum of sqrt(v c)
  for (const Effort& site : sites) {
    if (!is_known(site)) continue;
    budget += static_cast<double>(even) * site.cost;
    roots += std::sqrt(site.noise * static_cast<double>(site.draws) * site.cost);
  }
  std::vector<std::uint64_t> draws;
  for (const Effort& site : sites) {
    const double variance = site.noise * static_cast<double>(site.draws);
    draws.push_back(is_known(site) ? within(budget * std::sqrt(variance / site.cost) / roots, site, limits)
                                   : site.draws);
  }
  return draws;
}

}  // namespace dovetail::ep
