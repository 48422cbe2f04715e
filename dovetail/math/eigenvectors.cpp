#include "dovetail/math/eigenvectors.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "dovetail/core/error.hpp"

namespace dovetail::math {
namespace {

constexpr int kSweepsMax = 60;

struct Rotation {
  double cosine;
  double sine;
  void turn(double& first, double& second) const {
    const double old = first;
    first = cosine * old - sine * second;
    second = sine * old + cosine * second;
  }
};

/// The smaller rotation that zeroes a_pq.
Rotation rotation_for(double app, double aqq, double apq) {
  const double theta = (aqq - app) / (2 * apq);
  const double t = (theta >= 0 ? 1 : -1) / (std::fabs(theta) + std::sqrt(theta * theta + 1));
  const double cosine = 1 / std::sqrt(t * t + 1);
  return {cosine, t * cosine};
}

void rotate(std::span<double> a, std::span<double> rows, std::size_t d, std::size_t p, std::size_t q) {
  const Rotation rotation = rotation_for(a[p * d + p], a[q * d + q], a[p * d + q]);
  for (std::size_t k = 0; k < d; ++k) rotation.turn(a[k * d + p], a[k * d + q]);
  for (std::size_t k = 0; k < d; ++k) rotation.turn(a[p * d + k], a[q * d + k]);
  a[p * d + q] = a[q * d + p] = 0;
  for (std::size_t k = 0; k < d; ++k) rotation.turn(rows[p * d + k], rows[q * d + k]);
}

bool sweep(std::span<double> a, std::span<double> rows, std::size_t d, double negligible) {
  bool settled = true;
  for (std::size_t p = 0; p < d; ++p) {
    for (std::size_t q = p + 1; q < d; ++q) {
      if (std::fabs(a[p * d + q]) <= negligible) continue;
      rotate(a, rows, d, p, q);
      settled = false;
    }
  }
  return settled;
}

Eigenvectors in_order(std::span<const double> a, std::span<const double> rows, std::size_t d) {
  std::vector<std::size_t> order(d);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t j) { return a[i * d + i] > a[j * d + j]; });
  Eigenvectors result;
  for (const std::size_t j : order) {
    const std::span<const double> row = rows.subspan(j * d, d);
    const auto largest =
        std::max_element(row.begin(), row.end(), [](double x, double y) { return std::fabs(x) < std::fabs(y); });
    const double sign = *largest < 0 ? -1 : 1;
    result.values.push_back(a[j * d + j]);
    for (const double v : row) result.vectors.push_back(sign * v);
  }
  return result;
}

}  // namespace

std::optional<Eigenvectors> eigenvectors(std::span<const double> a, std::size_t d) {
  DOVETAIL_REQUIRE(a.size() == d * d);
  double largest = 0;
  for (const double v : a) {
    if (!std::isfinite(v)) return std::nullopt;
    largest = std::max(largest, std::fabs(v));
  }
  std::vector<double> left(a.begin(), a.end());
  std::vector<double> rows(d * d);
  for (std::size_t i = 0; i < d; ++i) rows[i * d + i] = 1;
  for (int n = 0; n < kSweepsMax; ++n) {
    if (sweep(left, rows, d, 0x1p-56 * largest)) return in_order(left, rows, d);
  }
  return std::nullopt;
}

}  // namespace dovetail::math
