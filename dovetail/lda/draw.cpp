#include "dovetail/lda/draw.hpp"

#include <emmintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

namespace dovetail::lda {
namespace {

constexpr std::size_t kLanes = 16;

/// Sums of the first one, two, three and four.
__m128 prefix(__m128 x) {
  x = _mm_add_ps(x, _mm_castsi128_ps(_mm_slli_si128(_mm_castps_si128(x), 4)));
  return _mm_add_ps(x, _mm_castsi128_ps(_mm_slli_si128(_mm_castps_si128(x), 8)));
}

float last_of(__m128 x) { return _mm_cvtss_f32(_mm_shuffle_ps(x, x, _MM_SHUFFLE(3, 3, 3, 3))); }

}  // namespace

std::uint32_t draw_topic(const DrawRows& rows, std::uint32_t topics, std::uint32_t own, float own_weight,
                         std::uint32_t number, float* sums) {
  const std::size_t groups = (topics + kLanes - 1) / kLanes;
  const __m128i own_id = _mm_set1_epi32(static_cast<int>(own));
  const __m128 at_own = _mm_set1_ps(own_weight);
  __m128 sum[4] = {};
  __m128i id = _mm_setr_epi32(0, 1, 2, 3);
  for (std::size_t at = 0; at < groups * kLanes; at += kLanes) {
    for (std::size_t j = 0; j < 4; ++j) {
      const std::size_t k = at + 4 * j;
      const __m128 counts = _mm_add_ps(_mm_load_ps(rows.document + k), _mm_load_ps(rows.alpha + k));
      const __m128 weight = _mm_mul_ps(counts, _mm_load_ps(rows.q + k));
      const __m128 is_own = _mm_castsi128_ps(_mm_cmpeq_epi32(id, own_id));
      sum[j] = _mm_add_ps(sum[j], _mm_or_ps(_mm_and_ps(is_own, at_own), _mm_andnot_ps(is_own, weight)));
      _mm_store_ps(sums + k, sum[j]);
      id = _mm_add_epi32(id, _mm_set1_epi32(4));
    }
  }

  __m128 upto[4];  // over lanes
  float before = 0;
  for (std::size_t j = 0; j < 4; ++j) {
    upto[j] = _mm_add_ps(prefix(sum[j]), _mm_set1_ps(before));
    before = last_of(upto[j]);
  }
  const float target = static_cast<float>(number) * 0x1p-32F * before;
  unsigned below = 0;
  alignas(16) std::array<float, kLanes> upto_lane{};
  for (std::size_t j = 0; j < 4; ++j) {
    below |= static_cast<unsigned>(_mm_movemask_ps(_mm_cmple_ps(upto[j], _mm_set1_ps(target)))) << (4 * j);
    _mm_store_ps(upto_lane.data() + 4 * j, upto[j]);
  }
  // Where rounding takes the target to the very end, the last lane that has a topic.
  const auto lane = std::min<std::size_t>(static_cast<std::size_t>(std::countr_one(below & 0x7fffU)), topics - 1);
  const float* const in_lane = sums + lane;
  const float left = target - (upto_lane[lane] - in_lane[(groups - 1) * kLanes]);
  std::size_t group = 0;
  for (std::size_t g = 0; g + 1 < groups; ++g) group += in_lane[g * kLanes] <= left ? 1 : 0;
  std::size_t topic = group * kLanes + lane;
  if (topic >= topics) topic -= kLanes;
  return static_cast<std::uint32_t>(topic);
}

}  // namespace dovetail::lda
