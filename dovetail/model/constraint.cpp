// Transforms of docs/models.md, one case per constraint.
#include "dovetail/model/constraint.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail {
namespace {

double logistic(double u) {
  const double e = math::exp(-std::fabs(u));
  return u >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/// -inf when a value left the open interval by rounding or overflow, else `log_jacobian`.
double inside(bool all_inside, double log_jacobian) { return all_inside ? log_jacobian : -kInfinity; }

double constrain_lower(double lower, Point u, PointOut x) {
  bool good = true;
  for (std::size_t i = 0; i < u.size(); ++i) {
    x[i] = lower + math::exp(u[i]);
    good = good && x[i] > lower && x[i] < kInfinity;
  }
  return inside(good, math::sum(u));
}

double constrain_upper(double upper, Point u, PointOut x) {
  bool good = true;
  for (std::size_t i = 0; i < u.size(); ++i) {
    x[i] = upper - math::exp(u[i]);
    good = good && x[i] < upper && x[i] > -kInfinity;
  }
  return inside(good, math::sum(u));
}

double constrain_interval(double lower, double upper, Point u, PointOut x) {
  const double width = upper - lower;
  const double log_width = math::log(width);
  bool good = true;
  for (std::size_t i = 0; i < u.size(); ++i) {
    // From the nearer end, so that values close to either bound keep their digits.
    x[i] = u[i] < 0 ? lower + width * logistic(u[i]) : upper - width * logistic(-u[i]);
    good = good && x[i] > lower && x[i] < upper;
  }
  return inside(good, math::sum_lanes(u.size(), [&](std::size_t i) {
                  return log_width + math::log_logistic(u[i]) + math::log_logistic(-u[i]);
                }));
}

double constrain_ordered(bool positive, Point u, PointOut x) {
  x[0] = positive ? math::exp(u[0]) : u[0];
  bool good = !positive || x[0] > 0;
  for (std::size_t i = 1; i < u.size(); ++i) {
    x[i] = x[i - 1] + math::exp(u[i]);
    good = good && x[i] > x[i - 1];
  }
  good = good && x.back() < kInfinity;
  return inside(good, math::sum(positive ? u : u.subspan(1)));
}

/// Stick breaking: value k takes the share s(u_k - log(K - k)) of what is left, so u = 0 is the centre.
double constrain_simplex(Point u, PointOut x) {
  const std::size_t last = u.size();
  double left = 1;
  double log_left = 0;
  double log_jacobian = 0;
  bool good = true;
  for (std::size_t k = 0; k < last; ++k) {
    const double v = u[k] - math::log(static_cast<double>(last - k));
    x[k] = left * logistic(v);
    const double log_rest = math::log_logistic(-v);
    log_jacobian += math::log_logistic(v) + log_rest + log_left;
    left *= logistic(-v);
    log_left += log_rest;
    good = good && x[k] > 0;
  }
  x[last] = left;
  return inside(good && left > 0, log_jacobian);
}

double constrain_unit_vector(Point u, PointOut x) {
  const double square = math::sum_of_squares(u);
  const double norm = std::sqrt(square);
  const auto k = static_cast<double>(u.size());
  for (std::size_t i = 0; i < u.size(); ++i) x[i] = u[i] / norm;
  const double log_constant = math::lgamma(0.5 * k) + (0.5 * k - 1) * math::log(2.0);
  return inside(norm > 0 && norm < kInfinity, -0.5 * square - log_constant);
}

void unconstrain_simplex(Point x, PointOut u) {
  const std::size_t last = u.size();
  double rest = x[last];
  for (std::size_t k = last; k-- > 0;) {
    u[k] = math::log(x[k]) - math::log(rest) + math::log(static_cast<double>(last - k));
    rest += x[k];
  }
}

/// Adjoint of stick breaking, from the last piece to the first; `left` is recovered from the values behind.
void pull_back_simplex(Point u, Point x, Point g, PointOut gradient_u, bool with_jacobian) {
  const std::size_t last = u.size();
  double left = x[last];     // what was left after piece k
  double adjoint = g[last];  // d log p / d left
  for (std::size_t k = last; k-- > 0;) {
    const double v = u[k] - math::log(static_cast<double>(last - k));
    const double z = logistic(v);
    const double rest = logistic(-v);
    left += x[k];
    gradient_u[k] = left * (g[k] - adjoint) * z * rest;
    if (with_jacobian) gradient_u[k] += rest - z - z * static_cast<double>(last - 1 - k);
    adjoint = g[k] * z + adjoint * rest;
  }
}

void pull_back_ordered(bool positive, Point u, Point g, PointOut gradient_u, bool with_jacobian) {
  double tail = 0;  // sum of the gradients of all values at or above k
  for (std::size_t k = u.size(); k-- > 0;) {
    tail += g[k];
    const bool shift = k == 0 && !positive;
    gradient_u[k] = shift ? tail : tail * math::exp(u[k]) + (with_jacobian ? 1 : 0);
  }
}

void pull_back_unit_vector(Point u, Point x, Point g, PointOut gradient_u, bool with_jacobian) {
  const double norm = std::sqrt(math::sum_of_squares(u));
  const double along = math::dot(x, g);
  for (std::size_t i = 0; i < u.size(); ++i) {
    gradient_u[i] = (g[i] - x[i] * along) / norm - (with_jacobian ? u[i] : 0);
  }
}

/// Of constraints that bind no values together.
void pull_back_each(const Domain& domain, Point u, Point g, PointOut gradient_u, bool with_jacobian) {
  const double jacobian = with_jacobian ? 1 : 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    switch (domain.constraint) {
      case Constraint::lower:
        gradient_u[i] = g[i] * math::exp(u[i]) + jacobian;
        break;
      case Constraint::upper:
        gradient_u[i] = -g[i] * math::exp(u[i]) + jacobian;
        break;
      case Constraint::interval: {
        const double s = logistic(u[i]);
        const double t = logistic(-u[i]);
        gradient_u[i] = g[i] * (domain.upper - domain.lower) * s * t + jacobian * (t - s);
        break;
      }
      case Constraint::integer:
        gradient_u[i] = 0;
        break;
      default:
        gradient_u[i] = g[i];
    }
  }
}

std::string number(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

[[noreturn]] void refuse_value(const Coordinate& c, double value) {
  const bool bounded = std::isfinite(c.lower) || std::isfinite(c.upper);
  const char* what = c.kind == CoordinateKind::integer ? "a whole number" : bounded ? "a number" : "a finite number";
  std::string range;
  if (c.kind == CoordinateKind::real) {
    if (std::isfinite(c.lower)) range += " above " + number(c.lower);
    if (std::isfinite(c.upper)) range += (range.empty() ? " below " : " and below ") + number(c.upper);
  } else {
    range = " from " + number(c.lower) + (c.kind == CoordinateKind::cyclic ? " to below " : " to ") + number(c.upper);
  }
  throw ModelError("parameter \"" + c.name + "\" cannot be " + number(value) + " (the density is 0 there); give it " +
                   what + range);
}

}  // namespace

Coordinate coordinate_of(const Domain& domain, std::string name) {
  if (is_joint(domain.constraint)) return {.name = std::move(name)};
  const CoordinateKind kind = domain.constraint == Constraint::integer  ? CoordinateKind::integer
                              : domain.constraint == Constraint::cyclic ? CoordinateKind::cyclic
                                                                        : CoordinateKind::real;
  return {kind, domain.lower, domain.upper, std::move(name)};
}

double unconstrain_value(const Coordinate& c, double value) {
  if (!std::isfinite(value)) refuse_value(c, value);
  switch (c.kind) {
    case CoordinateKind::integer:
      if (!(value >= c.lower && value <= c.upper && std::floor(value) == value)) refuse_value(c, value);
      return value;
    case CoordinateKind::cyclic:
      if (!(value >= c.lower && value < c.upper)) refuse_value(c, value);
      return value;
    case CoordinateKind::real:
      break;
  }
  if (!(value > c.lower && value < c.upper)) refuse_value(c, value);
  const bool from_below = c.lower > -kInfinity;
  const bool from_above = c.upper < kInfinity;
  if (from_below && from_above) return math::log(value - c.lower) - math::log(c.upper - value);
  if (from_below) return math::log(value - c.lower);
  return from_above ? math::log(c.upper - value) : value;
}

double constrain_values(const Domain& domain, Point u, PointOut x) {
  switch (domain.constraint) {
    case Constraint::lower:
      return constrain_lower(domain.lower, u, x);
    case Constraint::upper:
      return constrain_upper(domain.upper, u, x);
    case Constraint::interval:
      return constrain_interval(domain.lower, domain.upper, u, x);
    case Constraint::ordered:
      return constrain_ordered(false, u, x);
    case Constraint::positive_ordered:
      return constrain_ordered(true, u, x);
    case Constraint::simplex:
      return constrain_simplex(u, x);
    case Constraint::unit_vector:
      return constrain_unit_vector(u, x);
    case Constraint::real:
    case Constraint::integer:
    case Constraint::cyclic:
      break;
  }
  std::copy(u.begin(), u.end(), x.begin());
  return 0;
}

void pull_back_values(const Domain& domain, Point u, Point x, Point g, PointOut gradient_u, bool with_jacobian) {
  switch (domain.constraint) {
    case Constraint::ordered:
      return pull_back_ordered(false, u, g, gradient_u, with_jacobian);
    case Constraint::positive_ordered:
      return pull_back_ordered(true, u, g, gradient_u, with_jacobian);
    case Constraint::simplex:
      return pull_back_simplex(u, x, g, gradient_u, with_jacobian);
    case Constraint::unit_vector:
      return pull_back_unit_vector(u, x, g, gradient_u, with_jacobian);
    default:
      return pull_back_each(domain, u, g, gradient_u, with_jacobian);
  }
}

bool is_inside(const Domain& domain, Point x) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i])) return false;
    switch (domain.constraint) {
      case Constraint::ordered:
      case Constraint::positive_ordered:
        if (i > 0 && !(x[i] > x[i - 1])) return false;
        if (domain.constraint == Constraint::positive_ordered && !(x[i] > 0)) return false;
        break;
      case Constraint::unit_vector:
        break;
      default:
        if (!(x[i] > domain.lower && x[i] < domain.upper)) return false;
    }
  }
  constexpr double kTolerance = 1e-8;  // for values that a person or a text file rounded
  if (domain.constraint == Constraint::simplex) return std::fabs(math::sum(x) - 1) < kTolerance;
  if (domain.constraint == Constraint::unit_vector) return std::fabs(math::sum_of_squares(x) - 1) < kTolerance;
  return true;
}

void unconstrain_joint(Constraint constraint, Point x, PointOut u) {
  if (constraint == Constraint::simplex) return unconstrain_simplex(x, u);
  for (std::size_t i = 0; i < u.size(); ++i) {
    if (constraint == Constraint::unit_vector) {
      u[i] = x[i];
    } else if (i == 0) {
      u[i] = constraint == Constraint::ordered ? x[0] : math::log(x[0]);
    } else {
      u[i] = math::log(x[i] - x[i - 1]);
    }
  }
}

}  // namespace dovetail
