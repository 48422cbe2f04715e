#include "dovetail/ep/gamma.hpp"

#include <cmath>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::ep {
namespace {

constexpr int kHalvings = 60;  ///< of a bracket whose ends have the ratio 2

bool is_proper(GammaNatural g) { return g.power > -1 && g.rate > 0; }

}  // namespace

std::optional<GammaMoments> moments_of(GammaNatural g) {
  if (!is_proper(g)) return std::nullopt;
  const double shape = g.power + 1;
  return GammaMoments{shape / g.rate, shape / (g.rate * g.rate)};
}

std::optional<GammaLogMoments> log_moments_of(GammaNatural g) {
  if (!is_proper(g)) return std::nullopt;
  const double shape = g.power + 1;
  return GammaLogMoments{shape / g.rate, math::digamma(shape) - math::log(g.rate)};
}

std::optional<GammaNatural> gamma_of(GammaMoments m) {
  if (!(m.mean > 0 && m.variance > 0)) return std::nullopt;
  const double rate = m.mean / m.variance;
  return GammaNatural{m.mean * rate - 1, rate};
}

std::optional<GammaNatural> gamma_of(GammaLogMoments m) {
  if (!(m.mean > 0)) return std::nullopt;
  const double gap = math::log(m.mean) - m.log_mean;
  if (!(gap > 0) || !std::isfinite(gap)) return std::nullopt;
  double low = 0.5 / gap;  // 1/2s < log s - digamma(s) < 1/s, which falls with the shape s
  double high = 1 / gap;
  for (int i = 0; i < kHalvings; ++i) {
    const double shape = 0.5 * (low + high);
    (math::log(shape) - math::digamma(shape) > gap ? low : high) = shape;
  }
  return GammaNatural{low - 1, low / m.mean};
}

std::optional<double> log_integral(GammaNatural g) {
  if (!is_proper(g)) return std::nullopt;
  const double shape = g.power + 1;
  return math::lgamma(shape) - shape * math::log(g.rate);
}

std::optional<GammaNatural> regress_gamma_scores(std::span<const double> points, std::span<const double> scores) {
  DOVETAIL_REQUIRE(points.size() == scores.size());
  if (points.empty()) return std::nullopt;
  const auto n = static_cast<double>(points.size());
  std::vector<double> products(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) products[i] = points[i] * scores[i];
  const double mean = math::sum(points) / n;
  const double product = math::sum(products) / n;
  std::vector<double> away(points.begin(), points.end());
  for (double& x : away) x -= mean;
  for (double& y : products) y -= product;
  const double rate = -math::dot(away, products) / math::sum_of_squares(away);
  const GammaNatural site{product + rate * mean, rate};
  if (!std::isfinite(site.rate) || !std::isfinite(site.power)) return std::nullopt;
  return site;
}

}  // namespace dovetail::ep
