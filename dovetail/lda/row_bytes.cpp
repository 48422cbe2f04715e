#include "dovetail/lda/row_bytes.hpp"

#include <limits>

#include "dovetail/lda/packed_numbers.hpp"

namespace dovetail::lda {

std::vector<std::byte> bytes_of_rows(std::span<const std::uint32_t> rows) {
  std::vector<std::byte> bytes;
  for (std::size_t at = 0; at < rows.size();) {
    const std::uint64_t entries = rows[at];
    append_number(entries, bytes);
    std::uint64_t next = 0;  // the least topic that the next entry can have
    for (const std::size_t end = at + 1 + 2 * entries; ++at < end; ++at) {
      append_number(2 * (rows[at] - next) + (rows[at + 1] > 1 ? 1 : 0), bytes);
      if (rows[at + 1] > 1) append_number(rows[at + 1] - 2, bytes);
      next = std::uint64_t{rows[at]} + 1;
    }
  }
  return bytes;
}

std::optional<PackedRows> rows_of_bytes(std::span<const std::byte> bytes) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  PackedRows rows;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto entries = try_number(bytes, at);
    if (!entries) return std::nullopt;
    rows.push_back(static_cast<std::uint32_t>(*entries));
    std::uint64_t next = 0;
    for (std::uint64_t i = 0; i < *entries; ++i) {
      const auto first = try_number(bytes, at);
      if (!first) return std::nullopt;
      const std::uint64_t topic = next + *first / 2;
      std::uint64_t count = 1;
      if (*first % 2 == 1) {
        const auto more = try_number(bytes, at);
        if (!more) return std::nullopt;
        count = *more + 2;
      }
      if (topic >= kMost || count > kMost) return std::nullopt;
      rows.push_back(static_cast<std::uint32_t>(topic));
      rows.push_back(static_cast<std::uint32_t>(count));
      next = topic + 1;
    }
  }
  return rows;
}

}  // namespace dovetail::lda
