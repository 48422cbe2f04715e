/// rounds.csv as it grows, for rows of any job: a header line, then a line per round. An empty field means "not
/// available".
///
/// A row type has the members `round`, `state_sha256` and `seconds`, and one list of its columns, which serves header,
/// writing, reading and the digest:
///   template <class Self, class Visit> static void visit(Self& row, Visit&& visit) { visit("round", row.round); ... }
/// `round` comes first. Columns are numbers, optional numbers, or texts without quotes and commas.
#pragma once
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {

/// The columns of one row as names and texts.
using RowFields = std::vector<std::pair<std::string, std::string>>;

class RoundsFile {
 public:
  /// Opens the file or begins it with the columns' names. A last line that a crash cut short is cut off. FileError when
  /// the header is another one.
  RoundsFile(const std::filesystem::path& path, const RowFields& columns);
  /// Durable when it returns.
  void append(const RowFields& row);
  /// Drops the rows of all rounds after `round`; CheckpointError when one of 1 to `round` is missing.
  void cut_after(std::uint32_t round);

 private:
  AppendFile file_;
};

/// The complete rows of a file, whatever its columns; FileError names the line of a damaged one.
[[nodiscard]] std::vector<RowFields> read_round_fields(const std::filesystem::path& path);

namespace detail {

inline std::string to_field(double value) { return shortest(value); }
inline std::string to_field(const std::optional<double>& value) { return value ? shortest(*value) : ""; }
inline std::string to_field(const std::string& value) { return value; }
template <class Integer>
std::string to_field(Integer value) {
  return std::to_string(value);
}

bool from_field(std::string_view text, double& value);
bool from_field(std::string_view text, std::optional<double>& value);
bool from_field(std::string_view text, std::string& value);
template <class Integer>
bool from_field(std::string_view text, Integer& value) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

[[noreturn]] void fail_header(const std::filesystem::path& path);
[[noreturn]] void fail_field(const std::filesystem::path& path, std::size_t line, const std::string& name,
                             std::string_view text);

}  // namespace detail

/// Names and texts of every column of a row.
template <class Row>
[[nodiscard]] RowFields fields_of(const Row& row) {
  RowFields fields;
  Row::visit(row, [&](const char* name, const auto& value) { fields.emplace_back(name, detail::to_field(value)); });
  return fields;
}

/// The same without `seconds`: what the digest covers.
[[nodiscard]] RowFields without_seconds(RowFields fields);

/// The complete rows of a file; FileError names line and field of a damaged one.
template <class Row>
[[nodiscard]] std::vector<Row> read_rounds(const std::filesystem::path& path) {
  std::vector<Row> rows;
  const RowFields columns = fields_of(Row());
  for (const RowFields& fields : read_round_fields(path)) {
    Row row;
    std::size_t at = 0;
    if (fields.size() != columns.size()) detail::fail_header(path);
    Row::visit(row, [&](const char* name, auto& value) {
      const auto& [column, text] = fields[at++];
      if (column != name) detail::fail_header(path);
      if (!detail::from_field(text, value)) detail::fail_field(path, rows.size() + 2, name, text);
    });
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace dovetail
