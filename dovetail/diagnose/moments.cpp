// Two-pass moments: lanes inside a chain, the item tree over chains.
#include "dovetail/diagnose/moments.hpp"

#include <cmath>

namespace dovetail::diagnose {

Moments moments(const Column& column) {
  const auto x = column.values();
  DOVETAIL_REQUIRE(column.non_finite() == 0 && !x.empty());
  if (column.constant()) return {x.front(), 0};  // a rounded mean would give an sd of 1e-17
  const double scale = column.scale();
  const std::size_t n = column.draws();
  const auto total = static_cast<double>(x.size());
  const double mean = sum_over_items(column.chains(),
                                     [&](std::size_t m) {
                                       return math::sum_lanes(n, [&](std::size_t i) { return x[m * n + i] / scale; });
                                     }) /
                      total;
  const double squares = sum_over_items(column.chains(), [&](std::size_t m) {
    return math::sum_lanes(n, [&](std::size_t i) {
      const double d = x[m * n + i] / scale - mean;
      return d * d;
    });
  });
  return {mean * scale, std::sqrt(squares / (total - 1)) * scale};
}

}  // namespace dovetail::diagnose
