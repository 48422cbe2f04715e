#include "dovetail/model/table.hpp"

#include <map>

#include "dovetail/core/error.hpp"

namespace dovetail {

const TableColumn& Table::column(std::string_view name) const {
  std::string names;
  for (const TableColumn& each : columns) {
    if (each.name == name) return each;
    names += (names.empty() ? "" : ", ") + each.name;
  }
  throw ModelError(file + ":1: there is no column \"" + std::string(name) + "\"; the columns are " + names);
}

std::vector<RowGroup> groups_of(const Table& table, std::string_view column) {
  const TableColumn& by = table.column(column);
  std::vector<RowGroup> groups;
  std::map<std::string, std::size_t, std::less<>> place;
  for (std::size_t row = 0; row < table.rows; ++row) {
    const auto [found, is_new] = place.emplace(by.texts[row], groups.size());
    if (is_new) groups.push_back({by.texts[row], {}});
    groups[found->second].rows.push_back(row);
  }
  return groups;
}

std::vector<std::vector<std::size_t>> divide(const std::vector<RowGroup>& groups, std::size_t sites_max) {
  std::vector<std::vector<std::size_t>> sites;
  std::vector<std::size_t> rows;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    sites.push_back({g});
    rows.push_back(groups[g].rows.size());
  }
  while (sites.size() > sites_max) {
    std::size_t best = 0;
    for (std::size_t k = 1; k + 1 < sites.size(); ++k) {
      if (rows[k] + rows[k + 1] < rows[best] + rows[best + 1]) best = k;
    }
    sites[best].insert(sites[best].end(), sites[best + 1].begin(), sites[best + 1].end());
    rows[best] += rows[best + 1];
    sites.erase(sites.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
  return sites;
}

}  // namespace dovetail
