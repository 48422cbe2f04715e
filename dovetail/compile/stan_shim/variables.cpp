#include "dovetail/compile/stan_shim/variables.hpp"

#include <algorithm>
#include <stdexcept>

#include "dovetail/model/data.hpp"

namespace dovetail_stan {
namespace {

std::size_t size_of(const std::vector<std::size_t>& shape) {
  std::size_t size = 1;
  for (const std::size_t extent : shape) size *= extent;
  return size;
}

/// Row-major values in column-major order.
template <class Value>
std::vector<Value> column_major(const std::vector<std::size_t>& shape, const std::vector<Value>& row_major) {
  if (shape.size() < 2) return row_major;
  std::vector<Value> values(row_major.size());
  std::vector<std::size_t> index(shape.size(), 0);
  for (const Value& value : row_major) {
    std::size_t place = 0;
    for (std::size_t axis = shape.size(); axis-- > 0;) place = place * shape[axis] + index[axis];
    values[place] = value;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return values;
}

std::string written(const std::vector<std::size_t>& shape) {
  if (shape.empty()) return "one number";
  std::string text = "an array of shape (";
  for (std::size_t axis = 0; axis < shape.size(); ++axis) text += (axis > 0 ? ", " : "") + std::to_string(shape[axis]);
  return text + ")";
}

}  // namespace

Variables Variables::from_json(std::string_view text, std::string_view source) {
  Variables variables{std::string(source)};
  for (const auto& [name, value] : dovetail::read_data(text, source, dovetail::Tuples::leave_out))
    variables.add(name, {value.shape, value.whole, column_major(value.shape, value.integers),
                         column_major(value.shape, value.reals), value.line});
  return variables;
}

void Variables::check(const std::string& name, const std::string& type,
                      const std::vector<std::size_t>& declared) const {
  const Variable* variable = find(name);
  const std::string program_wants =
      "the program declares " + written(declared) + " of type " + (type == "int" ? "int" : "real");
  if (!variable) throw std::invalid_argument(source_ + ": " + name + " is missing (" + program_wants + "); add it");
  const std::string place = source_ + (variable->line > 0 ? ":" + std::to_string(variable->line) : "") + ": " + name;
  const bool both_empty = size_of(variable->shape) == 0 && size_of(declared) == 0;
  if (variable->shape != declared && !both_empty)
    throw std::invalid_argument(place + " is " + written(variable->shape) + " (" + program_wants +
                                "); arrays nest row by row, as in [[1, 2, 3], [4, 5, 6]] for shape (2, 3)");
  if (type == "int" && !variable->whole)
    throw std::invalid_argument(place + " holds numbers that are no integers of 32 bits (" + program_wants +
                                "); write 3, not 3.0");
}

const Variable* Variables::find(const std::string& name) const {
  const auto found = variables_.find(name);
  return found == variables_.end() ? nullptr : &found->second;
}

bool Variables::contains_i(const std::string& name) const {
  const Variable* variable = find(name);
  return variable && variable->whole;
}

std::vector<double> Variables::vals_r(const std::string& name) const {
  const Variable* variable = find(name);
  if (!variable) return {};
  return variable->whole ? std::vector<double>(variable->integers.begin(), variable->integers.end()) : variable->reals;
}

std::vector<int> Variables::vals_i(const std::string& name) const {
  const Variable* variable = find(name);
  return variable ? variable->integers : std::vector<int>{};
}

std::vector<std::size_t> Variables::dims_r(const std::string& name) const {
  const Variable* variable = find(name);
  return variable ? variable->shape : std::vector<std::size_t>{};
}

void Variables::names_r(std::vector<std::string>& names) const {
  names.clear();
  for (const auto& [name, variable] : variables_) names.push_back(name);
}

void Variables::names_i(std::vector<std::string>& names) const {
  names.clear();
  for (const auto& [name, variable] : variables_)
    if (variable.whole) names.push_back(name);
}

}  // namespace dovetail_stan
