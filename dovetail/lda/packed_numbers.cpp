#include "dovetail/lda/packed_numbers.hpp"

namespace dovetail::lda {

void append_number(std::uint64_t number, std::vector<std::byte>& bytes) {
  for (; number >= kNumberGoesOn; number >>= kNumberBits) {
    bytes.push_back(static_cast<std::byte>((number & (kNumberGoesOn - 1)) | kNumberGoesOn));
  }
  bytes.push_back(static_cast<std::byte>(number));
}

std::optional<std::uint64_t> try_number(std::span<const std::byte> bytes, std::size_t& at) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kNumberBytesMax && at < bytes.size(); ++i) {
    const auto byte = std::to_integer<std::uint64_t>(bytes[at++]);
    number |= (byte & (kNumberGoesOn - 1)) << (kNumberBits * i);
    if (byte >= kNumberGoesOn) continue;
    if (byte == 0 && i > 0) return std::nullopt;
    return number;
  }
  return std::nullopt;
}

}  // namespace dovetail::lda
