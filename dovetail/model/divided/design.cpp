#include "dovetail/model/divided/design.hpp"

#include <algorithm>

#include "dovetail/core/decimal.hpp"
#include "dovetail/core/error.hpp"

namespace dovetail::divided {

Design design_of(const std::vector<std::string>& columns, const Division& division) {
  for (const std::string& wanted : {division.by, division.outcome}) {
    if (wanted.empty() || std::find(columns.begin(), columns.end(), wanted) != columns.end()) continue;
    throw UsageError("no site has a column \"" + wanted + "\"; see --outcome and --by");
  }
  Design design{division.outcome, {"intercept"}};
  for (const std::string& column : columns) {
    if (column != division.by && column != division.outcome) design.columns.push_back(column);
  }
  return design;
}

Design design_of(const Table& table, const Division& division, bool bernoulli) {
  if (!division.by.empty()) (void)table.column(division.by);  // the first thing to be said when it is not there
  const TableColumn& y = table.column(division.outcome);
  if (!y.numeric) {
    throw ModelError(table.file + ": column \"" + division.outcome +
                     "\" holds texts, but it is the outcome; name another with "
                     "--outcome");
  }
  for (std::size_t row = 0; row < table.rows && bernoulli; ++row) {
    if (y.numbers[row] == 0 || y.numbers[row] == 1) continue;
    throw ModelError(table.file + ":" + std::to_string(row + 2) + ": " + division.outcome + " is " +
                     shortest(y.numbers[row]) +
                     ", and a logistic model explains 0 and 1 only; mend the row, or name another column with "
                     "--outcome");
  }
  std::vector<std::string> columns;
  for (const TableColumn& column : table.columns) {
    columns.push_back(column.name);
    if (column.name == division.by || column.name == division.outcome || column.numeric) continue;
    throw ModelError(table.file + ": column \"" + column.name +
                     "\" holds texts, and slopes need numbers; leave the column out, or code it as numbers");
  }
  return design_of(columns, division);
}

void append_rows(const Table& table, const Design& design, const RowGroup& group, DesignRows& to) {
  for (const std::size_t row : group.rows) {
    to.x.push_back(1);
    for (std::size_t c = 1; c < design.columns.size(); ++c) {
      to.x.push_back(table.column(design.columns[c]).numbers[row]);
    }
    to.y.push_back(table.column(design.outcome).numbers[row]);
  }
}

}  // namespace dovetail::divided
