// Declared parameters as blocks of values and coordinates; what comes and goes.
#include "dovetail/model/transform.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/kernel/presence.hpp"

namespace dovetail {
namespace {

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
  const std::size_t moving = coordinate_count(parameter.domain, parameter.size);
  for (std::size_t i = 1; i <= parameter.size; ++i) {
    const std::string index = std::to_string(i);
    names_.push_back(parameter.size == 1 ? parameter.name : parameter.name + "[" + index + "]");
    if (i > moving) break;
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
    const Point v = u.subspan(block.coordinate, coordinate_count(block.domain, block.size));
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
    const PointOut v = u.subspan(block.coordinate, coordinate_count(block.domain, block.size));
    if (is_joint(constraint)) {
      unconstrain_joint(constraint, x, v);
      continue;
    }
    for (std::size_t i = 0; i < v.size(); ++i) {
      const Coordinate& coordinate = coordinates_[block.coordinate + i];
      v[i] = is_there(coordinate, u) ? unconstrain_value(coordinate, x[i]) : absent_value(coordinate);
    }
  }
}

void ParameterSpace::pull_back(Point u, Point values, Point gradient, PointOut gradient_u, bool with_jacobian) const {
  for (const Block& block : blocks_) {
    const std::size_t size = coordinate_count(block.domain, block.size);
    const Point v = u.subspan(block.coordinate, size);
    const Point x = values.subspan(block.value, block.size);
    const Point g = gradient.subspan(block.value, block.size);
    const PointOut out = gradient_u.subspan(block.coordinate, size);
    if (!block.comes_and_goes) {
      pull_back_values(block.domain, v, x, g, out, with_jacobian);
      continue;
    }
    for (std::size_t i = 0; i < size; ++i) {
      if (!is_there(coordinates_[block.coordinate + i], u)) {
        out[i] = 0;
        continue;
      }
      pull_back_values(block.domain, v.subspan(i, 1), x.subspan(i, 1), g.subspan(i, 1), out.subspan(i, 1),
                       with_jacobian);
    }
  }
}

}  // namespace dovetail
