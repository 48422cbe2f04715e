/// CRC-32C (Castagnoli; RFC 3720, appendix B.4): finds damaged bytes in files. Not a defence against somebody who wants
/// to deceive: that is what hash.hpp is for.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace dovetail {

/// Finds every error burst of up to 32 bits; "123456789" gives 0xe3069283.
[[nodiscard]] std::uint32_t crc32c(std::span<const std::byte> bytes);

}  // namespace dovetail
