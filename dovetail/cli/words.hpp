/// Settings that are one word of a few, to and from the enumeration that they stand for.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dovetail/cli/values.hpp"
#include "dovetail/core/nearest.hpp"

namespace dovetail::cli {

template <class Enum, std::size_t n>
using Words = std::array<std::pair<std::string_view, Enum>, n>;

/// Throws BadValue with the word that was probably meant.
[[noreturn]] inline void throw_unknown_word(std::string_view word, const std::vector<std::string>& known) {
  const std::string_view close = nearest_name(word, known);
  throw BadValue(close.empty() ? "is unknown" : "is unknown (did you mean " + std::string(close) + "?)");
}

template <class Enum, std::size_t n>
Enum from_word(const Words<Enum, n>& words, std::string_view text) {
  std::vector<std::string> names;
  for (const auto& [word, value] : words) {
    if (word == text) return value;
    names.emplace_back(word);
  }
  throw_unknown_word(text, names);
}

/// As a TOML text. Every value has a word.
template <class Enum, std::size_t n>
std::string to_word(const Words<Enum, n>& words, Enum value) {
  for (const auto& [word, meaning] : words) {
    if (meaning == value) return toml_string(word);
  }
  return toml_string("");
}

}  // namespace dovetail::cli
