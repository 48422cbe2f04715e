#include "dovetail/cli/detail/toml_values.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "dovetail/core/error.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

std::string_view words(TomlType type) {
  switch (type) {
    case TomlType::whole:
      return "a whole number";
    case TomlType::wide_whole:
      return "a whole number (in quotes from 9223372036854775808 on, where TOML's own end)";
    case TomlType::whole_or_word:
      return R"(a whole number or "auto")";
    case TomlType::text:
      return "a text in quotes";
    case TomlType::time:
      return R"(a time such as "60s")";
    case TomlType::boolean:
      return "true or false";
    case TomlType::betas:
      return R"(a list of numbers such as [0, 0.1, 1], "geometric:100,8" or "adapted")";
    case TomlType::number:
      return "a number";
    case TomlType::number_or_word:
      return R"(a number or "none")";
    case TomlType::number_or_auto:
      return R"(a number or "auto")";
  }
  return "";
}

bool is_digits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

bool fits(TomlType type, const toml::node& node) {
  const auto text = node.value_exact<std::string>();
  switch (type) {
    case TomlType::whole:
      return node.is_integer();
    case TomlType::wide_whole:
      return node.is_integer() || text;
    case TomlType::whole_or_word:
      return node.is_integer() || (text && !is_digits(*text));
    case TomlType::text:
      return text.has_value();
    case TomlType::time:
      return node.is_number() || text;
    case TomlType::boolean:
      return node.is_boolean();
    case TomlType::betas:
      return is_list_of_numbers(node) || (text && (*text == "adapted" || text->starts_with("geometric:")));
    case TomlType::number:
      return node.is_number();
    case TomlType::number_or_word:
      return node.is_number() || (text && *text == "none");
    case TomlType::number_or_auto:
      return node.is_number() || (text && *text == "auto");
  }
  return false;
}

/// The value as a flag would have it. Only what `fits` lets through comes here.
std::string flag_text(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto whole = node.value_exact<std::int64_t>()) return fmt::to_string(*whole);
  if (const auto number = node.value_exact<double>()) return shortest(*number);
  if (const auto on = node.value_exact<bool>()) return *on ? "true" : "false";
  std::string joined;
  for (const toml::node& element : *node.as_array()) joined += (joined.empty() ? "" : ",") + flag_text(element);
  return joined;
}

}  // namespace

std::string words(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return fmt::format("the text \"{}\"", *text);
  if (const auto number = node.value_exact<double>()) return fmt::format("the number {:#}", *number);
  if (node.is_integer()) return fmt::format("the number {}", *node.value_exact<std::int64_t>());
  if (node.is_boolean()) return *node.value_exact<bool>() ? "true" : "false";
  if (node.is_array()) return "a list";
  return node.is_table() ? "a table (settings stand at the top level)" : "a date";
}

bool is_list_of_numbers(const toml::node& node) {
  const toml::array* array = node.as_array();
  return array != nullptr && std::all_of(array->begin(), array->end(), [](const auto& e) { return e.is_number(); });
}

std::string value_text(const toml::node& node, TomlType type, const std::string& where) {
  if (!fits(type, node)) throw UsageError(fmt::format("{}: expected {}, found {}", where, words(type), words(node)));
  return flag_text(node);
}

}  // namespace dovetail::cli
