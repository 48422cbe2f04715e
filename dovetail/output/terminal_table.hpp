/// Lines of a table with columns of fixed width, right aligned.
#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "dovetail/output/text.hpp"

namespace dovetail::detail {

struct TableColumn {
  std::string_view name;
  std::size_t width;
};

template <std::size_t n>
[[nodiscard]] std::string line_of(const std::array<TableColumn, n>& columns, const std::array<std::string, n>& cells) {
  std::string line;
  for (std::size_t i = 0; i < n; ++i) {
    if (i > 0) line += ' ';
    line += right_aligned(cells[i], columns[i].width);
  }
  line += '\n';
  return line;
}

/// Names and a rule under each.
template <std::size_t n>
[[nodiscard]] std::string header_of(const std::array<TableColumn, n>& columns) {
  std::array<std::string, n> names;
  std::array<std::string, n> rules;
  for (std::size_t i = 0; i < n; ++i) {
    names[i] = columns[i].name;
    rules[i] = std::string(columns[i].width, '-');
  }
  return line_of(columns, names) + line_of(columns, rules);
}

}  // namespace dovetail::detail
