#include "dovetail/lda/draw.hpp"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>

extern "C" int dovetail_has_avx2();  // math/processor.c

namespace dovetail::lda {
namespace {

/// The present topic, and what takes the place of its product.
struct Own {
  std::uint32_t topic;
  float weight;
};

// ---- What a draw adds up: SSE2, which every x86-64 processor has, registers of four

/// Sums by lane over vectors `from` to `to` of a group. With `looking` the own topic has its weight, and sums up to
/// each vector go to `sums`; without, products alone are added up.
template <bool looking>
void add_up_baseline(const DrawRows& rows, std::size_t from, std::size_t to, const Own& own, __m128* sum, float* sums) {
  const __m128i own_id = _mm_set1_epi32(static_cast<int>(own.topic));
  const __m128 at_own = _mm_set1_ps(own.weight);
  __m128i id = _mm_add_epi32(_mm_setr_epi32(0, 1, 2, 3), _mm_set1_epi32(static_cast<int>(from * kLanes)));
  for (std::size_t j = 0; j < 4; ++j) sum[j] = _mm_setzero_ps();
  for (std::size_t k = from * kLanes; k < to * kLanes; k += kLanes) {
    for (std::size_t j = 0; j < 4; ++j) {
      const std::size_t at = k + 4 * j;
      __m128 weight = _mm_mul_ps(_mm_load_ps(rows.document + at), _mm_load_ps(rows.q + at));
      if constexpr (looking) {
        const __m128 is_own = _mm_castsi128_ps(_mm_cmpeq_epi32(id, own_id));
        weight = _mm_or_ps(_mm_and_ps(is_own, at_own), _mm_andnot_ps(is_own, weight));
        id = _mm_add_epi32(id, _mm_set1_epi32(4));
      }
      sum[j] = _mm_add_ps(sum[j], weight);
      if constexpr (looking) _mm_store_ps(sums + at - from * kLanes, sum[j]);
    }
  }
}

// ---- AVX2: registers of eight. Without FMA, which would round once where the others round twice.

template <bool looking>
__attribute__((target("avx2"))) void add_up_avx2(const DrawRows& rows, std::size_t from, std::size_t to, const Own& own,
                                                 __m128* sum, float* sums) {
  const __m256i own_id = _mm256_set1_epi32(static_cast<int>(own.topic));
  const __m256 at_own = _mm256_set1_ps(own.weight);
  __m256i id =
      _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(static_cast<int>(from * kLanes)));
  __m256 half[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
  for (std::size_t k = from * kLanes; k < to * kLanes; k += kLanes) {
    for (std::size_t j = 0; j < 2; ++j) {
      const std::size_t at = k + 8 * j;
      __m256 weight = _mm256_mul_ps(_mm256_load_ps(rows.document + at), _mm256_load_ps(rows.q + at));
      if constexpr (looking) {
        weight = _mm256_blendv_ps(weight, at_own, _mm256_castsi256_ps(_mm256_cmpeq_epi32(id, own_id)));
        id = _mm256_add_epi32(id, _mm256_set1_epi32(8));
      }
      half[j] = _mm256_add_ps(half[j], weight);
      if constexpr (looking) _mm256_store_ps(sums + at - from * kLanes, half[j]);
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

__m128 last_of(__m128 x) { return _mm_shuffle_ps(x, x, _MM_SHUFFLE(3, 3, 3, 3)); }

/// Where a number falls: a lane, and how far into it.
struct InLane {
  std::size_t lane;
  float left;
};

/// `in_lane`: of all topics.
InLane choose_lane(const __m128* in_lane, std::uint32_t topics, std::uint32_t number) {
  __m128 upto[4];
  for (std::size_t j = 0; j < 4; ++j) upto[j] = prefix(in_lane[j]);
  const __m128 two = _mm_add_ps(last_of(upto[0]), last_of(upto[1]));
  const __m128 before[4] = {_mm_setzero_ps(), last_of(upto[0]), two, _mm_add_ps(two, last_of(upto[2]))};
  for (std::size_t j = 1; j < 4; ++j) upto[j] = _mm_add_ps(upto[j], before[j]);
  const float target = static_cast<float>(number) * 0x1p-32F * _mm_cvtss_f32(last_of(upto[3]));
  unsigned below = 0;
  alignas(16) std::array<float, kLanes> starts{};  // where lanes begin
  for (std::size_t j = 0; j < 4; ++j) {
    below |= static_cast<unsigned>(_mm_movemask_ps(_mm_cmple_ps(upto[j], _mm_set1_ps(target)))) << (4 * j);
    _mm_store_ps(starts.data() + 4 * j, _mm_sub_ps(upto[j], in_lane[j]));
  }
  // Where rounding takes the target to the very end, the last lane that has a topic.
  const auto lane = std::min<std::size_t>(static_cast<std::size_t>(std::countr_one(below & 0x7fffU)), topics - 1);
  return {lane, target - starts[lane]};
}

/// How many of sums[0], sums[kLanes], ... but the last of `count` lie at or below `left`.
std::size_t passed(const float* sums, std::size_t count, float left) {
  std::size_t found = 0;
  for (std::size_t i = 0; i + 1 < count; ++i) found += sums[i * kLanes] <= left ? 1 : 0;
  return found;
}

template <auto add_up_looking, auto add_up_elsewhere>
std::uint32_t draw(const DrawRows& rows, std::uint32_t topics, std::uint32_t own, float own_weight,
                   std::uint32_t number, float* sums) {
  const std::size_t vectors = (topics + kLanes - 1) / kLanes;
  const Own instead{own, own_weight};
  __m128 sum[4];
  if (vectors <= kGroupVectors) {
    add_up_looking(rows, 0, vectors, instead, sum, sums);
    const InLane at = choose_lane(sum, topics, number);
    return detail::topic_at(passed(sums + at.lane, vectors, at.left), at.lane, topics);
  }
  const std::size_t groups = (vectors + kGroupVectors - 1) / kGroupVectors;
  const auto end_of = [&](std::size_t group) { return std::min(vectors, (group + 1) * kGroupVectors); };
  const auto keep = [&](std::size_t group) {
    for (std::size_t j = 0; j < 4; ++j) _mm_store_ps(sums + group * kLanes + 4 * j, sum[j]);
  };
  for (std::size_t g = 0; g < groups; ++g) {
    add_up_elsewhere(rows, g * kGroupVectors, end_of(g), instead, sum, nullptr);
    keep(g);
  }
  // The group of the own topic once more: cheaper than to ask in each, where a guess would often be wrong.
  alignas(64) std::array<float, kLanes * kGroupVectors> in_group;
  const std::size_t of_own = own / kNarrowTopics;
  add_up_looking(rows, of_own * kGroupVectors, end_of(of_own), instead, sum, in_group.data());
  keep(of_own);
  for (auto& each : sum) each = _mm_setzero_ps();
  for (std::size_t g = 0; g < groups; ++g) {
    for (std::size_t j = 0; j < 4; ++j) {
      sum[j] = _mm_add_ps(sum[j], _mm_load_ps(sums + g * kLanes + 4 * j));
    }
    keep(g);
  }
  const InLane at = choose_lane(sum, topics, number);
  const std::size_t group = passed(sums + at.lane, groups, at.left);
  const float left = group == 0 ? at.left : at.left - sums[(group - 1) * kLanes + at.lane];
  const std::size_t first = group * kGroupVectors;
  add_up_looking(rows, first, end_of(group), instead, sum, in_group.data());
  return detail::topic_at(first + passed(in_group.data() + at.lane, end_of(group) - first, left), at.lane, topics);
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
