/// Between a real coordinate u, which kernels move, and the value x that it stands for, in which boxes are boxes.
///
/// The target is a density of u: l(u) = log p(x(u)) + log|dx/du|. A proposal with density q(x'|x) of values has density
/// q(x'|x) |dx/du|' of coordinates, so its Hastings term is
///   log q(x|x') - log q(x'|x) + log|dx/du| - log|dx/du|'.
/// Distances to the bounds are kept rather than x, since x near a bound has no digits left to tell them apart.
#pragma once
#include "dovetail/kernel/path.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail {

/// Where a value lies between its bounds; infinite where there is none.
struct Room {
  double below = kInfinity;  ///< x - lower
  double above = kInfinity;  ///< upper - x
};

/// The map of kernel/path.hpp (Coordinate), or x = u within a box of the proposal's own. Pure.
class ValueScale {
 public:
  /// `coordinate`: a real one; its bounds are those of the value.
  explicit ValueScale(const Coordinate& coordinate)
      : lower_(coordinate.lower), upper_(coordinate.upper), log_width_(log_width(lower_, upper_)) {
    const bool from_below = lower_ > -kInfinity;
    const bool from_above = upper_ < kInfinity;
    shape_ = from_below ? (from_above ? Shape::both : Shape::above_lower)
                        : (from_above ? Shape::below_upper : Shape::identity);
  }
  /// x = u, which must stay within lower..upper.
  static ValueScale box(double lower, double upper) { return {lower, upper}; }

  [[nodiscard]] double lower() const { return lower_; }
  [[nodiscard]] double upper() const { return upper_; }

  [[nodiscard]] double value(double u) const {
    switch (shape_) {
      case Shape::above_lower:
        return lower_ + math::exp(u);
      case Shape::below_upper:
        return upper_ - math::exp(u);
      case Shape::both:
        return lower_ + room(u).below;
      case Shape::identity:
        break;
    }
    return u;
  }

  /// Negative distances: u is outside its box (never for a parameter's own bounds).
  [[nodiscard]] Room room(double u) const {
    switch (shape_) {
      case Shape::above_lower:
        return {math::exp(u), kInfinity};
      case Shape::below_upper:
        return {kInfinity, math::exp(u)};
      case Shape::both: {
        const double small = math::exp(-(u < 0 ? -u : u));
        const double near = (upper_ - lower_) * (small / (1 + small));
        const double far = (upper_ - lower_) / (1 + small);
        return u < 0 ? Room{near, far} : Room{far, near};
      }
      case Shape::identity:
        break;
    }
    return {u - lower_, upper_ - u};
  }

  /// The coordinate of the value at x + delta, `room` being that of x at u. Infinite on a bound, NaN beyond it.
  [[nodiscard]] double moved(double u, const Room& room, double delta) const {
    switch (shape_) {
      case Shape::above_lower:
        return math::log(room.below + delta);
      case Shape::below_upper:
        return math::log(room.above - delta);
      case Shape::both:
        return math::log(room.below + delta) - math::log(room.above - delta);
      case Shape::identity:
        break;
    }
    return u + delta;
  }

  /// The coordinate of a value; infinite or NaN where there is none.
  [[nodiscard]] double coordinate(double x) const {
    switch (shape_) {
      case Shape::above_lower:
        return math::log(x - lower_);
      case Shape::below_upper:
        return math::log(upper_ - x);
      case Shape::both:
        return math::log(x - lower_) - math::log(upper_ - x);
      case Shape::identity:
        break;
    }
    return x;
  }

  /// log|dx/du|.
  [[nodiscard]] double log_jacobian(double u) const {
    switch (shape_) {
      case Shape::above_lower:
      case Shape::below_upper:
        return u;
      case Shape::both:
        return log_width_ + math::log_logistic(u) + math::log_logistic(-u);
      case Shape::identity:
        break;
    }
    return 0;
  }

 private:
  enum class Shape : std::uint8_t { identity, above_lower, below_upper, both };

  ValueScale(double lower, double upper) : lower_(lower), upper_(upper) {}
  static double log_width(double lower, double upper) {
    return lower > -kInfinity && upper < kInfinity ? math::log(upper - lower) : 0;
  }

  double lower_;
  double upper_;
  double log_width_ = 0;
  Shape shape_ = Shape::identity;
};

}  // namespace dovetail
