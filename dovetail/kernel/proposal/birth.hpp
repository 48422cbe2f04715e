/// Draws of coordinates that come to be, with their densities.
#pragma once
#include <span>
#include <vector>

#include "dovetail/kernel/proposal/value_scale.hpp"

namespace dovetail {

/// The birth law of one coordinate. It is a law of the value; draws and densities are of the coordinate, the Jacobian
/// included, so that a move back finds the very density with which a draw came. Pure but for the stream.
class Birth {
 public:
  /// Why this coordinate cannot be drawn by this law, in words; empty when it can.
  [[nodiscard]] static std::string obstacle(const Coordinate& coordinate, const BirthLaw& law);
  /// `law` has no obstacle.
  Birth(const Coordinate& coordinate, const BirthLaw& law);

  /// Two words, an integer's two per attempt. Infinite only by rounding onto a bound.
  [[nodiscard]] double draw(Rng& rng) const;
  /// log of the density (integers: of the probability) at coordinate u.
  [[nodiscard]] double log_density(double u) const;

 private:
  enum class Shape : std::uint8_t { integer, circle, between, normal, log_normal };

  Shape shape_;
  double lower_;
  double upper_;
  ValueScale scale_;
  double mean_ = 0;  ///< normal: of the value; log_normal: of the coordinate
  double sd_ = 1;
  double log_constant_ = 0;
};

/// Birth and death of one component.
struct Newborn {
  std::vector<std::size_t> coordinates;
  std::vector<Birth> births;   ///< one for each
  std::vector<double> absent;  ///< what stands in their places when they are not there

  void draw(Rng& rng, PointOut x) const;
  [[nodiscard]] double log_density(Point x) const;
  void clear(PointOut x) const;
  /// Takes over the values of a component of as many coordinates.
  void take(const Newborn& other, PointOut x) const;
};

}  // namespace dovetail
