// Transforms of docs/models.md, one case per constraint: values, log-Jacobians, inverses and the chain rule.
#include "dovetail/model/transform.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/kernel/presence.hpp"
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

/// The values of one parameter, and their log-Jacobian.
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

/// The constraint binds several values together, so that no coordinate is the image of one value.
bool is_joint(Constraint constraint) {
  return constraint == Constraint::ordered || constraint == Constraint::positive_ordered ||
         constraint == Constraint::simplex || constraint == Constraint::unit_vector;
}

/// Of the values under a joint constraint.
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

const char* domain_words(const Domain& domain) {
  switch (domain.constraint) {
    case Constraint::ordered:
      return "finite and increasing";
    case Constraint::positive_ordered:
      return "finite, positive and increasing";
    case Constraint::simplex:
      return "positive with sum 1";
    default:
      return "of length 1";
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

[[noreturn]] void refuse(const Parameter& parameter, const std::string& why) {
  throw ModelError("parameter \"" + parameter.name + "\" " + why);
}

void check(const Parameter& parameter) {
  const auto& [constraint, lower, upper] = parameter.domain;
  if (parameter.name.empty()) throw ModelError("a parameter has no name (columns of draws need one); name it");
  if (parameter.size == 0) refuse(parameter, "has size 0; give it at least one value");
  if (is_joint(constraint) && parameter.size < 2)
    refuse(parameter, "needs at least 2 values for its constraint; set its size");
  const bool bounded = constraint == Constraint::interval || constraint == Constraint::cyclic;
  if (bounded && !(std::isfinite(lower) && std::isfinite(upper) && lower < upper)) {
    refuse(parameter, "needs two finite bounds, the lower one first");
  }
  const bool whole = std::floor(lower) == lower && std::floor(upper) == upper;
  if (constraint == Constraint::integer && !(whole && lower <= upper)) {
    refuse(parameter, "needs whole bounds, the lower one first");
  }
  const bool one_sided = constraint == Constraint::lower || constraint == Constraint::upper;
  if (one_sided && !std::isfinite(constraint == Constraint::lower ? lower : upper)) {
    refuse(parameter, "has an infinite bound; use real()");
  }
}

void require_different(std::vector<std::string> names, const char* what, const char* why) {
  std::sort(names.begin(), names.end());
  const auto twin = std::adjacent_find(names.begin(), names.end());
  if (twin == names.end()) return;
  throw ModelError("two " + std::string(what) + " are called \"" + *twin + "\" (" + why + "); rename one");
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

ParameterSpace::ParameterSpace(const std::vector<Parameter>& parameters) {
  for (const Parameter& parameter : parameters) add(parameter);
  require_different(names_, "values", "columns would mix");
  std::vector<std::string> moved;
  for (const Coordinate& coordinate : coordinates_) moved.push_back(coordinate.name);
  require_different(std::move(moved), "coordinates", "settings name them");
}

void ParameterSpace::add(const Parameter& parameter) {
  check(parameter);
  const Constraint constraint = parameter.domain.constraint;
  blocks_.push_back({parameter.name, parameter.domain, names_.size(), coordinates_.size(), parameter.size,
                     parameter.comes_with.has_value()});
  const std::size_t moved = constraint == Constraint::simplex ? parameter.size - 1 : parameter.size;
  for (std::size_t i = 1; i <= parameter.size; ++i) {
    const std::string index = std::to_string(i);
    names_.push_back(parameter.size == 1 ? parameter.name : parameter.name + "[" + index + "]");
    if (i > moved) break;
    const std::string own = parameter.name + "." + index;
    coordinates_.push_back(coordinate_of(parameter.domain, is_joint(constraint) ? own : names_.back()));
  }
  const bool plain =
      constraint == Constraint::real || constraint == Constraint::integer || constraint == Constraint::cyclic;
  identity_ = identity_ && plain && !parameter.comes_with;
  if (parameter.comes_with) add_presence(parameter, *parameter.comes_with);
}

/// The parameter's coordinates are the last ones.
void ParameterSpace::add_presence(const Parameter& parameter, const ComesWith& comes_with) {
  if (is_joint(parameter.domain.constraint)) {
    refuse(parameter, "comes and goes, and its constraint binds its values together; give them a plain one");
  }
  const auto found =
      std::find_if(blocks_.begin(), blocks_.end(), [&](const Block& b) { return b.name == comes_with.by; });
  if (found == blocks_.end() || found->domain.constraint != Constraint::integer || found->comes_and_goes) {
    refuse(parameter, "comes with \"" + comes_with.by +
                          "\", which is no integer parameter declared before it that is " +
                          "always there; declare one, such as integers(0, 5)");
  }
  const Domain& range = found->domain;
  const bool counts = found->size == 1;
  if (!(range.lower >= 0 && range.upper < kInfinity) || (!counts && range.upper != range.lower + 1)) {
    refuse(parameter, "comes with \"" + comes_with.by +
                          "\", which is neither a count from 0 or 1 to K nor switches of " +
                          "two values; give it such a domain");
  }
  const std::size_t components = counts ? static_cast<std::size_t>(range.upper) : found->size;
  if (components == 0 || parameter.size % components != 0) {
    refuse(parameter, "has " + std::to_string(parameter.size) + " values for " + std::to_string(components) +
                          " components; give it as many for each");
  }
  const std::size_t share = parameter.size / components;
  for (std::size_t i = 0; i < parameter.size; ++i) {
    const std::size_t component = i / share;
    const std::size_t by = found->coordinate + (counts ? 0 : component);
    const double from = counts ? static_cast<double>(component + 1) : range.upper;
    coordinates_[coordinates_.size() - parameter.size + i].presence = {by, from, comes_with.birth};
    coordinates_[by].switches = true;
  }
}

double ParameterSpace::constrain(Point u, PointOut values) const {
  double log_jacobian = 0;
  for (const Block& block : blocks_) {
    const PointOut x = values.subspan(block.value, block.size);
    const Point v = u.subspan(block.coordinate, block.size - (block.domain.constraint == Constraint::simplex ? 1 : 0));
    if (!block.comes_and_goes) {
      log_jacobian += constrain_values(block.domain, v, x);
      continue;
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (is_there(coordinates_[block.coordinate + i], u)) {
        log_jacobian += constrain_values(block.domain, v.subspan(i, 1), x.subspan(i, 1));
      } else {
        x[i] = std::numeric_limits<double>::quiet_NaN();
      }
    }
  }
  return log_jacobian;
}

void ParameterSpace::unconstrain(Point values, PointOut u) const {
  for (const Block& block : blocks_) {
    const Point x = values.subspan(block.value, block.size);
    const Constraint constraint = block.domain.constraint;
    if (is_joint(constraint) && !is_inside(block.domain, x)) {
      throw ModelError("parameter \"" + block.name + "\" has values outside its domain (the density is 0 there); its " +
                       std::to_string(block.size) + " values must be " + domain_words(block.domain));
    }
    const PointOut v = u.subspan(block.coordinate, block.size - (constraint == Constraint::simplex ? 1 : 0));
    if (constraint == Constraint::simplex) unconstrain_simplex(x, v);
    for (std::size_t i = 0; i < v.size(); ++i) {
      const Coordinate& coordinate = coordinates_[block.coordinate + i];
      if (!is_there(coordinate, u)) {
        v[i] = absent_value(coordinate);
        continue;
      }
      switch (constraint) {
        case Constraint::ordered:
          v[i] = i == 0 ? x[0] : math::log(x[i] - x[i - 1]);
          break;
        case Constraint::positive_ordered:
          v[i] = math::log(i == 0 ? x[0] : x[i] - x[i - 1]);
          break;
        case Constraint::unit_vector:
          v[i] = x[i];
          break;
        case Constraint::simplex:
          break;
        default:
          v[i] = unconstrain_value(coordinate, x[i]);
      }
    }
  }
}

void ParameterSpace::pull_back(Point u, Point values, Point gradient, PointOut gradient_u, bool with_jacobian) const {
  const double jacobian = with_jacobian ? 1 : 0;
  for (const Block& block : blocks_) {
    const auto& [constraint, lower, upper] = block.domain;
    const std::size_t moved = block.size - (constraint == Constraint::simplex ? 1 : 0);
    const Point v = u.subspan(block.coordinate, moved);
    const Point x = values.subspan(block.value, block.size);
    const Point g = gradient.subspan(block.value, block.size);
    const PointOut out = gradient_u.subspan(block.coordinate, moved);
    if (constraint == Constraint::simplex) pull_back_simplex(v, x, g, out, with_jacobian);
    if (constraint == Constraint::ordered) pull_back_ordered(false, v, g, out, with_jacobian);
    if (constraint == Constraint::positive_ordered) pull_back_ordered(true, v, g, out, with_jacobian);
    if (constraint == Constraint::unit_vector) pull_back_unit_vector(v, x, g, out, with_jacobian);
    for (std::size_t i = 0; i < moved; ++i) {
      if (!is_there(coordinates_[block.coordinate + i], u)) {
        out[i] = 0;
        continue;
      }
      switch (constraint) {
        case Constraint::lower:
          out[i] = g[i] * math::exp(v[i]) + jacobian;
          break;
        case Constraint::upper:
          out[i] = -g[i] * math::exp(v[i]) + jacobian;
          break;
        case Constraint::interval: {
          const double s = logistic(v[i]);
          const double t = logistic(-v[i]);
          out[i] = g[i] * (upper - lower) * s * t + jacobian * (t - s);
          break;
        }
        case Constraint::integer:
          out[i] = 0;
          break;
        case Constraint::real:
        case Constraint::cyclic:
          out[i] = g[i];
          break;
        default:
          break;
      }
    }
  }
}

}  // namespace dovetail
