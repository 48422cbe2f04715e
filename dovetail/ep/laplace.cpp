#include "dovetail/ep/laplace.hpp"

#include <cmath>
#include <utility>

#include "dovetail/ep/estimate.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::ep {
namespace {

constexpr double kReach = 1e-3;  ///< of differences, in conditional standard deviations of the tilted law
constexpr int kNewtonMax = 100;
constexpr double kNewtonEnough = 1e-20;  ///< squared length of a step, in standard deviations of the tilted law
constexpr double kShareLeast = 1e-9;

/// The tilted distribution at one x, and the site's own part of it.
struct Place {
  std::vector<double> x;
  double log = 0;
  std::vector<double> gradient;  ///< of log
  std::vector<double> site;      ///< gradient of the site's log likelihood, without the power
};

class Tilted {
 public:
  Tilted(const SiteLook& look, const Natural& cavity, double power) : look_(look), cavity_(cavity), power_(power) {}

  [[nodiscard]] Place at(std::vector<double> x) const {
    const std::size_t d = x.size();
    Place place{std::move(x), 0, std::vector<double>(d), std::vector<double>(d)};
    place.log = power_ * look_(place.x, place.site);
    for (std::size_t j = 0; j < d; ++j) {
      const double row = math::dot(std::span(cavity_.precision).subspan(j * d, d), place.x);
      place.log += place.x[j] * (cavity_.shift[j] - 0.5 * row);
      place.gradient[j] = power_ * place.site[j] + cavity_.shift[j] - row;
    }
    return place;
  }

  /// Minus the Hessian of the site's log likelihood. `unit`: a length for each coordinate.
  [[nodiscard]] std::vector<double> curvature(const std::vector<double>& x, const std::vector<double>& unit) const {
    const std::size_t d = x.size();
    std::vector<double> rows(d * d);
    std::vector<double> above(d);
    std::vector<double> below(d);
    for (std::size_t i = 0; i < d; ++i) {
      std::vector<double> moved = x;
      moved[i] = x[i] + kReach * unit[i];
      const double up = moved[i];
      (void)look_(moved, above);
      moved[i] = x[i] - kReach * unit[i];
      (void)look_(moved, below);
      for (std::size_t j = 0; j < d; ++j) rows[i * d + j] = (below[j] - above[j]) / (up - moved[i]);
    }
    const std::vector<double> turned = math::transpose(rows, d, d);
    for (std::size_t i = 0; i < d * d; ++i) rows[i] = 0.5 * (rows[i] + turned[i]);
    return rows;
  }

  /// Of the tilted distribution, from that of the site.
  [[nodiscard]] std::vector<double> precision(const std::vector<double>& curvature) const {
    std::vector<double> sum = cavity_.precision;
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += power_ * curvature[i];
    return sum;
  }

 private:
  const SiteLook& look_;
  const Natural& cavity_;
  double power_;
};

/// The place on the way along `move` that does not lie lower; empty when there is none.
std::optional<Place> climb(const Tilted& tilted, const Place& here, const std::vector<double>& move) {
  for (double share = 1; share > kShareLeast; share /= 2) {
    std::vector<double> x = here.x;
    for (std::size_t j = 0; j < x.size(); ++j) x[j] += share * move[j];
    Place there = tilted.at(std::move(x));
    if (there.log >= here.log) return there;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Natural> laplace_target(const SiteLook& look, const Natural& cavity, double power, const Family& family) {
  const std::size_t d = cavity.dimension();
  const auto start = normal_of(cavity);
  if (!start) return std::nullopt;
  const Tilted tilted(look, cavity, power);
  std::vector<double> metric = cavity.precision;  // of the last point where the tilted law curved down
  Place here = tilted.at(start->mean);
  for (int newton = 0; newton < kNewtonMax && std::isfinite(here.log); ++newton) {
    std::vector<double> unit(d);
    for (std::size_t j = 0; j < d; ++j) unit[j] = 1 / std::sqrt(metric[j * (d + 1)]);
    const std::vector<double> curvature = tilted.curvature(here.x, unit);
    const std::vector<double> precision = tilted.precision(curvature);
    const bool bends_down = math::cholesky(precision, d).has_value();
    if (bends_down) metric = precision;
    const auto l = math::cholesky(metric, d);
    if (!l) return std::nullopt;
    std::vector<double> move = here.gradient;
    math::solve_lower(*l, move);
    const double length = math::sum_of_squares(move);
    math::solve_lower_transposed(*l, move);
    auto there = length > kNewtonEnough ? climb(tilted, here, move) : std::nullopt;
    if (there && there->log > here.log) {
      here = std::move(*there);
      continue;
    }
    // at the mode, or as near as rounding lets one see
    if (!bends_down) return std::nullopt;
    return project(family, laplace_site(here.x, here.site, curvature), cavity, power);
  }
  return std::nullopt;
}

}  // namespace dovetail::ep
