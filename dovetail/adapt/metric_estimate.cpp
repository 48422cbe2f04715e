#include "dovetail/adapt/metric_estimate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/math/symmetric_eigen.hpp"

namespace dovetail {
namespace {

using Numbers = std::vector<double>;

constexpr double kPriorDraws = 5;  // c
constexpr double kScaleMin = 1e-20;
constexpr double kScaleMax = 1e20;
constexpr double kStanVariance = 1e-3;
// Eigenvalues this far below the largest are rounding; their roots would be noise.
constexpr double kResolved = 1e-12;

// ---- moments

/// Means and sums of squared deviations of one n x m array.
void add_moments(std::span<const double> rows, std::size_t n, MetricKind kind, Numbers& means, Numbers& squares) {
  if (rows.empty()) return;
  const std::size_t m = rows.size() / n;
  Numbers columns = math::transpose(rows, n, m);
  for (std::size_t i = 0; i < m; ++i) {
    const std::span<double> column(columns.data() + i * n, n);
    means.push_back(math::sum(column) / static_cast<double>(n));
    for (double& x : column) x -= means.back();
    if (kind == MetricKind::diagonal) squares.push_back(math::sum_of_squares(column));
  }
  if (kind == MetricKind::dense) squares = math::gram(columns, m, n);
}

double square(const ChainMoments& moments, const Numbers& squares, std::size_t i) {
  return moments.kind == MetricKind::dense ? squares[i * (moments.position_mean.size() + 1)] : squares[i];
}

// ---- pooling

/// Adds up over chains in lanes, in their order.
template <class Term>
double sum_chains(std::span<const ChainMoments> chains, Term&& term) {
  return math::sum_lanes(chains.size(), [&](std::size_t c) { return term(chains[c]); });
}

double worst_ratio(std::span<const ChainMoments> chains) {
  const auto count = static_cast<double>(chains.size());
  const auto n = static_cast<double>(chains[0].n);
  double worst = 0;
  for (std::size_t i = 0; i < chains[0].position_mean.size(); ++i) {
    const double mean = sum_chains(chains, [i](const ChainMoments& c) { return c.position_mean[i]; }) / count;
    const auto deviation2 = [i, mean](const ChainMoments& c) {
      return (c.position_mean[i] - mean) * (c.position_mean[i] - mean);
    };
    const double between = sum_chains(chains, deviation2) / (count - 1);
    const auto squares = [i](const ChainMoments& c) { return square(c, c.position_squares, i); };
    const double within = sum_chains(chains, squares) / (n - 1) / count;
    const double ratio = std::sqrt((n - 1) / n + between / within);
    if (!std::isfinite(ratio)) return std::numeric_limits<double>::infinity();
    worst = std::max(worst, ratio);
  }
  return worst;
}

/// Means and squares of all draws about the mean of all; every chain has the same number of them.
void pool_moments(std::span<const ChainMoments> chains, Numbers ChainMoments::*means, Numbers ChainMoments::*squares,
                  ChainMoments& all) {
  DOVETAIL_REQUIRE(!chains.empty());
  const std::size_t m = (chains[0].*means).size();
  for (std::size_t i = 0; i < m; ++i) {
    const double sum = sum_chains(chains, [means, i](const ChainMoments& c) { return (c.*means)[i]; });
    (all.*means).push_back(sum / static_cast<double>(chains.size()));
  }
  const auto n = static_cast<double>(chains[0].n);
  const bool dense = all.kind == MetricKind::dense;
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = dense ? 0 : i; j < (dense ? m : i + 1); ++j) {
      const std::size_t k = (all.*squares).size();
      (all.*squares).push_back(sum_chains(chains, [&](const ChainMoments& c) {
        const double shift = (c.*means)[i] - (all.*means)[i];
        return (c.*squares)[k] + n * (shift * ((c.*means)[j] - (all.*means)[j]));
      }));
    }
  }
}

ChainMoments pool(std::span<const ChainMoments> chains) {
  ChainMoments all;
  all.kind = chains[0].kind;
  all.n = chains[0].n * chains.size();
  pool_moments(chains, &ChainMoments::position_mean, &ChainMoments::position_squares, all);
  pool_moments(chains, &ChainMoments::gradient_mean, &ChainMoments::gradient_squares, all);
  return all;
}

// ---- metrics

double usable_scale(double scale) { return std::isfinite(scale) && scale > 0 ? scale : 1; }

/// s_i = sqrt(var x_i / var g_i), estimates of variances.
Numbers fisher_scales(const ChainMoments& moments) {
  Numbers s;
  for (std::size_t i = 0; i < moments.position_mean.size(); ++i) {
    const double ratio = square(moments, moments.position_squares, i) / square(moments, moments.gradient_squares, i);
    s.push_back(std::clamp(usable_scale(std::sqrt(ratio)), kScaleMin, kScaleMax));
  }
  return s;
}

Metric metric_of_variances(Numbers variances) {
  for (double& x : variances) x = std::sqrt(x);
  return diagonal_metric(std::move(variances));
}

/// The symmetric positive definite G with G B G = A, for such A and B: their geometric mean A # B^{-1}.
///
/// With B = L L^T and L^T A L = V^T D V, G = F F^T where F = L^{-T} V^T D^{1/4}. Symmetric bit for bit.
std::optional<Numbers> matching(const Numbers& a, const Numbers& b, std::size_t m) {
  const auto lower = math::cholesky(b, m);
  if (!lower) return std::nullopt;
  const Numbers upper = math::transpose(*lower, m, m);
  auto eigen = math::symmetric_eigen(math::multiply_transposed(upper, math::multiply_transposed(upper, a, m), m), m);
  if (!eigen || !(eigen->values.front() > kResolved * eigen->values.back())) return std::nullopt;
  for (std::size_t k = 0; k < m; ++k) {
    const std::span<double> row(eigen->vectors.data() + k * m, m);
    const double root = std::sqrt(std::sqrt(eigen->values[k]));
    for (double& x : row) x *= root;
    math::solve_lower_transposed(*lower, row);
  }
  return math::gram(math::transpose(eigen->vectors, m, m), m, m);
}

/// How far to move from the covariance X to G: the share lambda that minimises the expected squared error of
/// (1 - lambda) C + lambda I as an estimate in coordinates where G is I. `n`: as many independent draws.
std::optional<double> shrinkage(const Numbers& x, const Numbers& g, double n, std::size_t m) {
  const auto lower = math::cholesky(g, m);
  if (!lower) return std::nullopt;
  // C = L^{-1} X L^{-T}: the traces below are those of G^{-1/2} X G^{-1/2}, which is C turned
  Numbers c = x;
  for (int side = 0; side < 2; ++side) {
    for (std::size_t i = 0; i < m; ++i) math::solve_lower(*lower, {c.data() + i * m, m});
    c = math::transpose(c, m, m);
  }
  const double trace = math::sum_lanes(m, [&](std::size_t i) { return c[i * (m + 1)]; });
  const double noise = (trace * trace + math::sum_of_squares(c)) / n;
  for (std::size_t i = 0; i < m; ++i) c[i * (m + 1)] -= 1;
  const double lambda = noise / math::sum_of_squares(c);
  return lambda < 1 ? std::max(lambda, kPriorDraws / (n + kPriorDraws)) : 1;
}

std::optional<Metric> dense_fisher(const ChainMoments& moments, MetricRule rule, const Numbers& s) {
  const std::size_t m = s.size();
  const auto n = static_cast<double>(moments.n);
  Numbers root = s;
  for (double& x : root) x = std::sqrt(x);
  Numbers x = moments.position_squares;  // in coordinates x / root, g root
  Numbers a(m * m);
  Numbers b(m * m);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < m; ++j) {
      const std::size_t at = i * m + j;
      const double prior = i == j ? kPriorDraws : 0;
      x[at] /= root[i] * root[j];
      a[at] = (x[at] + prior) / (n - 1 + kPriorDraws);
      b[at] = (moments.gradient_squares[at] * (root[i] * root[j]) + prior) / (n - 1 + kPriorDraws);
    }
  }
  std::optional<Numbers> g = matching(a, b, m);
  if (!g) return std::nullopt;
  if (rule == MetricRule::fisher_last && moments.n > 1) {
    for (double& element : x) element /= n - 1;
    const std::optional<double> lambda = shrinkage(x, *g, n / 2, m);
    if (!lambda) return std::nullopt;
    for (std::size_t at = 0; at < m * m; ++at) (*g)[at] = (1 - *lambda) * x[at] + *lambda * (*g)[at];
  }
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < m; ++j) (*g)[i * m + j] *= root[i] * root[j];
  }
  const auto factor = math::cholesky(*g, m);
  if (!factor) return std::nullopt;
  return dense_metric(*factor, m);
}

Metric fisher_metric(const ChainMoments& moments, MetricRule rule) {
  Numbers s = fisher_scales(moments);
  if (moments.kind == MetricKind::dense) {
    if (auto metric = dense_fisher(moments, rule, s)) return std::move(*metric);
  }
  return metric_of_variances(std::move(s));
}

Metric stan_metric(const ChainMoments& moments, MetricRule rule) {
  const auto n = static_cast<double>(moments.n);
  const double weight = n > 1 ? n / (n + kPriorDraws) / (n - 1) : 0;
  const double prior = kStanVariance * (kPriorDraws / (n + kPriorDraws));
  const std::size_t m = moments.position_mean.size();
  const bool enough = rule == MetricRule::stan || moments.n >= kDrawsPerCoordinate * m;
  if (moments.kind == MetricKind::dense && enough) {
    Numbers covariance = moments.position_squares;
    for (double& x : covariance) x *= weight;
    for (std::size_t i = 0; i < m; ++i) covariance[i * (m + 1)] += prior;
    if (const auto factor = math::cholesky(covariance, m)) return dense_metric(*factor, m);
  }
  Numbers variances;
  for (std::size_t i = 0; i < m; ++i) {
    variances.push_back(usable_scale(weight * square(moments, moments.position_squares, i) + prior));
  }
  return metric_of_variances(std::move(variances));
}

bool needs_gradients(MetricRule rule) { return rule != MetricRule::stan && rule != MetricRule::positions; }

void require_alike(std::span<const ChainMoments> chains, MetricRule rule) {
  DOVETAIL_REQUIRE(!chains.empty());
  const ChainMoments& first = chains[0];
  const std::size_t m = first.position_mean.size();
  DOVETAIL_REQUIRE(first.kind != MetricKind::unit && first.n > 0 && m > 0);
  DOVETAIL_REQUIRE(!needs_gradients(rule) || first.gradient_mean.size() == m);
  for (const ChainMoments& chain : chains) {
    DOVETAIL_REQUIRE(chain.kind == first.kind && chain.n == first.n && chain.position_mean.size() == m);
    DOVETAIL_REQUIRE(chain.gradient_mean.size() == first.gradient_mean.size());
  }
}

}  // namespace

ChainMoments chain_moments(std::span<const double> positions, std::span<const double> gradients, std::size_t n,
                           MetricKind kind) {
  DOVETAIL_REQUIRE(kind != MetricKind::unit && n > 0 && !positions.empty() && positions.size() % n == 0);
  DOVETAIL_REQUIRE(gradients.empty() || gradients.size() == positions.size());
  ChainMoments moments;
  moments.kind = kind;
  moments.n = n;
  add_moments(positions, n, kind, moments.position_mean, moments.position_squares);
  add_moments(gradients, n, kind, moments.gradient_mean, moments.gradient_squares);
  return moments;
}

MetricEstimate estimate_metrics(std::span<const ChainMoments> chains, MetricRule rule, Pooling pooling) {
  require_alike(chains, rule);
  const auto metric_of = [rule](const ChainMoments& moments) {
    return needs_gradients(rule) ? fisher_metric(moments, rule) : stan_metric(moments, rule);
  };
  MetricEstimate estimate;
  if (chains.size() > 1) estimate.worst_ratio = worst_ratio(chains);
  estimate.pooled = pooling == Pooling::guarded && chains.size() > 1 && estimate.worst_ratio < kPoolRatioMax;
  if (estimate.pooled) {
    estimate.metrics.push_back(metric_of(pool(chains)));
  } else {
    for (const ChainMoments& chain : chains) estimate.metrics.push_back(metric_of(chain));
  }
  return estimate;
}

}  // namespace dovetail
