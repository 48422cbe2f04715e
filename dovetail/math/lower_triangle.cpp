#include "dovetail/math/lower_triangle.hpp"

#include <immintrin.h>

#include <algorithm>

#include "dovetail/core/error.hpp"

extern "C" int dovetail_has_avx2();  // processor.c

namespace dovetail::math {
namespace {

constexpr std::size_t kGroup = 8;  ///< rows

/// Lanes 0 to 3 of four rows, to which lanes 4 to 7 have been added, to the rows' sums.
void finish(__m128 a, __m128 b, __m128 c, __m128 d, float* out) {
  _MM_TRANSPOSE4_PS(a, b, c, d);
  _mm_storeu_ps(out, _mm_add_ps(_mm_add_ps(a, c), _mm_add_ps(b, d)));
}

// ---- SSE2, which every x86-64 processor has: registers of four

/// Four rows at a time: x is loaded once.
void multiply_baseline(const float* l, const float* x, float* out, std::size_t groups) {
  for (std::size_t half = 0; half < 2 * groups; ++half) {
    const std::size_t width = kGroup * (half / 2 + 1);
    __m128 low[4] = {};  // lanes 0 to 3 of each row
    __m128 high[4] = {};
    for (std::size_t j = 0; j < width; j += 8) {
      const __m128 x_low = _mm_loadu_ps(x + j);
      const __m128 x_high = _mm_loadu_ps(x + j + 4);
      for (std::size_t k = 0; k < 4; ++k) {
        low[k] = _mm_add_ps(low[k], _mm_mul_ps(_mm_loadu_ps(l + k * width + j), x_low));
        high[k] = _mm_add_ps(high[k], _mm_mul_ps(_mm_loadu_ps(l + k * width + j + 4), x_high));
      }
    }
    for (std::size_t k = 0; k < 4; ++k) low[k] = _mm_add_ps(low[k], high[k]);
    finish(low[0], low[1], low[2], low[3], out + 4 * half);
    l += 4 * width;
  }
}

/// Eight rows at a time: `out` is loaded and stored once.
void multiply_transposed_baseline(const float* l, const float* x, float* out, std::size_t groups) {
  for (std::size_t group = 0; group < groups; ++group) {
    const std::size_t width = kGroup * (group + 1);
    __m128 by[kGroup];
    for (std::size_t k = 0; k < kGroup; ++k) by[k] = _mm_set1_ps(x[kGroup * group + k]);
    for (std::size_t j = 0; j < width; j += 4) {
      __m128 term[kGroup];
      for (std::size_t k = 0; k < kGroup; ++k) term[k] = _mm_mul_ps(_mm_loadu_ps(l + k * width + j), by[k]);
      __m128 sum = _mm_loadu_ps(out + j);
      sum = _mm_add_ps(sum, _mm_add_ps(_mm_add_ps(term[0], term[1]), _mm_add_ps(term[2], term[3])));
      sum = _mm_add_ps(sum, _mm_add_ps(_mm_add_ps(term[4], term[5]), _mm_add_ps(term[6], term[7])));
      _mm_storeu_ps(out + j, sum);
    }
    l += kGroup * width;
  }
}

// ---- AVX2: registers of eight. Without FMA, which would round once where the others round twice.

__attribute__((target("avx2"))) void multiply_avx2(const float* l, const float* x, float* out, std::size_t groups) {
  for (std::size_t group = 0; group < groups; ++group) {
    const std::size_t width = kGroup * (group + 1);
    __m256 lanes[kGroup] = {};
    for (std::size_t j = 0; j < width; j += 8) {
      const __m256 at = _mm256_loadu_ps(x + j);
      for (std::size_t k = 0; k < kGroup; ++k) {
        lanes[k] = _mm256_add_ps(lanes[k], _mm256_mul_ps(_mm256_loadu_ps(l + k * width + j), at));
      }
    }
    __m128 sums[kGroup];
    for (std::size_t k = 0; k < kGroup; ++k) {
      sums[k] = _mm_add_ps(_mm256_castps256_ps128(lanes[k]), _mm256_extractf128_ps(lanes[k], 1));
    }
    finish(sums[0], sums[1], sums[2], sums[3], out + kGroup * group);
    finish(sums[4], sums[5], sums[6], sums[7], out + kGroup * group + 4);
    l += kGroup * width;
  }
}

__attribute__((target("avx2"))) void multiply_transposed_avx2(const float* l, const float* x, float* out,
                                                              std::size_t groups) {
  for (std::size_t group = 0; group < groups; ++group) {
    const std::size_t width = kGroup * (group + 1);
    __m256 by[kGroup];
    for (std::size_t k = 0; k < kGroup; ++k) by[k] = _mm256_set1_ps(x[kGroup * group + k]);
    for (std::size_t j = 0; j < width; j += 8) {
      __m256 term[kGroup];
      for (std::size_t k = 0; k < kGroup; ++k) term[k] = _mm256_mul_ps(_mm256_loadu_ps(l + k * width + j), by[k]);
      __m256 sum = _mm256_loadu_ps(out + j);
      sum = _mm256_add_ps(sum, _mm256_add_ps(_mm256_add_ps(term[0], term[1]), _mm256_add_ps(term[2], term[3])));
      sum = _mm256_add_ps(sum, _mm256_add_ps(_mm256_add_ps(term[4], term[5]), _mm256_add_ps(term[6], term[7])));
      _mm256_storeu_ps(out + j, sum);
    }
    l += kGroup * width;
  }
}

const detail::TriangleCode& best_code() {
  static const detail::TriangleCode code = detail::avx2_code().value_or(detail::baseline_code());
  return code;
}

void require_shapes(std::span<const float> l, std::span<const float> x, std::span<float> out) {
  DOVETAIL_REQUIRE(x.size() % kGroup == 0 && l.size() == packed_size(x.size()) && out.size() == x.size());
}

}  // namespace

namespace detail {

TriangleCode baseline_code() { return {multiply_baseline, multiply_transposed_baseline}; }

std::optional<TriangleCode> avx2_code() {
  if (dovetail_has_avx2() == 0) return std::nullopt;
  return TriangleCode{multiply_avx2, multiply_transposed_avx2};
}

}  // namespace detail

void multiply_packed(std::span<const float> l, std::span<const float> x, std::span<float> out) {
  require_shapes(l, x, out);
  best_code().multiply(l.data(), x.data(), out.data(), x.size() / kGroup);
}

void multiply_packed_transposed(std::span<const float> l, std::span<const float> x, std::span<float> out) {
  require_shapes(l, x, out);
  std::fill(out.begin(), out.end(), 0.0F);
  best_code().multiply_transposed(l.data(), x.data(), out.data(), x.size() / kGroup);
}

}  // namespace dovetail::math
