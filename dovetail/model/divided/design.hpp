/// What a regression takes from a table: a column that is explained, and numeric ones that explain it.
#pragma once
#include <string>
#include <vector>

#include "dovetail/model/divided.hpp"

namespace dovetail::divided {

struct Design {
  std::string outcome;
  std::vector<std::string> columns;  ///< "intercept", then names of the table
};

/// Of columns whose values are elsewhere. UsageError: the outcome or what divides rows is none of them.
[[nodiscard]] Design design_of(const std::vector<std::string>& columns, const Division& division);
/// ModelError by file and line: a column that is not there or holds texts; where `bernoulli`, an outcome that is
/// neither 0 nor 1. `division.by` may be empty.
[[nodiscard]] Design design_of(const Table& table, const Division& division, bool bernoulli);

/// Some rows: `x` row-major, ones first; `y` one per row.
struct DesignRows {
  std::vector<double> x, y;
};
/// Adds the rows of a group.
void append_rows(const Table& table, const Design& design, const RowGroup& group, DesignRows& to);

}  // namespace dovetail::divided
