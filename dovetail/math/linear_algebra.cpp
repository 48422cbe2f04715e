#include "dovetail/math/linear_algebra.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::math {
namespace {

using detail::LanePair;

LanePair load(const double* from) { return LanePair{from[0], from[1]}; }

/// The eight lanes of one dot product.
struct DotLanes {
  LanePair lanes01{}, lanes23{}, lanes45{}, lanes67{};

  void add(const double* row, LanePair x01, LanePair x23, LanePair x45, LanePair x67) {
    lanes01 += load(row) * x01;
    lanes23 += load(row + 2) * x23;
    lanes45 += load(row + 4) * x45;
    lanes67 += load(row + 6) * x67;
  }
  /// The last `left` <= 8 products, then all lanes in the order of sums.hpp.
  double finish(const double* row, const double* x, std::size_t left) {
    if (left >= 2) lanes01 += load(row) * load(x);
    if (left >= 4) lanes23 += load(row + 2) * load(x + 2);
    if (left >= 6) lanes45 += load(row + 4) * load(x + 4);
    if (left == 8) lanes67 += load(row + 6) * load(x + 6);
    if (left == 1) lanes01[0] += row[0] * x[0];
    if (left == 3) lanes23[0] += row[2] * x[2];
    if (left == 5) lanes45[0] += row[4] * x[4];
    if (left == 7) lanes67[0] += row[6] * x[6];
    const LanePair halves = (lanes01 + lanes45) + (lanes23 + lanes67);
    return halves[0] + halves[1];
  }
};

/// dot(row, x) over n elements and dot(next, x) over n + 1, bit for bit, in three quarters of the time: x is loaded
/// once, and one row's additions wait while the other's go on.
std::pair<double, double> dot_two_rows(const double* row, const double* next, const double* x, std::size_t n) {
  DotLanes lanes;
  DotLanes next_lanes;
  std::size_t j = 0;
  for (; j + 8 <= n; j += 8) {
    const LanePair x01 = load(x + j), x23 = load(x + j + 2), x45 = load(x + j + 4), x67 = load(x + j + 6);
    lanes.add(row + j, x01, x23, x45, x67);
    next_lanes.add(next + j, x01, x23, x45, x67);
  }
  return {lanes.finish(row + j, x + j, n - j), next_lanes.finish(next + j, x + j, n + 1 - j)};
}

}  // namespace

std::optional<std::vector<double>> cholesky(std::span<const double> a, std::size_t d) {
  DOVETAIL_REQUIRE(a.size() == d * d);
  std::vector<double> l(d * d);
  for (std::size_t i = 0; i < d; ++i) {
    const std::span<double> row(l.data() + i * d, d);
    for (std::size_t j = 0; j < i; ++j) {
      const std::span<const double> above(l.data() + j * d, d);
      row[j] = (a[i * d + j] - dot(row.first(j), above.first(j))) / above[j];
    }
    const double pivot = a[i * d + i] - sum_of_squares(row.first(i));
    if (!(pivot > 0 && std::isfinite(pivot))) return std::nullopt;
    row[i] = std::sqrt(pivot);
  }
  return l;
}

std::optional<std::vector<double>> cholesky_update(std::span<const double> l, std::span<const double> x,
                                                   double weight) {
  const std::size_t d = x.size();
  DOVETAIL_REQUIRE(l.size() == d * d);
  std::vector<double> updated(l.begin(), l.end());
  std::vector<double> rest(x.begin(), x.end());  // of x, in what the columns so far do not span
  double growth = 1;                             // 1 + weight |L^{-1} x|^2 over the coordinates so far
  for (std::size_t j = 0; j < d; ++j) {
    const double old = updated[j * (d + 1)];
    const double part = rest[j] / old;
    const double before = growth;
    growth += weight * part * part;
    if (!(growth > 0 && std::isfinite(growth))) return std::nullopt;
    const double stretch = std::sqrt(growth / before);
    const double along = weight * part / (stretch * before);
    updated[j * (d + 1)] = stretch * old;
    for (std::size_t i = j + 1; i < d; ++i) {
      double& element = updated[i * d + j];
      rest[i] -= part * element;
      element = stretch * element + along * rest[i];
    }
  }
  return updated;
}

void solve_lower(std::span<const double> l, std::span<double> x) {
  const std::size_t d = x.size();
  DOVETAIL_REQUIRE(l.size() == d * d);
  for (std::size_t i = 0; i < d; ++i) {
    x[i] = (x[i] - dot(l.subspan(i * d, i), x.first(i))) / l[i * d + i];
  }
}

void solve_lower_transposed(std::span<const double> l, std::span<double> x) {
  const std::size_t d = x.size();
  DOVETAIL_REQUIRE(l.size() == d * d);
  for (std::size_t i = d; i-- > 0;) {  // by rows of L, which lie together in memory
    const double* const row = l.data() + i * d;
    x[i] /= row[i];
    for (std::size_t j = 0; j < i; ++j) x[j] -= row[j] * x[i];
  }
}

void solve_factored(std::span<const double> l, std::span<double> x) {
  solve_lower(l, x);
  solve_lower_transposed(l, x);
}

void multiply_lower(std::span<const double> l, std::span<const double> x, std::span<double> out) {
  const std::size_t d = x.size();
  DOVETAIL_REQUIRE(l.size() == d * d && out.size() == d);
  std::size_t i = d;
  if (i % 2 != 0) {
    --i;
    out[i] = dot(l.subspan(i * d, i + 1), x.first(i + 1));
  }
  while (i > 0) {  // from the last, so that `out` may be `x`
    i -= 2;
    const auto [above, below] = dot_two_rows(l.data() + i * d, l.data() + (i + 1) * d, x.data(), i + 1);
    out[i] = above;
    out[i + 1] = below;
  }
}

double log_determinant(std::span<const double> l, std::size_t d) {
  DOVETAIL_REQUIRE(l.size() == d * d);
  return 2 * sum_lanes(d, [&](std::size_t i) { return log(l[i * d + i]); });
}

std::vector<double> transpose(std::span<const double> a, std::size_t rows, std::size_t columns) {
  DOVETAIL_REQUIRE(a.size() == rows * columns);
  std::vector<double> t(a.size());
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) t[j * rows + i] = a[i * columns + j];
  }
  return t;
}

std::vector<double> multiply_transposed(std::span<const double> a, std::span<const double> b, std::size_t d) {
  DOVETAIL_REQUIRE(a.size() == d * d && b.size() == d * d);
  std::vector<double> product(d * d);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < d; ++j) product[i * d + j] = dot(a.subspan(i * d, d), b.subspan(j * d, d));
  }
  return product;
}

std::vector<double> gram(std::span<const double> a, std::size_t rows, std::size_t columns) {
  DOVETAIL_REQUIRE(a.size() == rows * columns);
  std::vector<double> product(rows * rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::span<const double> row = a.subspan(i * columns, columns);
    for (std::size_t j = 0; j <= i; ++j) {
      product[i * rows + j] = product[j * rows + i] = dot(row, a.subspan(j * columns, columns));
    }
  }
  return product;
}

}  // namespace dovetail::math
