#include "dovetail/kernel/presence.hpp"

#include <algorithm>
#include <string>

#include "dovetail/core/error.hpp"

namespace dovetail {
namespace {

std::string words(std::span<const Coordinate> coordinates, std::size_t i) {
  const std::string& name = coordinates[i].name;
  return name.empty() ? "coordinate " + std::to_string(i + 1) : "\"" + name + "\"";
}

}  // namespace

std::vector<Component> components_of(std::span<const Coordinate> coordinates) {
  std::vector<Component> components;
  for (std::size_t i = 0; i < coordinates.size(); ++i) {
    const auto& presence = coordinates[i].presence;
    if (!presence) continue;
    auto found = std::find_if(components.begin(), components.end(),
                              [&](const Component& c) { return c.by == presence->by && c.from == presence->from; });
    if (found == components.end()) found = components.insert(components.end(), {presence->by, presence->from, {}});
    found->coordinates.push_back(i);
  }
  return components;
}

bool is_transdimensional(std::span<const Coordinate> coordinates) {
  return std::any_of(coordinates.begin(), coordinates.end(),
                     [](const Coordinate& c) { return c.presence.has_value(); });
}

void check_presence(std::span<const Coordinate> coordinates) {
  std::vector<bool> switches(coordinates.size());
  for (std::size_t i = 0; i < coordinates.size(); ++i) {
    const auto& presence = coordinates[i].presence;
    if (!presence) continue;
    const std::size_t by = presence->by;
    if (by >= coordinates.size() || coordinates[by].kind != CoordinateKind::integer || coordinates[by].presence) {
      throw ModelError("the presence of " + words(coordinates, i) +
                       " is not told by an integer that is always there (nobody could say where it is); name one");
    }
    switches[by] = true;
  }
  for (std::size_t i = 0; i < coordinates.size(); ++i) {
    if (coordinates[i].switches == switches[i]) continue;
    throw ModelError(words(coordinates, i) +
                     (switches[i] ? " switches coordinates and is not marked so (kernels would move it alone)"
                                  : " is marked as a switch and switches nothing (no kernel would move it)") +
                     "; correct Coordinate::switches");
  }
}

}  // namespace dovetail
