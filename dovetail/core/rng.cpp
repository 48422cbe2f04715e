#include "dovetail/core/rng.hpp"

#include <Random123/philox.h>
#include <emmintrin.h>

#include "dovetail/core/error.hpp"

namespace dovetail {

std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  const r123::Philox4x32::ctr_type c{{counter[0], counter[1], counter[2], counter[3]}};
  const r123::Philox4x32::key_type k{{key[0], key[1]}};
  const auto block = r123::Philox4x32{}(c, k);
  return {block[0], block[1], block[2], block[3]};
}

namespace {

/// Two blocks side by side. Each 64-bit half holds one 32-bit word; what stands above the word is ignored by the
/// multiplication and dropped at the end, so products need no masking.
struct TwoBlocks {
  __m128i c0, c1, c2, c3;

  void round(__m128i key0, __m128i key1) {
    const __m128i multiplier0 = _mm_set1_epi64x(PHILOX_M4x32_0);
    const __m128i multiplier1 = _mm_set1_epi64x(PHILOX_M4x32_1);
    const __m128i product0 = _mm_mul_epu32(multiplier0, c0);
    const __m128i product1 = _mm_mul_epu32(multiplier1, c2);
    c0 = _mm_xor_si128(_mm_srli_epi64(product1, 32), _mm_xor_si128(c1, key0));
    c1 = product1;
    c2 = _mm_xor_si128(_mm_srli_epi64(product0, 32), _mm_xor_si128(c3, key1));
    c3 = product0;
  }
  void store(std::uint32_t* out) const {
    const __m128i c02 = _mm_shuffle_epi32(c0, _MM_SHUFFLE(3, 2, 2, 0));  // word of block 0, word of block 1
    const __m128i c11 = _mm_shuffle_epi32(c1, _MM_SHUFFLE(3, 2, 2, 0));
    const __m128i c22 = _mm_shuffle_epi32(c2, _MM_SHUFFLE(3, 2, 2, 0));
    const __m128i c33 = _mm_shuffle_epi32(c3, _MM_SHUFFLE(3, 2, 2, 0));
    const __m128i c01 = _mm_unpacklo_epi32(c02, c11);
    const __m128i c23 = _mm_unpacklo_epi32(c22, c33);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_unpacklo_epi64(c01, c23));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 4), _mm_unpackhi_epi64(c01, c23));
  }
};

}  // namespace

Rng::Rng(const StreamKey& key)
    : key_{static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)},
      counter_{0, static_cast<std::uint32_t>(key.step.value), key.item.value,
               static_cast<std::uint32_t>(key.purpose) << 16 | static_cast<std::uint32_t>(key.step.value >> 32)} {
  DOVETAIL_REQUIRE(key.step.value < std::uint64_t{1} << 48);
}

// Four blocks at once, since one alone waits for its own multiplications: four take hardly longer.
void Rng::refill() {
  const __m128i c1 = _mm_set1_epi64x(counter_[1]);
  const __m128i c2 = _mm_set1_epi64x(counter_[2]);
  const __m128i c3 = _mm_set1_epi64x(counter_[3]);
  const __m128i first = _mm_set1_epi64x(blocks_);
  TwoBlocks low{_mm_add_epi64(first, _mm_set_epi64x(1, 0)), c1, c2, c3};
  TwoBlocks high{_mm_add_epi64(first, _mm_set_epi64x(3, 2)), c1, c2, c3};
  __m128i key0 = _mm_set1_epi64x(key_[0]);
  __m128i key1 = _mm_set1_epi64x(key_[1]);
  for (int round = 0; round < 10; ++round) {
    low.round(key0, key1);
    high.round(key0, key1);
    key0 = _mm_add_epi64(key0, _mm_set1_epi64x(PHILOX_W32_0));
    key1 = _mm_add_epi64(key1, _mm_set1_epi64x(PHILOX_W32_1));
  }
  low.store(words_.data());
  high.store(words_.data() + 8);
  used_ = 0;
  blocks_ += kBuffered / 4;
  DOVETAIL_ENSURE(blocks_ != 0);  // 2^32 blocks of one stream would repeat
}

}  // namespace dovetail
