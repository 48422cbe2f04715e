/// Reads a table of data from a CSV file.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "dovetail/model/site_data.hpp"

namespace dovetail {

struct ReadTable {
  Table table;
  std::string sha256;   ///< of the file's bytes
  SiteSecret secret{};  ///< of the file's bytes too; `sha256` does not give it away
};

/// A header line of names, then one line per row with as many fields, separated by commas; LF or CRLF. A field may
/// stand in double quotes, "" within for one quote, and holds no line feed. A column whose fields are all finite
/// numbers is numeric; the texts of `by` are kept in any case. Read line by line: memory is that of the numbers.
/// FileError where it cannot be read; ModelError with file and line for a line of another width, an empty field, a name
/// that is missing or stands twice, or no rows.
[[nodiscard]] ReadTable read_table(const std::filesystem::path& file, std::string_view by);

}  // namespace dovetail
