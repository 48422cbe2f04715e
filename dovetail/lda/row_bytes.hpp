/// Packed rows of words as bytes, for the way between processes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dovetail/lda/counts.hpp"

namespace dovetail::lda {

/// Packed rows in one or two bytes an entry where counts are small: of each row how many entries, then of each
/// entry 2 * gap + (count > 1), where the gap counts topics left out, and, where the count is above 1, count - 2; all
/// as packed numbers.
[[nodiscard]] std::vector<std::byte> bytes_of_rows(std::span<const std::uint32_t> rows);
/// Of any bytes: nothing where they are no rows. Whether those are a slice's says fault_of().
[[nodiscard]] std::optional<PackedRows> rows_of_bytes(std::span<const std::byte> bytes);

}  // namespace dovetail::lda
