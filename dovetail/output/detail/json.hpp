/// JSON inside output/ alone: writing with stable key order and shortest numbers, reading with errors that name the
/// field. The only header that knows nlohmann-json; no public header includes it.
#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dovetail::detail {

using Json = nlohmann::ordered_json;

/// Text of `value`: objects and arrays of objects over several lines unless `one_line`, numbers by std::to_chars, NaN
/// and infinities as null, strings escaped to printable ASCII (bytes that are not UTF-8 become U+FFFD).
[[nodiscard]] std::string json_text(const Json& value, bool one_line = false);

/// null when absent or not finite.
[[nodiscard]] Json number(double value);
[[nodiscard]] Json number(const std::optional<double>& value);

/// A value inside a document, with its place in words ("summary.json: parameters[2].mean").
class JsonField {
 public:
  JsonField(const Json& value, std::string place) : value_(&value), place_(std::move(place)) {}
  /// FileError when it is no object or lacks the key.
  [[nodiscard]] JsonField at(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const;
  /// Elements of an array.
  [[nodiscard]] std::vector<JsonField> elements() const;
  /// Members of an object, in the order of the file.
  [[nodiscard]] std::vector<std::pair<std::string, JsonField>> members() const;
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool flag() const;
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] std::uint32_t small_count() const;
  /// null reads as NaN.
  [[nodiscard]] double real() const;
  /// null reads as nothing.
  [[nodiscard]] std::optional<double> optional_real() const;
  [[nodiscard]] const Json& value() const { return *value_; }

 private:
  [[noreturn]] void fail(const std::string& expected) const;
  const Json* value_;
  std::string place_;
};

/// Parses a file of at most `bytes_max`; FileError with the place of a syntax error.
[[nodiscard]] Json read_json(const std::filesystem::path& path, std::uint64_t bytes_max = std::uint64_t{1} << 26);

}  // namespace dovetail::detail
