#include "dovetail/core/rng.hpp"

#include <Random123/philox.h>

#include "dovetail/core/error.hpp"

namespace dovetail {

std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  const r123::Philox4x32::ctr_type c{{counter[0], counter[1], counter[2], counter[3]}};
  const r123::Philox4x32::key_type k{{key[0], key[1]}};
  const auto block = r123::Philox4x32{}(c, k);
  return {block[0], block[1], block[2], block[3]};
}

Rng::Rng(const StreamKey& key)
    : key_{static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)},
      counter_{0, static_cast<std::uint32_t>(key.step.value), key.item.value,
               static_cast<std::uint32_t>(key.purpose) << 16 | static_cast<std::uint32_t>(key.step.value >> 32)} {
  DOVETAIL_REQUIRE(key.step.value < std::uint64_t{1} << 48);
}

void Rng::refill() {
  counter_[0] = blocks_++;
  DOVETAIL_ENSURE(blocks_ != 0);  // 2^32 blocks of one stream would repeat
  words_ = philox4x32_10(counter_, key_);
  used_ = 0;
}

}  // namespace dovetail
