/// Where the values of one parameter may lie, and the map between them and unconstrained coordinates: values,
/// log-Jacobians, inverses and the chain rule, one case per constraint of docs/models.md.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "dovetail/kernel/path.hpp"

namespace dovetail {

/// Where the values of one parameter may lie.
enum class Constraint : std::uint8_t {
  real,              ///< any real
  lower,             ///< x > lower
  upper,             ///< x < upper
  interval,          ///< lower < x < upper
  ordered,           ///< x1 < x2 < ...
  positive_ordered,  ///< 0 < x1 < x2 < ...
  simplex,           ///< positive, summing to 1
  unit_vector,       ///< on the unit sphere
  integer,           ///< whole numbers, lower <= x <= upper; moved as they are
  cyclic,            ///< on [lower, upper) with joined ends; moved as they are
};

struct Domain {
  Constraint constraint = Constraint::real;
  double lower = -kInfinity;
  double upper = kInfinity;
};

[[nodiscard]] constexpr Domain real() { return {}; }
[[nodiscard]] constexpr Domain above(double lower) { return {Constraint::lower, lower, kInfinity}; }
[[nodiscard]] constexpr Domain below(double upper) { return {Constraint::upper, -kInfinity, upper}; }
[[nodiscard]] constexpr Domain positive() { return above(0); }
[[nodiscard]] constexpr Domain between(double lower, double upper) { return {Constraint::interval, lower, upper}; }
[[nodiscard]] constexpr Domain ordered() { return {Constraint::ordered, -kInfinity, kInfinity}; }
[[nodiscard]] constexpr Domain positive_ordered() { return {Constraint::positive_ordered, 0, kInfinity}; }
[[nodiscard]] constexpr Domain simplex() { return {Constraint::simplex, 0, 1}; }
[[nodiscard]] constexpr Domain unit_vector() { return {Constraint::unit_vector, -1, 1}; }
[[nodiscard]] constexpr Domain integers(double lower, double upper) { return {Constraint::integer, lower, upper}; }
[[nodiscard]] constexpr Domain cyclic(double lower, double upper) { return {Constraint::cyclic, lower, upper}; }

/// The coordinate that moves one value of `domain` called `name`. With a constraint that binds several values together
/// it has no bounds; the caller then gives it a name of its own ("theta.1").
[[nodiscard]] Coordinate coordinate_of(const Domain& domain, std::string name);

/// Where a coordinate stands at `value` of the value that it stands for (Coordinate in kernel/path.hpp says which).
/// ModelError names the coordinate when the value is outside its domain. Pure.
[[nodiscard]] double unconstrain_value(const Coordinate& coordinate, double value);

// Of one parameter's values x and coordinates u. Pure; allocate nothing.

/// The constraint binds several values together, so that no coordinate is the image of one value.
[[nodiscard]] constexpr bool is_joint(Constraint constraint) {
  return constraint == Constraint::ordered || constraint == Constraint::positive_ordered ||
         constraint == Constraint::simplex || constraint == Constraint::unit_vector;
}
/// Coordinates of `size` values.
[[nodiscard]] constexpr std::size_t coordinate_count(const Domain& domain, std::size_t size) {
  return domain.constraint == Constraint::simplex ? size - 1 : size;
}
/// Writes the values and returns log |det dx/du|, as ParameterSpace::constrain() says.
double constrain_values(const Domain& domain, Point u, PointOut x);
/// Writes (dx/du)^T g, with the gradient of log |det dx/du| added where `with_jacobian`. `g`: with respect to x.
void pull_back_values(const Domain& domain, Point u, Point x, Point g, PointOut gradient_u, bool with_jacobian);
/// Whether values under a joint constraint are within its domain; sums and lengths of 1 to 1e-8.
[[nodiscard]] bool is_inside(const Domain& domain, Point x);
/// The inverse of constrain_values() for a joint constraint; `x` must be inside.
void unconstrain_joint(Constraint constraint, Point x, PointOut u);

}  // namespace dovetail
