/// Whole numbers in seven bits a byte, the lowest first; all bytes of a number but the last have the highest bit.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace dovetail::lda {

inline constexpr unsigned kNumberBits = 7;
inline constexpr std::uint64_t kNumberGoesOn = 0x80;
inline constexpr std::size_t kNumberBytesMax = 5;

/// `number` below 2^35.
void append_number(std::uint64_t number, std::vector<std::byte>& bytes);

/// The number at `at` in any bytes, and `at` behind it; nothing where there is none in its only spelling.
[[nodiscard]] std::optional<std::uint64_t> try_number(std::span<const std::byte> bytes, std::size_t& at);

/// Of bytes that are known to be right.
inline std::uint64_t take_number(const std::byte*& at) {
  std::uint64_t number = 0;
  for (unsigned shift = 0;; shift += kNumberBits) {
    const auto byte = std::to_integer<std::uint64_t>(*at++);
    number |= (byte & (kNumberGoesOn - 1)) << shift;
    if (byte < kNumberGoesOn) return number;
  }
}

}  // namespace dovetail::lda
