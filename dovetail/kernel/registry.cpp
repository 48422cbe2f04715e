#include "dovetail/kernel/registry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

#include "dovetail/core/decimal.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/kernel/aaps.hpp"
#include "dovetail/kernel/automala.hpp"
#include "dovetail/kernel/compose.hpp"
#include "dovetail/kernel/exact.hpp"
#include "dovetail/kernel/hmc.hpp"
#include "dovetail/kernel/metropolis.hpp"
#include "dovetail/kernel/nuts.hpp"
#include "dovetail/kernel/population.hpp"
#include "dovetail/kernel/presence.hpp"
#include "dovetail/kernel/proposal/registry.hpp"
#include "dovetail/kernel/slice.hpp"

namespace dovetail {
namespace {

constexpr unsigned kSlicePassesAlone = 3;
constexpr unsigned kSlicePassesInCycle = 1;
// Measured by independent energies per second, gradients as dear as densities: the cycle gives 0.9 of slice sampling's
// at d = 2, 10 and 20, 1.2 to 1.4 times as many at d = 50 and 100; with gradients three times as dear it is even at 10.
constexpr std::ptrdiff_t kRealsForGradients = 20;

std::unique_ptr<Kernel> make_automala_slice(const KernelContext&) {
  std::vector<std::unique_ptr<Kernel>> parts;
  parts.push_back(std::make_unique<AutoMalaKernel>());
  parts.push_back(std::make_unique<SliceKernel>(kSlicePassesInCycle));
  return std::make_unique<CycleKernel>(std::move(parts));
}

std::unique_ptr<Kernel> make_nuts(const KernelContext& context) {
  return std::make_unique<NutsKernel>(context.settings.depth_max, context.settings.adapt_delta);
}

std::unique_ptr<Kernel> make_hmc(const KernelContext& context) {
  return std::make_unique<HmcKernel>(context.settings.leapfrogs, context.settings.adapt_delta);
}

/// As many leapfrog steps as a trajectory of NUTS may have.
std::unique_ptr<Kernel> make_aaps(const KernelContext& context) {
  const unsigned doublings = std::clamp(context.settings.depth_max, 1U, NutsKernel::kDepthMax);
  return std::make_unique<AapsKernel>((std::uint32_t{1} << doublings) - 1);
}

constexpr std::string_view kMetropolis = "mh";

std::unique_ptr<Kernel> make_metropolis(const KernelContext& context) {
  const KernelSettings& settings = context.settings;
  return std::make_unique<MetropolisKernel>(
      make_proposals(settings.proposals, context.coordinates, settings.adapt_until, context.elsewhere));
}

template <PopulationMove move>
std::unique_ptr<Kernel> make_population(const KernelContext&) {
  return std::make_unique<PopulationKernel>(move);
}

constexpr std::array<KernelEntry, 12> kKernels{{
    {"slice", "slice sampling, one coordinate at a time, 3 passes; needs density values alone, moves everything",
     [](const KernelContext&) { return std::unique_ptr<Kernel>(std::make_unique<SliceKernel>(kSlicePassesAlone)); }},
    {"automala", "Langevin moves whose step size is chosen anew each time; needs a gradient, moves real coordinates",
     [](const KernelContext&) { return std::unique_ptr<Kernel>(std::make_unique<AutoMalaKernel>()); }},
    {"automala+slice", "autoMALA, then one pass of slice sampling", make_automala_slice},
    {"nuts", "Hamiltonian trajectories that double until they turn; needs a gradient, moves real coordinates",
     make_nuts},
    {"hmc", "Hamiltonian trajectories of a drawn length; needs a gradient, moves real coordinates", make_hmc},
    {"mala", "Langevin moves with one step size; needs a gradient, moves real coordinates",
     [](const KernelContext&) { return std::unique_ptr<Kernel>(std::make_unique<MalaKernel>()); }},
    {"aaps", "Hamiltonian paths over six hills of -log density; needs a gradient, moves real coordinates", make_aaps},
    {kMetropolis,
     "Metropolis-Hastings by [[proposal]] tables; without any, adaptive normal jumps of all reals, then of all angles, "
     "then of each integer, since joint jumps of integers are rarely accepted; births and deaths first, where "
     "parameters come and go",
     make_metropolis},
    {"de", "differential evolution: along differences of earlier points of all chains; moves real coordinates",
     make_population<PopulationMove::differential_evolution>},
    {"snooker", "along lines through earlier points of all chains; moves real coordinates; best mixed with de",
     make_population<PopulationMove::snooker>},
    {"stretch", "towards and away from earlier points of all chains, as in emcee; moves real coordinates",
     make_population<PopulationMove::stretch>},
    {"exact", "independent draws; for the built-in models that have them at every temperature",
     [](const KernelContext&) { return std::unique_ptr<Kernel>(std::make_unique<ExactKernel>()); }},
}};

const KernelEntry* find_kernel(std::string_view name) {
  const auto* entry = std::find_if(kKernels.begin(), kKernels.end(), [&](const auto& e) { return e.name == name; });
  return entry == kKernels.end() ? nullptr : entry;
}

std::unique_ptr<Kernel> make_part(std::string_view name, const KernelContext& context) {
  if (name == "slice") return std::make_unique<SliceKernel>(kSlicePassesInCycle);
  if (const KernelEntry* entry = find_kernel(name)) return entry->make(context);
  std::array<std::string_view, kKernels.size()> names;
  std::transform(kKernels.begin(), kKernels.end(), names.begin(), [](const auto& e) { return e.name; });
  std::string listing;
  for (const std::string_view one : names) {
    if (one.find('+') == std::string_view::npos) listing += std::string(one) + ", ";
  }
  throw UsageError("unknown kernel `" + std::string(name) + "` (kernels: " + listing +
                   "cycles such as nuts+slice, mixtures such as 0.7*mh|0.3*slice)" + suggestion(name, names));
}

/// One kernel of a mixture: parts that run in turn, and how often it is chosen.
struct Branch {
  double weight = 1;
  bool has_weight = false;
  std::vector<std::string_view> names;
  std::vector<std::unique_ptr<Kernel>> parts;
};

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const auto end = text.find(at);
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

Branch read_branch(std::string_view text, std::string_view whole) {
  Branch branch;
  const auto times = text.find('*');
  if (times != std::string_view::npos) {
    const std::string_view weight = text.substr(0, times);
    const auto [end, error] = std::from_chars(weight.data(), weight.data() + weight.size(), branch.weight);
    if (error != std::errc() || end != weight.data() + weight.size()) {
      throw UsageError("`" + std::string(weight) + "` in kernel `" + std::string(whole) +
                       "` is no number (what stands before * is the weight of a part); write 0.7*mh|0.3*slice");
    }
    branch.has_weight = true;
    text.remove_prefix(times + 1);
  }
  branch.names = split(text, '+');
  return branch;
}

/// Metropolis parts come last: which parameters need a proposal depends on what the others move.
void make_parts(std::vector<Branch>& branches, KernelContext context) {
  for (Branch& branch : branches) {
    for (const std::string_view name : branch.names) {
      auto& part = branch.parts.emplace_back();
      if (name == kMetropolis) continue;
      part = make_part(name, context);
      context.elsewhere.reals = true;
      const KernelNeeds needs = part->needs();
      context.elsewhere.others = context.elsewhere.others || !needs.real_only;
      context.elsewhere.switches = context.elsewhere.switches || needs.births;
    }
  }
  for (Branch& branch : branches) {
    for (auto& part : branch.parts) {
      if (!part) part = make_metropolis(context);
    }
  }
}

void require_use_of_proposals(const std::vector<Branch>& branches, const KernelSettings& settings,
                              std::string_view name) {
  if (settings.proposals.empty()) return;
  for (const Branch& branch : branches) {
    if (std::find(branch.names.begin(), branch.names.end(), kMetropolis) != branch.names.end()) return;
  }
  throw UsageError("kernel `" + std::string(name) +
                   "` makes no proposals ([[proposal]] tables would be ignored); use " + "mh, or a cycle such as " +
                   std::string(name) + "+mh");
}

/// A chain has one step size. Kernels that adapt it to targets of their own would each undo what the others learnt.
void require_one_step_size(const std::vector<Branch>& branches, std::string_view whole) {
  std::string_view first;
  for (const Branch& branch : branches) {
    for (std::size_t i = 0; i < branch.parts.size(); ++i) {
      const std::string_view name = branch.names[i];
      if (!branch.parts[i]->needs().step_size || name == first) continue;
      if (first.empty()) {
        first = name;
        continue;
      }
      throw UsageError("kernel `" + std::string(whole) + "` has parts " + std::string(first) + " and " +
                       std::string(name) +
                       ", which both adapt the one step size of a chain, each to a target of its own (so neither would "
                       "get its own); keep one of them, and add slice or mh for what it does not move");
    }
  }
}

/// Weights are probabilities; without any, all parts are alike.
void require_probabilities(const std::vector<Branch>& branches, std::string_view name) {
  constexpr double kRoundingMax = 1e-9;
  double sum = 0;
  bool some = false, all = true;
  for (const Branch& branch : branches) {
    sum += branch.weight;
    some = some || branch.has_weight;
    all = all && branch.has_weight;
  }
  if (!some || (branches.size() > 1 && all && std::fabs(sum - 1) <= kRoundingMax)) return;
  const std::string what = branches.size() == 1 ? "a single part has no weight"
                           : all                ? "the weights add up to " + shortest(sum)
                                                : "some parts have a weight and some have none";
  throw UsageError("kernel `" + std::string(name) + "`: " + what +
                   " (they are the probabilities of the parts of a mixture, which add up to 1); write " +
                   "0.7*mh|0.3*slice, or mh|slice for equal ones");
}

std::unique_ptr<Kernel> assembled(std::vector<Branch> branches) {
  std::vector<std::unique_ptr<Kernel>> cycles;
  std::vector<double> weights;
  for (Branch& branch : branches) {
    weights.push_back(branch.weight);
    cycles.push_back(branch.parts.size() == 1 ? std::move(branch.parts.front())
                                              : std::make_unique<CycleKernel>(std::move(branch.parts)));
  }
  if (cycles.size() == 1) return std::move(cycles.front());
  return std::make_unique<MixtureKernel>(std::move(cycles), std::move(weights));
}

}  // namespace

std::span<const KernelEntry> kernel_registry() { return kKernels; }

std::unique_ptr<Kernel> make_kernel(std::string_view name, std::span<const Coordinate> coordinates,
                                    const KernelSettings& settings) {
  const KernelContext context{coordinates, settings};
  std::vector<Branch> branches;
  for (const std::string_view part : split(name, '|')) branches.push_back(read_branch(part, name));
  require_probabilities(branches, name);
  require_use_of_proposals(branches, settings, name);
  if (const KernelEntry* entry = find_kernel(name)) return entry->make(context);
  make_parts(branches, context);
  require_one_step_size(branches, name);
  return assembled(std::move(branches));
}

namespace {

constexpr KernelChoice kTransdimensional{"mh+slice", "births and deaths, then slices of what is there"};

}  // namespace

KernelChoice default_kernel(const Path& path) {
  const auto coordinates = path.coordinates();
  if (is_transdimensional(coordinates)) return kTransdimensional;
  const auto reals = std::count_if(coordinates.begin(), coordinates.end(),
                                   [](const Coordinate& c) { return c.kind == CoordinateKind::real; });
  if (!path.has_gradient()) return {"slice", "the model has no gradient"};
  if (reals < kRealsForGradients) {
    return {"slice", "below 20 real coordinates slice sampling renews the energy for the least work"};
  }
  return {"automala+slice", "from 20 real coordinates on, gradient moves replace two passes of slices for less work"};
}

KernelChoice default_sampling_kernel(const Path& path) {
  const auto coordinates = path.coordinates();
  if (is_transdimensional(coordinates)) return kTransdimensional;
  const auto reals = std::count_if(coordinates.begin(), coordinates.end(),
                                   [](const Coordinate& c) { return c.kind == CoordinateKind::real; });
  if (!path.has_gradient()) return {"slice", "the model has no gradient"};
  if (reals == 0) return {"slice", "no coordinate is real, so there is nothing for gradients to move"};
  if (reals == std::ssize(coordinates)) {
    return {"nuts", "the model has a gradient and every coordinate is real, where NUTS needs the least work per draw"};
  }
  return {"nuts+slice", "NUTS moves the real coordinates by the gradient, slices the integer and cyclic ones"};
}

}  // namespace dovetail
