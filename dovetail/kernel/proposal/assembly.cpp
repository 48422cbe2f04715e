// From the tables of a user, or from none, to the groups of a Metropolis kernel.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/kernel/presence.hpp"
#include "dovetail/kernel/proposal/registry.hpp"

namespace dovetail {
namespace {

using Group = MetropolisKernel::Group;

/// Tables of one group, in their order.
struct GroupedSpecs {
  double number = 0;
  std::vector<ProposalSpec> specs;
  std::size_t size = 0;      ///< coordinates
  std::size_t integers = 0;  ///< of those, integers with a choice
};

bool moves_switches(const ProposalSpec& spec) { return spec.kind == "nested"; }

bool same_component(const Coordinate& a, const Coordinate& b) {
  if (!a.presence || !b.presence) return a.presence.has_value() == b.presence.has_value();
  return a.presence->by == b.presence->by && a.presence->from == b.presence->from;
}

[[noreturn]] void refuse_second(const SpecReader& reader, std::size_t i) {
  reader.refuse("parameter " + reader.name(i) + " is in another proposal already",
                "one step would move it twice from the same point", "name it in one of them");
}

/// A box of the proposal's own would cut the law of a parameter that the model leaves unbounded, of this kernel alone.
void require_declared_bounds(const SpecReader& reader) {
  const std::string& kind = reader.spec().kind;
  if (kind != "bounded_normal" && kind != "bounded_eigenvector") return;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    const Coordinate& c = reader.coordinate(i);
    if (c.kind != CoordinateKind::real || c.lower > -kInfinity || c.upper < kInfinity) continue;
    reader.refuse("the model declares no bounds for parameter " + reader.name(i),
                  "lower and upper of a table would cut the posterior to their box, which draws would be of and the "
                  "evidence not",
                  "declare the bounds in the model and leave lower and upper out, or use kind = \"normal\"");
  }
}

/// The group's number.
double read_group(const SpecReader& reader) {
  const double number = reader.number("group", 0);
  if (!(number >= 0 && number == std::floor(number))) {
    reader.refuse("group is no whole number from 0 on", "it numbers the groups", "give a whole number", "group");
  }
  return number;
}

void refuse_switches(const SpecReader& reader) {
  for (std::size_t i = 0; i < reader.size(); ++i) {
    if (!reader.coordinate(i).switches) continue;
    reader.refuse("parameter " + reader.name(i) + " switches others on and off",
                  "a jump of it alone would bring what has no value", "name it in a table of kind \"nested\"");
  }
}

/// The table on some of its parameters: `places` in its block.
ProposalSpec part_of(const SpecReader& reader, std::span<const std::size_t> places) {
  if (reader.has("covariance")) {
    reader.refuse("covariance is given for parameters of different components",
                  "they are not always there together, so each component jumps on its own",
                  "give each component a table of its own, or give scale instead");
  }
  ProposalSpec part = reader.spec();
  part.parameters.clear();
  for (const std::size_t i : places) part.parameters.push_back(reader.coordinate(i).name);
  for (auto& [key, numbers] : part.numbers) {
    if (numbers.size() != reader.size()) continue;
    std::vector<double> chosen;
    for (const std::size_t i : places) chosen.push_back(numbers[i]);
    numbers = std::move(chosen);
  }
  return part;
}

/// One table for each component that has parameters in this one, and one for those that are always there.
std::vector<ProposalSpec> split_by_component(const SpecReader& reader) {
  std::vector<std::vector<std::size_t>> parts;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    auto found = std::find_if(parts.begin(), parts.end(), [&](const auto& part) {
      return same_component(reader.coordinate(part.front()), reader.coordinate(i));
    });
    if (found == parts.end()) found = parts.insert(parts.end(), std::vector<std::size_t>());
    found->push_back(i);
  }
  if (parts.size() == 1) return {reader.spec()};
  std::vector<ProposalSpec> specs;
  specs.reserve(parts.size());
  for (const auto& part : parts) specs.push_back(part_of(reader, part));
  return specs;
}

/// Which coordinates the tables move. What comes and goes is moved by births too.
struct Moved {
  std::vector<bool> named;
  std::vector<bool> at_all;
};

void mark(const SpecReader& reader, Moved& moved) {
  const auto coordinates = reader.coordinates();
  for (std::size_t i = 0; i < reader.size(); ++i) {
    const std::size_t at = reader.block()[i];
    if (moved.named[at]) refuse_second(reader, i);
    moved.named[at] = moved.at_all[at] = true;
    for (std::size_t j = 0; j < coordinates.size(); ++j) {
      if (coordinates[j].presence && coordinates[j].presence->by == at) moved.at_all[j] = true;
    }
  }
}

/// Births and deaths are decided on alone.
std::vector<GroupedSpecs> group(std::span<const ProposalSpec> specs, std::span<const Coordinate> coordinates,
                                Moved& moved) {
  std::vector<GroupedSpecs> groups;
  for (const ProposalSpec& spec : specs) {
    const SpecReader reader(spec, coordinates);
    mark(reader, moved);
    if (moves_switches(spec)) {
      groups.push_back({-kInfinity, {spec}, reader.size(), 0});
      continue;
    }
    refuse_switches(reader);
    require_declared_bounds(reader);
    const double number = read_group(reader);
    auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.number == number; });
    if (found == groups.end()) found = groups.insert(groups.end(), {number, {}, 0, 0});
    for (ProposalSpec& part : split_by_component(reader)) found->specs.push_back(std::move(part));
    found->size += reader.size();
    for (std::size_t i = 0; i < reader.size(); ++i) {
      const Coordinate& c = reader.coordinate(i);
      found->integers += c.kind == CoordinateKind::integer && c.lower < c.upper ? 1 : 0;
    }
  }
  return groups;
}

void require_all_moved(std::span<const Coordinate> coordinates, const std::vector<bool>& moved,
                       const MovedElsewhere& elsewhere) {
  for (std::size_t i = 0; i < coordinates.size(); ++i) {
    const Coordinate& c = coordinates[i];
    const bool elsewhere_too = c.switches                       ? elsewhere.switches
                               : c.kind == CoordinateKind::real ? elsewhere.reals
                                                                : elsewhere.others;
    if (moved[i] || elsewhere_too) continue;
    if (c.switches) {
      throw UsageError("missing proposal: no [[proposal]] of kind \"nested\" names parameter " +
                       coordinate_name(coordinates, i) +
                       " (what comes and goes with it would stay as it starts); add one");
    }
    throw UsageError("missing proposal: no [[proposal]] names parameter " + coordinate_name(coordinates, i) +
                     " (it would stay where it starts); name it in one, or add a kernel that moves it, as in mh+slice");
  }
}

/// A proposal of `kind` on the coordinates for which `takes` holds, in one group, or in one each.
template <class Takes>
void add_default(std::vector<Group>& groups, std::span<const Coordinate> named, std::uint64_t adapt_until,
                 const std::string& kind, bool together, Takes takes) {
  ProposalSpec spec;
  spec.kind = kind;
  const auto add = [&] {
    Group group;
    group.push_back(make_proposal(spec, named, {spec.parameters.size(), adapt_until}));
    groups.push_back(std::move(group));
    spec.parameters.clear();
  };
  for (const Coordinate& c : named) {
    if (!takes(c)) continue;
    spec.parameters.push_back(c.name);
    if (!together) add();
  }
  if (!spec.parameters.empty()) add();
}

/// Of the coordinates that come and go with `like`, or are always there as it is.
void add_defaults_of(std::vector<Group>& groups, std::span<const Coordinate> named, std::uint64_t adapt_until,
                     const MovedElsewhere& elsewhere, const Coordinate& like) {
  const auto is = [&](const Coordinate& c, CoordinateKind kind) {
    return c.kind == kind && !c.switches && same_component(c, like);
  };
  if (!elsewhere.reals) {
    add_default(groups, named, adapt_until, "normal", true, [&](const auto& c) { return is(c, CoordinateKind::real); });
  }
  if (elsewhere.others) return;
  add_default(groups, named, adapt_until, "angular", true,
              [&](const auto& c) { return is(c, CoordinateKind::cyclic); });
  add_default(groups, named, adapt_until, "bounded_discrete", false,
              [&](const auto& c) { return is(c, CoordinateKind::integer) && c.lower < c.upper; });
}

}  // namespace

std::vector<Group> default_proposals(std::span<const Coordinate> coordinates, std::uint64_t adapt_until,
                                     const MovedElsewhere& elsewhere) {
  std::vector<Coordinate> named(coordinates.begin(), coordinates.end());
  std::map<std::string_view, std::size_t> counts;
  for (const Coordinate& c : coordinates) ++counts[c.name];
  for (std::size_t i = 0; i < named.size(); ++i) {  // where names of the model cannot tell coordinates apart
    if (coordinates[i].name.empty() || counts[coordinates[i].name] > 1) named[i].name = std::to_string(i);
  }
  const std::vector<Component> components = components_of(coordinates);
  std::vector<Group> groups;
  if (!elsewhere.switches) {
    const auto is_count = [](const Coordinate& c) { return c.upper > c.lower + 1; };
    add_default(groups, named, adapt_until, "nested", true, [&](const auto& c) { return c.switches && !is_count(c); });
    add_default(groups, named, adapt_until, "nested", false, [&](const auto& c) { return c.switches && is_count(c); });
  }
  // other kernels are spared births alone: of what is always there mh moves all, as it does where nothing comes and
  // goes
  const MovedElsewhere spared = components.empty() ? MovedElsewhere() : elsewhere;
  add_defaults_of(groups, named, adapt_until, spared, Coordinate());
  for (const Component& component : components) {
    add_defaults_of(groups, named, adapt_until, spared, named[component.coordinates.front()]);
  }
  return groups;
}

std::vector<Group> make_proposals(std::span<const ProposalSpec> specs, std::span<const Coordinate> coordinates,
                                  std::uint64_t adapt_until, const MovedElsewhere& elsewhere) {
  if (specs.empty()) return default_proposals(coordinates, adapt_until, elsewhere);
  Moved moved{std::vector<bool>(coordinates.size()), std::vector<bool>(coordinates.size())};
  std::vector<Group> groups;
  for (const GroupedSpecs& together : group(specs, coordinates, moved)) {
    Group blocks;
    for (const ProposalSpec& spec : together.specs) {
      blocks.push_back(make_proposal(spec, coordinates, {together.size, adapt_until, together.integers}));
    }
    groups.push_back(std::move(blocks));
  }
  require_all_moved(coordinates, moved.at_all, elsewhere);
  return groups;
}

}  // namespace dovetail
