// From the tables of a user, or from none, to the groups of a Metropolis kernel.
#include <algorithm>
#include <string>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/kernel/proposal/registry.hpp"

namespace dovetail {
namespace {

using Group = MetropolisKernel::Group;

/// Tables of one group, in their order.
struct GroupedSpecs {
  double number = 0;
  std::vector<const ProposalSpec*> specs;
  std::size_t size = 0;  ///< coordinates
};

[[noreturn]] void refuse_second(const SpecReader& reader, std::size_t i) {
  reader.refuse("parameter " + reader.name(i) + " is in another proposal already",
                "one step would move it twice from the same point", "name it in one of them");
}

std::vector<GroupedSpecs> group(std::span<const ProposalSpec> specs, std::span<const Coordinate> coordinates,
                                std::vector<bool>& moved) {
  std::vector<GroupedSpecs> groups;
  for (const ProposalSpec& spec : specs) {
    const SpecReader reader(spec, coordinates);
    for (std::size_t i = 0; i < reader.size(); ++i) {
      if (moved[reader.block()[i]]) refuse_second(reader, i);
      moved[reader.block()[i]] = true;
    }
    const double number = reader.number("group", 0);
    auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.number == number; });
    if (found == groups.end()) found = groups.insert(groups.end(), {number, {}, 0});
    found->specs.push_back(&spec);
    found->size += reader.size();
  }
  return groups;
}

void require_all_moved(std::span<const Coordinate> coordinates, const std::vector<bool>& moved,
                       const MovedElsewhere& elsewhere) {
  for (std::size_t i = 0; i < coordinates.size(); ++i) {
    const bool elsewhere_too = coordinates[i].kind == CoordinateKind::real ? elsewhere.reals : elsewhere.others;
    if (moved[i] || elsewhere_too) continue;
    throw UsageError("missing proposal: no [[proposal]] names parameter " + coordinate_name(coordinates, i) +
                     " (it would stay where it starts); name it in one, or add a kernel that moves it, as in mh+slice");
  }
}

/// `pattern` on the coordinates for which `takes` holds, in one group, or in one each.
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

}  // namespace

std::vector<Group> default_proposals(std::span<const Coordinate> coordinates, std::uint64_t adapt_until) {
  std::vector<Coordinate> named(coordinates.begin(), coordinates.end());
  for (std::size_t i = 0; i < named.size(); ++i) named[i].name = std::to_string(i);  // names of a model may be missing
  std::vector<Group> groups;
  add_default(groups, named, adapt_until, "normal", true, [](const auto& c) { return c.kind == CoordinateKind::real; });
  add_default(groups, named, adapt_until, "angular", true,
              [](const auto& c) { return c.kind == CoordinateKind::cyclic; });
  add_default(groups, named, adapt_until, "bounded_discrete", false,
              [](const auto& c) { return c.kind == CoordinateKind::integer && c.lower < c.upper; });
  return groups;
}

std::vector<Group> make_proposals(std::span<const ProposalSpec> specs, std::span<const Coordinate> coordinates,
                                  std::uint64_t adapt_until, const MovedElsewhere& elsewhere) {
  if (specs.empty()) return default_proposals(coordinates, adapt_until);
  std::vector<bool> moved(coordinates.size());
  std::vector<Group> groups;
  for (const GroupedSpecs& together : group(specs, coordinates, moved)) {
    Group blocks;
    for (const ProposalSpec* spec : together.specs) {
      blocks.push_back(make_proposal(*spec, coordinates, {together.size, adapt_until}));
    }
    groups.push_back(std::move(blocks));
  }
  require_all_moved(coordinates, moved, elsewhere);
  return groups;
}

}  // namespace dovetail
