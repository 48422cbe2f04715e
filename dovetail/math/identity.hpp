/// The mathematics' fingerprint: a fixed table of points sent through every function.
///
/// Two builds whose tables have the same bits compute the same draws. The digest of the table is `math_id`; hashing
/// lives in store/, so this makes the numbers only. Pure; thread safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dovetail::math {

/// Version of the table itself: which functions, at which points, in which order. A change changes `math_id`.
inline constexpr int kTableVersion = 1;

/// How many rows the table has: one for each function of functions.hpp.
[[nodiscard]] std::size_t table_rows();
/// The name of the function that a row evaluates. Requires row < table_rows().
[[nodiscard]] std::string_view table_function(std::size_t row);
/// The function's value at the row's point number `i`, NaN made canonical. Points are random bits (Philox at (i, row)):
/// even ones uniform on the range where the function does something, odd ones with uniform exponents of both signs.
[[nodiscard]] double table_value(std::size_t row, std::uint64_t i);

/// Calls sink(double) with `points_per_function` values of each function, row by row.
template <class Sink>
void evaluate_table(std::size_t points_per_function, Sink&& sink) {
  for (std::size_t row = 0; row < table_rows(); ++row) {
    for (std::uint64_t i = 0; i < points_per_function; ++i) sink(table_value(row, i));
  }
}

}  // namespace dovetail::math
