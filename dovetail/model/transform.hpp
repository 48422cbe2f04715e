/// Named parameters with their constraints, and the map between them and the coordinates that kernels move.
///
/// A model author declares `{"sigma", positive()}`; coordinates, output names, constraining and log-Jacobians follow.
/// *Values* are what users see (x in the table of docs/models.md), *coordinates* are unconstrained (u in that table).
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dovetail/kernel/path.hpp"
#include "dovetail/model/constraint.hpp"

namespace dovetail {

[[nodiscard]] constexpr BirthLaw born_uniform() { return {}; }
[[nodiscard]] constexpr BirthLaw born_normal(double mean, double sd) { return {BirthKind::normal, mean, sd}; }
[[nodiscard]] constexpr BirthLaw born_lognormal(double mean, double sd) { return {BirthKind::lognormal, mean, sd}; }

/// Makes a parameter come and go by the integer parameter `by`, which was declared before it: a count 0..K or 1..K of
/// components, of which the j-th is there while the count is at least j; or K switches, integers(0, 1), one for each
/// component. The parameter's values are shared out evenly among the K components, in their order. `birth`: the law of
/// newborn values, best near what the data or the prior say.
struct ComesWith {
  std::string by;
  BirthLaw birth{};
};

/// One declared parameter: `size` values called NAME (size 1) or NAME[1], NAME[2], ...
struct Parameter {
  std::string name;
  Domain domain = real();
  std::size_t size = 1;                   ///< ordered, simplex: at least 2
  std::optional<ComesWith> comes_with{};  ///< empty: always there. Not for joint constraints (ordered, simplex, ...)
};

/// All parameters of a model, in declared order. Immutable after construction; calls are pure, allocate nothing and
/// may come from several threads.
class ParameterSpace {
 public:
  /// ModelError when a name repeats or is empty, or when bounds or sizes make no sense.
  explicit ParameterSpace(const std::vector<Parameter>& parameters);

  /// What kernels move: d of them. A simplex of K values has K - 1 coordinates, everything else one per value. Those of
  /// ordered, simplex and unit_vector are called NAME.1, NAME.2, ...; all others as the value that they stand for.
  [[nodiscard]] std::span<const Coordinate> coordinates() const { return coordinates_; }
  [[nodiscard]] std::size_t dimension() const { return coordinates_.size(); }
  /// Names of the n values.
  [[nodiscard]] std::span<const std::string> names() const { return names_; }
  [[nodiscard]] std::size_t value_count() const { return names_.size(); }
  /// Values and coordinates are the same numbers, so that nothing needs computing.
  [[nodiscard]] bool is_identity() const { return identity_; }

  /// Writes the n values at coordinates `u` (d) and returns log |det dx/du|, which belongs to the prior. -inf where
  /// rounding puts a value on its bound or past all numbers: outside the support, never NaN. For a unit vector it is
  /// the log density of the redundant radius (chi with K degrees of freedom) against du, so a density on the sphere
  /// stays normalised.
  /// What is not there has the value NaN and no Jacobian.
  double constrain(Point u, PointOut values) const;
  /// Writes the d coordinates of `values` (n); ModelError names the parameter when a value is outside its domain.
  /// Values of what is not there are not read.
  void unconstrain(Point values, PointOut u) const;
  /// Writes d log p/du = (dx/du)^T `gradient` (n, with respect to the values) + d log|det dx/du|/du. `values` as from
  /// constrain(u). Integer coordinates get 0, and so does what is not there. With `with_jacobian` false only the first
  /// term.
  void pull_back(Point u, Point values, Point gradient, PointOut gradient_u, bool with_jacobian) const;

 private:
  struct Block {
    std::string name;
    Domain domain;
    std::size_t value;       ///< first value
    std::size_t coordinate;  ///< first coordinate
    std::size_t size;        ///< number of values
    bool comes_and_goes;
  };
  void add(const Parameter& parameter);
  void add_presence(const Parameter& parameter, const ComesWith& comes_with);

  std::vector<Block> blocks_;
  std::vector<Coordinate> coordinates_;
  std::vector<std::string> names_;
  bool identity_ = true;
};

}  // namespace dovetail
