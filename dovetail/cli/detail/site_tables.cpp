#include "dovetail/cli/detail/site_tables.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "dovetail/cli/detail/toml_values.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/core/error.hpp"

namespace dovetail::cli {
namespace {

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::vector<std::string> names_in(const toml::node& node, const std::string& where) {
  const toml::array* array = node.as_array();
  std::vector<std::string> names;
  if (array != nullptr) {
    for (const toml::node& element : *array) {
      if (const auto name = element.value_exact<std::string>()) names.push_back(*name);
    }
  }
  if (array == nullptr || names.size() != array->size() || names.empty()) {
    throw UsageError(fmt::format("{}: expected a list of names of columns in quotes, found {}", where, words(node)));
  }
  return names;
}

SiteEntry read_site(const toml::table& table, const std::string& file) {
  SiteEntry site;
  for (auto&& [key, node] : table) {
    const std::string name(key.str());
    const std::string where = fmt::format("{}:{}: site.{}", file, key.source().begin.line, name);
    if (name == "name") {
      site.name = value_text(node, TomlType::text, where);
    } else if (name == "rows") {
      const auto rows = node.value_exact<std::int64_t>();
      if (!rows || *rows < 1)
        throw UsageError(fmt::format("{}: expected a number of rows, found {}", where, words(node)));
      site.rows = static_cast<std::uint64_t>(*rows);
    } else if (name == "sha256") {
      site.sha256 = value_text(node, TomlType::text, where);
    } else if (name == "columns") {
      site.columns = names_in(node, where);
    } else {
      throw UsageError(fmt::format("{} is unknown (a site has name, rows, sha256 and columns); take it out", where));
    }
  }
  if (site.name.empty() || site.rows == 0 || site.columns.empty() || !is_sha256(site.sha256)) {
    throw UsageError(
        fmt::format("{}:{}: a site needs name, rows, sha256 (64 hexadecimal digits) and columns; `dovetail sites "
                    "FILE.csv` writes them",
                    file, table.source().begin.line));
  }
  return site;
}

}  // namespace

std::vector<SiteEntry> read_site_tables(const toml::node& node, const std::string& file, const std::string& where) {
  const toml::array* array = node.as_array();
  if (array == nullptr) throw UsageError(fmt::format("{}: expected [[site]] tables, found {}", where, words(node)));
  std::vector<SiteEntry> sites;
  for (const toml::node& element : *array) {
    const toml::table* table = element.as_table();
    if (table == nullptr)
      throw UsageError(fmt::format("{}: expected a [[site]] table, found {}", where, words(element)));
    sites.push_back(read_site(*table, file));
  }
  return sites;
}

std::string site_text(const SiteEntry& site) {
  std::vector<std::string> columns;
  std::transform(site.columns.begin(), site.columns.end(), std::back_inserter(columns),
                 [](const std::string& name) { return toml_string(name); });
  return fmt::format("\n[[site]]\nname = {}\nrows = {}\nsha256 = {}\ncolumns = [{}]\n", toml_string(site.name),
                     site.rows, toml_string(site.sha256), fmt::join(columns, ", "));
}

}  // namespace dovetail::cli
