#include <cmath>
#include <limits>

#include "dovetail/core/error.hpp"
#include "dovetail/output/detail/json.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::detail {
namespace {

void append_scalar(std::string& out, const Json& value) {
  if (value.is_number_float()) {
    const double real = value.get<double>();
    const std::string digits = shortest(real);
    out += std::isfinite(real) ? digits : "null";
    // Without a point "-0" would read back as the integer 0 and lose its sign.
    if (std::isfinite(real) && digits.find_first_of(".e") == std::string::npos) out += ".0";
  } else if (value.is_string()) {
    out += Json(value).dump(-1, ' ', true, Json::error_handler_t::replace);
  } else {
    out += value.dump();
  }
}

bool holds_objects(const Json& array) {
  for (const Json& element : array) {
    if (element.is_object()) return true;
  }
  return false;
}

// Deep enough for what output/ writes; nothing foreign is ever written back.
void append(std::string& out, const Json& value, bool one_line, std::size_t depth) {
  if (!value.is_structured()) return append_scalar(out, value);
  const bool object = value.is_object();
  // Elements of arrays stand in one line each, so that a table of parameters reads as a table.
  const bool spread = !one_line && !value.empty() && (object || holds_objects(value));
  out += object ? '{' : '[';
  bool first = true;
  for (const auto& item : value.items()) {
    if (!first) out += spread ? "," : ", ";
    first = false;
    if (spread) out += '\n' + std::string(2 * (depth + 1), ' ');
    if (object) {
      append_scalar(out, item.key());
      out += ": ";
    }
    append(out, item.value(), one_line || !object, depth + 1);
  }
  if (spread) out += '\n' + std::string(2 * depth, ' ');
  out += object ? '}' : ']';
}

}  // namespace

std::string json_text(const Json& value, bool one_line) {
  std::string out;
  append(out, value, one_line, 0);
  return out;
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json number(const std::optional<double>& value) { return value ? number(*value) : Json(nullptr); }

void JsonField::fail(const std::string& expected) const {
  throw FileError(place_ + " should be " + expected +
                  " (the file was edited, or another program wrote it); restore it.");
}

bool JsonField::has(std::string_view key) const { return value_->is_object() && value_->contains(key); }

JsonField JsonField::at(std::string_view key) const {
  if (!value_->is_object()) fail("an object");
  const auto found = value_->find(key);
  const std::string place = place_ + (place_.ends_with(": ") ? "" : ".") + std::string(key);
  if (found == value_->end()) throw FileError(place + " is missing (the file is incomplete or of another version).");
  return {*found, place};
}

std::vector<JsonField> JsonField::elements() const {
  if (!value_->is_array()) fail("an array");
  std::vector<JsonField> all;
  for (const Json& element : *value_) all.emplace_back(element, place_ + "[" + std::to_string(all.size()) + "]");
  return all;
}

std::vector<std::pair<std::string, JsonField>> JsonField::members() const {
  if (!value_->is_object()) fail("an object");
  std::vector<std::pair<std::string, JsonField>> all;
  for (const auto& item : value_->items())
    all.emplace_back(item.key(), JsonField(item.value(), place_ + "." + item.key()));
  return all;
}

std::string JsonField::text() const {
  if (!value_->is_string()) fail("a text");
  return value_->get<std::string>();
}

bool JsonField::flag() const {
  if (!value_->is_boolean()) fail("true or false");
  return value_->get<bool>();
}

std::uint64_t JsonField::count() const {
  if (!value_->is_number_unsigned()) fail("a whole number that is not negative");
  return value_->get<std::uint64_t>();
}

std::uint32_t JsonField::small_count() const {
  const std::uint64_t value = count();
  if (value > std::numeric_limits<std::uint32_t>::max()) fail("a whole number below 2^32");
  return static_cast<std::uint32_t>(value);
}

double JsonField::real() const { return optional_real().value_or(std::numeric_limits<double>::quiet_NaN()); }

std::optional<double> JsonField::optional_real() const {
  if (value_->is_null()) return std::nullopt;
  if (!value_->is_number()) fail("a number or null");
  return value_->get<double>();
}

Json read_json(const std::filesystem::path& path, std::uint64_t bytes_max) {
  const std::string text = read_text(path, bytes_max);
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    throw FileError(path.string() + " is not valid JSON: " + printable(error.what()) +
                    " (the file was cut or edited); restore it, or run again.");
  }
}

}  // namespace dovetail::detail
