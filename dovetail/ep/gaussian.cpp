#include "dovetail/ep/gaussian.hpp"

#include <cmath>
#include <span>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::ep {
namespace {

constexpr double kLogTwoPi = 1.8378770664093454836;

bool all_finite(const std::vector<double>& values) {
  for (const double value : values) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

}  // namespace

Natural flat(std::size_t d) { return {std::vector<double>(d * d), std::vector<double>(d)}; }

Natural add_scaled(Natural a, double factor, const Natural& b) {
  DOVETAIL_REQUIRE(a.dimension() == b.dimension());
  for (std::size_t i = 0; i < a.precision.size(); ++i) a.precision[i] += factor * b.precision[i];
  for (std::size_t i = 0; i < a.shift.size(); ++i) a.shift[i] += factor * b.shift[i];
  return a;
}

std::vector<double> times(std::span<const double> a, std::span<const double> x) {
  std::vector<double> product(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) product[i] = math::dot(a.subspan(i * x.size(), x.size()), x);
  return product;
}

std::vector<double> inverse_of_factored(const std::vector<double>& l, std::size_t d) {
  std::vector<double> rows(d * d);  // row j: column j of L^{-1}, so that A^{-1} is the gram matrix of its rows
  for (std::size_t j = 0; j < d; ++j) {
    const auto column = std::span(rows).subspan(j * d, d);
    column[j] = 1;
    math::solve_lower(l, column);
  }
  return math::gram(rows, d, d);
}

std::optional<Normal> normal_of(const Natural& factor) {
  const std::size_t d = factor.dimension();
  const auto l = math::cholesky(factor.precision, d);
  if (!l || !all_finite(factor.shift)) return std::nullopt;
  Normal normal{factor.shift, inverse_of_factored(*l, d)};
  math::solve_factored(*l, normal.mean);
  if (!all_finite(normal.mean) || !all_finite(normal.covariance)) return std::nullopt;
  return normal;
}

std::optional<Natural> natural_of(const Normal& normal) {
  // The map is its own inverse but for what the second part means: Q from S^{-1}, r = S^{-1} m.
  const auto swapped = normal_of({normal.covariance, normal.mean});
  if (!swapped) return std::nullopt;
  return Natural{swapped->covariance, swapped->mean};
}

std::optional<double> log_integral(const Natural& factor) {
  const std::size_t d = factor.dimension();
  const auto l = math::cholesky(factor.precision, d);
  if (!l) return std::nullopt;
  std::vector<double> half = factor.shift;
  math::solve_lower(*l, half);
  const double value =
      0.5 * (math::sum_of_squares(half) - math::log_determinant(*l, d) + static_cast<double>(d) * kLogTwoPi);
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<double> divergence(const Natural& p, const Natural& q) {
  const std::size_t d = p.dimension();
  const auto from = normal_of(p);
  const auto to = normal_of(q);
  const auto lp = math::cholesky(p.precision, d);
  const auto lq = math::cholesky(q.precision, d);
  if (!from || !to || !lp || !lq) return std::nullopt;
  std::vector<double> away(d);
  for (std::size_t i = 0; i < d; ++i) away[i] = to->mean[i] - from->mean[i];
  const double trace = math::dot(q.precision, from->covariance);  // both symmetric
  const double square = math::dot(away, times(q.precision, away));
  const double logs = math::log_determinant(*lp, d) - math::log_determinant(*lq, d);
  return 0.5 * (trace + square - static_cast<double>(d) + logs);
}

double squared_size(const Natural& change, const Normal& at) {
  const std::size_t d = change.dimension();
  std::vector<double> shift = times(change.precision, at.mean);
  for (std::size_t i = 0; i < d; ++i) shift[i] = change.shift[i] - shift[i];
  const double linear = math::dot(shift, times(at.covariance, shift));
  // tr((S D)^2), S and D symmetric: the elements of S D times those of its transpose D S.
  const std::vector<double> product = math::multiply_transposed(at.covariance, change.precision, d);
  return linear + 0.5 * math::dot(product, math::transpose(product, d, d));
}

}  // namespace dovetail::ep
