#include "dovetail/lda/draw.hpp"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

extern "C" int dovetail_has_avx2();  // math/processor.c

namespace dovetail::lda {
namespace {

constexpr std::size_t kLanes = 16;

/// From here on it is cheaper to guess where the own topic's group begins than to look for it in each.
constexpr std::size_t kManyGroups = 16;

// ---- What a draw adds up: SSE2, which every x86-64 processor has, registers of four

/// Over groups `from` to `to`: sums so far, which go on, and to `sums`. Without `own`, no group may hold it.
template <bool own_is_there>
void add_up_baseline(const DrawRows& rows, std::size_t from, std::size_t to, std::uint32_t own, float own_weight,
                     __m128* sum, float* sums) {
  const __m128i own_id = _mm_set1_epi32(static_cast<int>(own));
  const __m128 at_own = _mm_set1_ps(own_weight);
  __m128i id = _mm_add_epi32(_mm_setr_epi32(0, 1, 2, 3), _mm_set1_epi32(static_cast<int>(from * kLanes)));
  for (std::size_t k = from * kLanes; k < to * kLanes; k += kLanes) {
    for (std::size_t j = 0; j < 4; ++j) {
      const std::size_t at = k + 4 * j;
      const __m128 counts = _mm_add_ps(_mm_load_ps(rows.document + at), _mm_load_ps(rows.alpha + at));
      __m128 weight = _mm_mul_ps(counts, _mm_load_ps(rows.q + at));
      if constexpr (own_is_there) {
        const __m128 is_own = _mm_castsi128_ps(_mm_cmpeq_epi32(id, own_id));
        weight = _mm_or_ps(_mm_and_ps(is_own, at_own), _mm_andnot_ps(is_own, weight));
        id = _mm_add_epi32(id, _mm_set1_epi32(4));
      }
      sum[j] = _mm_add_ps(sum[j], weight);
      _mm_store_ps(sums + at, sum[j]);
    }
  }
}

// ---- AVX2: registers of eight. Without FMA, which would round once where the others round twice.

template <bool own_is_there>
__attribute__((target("avx2"))) void add_up_avx2(const DrawRows& rows, std::size_t from, std::size_t to,
                                                 std::uint32_t own, float own_weight, __m128* sum, float* sums) {
  const __m256i own_id = _mm256_set1_epi32(static_cast<int>(own));
  const __m256 at_own = _mm256_set1_ps(own_weight);
  __m256i id =
      _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(static_cast<int>(from * kLanes)));
  __m256 half[2] = {_mm256_set_m128(sum[1], sum[0]), _mm256_set_m128(sum[3], sum[2])};
  for (std::size_t k = from * kLanes; k < to * kLanes; k += kLanes) {
    for (std::size_t j = 0; j < 2; ++j) {
      const std::size_t at = k + 8 * j;
      const __m256 counts = _mm256_add_ps(_mm256_load_ps(rows.document + at), _mm256_load_ps(rows.alpha + at));
      __m256 weight = _mm256_mul_ps(counts, _mm256_load_ps(rows.q + at));
      if constexpr (own_is_there) {
        weight = _mm256_blendv_ps(weight, at_own, _mm256_castsi256_ps(_mm256_cmpeq_epi32(id, own_id)));
        id = _mm256_add_epi32(id, _mm256_set1_epi32(8));
      }
      half[j] = _mm256_add_ps(half[j], weight);
      _mm256_store_ps(sums + at, half[j]);
    }
  }
  for (std::size_t j = 0; j < 2; ++j) {
    sum[2 * j] = _mm256_castps256_ps128(half[j]);
    sum[2 * j + 1] = _mm256_extractf128_ps(half[j], 1);
  }
}

// ---- Both

/// Sums of the first one, two, three and four.
__m128 prefix(__m128 x) {
  x = _mm_add_ps(x, _mm_castsi128_ps(_mm_slli_si128(_mm_castps_si128(x), 4)));
  return _mm_add_ps(x, _mm_castsi128_ps(_mm_slli_si128(_mm_castps_si128(x), 8)));
}

float last_of(__m128 x) { return _mm_cvtss_f32(_mm_shuffle_ps(x, x, _MM_SHUFFLE(3, 3, 3, 3))); }

/// `sum`: of all groups, by lane.
std::uint32_t choose(const __m128* sum, const float* sums, std::uint32_t topics, std::uint32_t number) {
  const std::size_t groups = (topics + kLanes - 1) / kLanes;
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

template <auto add_up_looking, auto add_up_elsewhere>
std::uint32_t draw(const DrawRows& rows, std::uint32_t topics, std::uint32_t own, float own_weight,
                   std::uint32_t number, float* sums) {
  const std::size_t groups = (topics + kLanes - 1) / kLanes;
  __m128 sum[4] = {_mm_setzero_ps(), _mm_setzero_ps(), _mm_setzero_ps(), _mm_setzero_ps()};
  if (groups < kManyGroups) {
    add_up_looking(rows, 0, groups, own, own_weight, sum, sums);
  } else {
    const std::size_t of_own = own / kLanes;
    add_up_elsewhere(rows, 0, of_own, own, own_weight, sum, sums);
    add_up_looking(rows, of_own, of_own + 1, own, own_weight, sum, sums);
    add_up_elsewhere(rows, of_own + 1, groups, own, own_weight, sum, sums);
  }
  return choose(sum, sums, topics, number);
}

}  // namespace

namespace detail {

DrawTopic baseline_draw() { return draw<add_up_baseline<true>, add_up_baseline<false>>; }

std::optional<DrawTopic> avx2_draw() {
  if (dovetail_has_avx2() == 0) return std::nullopt;
  return draw<add_up_avx2<true>, add_up_avx2<false>>;
}

}  // namespace detail

DrawTopic draw_code() {
  static const DrawTopic code = detail::avx2_draw().value_or(detail::baseline_draw());
  return code;
}

}  // namespace dovetail::lda
