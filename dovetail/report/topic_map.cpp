#include "dovetail/report/topic_map.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/math/symmetric_eigen.hpp"

namespace dovetail::report {
namespace {

double total(const WordCounts& law) {
  double sum = static_cast<double>(law.words) * law.beta;
  for (const auto& [word, count] : law.counts) sum += count;
  return sum;
}

double surprise(double p) { return p > 0 ? -p * math::log(p) : 0; }

/// What a word, or `times` words of the same probabilities, adds to the divergence.
double part(double p, double q, double times) {
  return times * (surprise((p + q) / 2) - (surprise(p) + surprise(q)) / 2);
}

}  // namespace

double jensen_shannon(const WordCounts& p, const WordCounts& q) {
  DOVETAIL_REQUIRE(p.words == q.words);
  const double p_total = total(p);
  const double q_total = total(q);
  auto at_p = p.counts.begin();
  auto at_q = q.counts.begin();
  double sum = 0;
  std::size_t seen = 0;
  for (; at_p != p.counts.end() || at_q != q.counts.end(); ++seen) {
    const bool of_p = at_q == q.counts.end() || (at_p != p.counts.end() && at_p->first <= at_q->first);
    const bool of_q = at_p == p.counts.end() || (at_q != q.counts.end() && at_q->first <= at_p->first);
    const double n_p = of_p ? (at_p++)->second : 0;
    const double n_q = of_q ? (at_q++)->second : 0;
    sum += part((n_p + p.beta) / p_total, (n_q + q.beta) / q_total, 1);
  }
  sum += part(p.beta / p_total, q.beta / q_total, static_cast<double>(p.words - seen));
  return std::max(0.0, sum);  // equal laws may round below 0
}

Plane classical_scaling(std::span<const double> squared_distances, std::size_t n) {
  DOVETAIL_REQUIRE(squared_distances.size() == n * n);
  Plane plane{std::vector<double>(n, 0.0), std::vector<double>(n, 0.0), 1};
  if (n < 2) return plane;
  std::vector<double> row_means(n);
  for (std::size_t i = 0; i < n; ++i) {
    row_means[i] = math::sum(squared_distances.subspan(i * n, n)) / static_cast<double>(n);
  }
  const double mean = math::sum(row_means) / static_cast<double>(n);
  std::vector<double> products(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      products[i * n + j] = -0.5 * (squared_distances[i * n + j] - row_means[i] - row_means[j] + mean);
    }
  }
  const auto eigen = math::symmetric_eigen(products, n);
  if (!eigen) return plane;
  double positive = 0;
  for (const double value : eigen->values) positive += std::max(0.0, value);
  if (!(positive > 0)) return plane;
  const auto along = [&](std::size_t k, std::vector<double>& out) {
    const double value = std::max(0.0, eigen->values[k]);
    for (std::size_t i = 0; i < n; ++i) out[i] = std::sqrt(value) * eigen->vectors[k * n + i];
    return value / positive;
  };
  plane.kept = along(n - 1, plane.x);
  plane.kept += along(n - 2, plane.y);
  return plane;
}

}  // namespace dovetail::report
