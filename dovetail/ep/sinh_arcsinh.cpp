#include "dovetail/ep/sinh_arcsinh.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::ep {
namespace {

constexpr int kIterations = 250;        ///< of Nelder-Mead
constexpr double kPriorWeight = 0.002;  ///< of log tail^2 + skew^2, beside a mean over points
constexpr double kFlat = 1e-9;          ///< difference of two log densities that is none

double asinh(double x) {
  const double a = std::fabs(x);
  const double y = math::log1p(a + a * a / (1 + std::sqrt(1 + a * a)));
  return x < 0 ? -y : y;
}
double sinh(double x) { return 0.5 * (math::expm1(x) - math::expm1(-x)); }
double cosh(double x) { return 0.5 * (math::exp(x) + math::exp(-x)); }

/// location, log scale, skew, log tail.
using Vertex = std::array<double, 4>;
SinhArcsinh of(const Vertex& v) { return {v[0], math::exp(v[1]), v[2], math::exp(v[3])}; }

double cost(const Vertex& v, std::span<const double> points) {
  const SinhArcsinh map = of(v);
  const double total = math::sum_lanes(points.size(), [&](std::size_t i) {
    const double z = map.normal_of(points[i]);
    return 0.5 * z * z - map.log_slope(points[i]);
  });
  const double mean = total / static_cast<double>(points.size());
  return std::isfinite(mean) ? mean + kPriorWeight * (v[2] * v[2] + v[3] * v[3]) : 1e300;
}

Vertex between(const Vertex& from, const Vertex& to, double share) {
  Vertex v{};
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = from[i] + share * (to[i] - from[i]);
  return v;
}

}  // namespace

double SinhArcsinh::normal_of(double x) const { return sinh(tail * asinh((x - location) / scale) - skew); }

double SinhArcsinh::value_of(double z) const { return location + scale * sinh((asinh(z) + skew) / tail); }

double SinhArcsinh::log_slope(double x) const {
  const double y = (x - location) / scale;
  return math::log(cosh(tail * asinh(y) - skew) * tail / (scale * std::sqrt(1 + y * y)));
}

SinhArcsinh fit_sinh_arcsinh(std::span<const double> points) {
  DOVETAIL_REQUIRE(points.size() >= 10);
  const auto n = static_cast<double>(points.size());
  const double mean = math::sum(points) / n;
  const double square =
      math::sum_lanes(points.size(), [&](std::size_t i) { return (points[i] - mean) * (points[i] - mean); });
  const double sd = std::sqrt(square / n);
  if (!(sd > 0)) return {mean, 1, 0, 1};
  struct Corner {
    Vertex at;
    double cost;
  };
  std::array<Corner, 5> simplex{};
  const Vertex start = {mean, math::log(sd), 0, 0};
  const Vertex reach = {0.5 * sd, 0.4, 0.4, -0.3};
  for (std::size_t i = 0; i < simplex.size(); ++i) {
    simplex[i].at = start;
    if (i > 0) simplex[i].at[i - 1] += reach[i - 1];
    simplex[i].cost = cost(simplex[i].at, points);
  }
  const auto sort = [&] {
    std::stable_sort(simplex.begin(), simplex.end(), [](const Corner& a, const Corner& b) { return a.cost < b.cost; });
  };
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    sort();
    Vertex centre{};
    for (std::size_t k = 0; k < 4; ++k) {
      for (std::size_t i = 0; i < 4; ++i) centre[i] += simplex[k].at[i] / 4;
    }
    Corner& worst = simplex[4];
    const auto try_at = [&](double share) {
      const Vertex at = between(centre, worst.at, share);
      return Corner{at, cost(at, points)};
    };
    const Corner mirrored = try_at(-1);
    if (mirrored.cost < simplex[0].cost) {
      const Corner further = try_at(-2);
      worst = further.cost < mirrored.cost ? further : mirrored;
    } else if (mirrored.cost < simplex[3].cost) {
      worst = mirrored;
    } else {
      const Corner nearer = try_at(mirrored.cost < worst.cost ? -0.5 : 0.5);
      if (nearer.cost < std::min(mirrored.cost, worst.cost)) {
        worst = nearer;
        continue;
      }
      for (std::size_t k = 1; k < simplex.size(); ++k) {
        simplex[k].at = between(simplex[0].at, simplex[k].at, 0.5);
        simplex[k].cost = cost(simplex[k].at, points);
      }
    }
  }
  sort();
  return of(simplex[0].at);
}

std::vector<double> weighted_quantiles(std::span<const double> values, std::span<const double> weights,
                                       std::size_t count) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  const double total = math::sum(weights);
  std::vector<double> quantiles;
  double below = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double wanted = total * (static_cast<double>(i) + 0.5) / static_cast<double>(count);
    while (at + 1 < order.size() && below + weights[order[at]] < wanted) below += weights[order[at++]];
    quantiles.push_back(values[order[at]]);
  }
  return quantiles;
}

std::vector<double> quantiles_of_log_density(std::span<const double> grid, std::span<const double> log_density,
                                             std::size_t count) {
  const double highest = *std::max_element(log_density.begin(), log_density.end());
  std::vector<double> mass(grid.size() - 1);
  // all from the higher end of a line, where nothing overflows however steep it is
  const auto fall = [&](std::size_t i) { return std::fabs(log_density[i + 1] - log_density[i]); };
  for (std::size_t i = 0; i < mass.size(); ++i) {
    const double share = fall(i) < kFlat ? 1 : -math::expm1(-fall(i)) / fall(i);
    const double higher = std::max(log_density[i], log_density[i + 1]);
    mass[i] = (grid[i + 1] - grid[i]) * math::exp(higher - highest) * share;
  }
  const double total = math::sum(mass);
  std::vector<double> quantiles;
  double below = 0;
  std::size_t at = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const double wanted = total * (static_cast<double>(k) + 0.5) / static_cast<double>(count);
    while (at + 1 < mass.size() && below + mass[at] < wanted) below += mass[at++];
    const double share = mass[at] > 0 ? std::clamp((wanted - below) / mass[at], 0.0, 1.0) : 0;
    const bool rises = log_density[at + 1] > log_density[at];
    const double of_higher = rises ? 1 - share : share;
    const double away =
        fall(at) < kFlat ? of_higher : std::min(1.0, -math::log1p(of_higher * math::expm1(-fall(at))) / fall(at));
    const double width = grid[at + 1] - grid[at];
    quantiles.push_back(rises ? grid[at + 1] - away * width : grid[at] + away * width);
  }
  return quantiles;
}

}  // namespace dovetail::ep
