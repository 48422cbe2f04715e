#include "dovetail/model/start.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/core/decimal.hpp"
#include "dovetail/kernel/proposal/value_scale.hpp"

namespace dovetail {
namespace {

constexpr double kUnboundedIntegers = 8;  ///< from the bound, or on both sides of 0

double draw_integer_start(const Coordinate& c, Rng& rng) {
  double lower = c.lower;
  double upper = c.upper;
  if (!std::isfinite(lower)) lower = std::isfinite(upper) ? upper - kUnboundedIntegers : -kUnboundedIntegers;
  if (!std::isfinite(upper)) upper = lower + 2 * kUnboundedIntegers;
  return std::min(upper, lower + std::floor((upper - lower + 1) * rng.uniform()));
}

}  // namespace

void draw_start(std::span<const Coordinate> coordinates, double radius, Rng& rng, PointOut x) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Coordinate& c = coordinates[i];
    switch (c.kind) {
      case CoordinateKind::real:
        x[i] = radius * (2 * rng.uniform_open() - 1);
        break;
      case CoordinateKind::cyclic:
        x[i] = c.lower + (c.upper - c.lower) * rng.uniform();
        break;
      case CoordinateKind::integer:
        x[i] = draw_integer_start(c, rng);
        break;
    }
  }
}

std::string point_words(std::span<const Coordinate> coordinates, Point x) {
  constexpr std::size_t kShown = 8;
  std::string text = "(";
  for (std::size_t i = 0; i < x.size() && i < kShown; ++i) {
    const std::string& name = i < coordinates.size() ? coordinates[i].name : std::string();
    const bool bounded = i < coordinates.size() && coordinates[i].kind == CoordinateKind::real;
    const double value = bounded ? ValueScale(coordinates[i]).value(x[i]) : x[i];
    text += (i == 0 ? "" : ", ") + name + (name.empty() ? "" : " ") + shortest(value);
  }
  if (x.size() > kShown) text += ", ... " + std::to_string(x.size()) + " coordinates";
  return text + ")";
}

bool is_point(Point x) {
  return std::all_of(x.begin(), x.end(), [](double value) { return std::isfinite(value); });
}

}  // namespace dovetail
