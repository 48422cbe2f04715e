/// Reads the data of a model from JSON in the form that CmdStan takes: an object of numbers and nested arrays.
///
/// Self-contained (the standard library alone, C++17): it is also compiled into the libraries that `dovetail compile`
/// makes of Stan programs.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace dovetail {

/// What is wrong with data, as "FILE:LINE: VARIABLE[i][j] what (why); cure"; indices count from 1.
class DataError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One variable: a number or a rectangular array of numbers, row-major (the last index runs fastest).
struct DataVariable {
  std::vector<std::size_t> shape;      ///< empty: a number; an array without elements has an extent of 0
  bool whole = true;                   ///< every number is written as an integer and fits an int of 32 bits
  std::vector<std::int32_t> integers;  ///< the values when `whole`, else empty
  std::vector<double> reals;           ///< the values when not `whole`, else empty
  std::size_t line = 0;                ///< of its name, from 1
  std::size_t number_at = 0;           ///< of a number without brackets: where in the text it begins, in bytes

  [[nodiscard]] std::size_t size() const { return whole ? integers.size() : reals.size(); }
  /// The values as reals, whatever they were written as.
  [[nodiscard]] std::vector<double> as_reals() const {
    return whole ? std::vector<double>(integers.begin(), integers.end()) : reals;
  }
};

using DataVariables = std::map<std::string, DataVariable, std::less<>>;

/// Limits, held before anything is allocated.
inline constexpr std::size_t kDataBytesMax = std::size_t{1} << 28;  ///< of the text
inline constexpr std::size_t kDataDepthMax = 16;                    ///< arrays within arrays
inline constexpr std::size_t kDataNameMax = 4096;                   ///< bytes of a variable's name

/// What becomes of a variable whose value holds an object, as tuples of Stan do.
enum class Tuples : std::uint8_t {
  refuse,
  leave_out,  ///< the others are read: somebody else reads this one
};

/// The variables of the JSON object `text`. Numbers are integers or reals by how they are written: 3 or 3.0. An integer
/// beyond 32 bits makes its variable real when a double holds it exactly. "NaN", "Inf", "Infinity" with or without a
/// sign, in any case, stand for what JSON has no numbers for; they must be in quotes. [] has shape (0), [[],[]] (2, 0).
///
/// `name` is what errors call the text. DataError: no object, not JSON, another kind of value, a variable given twice,
/// arrays that are not rectangular or too deep, numbers beyond a double.
[[nodiscard]] DataVariables read_data(std::string_view text, std::string_view name, Tuples tuples = Tuples::refuse);

}  // namespace dovetail
