#include "dovetail/ep/sites.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/core/fold.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/symmetric_eigen.hpp"

namespace dovetail::ep {
namespace {

constexpr double kGivenUp = 0.9;  ///< share of the precision in any direction that one step may take away
constexpr int kHalvingsMax = 20;

/// L^{-1} D L^{-T}, symmetric.
std::vector<double> whitened(const std::vector<double>& l, const std::vector<double>& direction, std::size_t d) {
  std::vector<double> rows = direction;  // row j: L^{-1} d_j, that is column j of L^{-1} D
  for (std::size_t j = 0; j < d; ++j) math::solve_lower(l, std::span(rows).subspan(j * d, d));
  rows = math::transpose(rows, d, d);  // L^{-1} D
  for (std::size_t j = 0; j < d; ++j) math::solve_lower(l, std::span(rows).subspan(j * d, d));
  return rows;
}

}  // namespace

Natural combine(const Natural& prior, std::vector<Natural> sites) {
  if (sites.empty()) return prior;
  const Natural all = fold_tree(
      std::move(sites), [](Natural left, const Natural& right) { return add_scaled(std::move(left), 1, right); });
  return add_scaled(prior, 1, all);
}

Natural cavity(const Natural& global, const Natural& site, double power) { return add_scaled(global, -power, site); }

Natural step_towards(const Natural& site, const Natural& target, double step) {
  return add_scaled(add_scaled(site, -step, site), step, target);
}

double safe_step(const Natural& at, const Natural& direction, double wanted) {
  const std::size_t d = at.dimension();
  const auto l = math::cholesky(at.precision, d);
  if (!l) return 0;
  const auto eigen = math::symmetric_eigen(whitened(*l, direction.precision, d), d);
  if (!eigen) return 0;
  const double least = eigen->values.front();
  return least >= -kGivenUp ? wanted : std::min(wanted, -kGivenUp / least);
}

bool is_proper(const Natural& global, const std::vector<Natural>& sites, double power) {
  return normal_of(global) && std::all_of(sites.begin(), sites.end(), [&](const Natural& site) {
           return normal_of(cavity(global, site, power)).has_value();
         });
}

Move move_sites(const Natural& prior, const std::vector<Natural>& sites,
                std::span<const std::optional<Natural>> targets, double power, double wanted) {
  DOVETAIL_REQUIRE(sites.size() == targets.size());
  const std::size_t d = prior.dimension();
  std::vector<Natural> directions;
  for (std::size_t k = 0; k < sites.size(); ++k) {
    directions.push_back(targets[k] ? add_scaled(*targets[k], -1, sites[k]) : flat(d));
  }
  const Natural global = combine(prior, sites);
  const Natural whole = combine(flat(d), directions);
  double step = safe_step(global, whole, wanted);
  for (std::size_t k = 0; k < sites.size(); ++k) {
    step = std::min(step, safe_step(cavity(global, sites[k], power), cavity(whole, directions[k], power), wanted));
  }
  for (int halving = 0; halving <= kHalvingsMax && step > 0; ++halving, step /= 2) {
    Move move{step, step < wanted, {}, {}};
    for (std::size_t k = 0; k < sites.size(); ++k) {
      move.sites.push_back(targets[k] ? step_towards(sites[k], *targets[k], step) : sites[k]);
    }
    move.global = combine(prior, move.sites);
    if (is_proper(move.global, move.sites, power)) return move;
  }
  return {0, true, sites, global};
}

std::optional<double> log_evidence(const Natural& prior, const std::vector<Natural>& sites,
                                   std::span<const double> log_tilted, double power) {
  const Natural global = combine(prior, sites);
  const auto whole = log_integral(global);
  const auto start = log_integral(prior);
  if (!whole || !start) return std::nullopt;
  double total = *whole - *start;
  for (std::size_t k = 0; k < sites.size(); ++k) {
    const auto others = log_integral(cavity(global, sites[k], power));
    if (!others) return std::nullopt;
    total += (log_tilted[k] - *whole + *others) / power;
  }
  return total;
}

}  // namespace dovetail::ep
