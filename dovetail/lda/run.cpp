#include "dovetail/lda/run.hpp"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <utility>

extern "C" int dovetail_has_avx512();  // math/processor.c

// A call would have every register of the caller's saved.
#define DOVETAIL_INLINE [[gnu::always_inline]] inline
#define DOVETAIL_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))

namespace dovetail::lda {

namespace {

constexpr std::uint32_t kBits = 64;
constexpr std::size_t kAhead = 2;  ///< tokens whose documents are fetched into the cache next to the processor
constexpr std::size_t kLine = 16;  ///< floats of a cache line

/// n + alpha -> n + 1 + alpha or n - 1 + alpha, rounded as if made of the integer. Both n and alpha lie below 2^22, so
/// the sum is off by a quarter at most, its difference with alpha by three eighths, and the nearest integer is n.
DOVETAIL_INLINE float changed(float weight, float alpha, float by) {
  const auto n = static_cast<float>(_mm_cvtss_si32(_mm_set_ss(weight - alpha)));
  return n + by + alpha;
}

/// The weight of a token's own topic when the token is taken out of all counts.
DOVETAIL_INLINE float weight_without(const CellTables& cell, float document_less, std::int32_t count,
                                     std::uint32_t topic) {
  return document_less * ((static_cast<float>(count - 1) + cell.beta) * cell.inverse_less[topic]);
}

DOVETAIL_INLINE float q_of(const CellTables& cell, const std::int32_t* counts, std::uint32_t topic) {
  return (static_cast<float>(counts[topic]) + cell.beta) * cell.inverse[topic];
}

/// Takes a token of the word from one topic to another in all counts but those of its document.
DOVETAIL_INLINE void move_token(CellTables& cell, std::int32_t* counts, std::uint32_t from, std::uint32_t to) {
  --counts[from];
  ++counts[to];
  cell.touched[to / kBits] |= std::uint64_t{1} << to % kBits;
  cell.inverse_more[from] = cell.inverse[from];
  cell.inverse[from] = cell.inverse_less[from];
  cell.inverse_less[from] = reciprocal(--cell.totals[from] - 1, cell.beta_sum);
  cell.inverse_less[to] = cell.inverse[to];
  cell.inverse[to] = cell.inverse_more[to];
  cell.inverse_more[to] = reciprocal(++cell.totals[to] + 1, cell.beta_sum);
  ++cell.moved;
}

DOVETAIL_INLINE float* row_of(const TokenRun& run, std::size_t token, std::size_t width) {
  return run.rows + std::size_t{run.documents[token]} * width;
}

/// The token's new topic, in every count and in q; `less`: what is left at the old one in its document's row.
DOVETAIL_INLINE void take_topic(CellTables& cell, std::int32_t* counts, float* q, const TokenRun& run,
                                std::size_t token, float* document, float less, std::uint32_t drawn) {
  const std::uint32_t own = std::exchange(run.topics[token], static_cast<Topic>(drawn));
  document[own] = less;
  document[drawn] = changed(document[drawn], cell.alpha[drawn], 1);
  move_token(cell, counts, own, drawn);
  q[own] = q_of(cell, counts, own);
  q[drawn] = q_of(cell, counts, drawn);
}

void draw_wide(CellTables& cell, std::int32_t* counts, float* q, const TokenRun& run) {
  static const DrawTopic draw = draw_code();
  const std::size_t width = padded(cell.topics);
  for (std::size_t i = 0; i < run.tokens; ++i) {
    const std::uint32_t own = run.topics[i];
    float* const document = row_of(run, i, width);
    const float less = changed(document[own], cell.alpha[own], -1);
    const float own_weight = weight_without(cell, less, counts[own], own);
    const std::uint32_t drawn = draw({document, q}, cell.topics, own, own_weight, run.numbers[i], cell.sums);
    if (drawn == own) continue;
    take_topic(cell, counts, q, run, i, document, less, drawn);
  }
}

void draw_narrow(CellTables& cell, std::int32_t* counts, float* q, const TokenRun& run) {
  for (std::uint32_t k = 0; k < padded(cell.topics); ++k) q[k] = q_of(cell, counts, k);
  draw_wide(cell, counts, q, run);
}

// ---- AVX-512: all sixteen lanes in a register, the word's row in `vectors` of them for the whole run, so that no load
// waits for a store of the token before. The operations are those of draw.hpp, one by one.

/// By lane: sums of all topics in this lane and those before it.
DOVETAIL_AVX512 DOVETAIL_INLINE __m512 upto_lanes(__m512 in_lane) {
  constexpr __mmask16 kFrom4 = 0xfff0;
  constexpr __mmask16 kFrom8 = 0xff00;
  constexpr __mmask16 kFrom12 = 0xf000;
  __m512 x = in_lane;
  x = _mm512_add_ps(x, _mm512_castsi512_ps(_mm512_bslli_epi128(_mm512_castps_si512(x), 4)));
  x = _mm512_add_ps(x, _mm512_castsi512_ps(_mm512_bslli_epi128(_mm512_castps_si512(x), 8)));
  const __m512 last = _mm512_permute_ps(x, _MM_SHUFFLE(3, 3, 3, 3));
  const __m512 first = _mm512_maskz_shuffle_f32x4(kFrom4, last, last, _MM_SHUFFLE(0, 0, 0, 0));
  const __m512 second = _mm512_maskz_shuffle_f32x4(kFrom8, last, last, _MM_SHUFFLE(1, 1, 1, 1));
  const __m512 third = _mm512_maskz_shuffle_f32x4(kFrom12, last, last, _MM_SHUFFLE(2, 2, 2, 2));
  return _mm512_add_ps(x, _mm512_add_ps(_mm512_add_ps(first, second), third));
}

/// Where a number falls among lanes: which one, and in every lane how far into it.
struct InLanes {
  std::size_t lane;
  __m512 left;
};
DOVETAIL_AVX512 DOVETAIL_INLINE InLanes choose_lane(__m512 in_lane, std::uint32_t topics, std::uint32_t number) {
  const __m512 ends = upto_lanes(in_lane);
  const __m512 total = _mm512_permutexvar_ps(_mm512_set1_epi32(kLanes - 1), ends);
  const __m512 target = _mm512_mul_ps(_mm512_set1_ps(static_cast<float>(number) * 0x1p-32F), total);
  const unsigned below = _mm512_cmp_ps_mask(ends, target, _CMP_LE_OQ) & 0x7fffU;
  const auto lane = std::min<std::size_t>(static_cast<std::size_t>(std::countr_one(below)), topics - 1);
  return {lane, _mm512_sub_ps(target, _mm512_sub_ps(ends, in_lane))};
}

DOVETAIL_AVX512 DOVETAIL_INLINE __m512i add_passed(__m512i passed, __m512 sum, __m512 left) {
  return _mm512_mask_add_epi32(passed, _mm512_cmp_ps_mask(sum, left, _CMP_LE_OQ), passed, _mm512_set1_epi32(1));
}

DOVETAIL_AVX512 DOVETAIL_INLINE std::size_t in_place(__m512i counts, std::size_t lane) {
  const __m512i chosen = _mm512_permutexvar_epi32(_mm512_set1_epi32(static_cast<int>(lane)), counts);
  return static_cast<std::size_t>(_mm_cvtsi128_si32(_mm512_castsi512_si128(chosen)));
}

DOVETAIL_AVX512 DOVETAIL_INLINE __m512i lanes_from(std::size_t topic) {
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm512_add_epi32(lanes, _mm512_set1_epi32(static_cast<int>(topic)));
}

template <std::size_t vectors>
DOVETAIL_AVX512 void draw_narrow_avx512(CellTables& cell, std::int32_t* counts, float*, const TokenRun& run) {
  constexpr std::size_t kWidth = vectors * kLanes;
  __m512 q[vectors];
  __m512i ids[vectors];
  for (std::size_t v = 0; v < vectors; ++v) {
    const __m512 n = _mm512_cvtepi32_ps(_mm512_load_si512(counts + v * kLanes));
    q[v] = _mm512_mul_ps(_mm512_add_ps(n, _mm512_set1_ps(cell.beta)), _mm512_load_ps(cell.inverse + v * kLanes));
    ids[v] = lanes_from(v * kLanes);
  }
  for (std::size_t i = 0; i < run.tokens; ++i) {
    if (i + kAhead < run.tokens) {
      const float* const next = row_of(run, i + kAhead, kWidth);
      for (std::size_t v = 0; v < vectors; ++v) _mm_prefetch(next + v * kLine, _MM_HINT_T0);
    }
    const std::uint32_t own = run.topics[i];
    float* const document = row_of(run, i, kWidth);
    const float less = changed(document[own], cell.alpha[own], -1);
    const __m512 at_own = _mm512_set1_ps(weight_without(cell, less, counts[own], own));
    const __m512i own_id = _mm512_set1_epi32(static_cast<int>(own));
    __m512 upto[vectors];
    for (std::size_t v = 0; v < vectors; ++v) {
      __m512 weight = _mm512_mul_ps(_mm512_load_ps(document + v * kLanes), q[v]);
      weight = _mm512_mask_mov_ps(weight, _mm512_cmpeq_epi32_mask(ids[v], own_id), at_own);
      upto[v] = v == 0 ? weight : _mm512_add_ps(upto[v - 1], weight);
    }
    const InLanes at = choose_lane(upto[vectors - 1], cell.topics, run.numbers[i]);
    __m512i passed = _mm512_setzero_si512();
    for (std::size_t v = 0; v + 1 < vectors; ++v) passed = add_passed(passed, upto[v], at.left);
    const std::uint32_t drawn = detail::topic_at(in_place(passed, at.lane), at.lane, cell.topics);
    if (drawn == own) continue;
    run.topics[i] = static_cast<Topic>(drawn);
    document[own] = less;
    document[drawn] = changed(document[drawn], cell.alpha[drawn], 1);
    move_token(cell, counts, own, drawn);
    const __m512i drawn_id = _mm512_set1_epi32(static_cast<int>(drawn));
    const __m512 q_own = _mm512_set1_ps(q_of(cell, counts, own));
    const __m512 q_drawn = _mm512_set1_ps(q_of(cell, counts, drawn));
    for (std::size_t v = 0; v < vectors; ++v) {
      q[v] = _mm512_mask_mov_ps(q[v], _mm512_cmpeq_epi32_mask(ids[v], own_id), q_own);
      q[v] = _mm512_mask_mov_ps(q[v], _mm512_cmpeq_epi32_mask(ids[v], drawn_id), q_drawn);
    }
  }
}

/// The topic of one token where rows have several groups of vectors. `own_weight` stands for topic `own`.
DOVETAIL_AVX512 DOVETAIL_INLINE std::uint32_t draw_wide_token(const CellTables& cell, const float* document,
                                                              const float* q, std::uint32_t own, float own_weight,
                                                              std::uint32_t number) {
  const std::size_t vectors = padded(cell.topics) / kLanes;
  const std::size_t groups = (vectors + kGroupVectors - 1) / kGroupVectors;
  const __m512i own_id = _mm512_set1_epi32(static_cast<int>(own));
  const __m512 at_own = _mm512_set1_ps(own_weight);
  const auto product = [&](std::size_t v) DOVETAIL_AVX512 {
    return _mm512_mul_ps(_mm512_load_ps(document + v * kLanes), _mm512_load_ps(q + v * kLanes));
  };
  const auto weight = [&](std::size_t v) DOVETAIL_AVX512 {
    return _mm512_mask_mov_ps(product(v), _mm512_cmpeq_epi32_mask(lanes_from(v * kLanes), own_id), at_own);
  };
  const auto size_of = [&](std::size_t group) { return std::min(kGroupVectors, vectors - group * kGroupVectors); };
  float* const sums = cell.sums;
  for (std::size_t g = 0; g < groups; ++g) {
    const std::size_t first = g * kGroupVectors;
    __m512 sum = product(first);
    if (size_of(g) == kGroupVectors) {
      for (std::size_t v = 1; v < kGroupVectors; ++v) sum = _mm512_add_ps(sum, product(first + v));
    } else {
      for (std::size_t v = 1; v < size_of(g); ++v) sum = _mm512_add_ps(sum, product(first + v));
    }
    _mm512_store_ps(sums + g * kLanes, sum);
  }
  // The group of the own topic once more: cheaper than to ask in each, where a guess would often be wrong.
  const std::size_t of_own = own / kNarrowTopics;
  __m512 sum = weight(of_own * kGroupVectors);
  for (std::size_t v = 1; v < size_of(of_own); ++v) sum = _mm512_add_ps(sum, weight(of_own * kGroupVectors + v));
  _mm512_store_ps(sums + of_own * kLanes, sum);
  sum = _mm512_load_ps(sums);
  for (std::size_t g = 1; g < groups; ++g) {
    sum = _mm512_add_ps(sum, _mm512_load_ps(sums + g * kLanes));
    _mm512_store_ps(sums + g * kLanes, sum);
  }
  const InLanes at = choose_lane(sum, cell.topics, number);
  __m512i passed = _mm512_setzero_si512();
  for (std::size_t g = 0; g + 1 < groups; ++g) passed = add_passed(passed, _mm512_load_ps(sums + g * kLanes), at.left);
  const std::size_t group = in_place(passed, at.lane);
  const __m512 left = group == 0 ? at.left : _mm512_sub_ps(at.left, _mm512_load_ps(sums + (group - 1) * kLanes));
  passed = _mm512_setzero_si512();
  sum = _mm512_setzero_ps();
  for (std::size_t v = 0; v + 1 < size_of(group); ++v) {
    sum = _mm512_add_ps(sum, weight(group * kGroupVectors + v));
    passed = add_passed(passed, sum, left);
  }
  return detail::topic_at(group * kGroupVectors + in_place(passed, at.lane), at.lane, cell.topics);
}

DOVETAIL_AVX512 void draw_wide_avx512(CellTables& cell, std::int32_t* counts, float* q, const TokenRun& run) {
  const std::size_t width = padded(cell.topics);
  for (std::size_t i = 0; i < run.tokens; ++i) {
    const std::uint32_t own = run.topics[i];
    float* const document = row_of(run, i, width);
    const float less = changed(document[own], cell.alpha[own], -1);
    const float own_weight = weight_without(cell, less, counts[own], own);
    const std::uint32_t drawn = draw_wide_token(cell, document, q, own, own_weight, run.numbers[i]);
    if (drawn == own) continue;
    take_topic(cell, counts, q, run, i, document, less, drawn);
  }
}

constexpr DrawRun kAvx512[kGroupVectors] = {draw_narrow_avx512<1>, draw_narrow_avx512<2>, draw_narrow_avx512<3>,
                                            draw_narrow_avx512<4>, draw_narrow_avx512<5>, draw_narrow_avx512<6>,
                                            draw_narrow_avx512<7>, draw_narrow_avx512<8>};

}  // namespace

namespace detail {

DrawRun portable_narrow_run() { return draw_narrow; }

DrawRun portable_wide_run() { return draw_wide; }

std::optional<DrawRun> avx512_wide_run(std::uint32_t topics) {
  if (topics <= kNarrowTopics || dovetail_has_avx512() == 0) return std::nullopt;
  return draw_wide_avx512;
}

std::optional<DrawRun> avx512_narrow_run(std::uint32_t topics) {
  if (topics > kNarrowTopics || dovetail_has_avx512() == 0) return std::nullopt;
  return kAvx512[padded(topics) / kLanes - 1];
}

}  // namespace detail

DrawRun narrow_run(std::uint32_t topics) {
  return detail::avx512_narrow_run(topics).value_or(detail::portable_narrow_run());
}

DrawRun wide_run(std::uint32_t topics) { return detail::avx512_wide_run(topics).value_or(detail::portable_wide_run()); }

}  // namespace dovetail::lda
