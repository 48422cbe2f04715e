/// Rows of data with named columns, as a model of divided data takes them.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dovetail {

/// One column: numbers, or texts where some field is no number. Of a column that rows are divided by the texts are kept
/// in any case.
struct TableColumn {
  std::string name;
  bool numeric = true;
  std::vector<double> numbers;     ///< one per row when numeric, else empty
  std::vector<std::string> texts;  ///< one per row when not numeric or divided by, else empty
};

struct Table {
  std::string file;  ///< for messages
  std::size_t rows = 0;
  std::vector<TableColumn> columns;

  /// ModelError names the column that is not there and those that are.
  [[nodiscard]] const TableColumn& column(std::string_view name) const;
};

/// Rows that belong together, in the order of the file.
struct RowGroup {
  std::string name;
  std::vector<std::size_t> rows;
};

/// The rows with each value of `column`, in the order in which the values first appear: every row is in exactly one.
[[nodiscard]] std::vector<RowGroup> groups_of(const Table& table, std::string_view column);

/// Which groups share a site: indices of consecutive groups for each of at most `sites_max` sites, each group in
/// exactly one. While there are too many, the neighbouring pair with the fewest rows is merged, the first of equal
/// ones.
[[nodiscard]] std::vector<std::vector<std::size_t>> divide(const std::vector<RowGroup>& groups, std::size_t sites_max);

}  // namespace dovetail
