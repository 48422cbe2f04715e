/// Sums and dot products in eight fixed lanes: one order of addition, whatever the width of the processor.
///
/// Element i goes to lane i mod 8 in increasing i; lanes start at +0.0 and combine as
/// ((l0+l4)+(l2+l6)) + ((l1+l5)+(l3+l7)). Two AVX, one AVX-512 or four SSE2 registers give the same bits.
#pragma once
#include <array>
#include <cstddef>
#include <span>

namespace dovetail::math {

/// Adds term(0) .. term(n-1) in eight lanes. `term` is inlined; it must be pure.
template <class Term>
[[nodiscard]] inline double sum_lanes(std::size_t n, Term&& term) {
  std::array<double, 8> lane{};
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (std::size_t j = 0; j < 8; ++j) lane[j] += term(i + j);
  }
  for (std::size_t j = 0; i + j < n; ++j) lane[j] += term(i + j);
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

[[nodiscard]] inline double sum(std::span<const double> x) {
  return sum_lanes(x.size(), [&](std::size_t i) { return x[i]; });
}
/// Requires x.size() == y.size().
[[nodiscard]] inline double dot(std::span<const double> x, std::span<const double> y) {
  return sum_lanes(x.size(), [&](std::size_t i) { return x[i] * y[i]; });
}
[[nodiscard]] inline double sum_of_squares(std::span<const double> x) {
  return sum_lanes(x.size(), [&](std::size_t i) { return x[i] * x[i]; });
}

}  // namespace dovetail::math
