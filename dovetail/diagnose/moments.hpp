/// Mean and standard deviation of all draws of a column, in fixed order.
#pragma once
#include "dovetail/diagnose/column.hpp"

namespace dovetail::diagnose {

struct Moments {
  double mean = 0;
  double sd = 0;  ///< divisor S - 1; 0 for one draw
};

/// Requires at least one draw, all finite. Two passes: no cancellation for means far from zero.
[[nodiscard]] Moments moments(const Column& column);

}  // namespace dovetail::diagnose
