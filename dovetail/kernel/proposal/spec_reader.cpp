#include "dovetail/kernel/proposal/spec_reader.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "dovetail/core/array_name.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/math/linear_algebra.hpp"

namespace dovetail {
namespace {

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string listed(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

std::vector<std::string_view> known_names(std::span<const Coordinate> coordinates) {
  std::vector<std::string_view> names;
  for (const Coordinate& c : coordinates) {
    if (c.name.empty()) continue;
    names.push_back(c.name);
    const std::string_view base = array_of(c.name);
    if (std::find(names.begin(), names.end(), base) == names.end()) names.push_back(base);
  }
  return names;
}

}  // namespace

std::string coordinate_name(std::span<const Coordinate> coordinates, std::size_t i) {
  return coordinates[i].name.empty() ? "coordinate " + std::to_string(i + 1) : quoted(coordinates[i].name);
}

SpecReader::SpecReader(const ProposalSpec& spec, std::span<const Coordinate> coordinates)
    : spec_(spec), coordinates_(coordinates) {
  if (spec.parameters.empty()) {
    refuse("parameters is missing or empty", "a proposal moves the parameters that it names", "name at least one",
           "parameters");
  }
  for (const std::string& parameter : spec.parameters) add(parameter);
}

void SpecReader::add(const std::string& parameter) {
  const std::size_t before = block_.size();
  const auto add_where = [&](auto matches) {
    for (std::size_t i = 0; i < coordinates_.size(); ++i) {
      if (coordinates_[i].name.empty() || !matches(coordinates_[i].name)) continue;
      if (std::find(block_.begin(), block_.end(), i) != block_.end()) {
        refuse("parameter " + quoted(coordinates_[i].name) + " is named twice", "it can jump only once", "remove one",
               "parameters");
      }
      block_.push_back(i);
    }
  };
  add_where([&](const std::string& name) { return name == parameter; });
  if (block_.size() > before) return;
  add_where([&](const std::string& name) { return array_of(name) == parameter; });
  if (block_.size() > before) return;
  const std::vector<std::string_view> names = known_names(coordinates_);
  refuse("unknown parameter " + quoted(parameter),
         names.empty() ? "the model's parameters have no names" : "the model has none of that name",
         "name parameters of the model" + suggestion(parameter, names), "parameters");
}

std::string SpecReader::name(std::size_t i) const { return coordinate_name(coordinates_, block_[i]); }

void SpecReader::allow_keys(std::span<const ProposalKey> common, std::span<const ProposalKey> own) const {
  std::vector<std::string_view> known;
  for (const ProposalKey& key : common) known.push_back(key.name);
  for (const ProposalKey& key : own) known.push_back(key.name);
  const auto check = [&](const std::string& key) {
    if (std::find(known.begin(), known.end(), key) != known.end()) return;
    refuse("unknown key " + quoted(key), "this kind takes " + listed(known),
           "correct or remove it" + suggestion(key, known), key);
  };
  for (const auto& [key, values] : spec_.numbers) check(key);
  for (const auto& [key, value] : spec_.words) check(key);
}

void SpecReader::require_kind(CoordinateKind kind, std::string_view what, std::string_view instead) const {
  for (std::size_t i = 0; i < size(); ++i) {
    if (coordinate(i).kind == kind) continue;
    const char* is = coordinate(i).kind == CoordinateKind::real      ? "real"
                     : coordinate(i).kind == CoordinateKind::integer ? "an integer"
                                                                     : "cyclic";
    refuse("parameter " + name(i) + " is " + is, "this kind moves " + std::string(what) + " parameters",
           "use " + std::string(instead));
  }
}

bool SpecReader::has(const std::string& key) const { return spec_.numbers.contains(key) || spec_.words.contains(key); }

const std::vector<double>* SpecReader::numbers(const std::string& key) const {
  if (spec_.words.contains(key))
    refuse(key + " is a text", "numbers are expected", "write numbers without quotes", key);
  const auto found = spec_.numbers.find(key);
  return found == spec_.numbers.end() ? nullptr : &found->second;
}

std::vector<double> SpecReader::per_coordinate(const std::string& key, bool infinite_allowed) const {
  const std::vector<double>* given = numbers(key);
  if (given == nullptr) return {};
  if (given->size() != 1 && given->size() != size()) {
    refuse(key + " has " + std::to_string(given->size()) + " numbers for " + std::to_string(size()) +
               (size() == 1 ? " parameter" : " parameters"),
           "each number belongs to one", "give 1, or one for each", key);
  }
  for (const double value : *given) {
    if (std::isnan(value) || (std::isinf(value) && !infinite_allowed)) {
      refuse(key + " is not finite", "no jump can be drawn with it", "give finite numbers", key);
    }
  }
  return given->size() == size() ? *given : std::vector<double>(size(), given->front());
}

std::vector<double> SpecReader::positive_per_coordinate(const std::string& key) const {
  std::vector<double> values = per_coordinate(key);
  if (std::any_of(values.begin(), values.end(), [](double v) { return !(v > 0); })) {
    refuse(key + " is not positive", "it is a width of jumps", "give numbers above 0", key);
  }
  return values;
}

double SpecReader::number(const std::string& key, double fallback) const {
  const std::vector<double>* given = numbers(key);
  if (given == nullptr) return fallback;
  if (given->size() != 1 || !std::isfinite(given->front())) {
    refuse(key + " is not one finite number", "it holds for the whole proposal", "give one number", key);
  }
  return given->front();
}

std::uint64_t SpecReader::count(const std::string& key, std::uint64_t fallback) const {
  if (!has(key)) return fallback;
  const double value = number(key, 1);
  if (!(value >= 1 && value <= 0x1p53 && value == std::floor(value))) {
    refuse(key + " is no whole number from 1 on", "it counts steps", "give a whole number", key);
  }
  return static_cast<std::uint64_t>(value);
}

std::string SpecReader::word(const std::string& key, std::span<const std::string_view> allowed,
                             std::string_view fallback) const {
  if (spec_.numbers.contains(key)) {
    refuse(key + " is a number", "a text is expected: " + listed(allowed), "write it in quotes", key);
  }
  const auto found = spec_.words.find(key);
  if (found == spec_.words.end()) return std::string(fallback);
  if (std::find(allowed.begin(), allowed.end(), found->second) == allowed.end()) {
    refuse(key + " cannot be " + quoted(found->second), "this kind knows " + listed(allowed),
           "choose one of them" + suggestion(found->second, allowed), key);
  }
  return found->second;
}

std::vector<double> SpecReader::covariance() const {
  const std::vector<double>* given = numbers("covariance");
  if (given == nullptr) return {};
  const std::size_t d = size();
  if (given->size() != d * d) {
    refuse("covariance has " + std::to_string(given->size()) + " numbers for " + std::to_string(d) + " parameters",
           "it is a square matrix, row by row", "give " + std::to_string(d * d), "covariance");
  }
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if ((*given)[i * d + j] != (*given)[j * d + i]) {
        refuse("covariance is not symmetric",
               "entries (" + std::to_string(i + 1) + "," + std::to_string(j + 1) + ") and (" + std::to_string(j + 1) +
                   "," + std::to_string(i + 1) + ") differ",
               "make them equal", "covariance");
      }
    }
  }
  if (!math::cholesky(*given, d)) {
    refuse("covariance is not positive definite", "no jumps have it", "correct it, or give scale instead",
           "covariance");
  }
  return *given;
}

void SpecReader::refuse(const std::string& what, const std::string& why, const std::string& cure,
                        const std::string& key) const {
  throw UsageError(spec_.where_of(key) + "proposal " + quoted(spec_.kind) + ": " + what + " (" + why + "); " + cure);
}

}  // namespace dovetail
