#include "dovetail/math/symmetric_eigen.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::math {
namespace {

constexpr double kUnitRoundoff = 0x1p-53;
// Matrices are scaled to a largest element in [1/2, 1): beside it this is nothing, and its square is a normal number.
constexpr double kNegligible = 0x1p-500;
constexpr std::size_t kSweepsPerValue = 30;

/// A symmetric tridiagonal matrix T and the orthogonal Q with A = Q^T T Q.
struct Tridiagonal {
  std::vector<double> diagonal;   ///< d
  std::vector<double> off;        ///< d - 1, or none: T(k, k+1)
  std::vector<double> rotations;  ///< Q, row-major d x d
};

/// The reflection I - beta v v^T that takes x to (alpha, 0, .., 0); v replaces x.
struct Reflection {
  double beta;
  double alpha;
};

Reflection reflect(std::span<double> x) {
  const double first = x[0];
  const double tail = sum_of_squares(x.subspan(1));
  if (tail <= kNegligible * kNegligible) return {0, first};
  const double norm = std::sqrt(first * first + tail);
  const double alpha = first > 0 ? -norm : norm;  // no cancellation in first - alpha
  x[0] = first - alpha;
  return {1 / (norm * (norm + std::fabs(first))), alpha};
}

/// S <- H S H for the trailing block S of `a` from row and column `from`, H = I - beta v v^T.
/// Both triangles are kept, equal bit for bit, so that every pass runs along rows.
void reflect_both_sides(std::span<double> a, std::size_t d, std::size_t from, std::span<const double> v, double beta,
                        std::span<double> w) {
  const std::size_t n = d - from;
  for (std::size_t i = 0; i < n; ++i) w[i] = beta * dot(a.subspan((from + i) * d + from, n), v);
  const double along = 0.5 * beta * dot(w, v);
  for (std::size_t i = 0; i < n; ++i) w[i] -= along * v[i];
  for (std::size_t i = 0; i < n; ++i) {
    double* const row = a.data() + (from + i) * d + from;
    for (std::size_t j = 0; j < n; ++j) row[j] -= v[i] * w[j] + w[i] * v[j];
  }
}

/// The product of the reflections whose vectors stand in the rows of `a` right of its diagonal.
std::vector<double> product_of_reflections(std::span<const double> a, std::span<const double> betas, std::size_t d) {
  std::vector<double> q(d * d);
  for (std::size_t i = 0; i < d; ++i) q[i * d + i] = 1;
  for (std::size_t k = betas.size(); k-- > 0;) {  // from the last, which touches the smallest block
    const std::size_t n = d - k - 1;
    const std::span<const double> v = a.subspan(k * d + k + 1, n);
    for (std::size_t i = k + 1; i < d; ++i) {
      double* const row = q.data() + i * d + k + 1;
      const double along = betas[k] * dot({row, n}, v);
      for (std::size_t j = 0; j < n; ++j) row[j] -= along * v[j];
    }
  }
  return q;
}

Tridiagonal tridiagonalise(std::vector<double> a, std::size_t d) {
  Tridiagonal t{std::vector<double>(d), std::vector<double>(d > 0 ? d - 1 : 0), {}};
  std::vector<double> betas;
  std::vector<double> w(d);
  for (std::size_t k = 0; k + 2 < d; ++k) {
    const std::size_t n = d - k - 1;
    const std::span<double> v(a.data() + k * d + k + 1, n);
    const Reflection reflection = reflect(v);
    betas.push_back(reflection.beta);
    t.off[k] = reflection.alpha;
    if (reflection.beta > 0) reflect_both_sides(a, d, k + 1, v, reflection.beta, std::span<double>(w).first(n));
  }
  for (std::size_t i = 0; i < d; ++i) t.diagonal[i] = a[i * d + i];
  if (d > 1) t.off[d - 2] = a[(d - 2) * d + d - 1];
  t.rotations = product_of_reflections(a, betas, d);
  return t;
}

struct Rotation {
  double c;
  double s;
  double length;
};

/// c x + s z = length and c z - s x = 0, without overflow or underflow. Not both are 0.
Rotation rotation(double x, double z) {
  if (std::fabs(x) >= std::fabs(z)) {
    const double t = z / x;
    const double root = std::sqrt(1 + t * t);
    return {1 / root, t / root, x * root};
  }
  const double t = x / z;
  const double root = std::sqrt(1 + t * t);
  return {t / root, 1 / root, z * root};
}

void rotate_rows(std::span<double> upper, std::span<double> lower, const Rotation& by) {
  for (std::size_t j = 0; j < upper.size(); ++j) {
    const double above = upper[j];
    const double below = lower[j];
    upper[j] = by.c * above + by.s * below;
    lower[j] = by.c * below - by.s * above;
  }
}

/// One implicit QR sweep over rows first..last, which no negligible element divides.
void sweep(Tridiagonal& t, std::size_t first, std::size_t last) {
  const std::size_t d = t.diagonal.size();
  const double half = 0.5 * (t.diagonal[last - 1] - t.diagonal[last]);
  const double corner = t.off[last - 1] * t.off[last - 1];
  const double shift = t.diagonal[last] - corner / (half + std::copysign(std::sqrt(half * half + corner), half));
  double x = t.diagonal[first] - shift;
  double z = t.off[first];
  for (std::size_t k = first; k < last; ++k) {
    if (x == 0 && z == 0) return;  // the bulge vanished: nothing is left to chase
    const Rotation by = rotation(x, z);
    if (k > first) t.off[k - 1] = by.length;
    const double difference = t.diagonal[k + 1] - t.diagonal[k];
    const double turn = by.s * difference + 2 * by.c * t.off[k];
    t.diagonal[k] += by.s * turn;
    t.diagonal[k + 1] -= by.s * turn;
    t.off[k] = by.c * turn - t.off[k];
    if (k + 1 < last) {
      x = t.off[k];
      z = by.s * t.off[k + 1];
      t.off[k + 1] *= by.c;
    }
    rotate_rows({t.rotations.data() + k * d, d}, {t.rotations.data() + (k + 1) * d, d}, by);
  }
}

bool is_negligible(const Tridiagonal& t, std::size_t k) {
  const double beside = std::fabs(t.diagonal[k]) + std::fabs(t.diagonal[k + 1]);
  return std::fabs(t.off[k]) <= std::max(kUnitRoundoff * beside, kNegligible);
}

/// Sweeps until T is diagonal; false when it never is.
bool diagonalise(Tridiagonal& t) {
  const std::size_t d = t.diagonal.size();
  std::size_t sweeps_left = kSweepsPerValue * d;
  for (std::size_t last = d > 0 ? d - 1 : 0; last > 0;) {
    if (is_negligible(t, last - 1)) {
      --last;
      continue;
    }
    std::size_t first = last - 1;
    while (first > 0 && !is_negligible(t, first - 1)) --first;
    if (sweeps_left-- == 0) return false;
    sweep(t, first, last);
  }
  return true;
}

SymmetricEigen in_order(const Tridiagonal& t, int exponent) {
  const std::size_t d = t.diagonal.size();
  std::vector<std::size_t> order(d);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t j) { return t.diagonal[i] < t.diagonal[j]; });
  SymmetricEigen eigen{std::vector<double>(d), std::vector<double>(d * d)};
  for (std::size_t k = 0; k < d; ++k) {
    eigen.values[k] = std::ldexp(t.diagonal[order[k]], exponent);
    const std::span<const double> row(t.rotations.data() + order[k] * d, d);
    const auto largest =
        std::max_element(row.begin(), row.end(), [](double x, double y) { return std::fabs(x) < std::fabs(y); });
    const double sign = *largest < 0 ? -1 : 1;
    for (std::size_t j = 0; j < d; ++j) eigen.vectors[k * d + j] = sign * row[j];
  }
  return eigen;
}

}  // namespace

std::optional<SymmetricEigen> symmetric_eigen(std::span<const double> a, std::size_t d) {
  DOVETAIL_REQUIRE(a.size() == d * d);
  double largest = 0;
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      if (!std::isfinite(a[i * d + j])) return std::nullopt;
      largest = std::max(largest, std::fabs(a[i * d + j]));
    }
  }
  int exponent = 0;
  (void)std::frexp(largest, &exponent);
  std::vector<double> scaled(d * d);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      scaled[i * d + j] = scaled[j * d + i] = std::ldexp(a[i * d + j], -exponent);
    }
  }
  Tridiagonal t = tridiagonalise(std::move(scaled), d);
  if (!diagonalise(t)) return std::nullopt;
  SymmetricEigen eigen = in_order(t, exponent);
  for (const double value : eigen.values) {
    if (!std::isfinite(value)) return std::nullopt;
  }
  return eigen;
}

}  // namespace dovetail::math
