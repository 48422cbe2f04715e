/// From columns named like Stan's, `theta[3]` or `theta[school_a]`, to arrays with dimensions. The package in python/
/// has the same rules.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dovetail {

/// The labels of one dimension, as names have them.
struct Axis {
  std::vector<std::string> labels;

  /// The labels as numbers, where every one is a whole number as it would be printed ("3", not "03").
  [[nodiscard]] std::optional<std::vector<std::int64_t>> numbers() const;
};

/// An array of columns: `columns` are their places, the last index fastest.
struct Variable {
  std::string name;
  std::vector<Axis> axes;  ///< none: one value
  std::vector<std::size_t> columns;
};

/// Columns that share a name and fill a grid of indices become one variable; variables stand in the order of their
/// first columns, labels in that of the columns. Others, such as those of a triangle, or whose name is also that of a
/// column of its own, stay columns of one value under their whole names. Every column is in one variable.
[[nodiscard]] std::vector<Variable> variables_of(const std::vector<std::string>& names);

}  // namespace dovetail
