#include "dovetail/model/divided/design.hpp"

#include "dovetail/core/decimal.hpp"
#include "dovetail/core/error.hpp"

namespace dovetail::divided {

Design design_of(const Table& table, const Division& division, bool bernoulli) {
  (void)table.column(division.by);  // the first thing to be said when it is not there
  Design design{division.outcome, {"intercept"}};
  const TableColumn& y = table.column(design.outcome);
  if (!y.numeric) {
    throw ModelError(table.file + ": column \"" + design.outcome +
                     "\" holds texts, but it is the outcome; name another with "
                     "--outcome");
  }
  for (std::size_t row = 0; row < table.rows && bernoulli; ++row) {
    if (y.numbers[row] == 0 || y.numbers[row] == 1) continue;
    throw ModelError(table.file + ":" + std::to_string(row + 2) + ": " + design.outcome + " is " +
                     shortest(y.numbers[row]) +
                     ", and a logistic model explains 0 and 1 only; mend the row, or name another column with "
                     "--outcome");
  }
  for (const TableColumn& column : table.columns) {
    if (column.name == division.by || column.name == design.outcome) continue;
    if (!column.numeric) {
      throw ModelError(table.file + ": column \"" + column.name +
                       "\" holds texts, and slopes need numbers; leave the column out, or code it as numbers");
    }
    design.columns.push_back(column.name);
  }
  return design;
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
