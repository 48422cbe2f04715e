#include "dovetail/model/divided/local_expansion.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::divided {
namespace {

constexpr double kLogTwoPi = 1.8378770664093454836;
constexpr double kReach = 1e-4;       ///< of differences in search of the mode
constexpr double kWhiteReach = 1e-2;  ///< of differences about it, in standard deviations of u given x
constexpr int kNewtonMax = 30;
constexpr double kNewtonEnough = 1e-8;  ///< squared length of a step, in standard deviations of u given x
constexpr double kShareLeast = 1e-6;
constexpr int kRidges = 40;
constexpr std::size_t kPairs = 32;        ///< of points about the mode
constexpr std::size_t kFiner = 8;         ///< times as many look at the error that these leave
constexpr std::uint64_t kPointsSeed = 1;  ///< they belong to the model, not to a run

/// Density and gradients at one u.
struct Look {
  std::vector<double> u;
  double log = 0;
  std::vector<double> in_shared, in_local;
};

Look look_at(const LocalDensity& density, std::size_t shared, std::vector<double> u) {
  Look look{std::move(u), 0, std::vector<double>(shared), {}};
  look.in_local.resize(look.u.size());
  look.log = density(look.u, look.in_shared, look.in_local);
  return look;
}

/// Minus the Hessian in u, by central differences.
std::vector<double> curvature_at(const LocalDensity& density, std::size_t shared, const Look& here) {
  const std::size_t m = here.u.size();
  std::vector<double> rows(m * m);
  for (std::size_t a = 0; a < m; ++a) {
    const double reach = kReach * std::max(1.0, std::fabs(here.u[a]));
    std::vector<double> up = here.u;
    std::vector<double> down = here.u;
    up[a] += reach;
    down[a] -= reach;
    const Look above = look_at(density, shared, std::move(up));
    const Look below = look_at(density, shared, std::move(down));
    for (std::size_t b = 0; b < m; ++b) rows[a * m + b] = (below.in_local[b] - above.in_local[b]) / (2 * reach);
  }
  const std::vector<double> turned = math::transpose(rows, m, m);
  for (std::size_t i = 0; i < m * m; ++i) rows[i] = 0.5 * (rows[i] + turned[i]);
  return rows;
}

/// A factor of the curvature, with the least of a doubling ridge that makes it positive definite.
struct Factor {
  std::vector<double> l;
  bool bare = true;  ///< without a ridge
};
std::optional<Factor> factor_of(std::vector<double> curvature, std::size_t m) {
  if (auto l = math::cholesky(curvature, m)) return Factor{std::move(*l), true};
  double largest = 0;
  for (std::size_t a = 0; a < m; ++a) largest = std::max(largest, std::fabs(curvature[a * (m + 1)]));
  double ridge = 1e-3 * std::max(largest, 1e-3);
  double added = 0;
  for (int i = 0; i < kRidges && std::isfinite(ridge); ++i, ridge *= 2) {
    for (std::size_t a = 0; a < m; ++a) curvature[a * (m + 1)] += ridge - added;
    added = ridge;
    if (auto l = math::cholesky(curvature, m)) return Factor{std::move(*l), false};
  }
  return std::nullopt;
}

/// The point on the way along `move` that does not lie lower; empty when there is none.
std::optional<Look> climb(const LocalDensity& density, const Look& here, const std::vector<double>& move) {
  for (double share = 1; share > kShareLeast; share /= 2) {
    std::vector<double> next = here.u;
    for (std::size_t a = 0; a < next.size(); ++a) next[a] += share * move[a];
    Look there = look_at(density, here.in_shared.size(), std::move(next));
    if (there.log >= here.log) return there;
  }
  return std::nullopt;
}

}  // namespace

std::optional<LocalExpansion> expand(const LocalDensity& density, std::size_t shared, std::size_t locals) {
  Look here = look_at(density, shared, std::vector<double>(locals));
  if (!std::isfinite(here.log)) return std::nullopt;
  std::optional<Factor> factor;
  for (int newton = 0; newton < kNewtonMax; ++newton) {
    factor = factor_of(curvature_at(density, shared, here), locals);
    if (!factor) return std::nullopt;
    std::vector<double> move = here.in_local;
    math::solve_lower(factor->l, move);
    const double length = math::sum_of_squares(move);
    math::solve_lower_transposed(factor->l, move);
    if (!(length > kNewtonEnough)) break;
    auto there = climb(density, here, move);
    if (!there) break;
    here = std::move(*there);
  }
  if (!factor->bare) return std::nullopt;
  return LocalExpansion{here.log, std::move(here.u), std::move(factor->l)};
}

void steady_score(const LocalDensity& density, const LocalExpansion& at, Point u, PointOut score) {
  const std::size_t d = score.size();
  const std::size_t m = at.mode.size();
  const Look here = look_at(density, d, {u.begin(), u.end()});
  const Look top = look_at(density, d, at.mode);
  std::copy(here.in_shared.begin(), here.in_shared.end(), score.begin());
  std::vector<double> push = here.in_local;  // the gradient in xi, u = mode + L^{-T} xi
  math::solve_lower(at.factor, push);
  std::vector<double> away(u.begin(), u.end());
  for (std::size_t a = 0; a < m; ++a) away[a] -= at.mode[a];
  for (std::size_t a = 0; a < m; ++a) {
    std::vector<double> direction(m);
    direction[a] = 1;
    math::solve_lower_transposed(at.factor, direction);
    double xi = 0;  // element a of L' (u - mode)
    for (std::size_t b = a; b < m; ++b) xi += at.factor[b * m + a] * away[b];
    std::vector<double> up = at.mode;
    std::vector<double> down = at.mode;
    for (std::size_t b = 0; b < m; ++b) {
      up[b] += kWhiteReach * direction[b];
      down[b] -= kWhiteReach * direction[b];
    }
    const Look above = look_at(density, d, std::move(up));
    const Look below = look_at(density, d, std::move(down));
    for (std::size_t j = 0; j < d; ++j) {
      const double slope = (above.in_shared[j] - below.in_shared[j]) / (2 * kWhiteReach);
      const double bend =
          (above.in_shared[j] - 2 * top.in_shared[j] + below.in_shared[j]) / (kWhiteReach * kWhiteReach);
      score[j] += slope * push[a] + 0.5 * bend * (xi * push[a] + 1);
    }
  }
}

namespace {

SiteMarginal integrate_by(const LocalDensity& density, const LocalExpansion& at, std::size_t shared, Rng& rng,
                          std::size_t pairs) {
  const std::size_t m = at.mode.size();
  const double first = 0.5 * (static_cast<double>(m) * kLogTwoPi - math::log_determinant(at.factor, m));
  std::vector<double> xi(m);
  std::vector<double> logs;
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    math::draw_normals(rng, xi);
    const double square = math::sum_of_squares(xi);
    std::vector<double> move = xi;
    math::solve_lower_transposed(at.factor, move);
    for (const double side : {1.0, -1.0}) {
      std::vector<double> u = at.mode;
      for (std::size_t a = 0; a < m; ++a) u[a] += side * move[a];
      logs.push_back(look_at(density, shared, std::move(u)).log - at.log + 0.5 * square);
    }
  }
  const double highest = *std::max_element(logs.begin(), logs.end());
  if (!std::isfinite(highest)) return {highest, kInfinity};
  for (double& log : logs) log = math::exp(log - highest);
  const auto n = static_cast<double>(pairs);
  const double mean = math::sum(logs) / (2 * n);
  double square = 0;
  for (std::size_t pair = 0; pair < pairs; ++pair) {  // a pair is one observation
    const double off = 0.5 * (logs[2 * pair] + logs[2 * pair + 1]) / mean - 1;
    square += off * off;
  }
  return {at.log + first + highest + math::log(mean), std::sqrt(square / (n * (n - 1)))};
}

}  // namespace

SiteMarginal integrate(const LocalDensity& density, const LocalExpansion& at, std::size_t shared) {
  Rng rng({kPointsSeed, Purpose::importance, ItemId(static_cast<std::uint32_t>(at.mode.size()))});
  return integrate_by(density, at, shared, rng, kPairs);
}

IntegralError integral_error(const LocalDensity& density, const LocalExpansion& at, std::size_t shared, Rng& rng) {
  const SiteMarginal finer = integrate_by(density, at, shared, rng, kFiner * kPairs);
  const double variance = finer.worst_correction * finer.worst_correction;
  // the logarithm of an estimate is too low, by half of its variance
  return {finer.log + 0.5 * variance - integrate(density, at, shared).log, variance};
}

}  // namespace dovetail::divided
