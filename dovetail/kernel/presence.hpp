/// Coordinates that come and go, as components: what is there where (docs/maths/kernels.md section 11).
#pragma once
#include <span>
#include <vector>

#include "dovetail/kernel/path.hpp"

namespace dovetail {

/// Coordinates that come and go together.
struct Component {
  std::size_t by = 0;                    ///< their switch
  double from = 1;                       ///< least value of the switch at which they are there
  std::vector<std::size_t> coordinates;  ///< increasing
};

/// All of them, in the order of their first coordinates.
[[nodiscard]] std::vector<Component> components_of(std::span<const Coordinate> coordinates);

/// Whether any coordinate comes and goes.
[[nodiscard]] bool is_transdimensional(std::span<const Coordinate> coordinates);

/// What stands in the place of a coordinate that is not there, where Dovetail writes it: 0, or the lower bound of an
/// integer or a circle. Nothing depends on it.
[[nodiscard]] inline double absent_value(const Coordinate& c) {
  return c.kind == CoordinateKind::real || !(c.lower > -kInfinity) ? 0 : c.lower;
}

/// ModelError unless every switch is an integer coordinate, always there itself and marked as a switch, and nothing
/// else is.
void check_presence(std::span<const Coordinate> coordinates);

}  // namespace dovetail
