#include "dovetail/kernel/proposal/nested_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "dovetail/kernel/presence.hpp"
#include "dovetail/kernel/proposal/nested.hpp"
#include "dovetail/kernel/proposal/start.hpp"

namespace dovetail {
namespace {

using Laws = std::map<std::size_t, BirthLaw>;  // by coordinate

/// The laws that the table gives. Each belongs to a component of one of its switches.
Laws given_laws(const SpecReader& reader) {
  Laws laws;
  for (const auto& [name, law] : reader.spec().births) {
    ProposalSpec named{{name}, reader.spec().kind};
    named.where = reader.spec().where;
    const SpecReader found(named, reader.coordinates());
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto& presence = found.coordinate(i).presence;
      const auto& switches = reader.block();
      if (!presence || std::find(switches.begin(), switches.end(), presence->by) == switches.end()) {
        reader.refuse("a birth law is given for parameter " + found.name(i),
                      "no switch of this proposal makes it come and go", "remove it, or name its switch in parameters");
      }
      laws[found.block()[i]] = law;
    }
  }
  return laws;
}

Newborn make_newborn(const SpecReader& reader, const Component& component, const Laws& laws) {
  Newborn newborn;
  for (const std::size_t i : component.coordinates) {
    const Coordinate& c = reader.coordinates()[i];
    const auto own = laws.find(i);
    const BirthLaw law = own == laws.end() ? c.presence->birth : own->second;
    const std::string obstacle = Birth::obstacle(c, law);
    if (!obstacle.empty()) {
      reader.refuse("parameter " + coordinate_name(reader.coordinates(), i) + " cannot be born", obstacle,
                    R"(give its law: birth.NAME = { law = "normal", mean = 0, sd = 1 }, or "lognormal", or "uniform")");
    }
    newborn.coordinates.push_back(i);
    newborn.births.emplace_back(c, law);
    newborn.absent.push_back(absent_value(c));
  }
  return newborn;
}

std::vector<Component> components_by(const SpecReader& reader, std::size_t i) {
  std::vector<Component> mine;
  for (Component& component : components_of(reader.coordinates())) {
    if (component.by == reader.block()[i]) mine.push_back(std::move(component));
  }
  if (mine.empty()) {
    reader.refuse("parameter " + reader.name(i) + " switches nothing", "no parameter comes and goes with it",
                  "name the integer that does, or use kind = \"bounded_discrete\"");
  }
  std::sort(mine.begin(), mine.end(), [](const Component& a, const Component& b) { return a.from < b.from; });
  return mine;
}

/// Two values, of which the upper one brings one component.
bool is_two_valued(const SpecReader& reader, std::size_t i) {
  const Coordinate& c = reader.coordinate(i);
  const auto mine = components_by(reader, i);
  return c.upper == c.lower + 1 && mine.size() == 1 && mine.front().from == c.upper;
}

/// Values of one component may take another's places: as many coordinates of the same kinds, bounds and birth laws.
bool can_change_places(const SpecReader& reader, const Laws& laws, const Component& a, const Component& b) {
  const auto law_of = [&](std::size_t i) {
    const auto own = laws.find(i);
    return own == laws.end() ? reader.coordinates()[i].presence->birth : own->second;
  };
  return std::equal(a.coordinates.begin(), a.coordinates.end(), b.coordinates.begin(), b.coordinates.end(),
                    [&](std::size_t i, std::size_t j) {
                      const Coordinate& one = reader.coordinates()[i];
                      const Coordinate& other = reader.coordinates()[j];
                      return one.kind == other.kind && one.lower == other.lower && one.upper == other.upper &&
                             law_of(i) == law_of(j);
                    });
}

/// Alike, and one for each value of the count above the least at which there is one.
bool any_can_die(const SpecReader& reader, const Laws& laws, const std::vector<Component>& components) {
  const Coordinate& count = reader.coordinate(0);
  for (std::size_t c = 1; c < components.size(); ++c) {
    const bool next = components[c].from == components[c - 1].from + 1;
    if (!next || !can_change_places(reader, laws, components[0], components[c])) return false;
  }
  return components.front().from <= count.lower + 1 && components.back().from == count.upper;
}

std::unique_ptr<const Proposal> make_counted(const SpecReader& reader, const Laws& laws, std::uint64_t jump) {
  const Coordinate& count = reader.coordinate(0);
  const std::vector<Component> components = components_by(reader, 0);
  const bool alike = any_can_die(reader, laws, components);
  constexpr std::array<std::string_view, 2> kDies{"any", "last"};
  const bool any = reader.word("dies", kDies, alike ? "any" : "last") == "any";
  if (any && !alike) {
    reader.refuse("dies cannot be \"any\"",
                  "the components of " + reader.name(0) + " differ in kinds, bounds or birth laws, or some value of " +
                      reader.name(0) + " brings none",
                  "set dies = \"last\"");
  }
  std::vector<CountedComponent> counted;
  counted.reserve(components.size());
  for (const Component& c : components) counted.push_back({c.from, make_newborn(reader, c, laws)});
  return std::make_unique<const CountedBirths>(reader.block()[0], count.lower, count.upper, std::move(counted),
                                               any ? Dies::any : Dies::last, jump);
}

std::unique_ptr<const Proposal> make_switched(const SpecReader& reader, const Laws& laws, std::uint64_t jump) {
  if (reader.has("dies")) {
    reader.refuse("dies is given", "components with switches of their own have no order: any may die", "remove it");
  }
  std::vector<SwitchedComponent> switched;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    const Coordinate& c = reader.coordinate(i);
    if (!is_two_valued(reader, i)) {
      reader.refuse("parameter " + reader.name(i) + " stands beside other switches and is a count",
                    "births by a count and births by switches are moves of their own", "give it a table of its own");
    }
    switched.push_back({reader.block()[i], c.lower, c.upper, make_newborn(reader, components_by(reader, i)[0], laws)});
  }
  return std::make_unique<const SwitchedBirths>(std::move(switched), jump);
}

std::uint64_t components_of_switches(const SpecReader& reader) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < reader.size(); ++i) count += components_by(reader, i).size();
  return count;
}

}  // namespace

MovingBlock make_nested(const SpecReader& reader, const ProposalContext&) {
  reader.require_kind(CoordinateKind::integer, "integer", "normal or another kind for what comes and goes");
  for (const char* key : {"group", "target", "adapt_until"}) {
    if (!reader.has(key)) continue;
    reader.refuse(std::string(key) + " is given", "births and deaths are decided on alone and learn nothing",
                  "remove it");
  }
  const std::uint64_t jump = reader.count("jump", 1);
  const Laws laws = given_laws(reader);
  const bool counted = reader.size() == 1 && !is_two_valued(reader, 0);
  MovingBlock block;
  block.repeats = reader.count("repeat", components_of_switches(reader));
  block.proposal = counted ? make_counted(reader, laws, jump) : make_switched(reader, laws, jump);
  block.schedule = read_schedule(reader);
  block.births = true;
  return block;
}

}  // namespace dovetail
