#include "dovetail/ep/importance.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "dovetail/core/error.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::ep {

std::vector<double> points_of(std::span<const Proposed> rounds, std::size_t d) {
  std::vector<double> points;
  std::vector<double> normals(d);
  for (const Proposed& round : rounds) {
    for (std::uint32_t i = 0; i < round.lattice.points; ++i) {
      round.lattice.normals(i, normals);
      points.resize(points.size() + d);
      round.proposal.value_of(normals, std::span(points).last(d));
    }
  }
  return points;
}

void point_of(std::span<const Proposed> rounds, std::uint32_t index, std::span<double> x) {
  std::size_t round = 0;
  for (; index >= rounds[round].lattice.points; ++round) index -= rounds[round].lattice.points;
  std::vector<double> normals(x.size());
  rounds[round].lattice.normals(index, normals);
  rounds[round].proposal.value_of(normals, x);
}

std::vector<double> balanced_log_weights(std::span<const Proposed> rounds, std::span<const double> points,
                                         std::span<const double> log_target) {
  const std::size_t n = log_target.size();
  const std::size_t d = points.size() / n;
  std::vector<double> work(d);
  std::vector<double> log_weights(n);
  for (std::size_t i = 0; i < n; ++i) {
    double mixture = -std::numeric_limits<double>::infinity();
    for (const Proposed& round : rounds) {
      const double share = static_cast<double>(round.lattice.points) / static_cast<double>(n);
      const double log = round.proposal.log_density(points.subspan(i * d, d), work);
      mixture = math::log_add(mixture, math::log(share) + log);
    }
    log_weights[i] = log_target[i] - mixture;
  }
  return log_weights;
}

std::vector<double> normalised(std::span<const double> log_weights) {
  const double highest = *std::max_element(log_weights.begin(), log_weights.end());
  DOVETAIL_REQUIRE(std::isfinite(highest));
  std::vector<double> weights;
  for (const double log : log_weights) weights.push_back(math::exp(log - highest));
  const double total = math::sum(weights);
  for (double& weight : weights) weight /= total;
  return weights;
}

Normal moments_of(std::span<const double> points, std::span<const double> weights, std::size_t d) {
  const std::size_t n = weights.size();
  Normal normal{std::vector<double>(d), {}};
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < d; ++j) normal.mean[j] += weights[i] * points[i * d + j];
  }
  std::vector<double> rows(n * d);
  for (std::size_t i = 0; i < n; ++i) {
    const double root = std::sqrt(weights[i]);
    for (std::size_t j = 0; j < d; ++j) rows[i * d + j] = root * (points[i * d + j] - normal.mean[j]);
  }
  normal.covariance = math::gram(math::transpose(rows, n, d), d, n);
  return normal;
}

std::vector<std::uint32_t> resample(std::span<const double> weights, std::size_t count, Rng& rng) {
  std::vector<std::uint32_t> indices;
  double at = rng.uniform();
  double below = 0;
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    below += weights[i] * static_cast<double>(count);
    for (; at < below && indices.size() < count; at += 1) indices.push_back(i);
  }
  while (indices.size() < count) indices.push_back(indices.back());  // rounding of the last sum
  for (std::size_t i = count - 1; i > 0; --i) {
    std::swap(indices[i], indices[static_cast<std::size_t>(math::draw_integer(rng, 0, static_cast<std::int64_t>(i)))]);
  }
  return indices;
}

MarginalGrid::MarginalGrid(const Normal& g, std::span<const double> factor, std::size_t coordinate,
                           std::span<const double> normals)
    : g_(g), factor_(factor), coordinate_(coordinate), normals_(normals) {}

double MarginalGrid::offset(std::size_t i) {
  constexpr std::array<double, kPoints> kOffsets = {-10,  -8,   -6.5, -5.2, -4.2, -3.4, -2.8, -2.2, -1.7, -1.3, -0.9,
                                                    -0.5, -0.1, 0.3,  0.7,  1.1,  1.5,  1.9,  2.3,  2.8,  3.4,  4.2};
  return kOffsets[i];
}

double MarginalGrid::value(std::size_t i) const {
  return g_.mean[coordinate_] + offset(i) * std::sqrt(g_.covariance[coordinate_ * (g_.mean.size() + 1)]);
}

void MarginalGrid::point(std::size_t i, std::size_t draw, std::span<double> x) const {
  const std::size_t d = x.size();
  math::multiply_lower(factor_, normals_.subspan(draw / 2 * d, d), x);  // a draw of g about its mean
  if (draw % 2 == 1) {
    for (double& each : x) each = -each;
  }
  const std::span<const double> row = std::span(g_.covariance).subspan(coordinate_ * d, d);
  const double away = value(i) - g_.mean[coordinate_] - x[coordinate_];
  for (std::size_t j = 0; j < d; ++j) x[j] += g_.mean[j] + row[j] / row[coordinate_] * away;
}

double log_factor(const Natural& factor, std::span<const double> x) {
  const std::size_t d = x.size();
  double square = 0;
  for (std::size_t j = 0; j < d; ++j) square += x[j] * math::dot(std::span(factor.precision).subspan(j * d, d), x);
  return math::dot(factor.shift, x) - 0.5 * square;
}

double log_mean_exp(std::span<const double> logs) {
  const double highest = *std::max_element(logs.begin(), logs.end());
  if (!std::isfinite(highest)) return highest;
  double sum = 0;
  for (const double log : logs) sum += math::exp(log - highest);
  return highest + math::log(sum / static_cast<double>(logs.size()));
}

}  // namespace dovetail::ep
