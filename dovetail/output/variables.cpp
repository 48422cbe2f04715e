#include "dovetail/output/variables.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace dovetail {
namespace {

using Index = std::vector<std::string>;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\n\r\f\v";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// `theta[1,2]` as `theta` and {1, 2}; a name without such an ending as it is, without indices.
std::pair<std::string, Index> split(const std::string& name) {
  const auto open = name.find('[');
  if (open == std::string::npos || open == 0 || !name.ends_with(']')) return {name, {}};
  Index index;
  std::string_view rest = std::string_view(name).substr(open + 1, name.size() - open - 2);
  for (bool more = true; more;) {
    const auto comma = rest.find(',');
    more = comma != std::string_view::npos;
    index.emplace_back(trimmed(rest.substr(0, comma)));
    rest.remove_prefix(more ? comma + 1 : rest.size());
  }
  return {name.substr(0, open), std::move(index)};
}

/// Columns that share a name.
struct Family {
  std::string name;
  std::vector<std::pair<Index, std::size_t>> columns;  ///< in their order
  std::map<Index, std::size_t> places;
};

std::vector<Family> families_of(const std::vector<std::string>& names) {
  std::vector<Family> families;
  std::map<std::string, std::size_t> known;
  for (std::size_t column = 0; column < names.size(); ++column) {
    auto [name, index] = split(names[column]);
    const auto family = known.find(name);
    if (family != known.end() && families[family->second].places.contains(index)) {
      name = names[column];
      index.clear();
    }
    const auto [at, is_new] = known.emplace(name, families.size());
    if (is_new) families.push_back({name, {}, {}});
    Family& found = families[at->second];
    found.places.emplace(index, column);
    found.columns.emplace_back(std::move(index), column);
  }
  return families;
}

/// Labels of each dimension in the order of their first columns; nothing where the indices do not fill their grid.
std::optional<std::vector<Axis>> axes_of(const Family& family) {
  const std::size_t rank = family.columns.front().first.size();
  std::vector<Axis> axes(rank);
  std::vector<std::set<std::string_view>> seen(rank);
  for (const auto& [index, column] : family.columns) {
    if (index.size() != rank) return std::nullopt;
    for (std::size_t d = 0; d < rank; ++d) {
      if (seen[d].insert(index[d]).second) axes[d].labels.push_back(index[d]);
    }
  }
  std::size_t size = 1;
  for (const Axis& axis : axes) size *= axis.labels.size();
  if (size != family.columns.size()) return std::nullopt;
  return axes;
}

/// The columns of a full grid, the last index fastest.
std::vector<std::size_t> in_order(const Family& family, const std::vector<Axis>& axes) {
  std::vector<std::size_t> columns;
  std::vector<std::size_t> at(axes.size(), 0);
  while (columns.size() < family.columns.size()) {
    Index index;
    for (std::size_t d = 0; d < axes.size(); ++d) index.push_back(axes[d].labels[at[d]]);
    columns.push_back(family.places.at(index));
    for (std::size_t d = axes.size(); d-- > 0;) {
      if (++at[d] < axes[d].labels.size()) break;
      at[d] = 0;
    }
  }
  return columns;
}

}  // namespace

std::optional<std::vector<std::int64_t>> Axis::numbers() const {
  std::vector<std::int64_t> all;
  for (const std::string& label : labels) {
    std::int64_t number = 0;
    const auto read = std::from_chars(label.data(), label.data() + label.size(), number);
    if (read.ec != std::errc() || number < 0 || std::to_string(number) != label) return std::nullopt;
    all.push_back(number);
  }
  return all;
}

std::vector<Variable> variables_of(const std::vector<std::string>& names) {
  std::vector<Variable> variables;
  for (const Family& family : families_of(names)) {
    if (const auto axes = axes_of(family)) {
      variables.push_back({family.name, *axes, in_order(family, *axes)});
      continue;
    }
    for (const auto& [index, column] : family.columns) variables.push_back({names[column], {}, {column}});
  }
  return variables;
}

}  // namespace dovetail
