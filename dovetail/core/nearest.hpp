/// The known name that a mistyped one is closest to, for error messages. Pure.
#pragma once
#include <algorithm>
#include <cstddef>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dovetail {

/// Inserts, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string alignment).
[[nodiscard]] inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

/// The candidate nearest to `word`, the first on ties; empty when none is within a third of the word's length plus one.
/// `candidates`: any range of strings that outlives the answer.
template <std::ranges::input_range Names>
[[nodiscard]] std::string_view nearest_name(std::string_view word, const Names& candidates) {
  std::size_t best = word.size() / 3 + 2;  // one more than is allowed
  std::string_view name;
  for (const auto& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best) {
      best = distance;
      name = candidate;
    }
  }
  return name;
}

/// "; did you mean NAME?", or nothing.
template <std::ranges::input_range Names>
[[nodiscard]] std::string suggestion(std::string_view word, const Names& candidates) {
  const std::string_view name = nearest_name(word, candidates);
  return name.empty() ? std::string() : "; did you mean " + std::string(name) + "?";
}

}  // namespace dovetail
