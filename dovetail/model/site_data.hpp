/// Sites whose rows stay with whoever has them: what everybody may know of a site, and its rows where they are.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dovetail/model/table.hpp"

namespace dovetail {

/// What everybody may know of a site.
struct SiteEntry {
  std::string name;  ///< see is_site_name()
  std::uint64_t rows = 0;
  std::string sha256;                ///< of the CSV file that holds them, in hexadecimal
  std::vector<std::string> columns;  ///< of that file, in its order

  template <class Archive>
  void describe(Archive& archive) {
    archive(name);
    archive(rows);
    archive(sha256);
    archive(columns);
  }
};

/// 32 bytes that nobody works out without the file.
using SiteSecret = std::array<std::byte, 32>;

struct SiteRows {
  Table table;
  SiteSecret secret{};
};

struct SiteData {
  SiteEntry entry;
  std::optional<SiteRows> rows;  ///< empty: not in this process
};

/// 1 to 32 characters of a-z, 0-9, - and _: nothing that means something in a path or in rules of access.
[[nodiscard]] constexpr bool is_site_name(std::string_view name) {
  for (const char c : name) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')) return false;
  }
  return !name.empty() && name.size() <= 32;
}

}  // namespace dovetail
