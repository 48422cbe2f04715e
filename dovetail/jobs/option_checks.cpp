#include "dovetail/jobs/option_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "dovetail/core/error.hpp"
#include "dovetail/kernel/presence.hpp"

namespace dovetail {

void check_range(const char* name, std::uint64_t value, std::uint64_t low, std::uint64_t high) {
  if (value >= low && value <= high) return;
  throw UsageError(fmt::format("{} is {}; it goes from {} to {}", name, value, low, high));
}

void check_output_names(const ModelDescription& model) {
  for (const std::string_view own : {"log_prior", "log_likelihood", "log_reference"}) {
    const auto found = std::find(model.output_names.begin(), model.output_names.end(), own);
    if (found == model.output_names.end()) continue;
    throw ModelError(
        fmt::format("model {} calls an output \"{}\", as a column that every run has (tables would show two of one "
                    "name); rename it in the model",
                    model.name, own));
  }
}

void check_kernel_for_model(const std::string& name, const KernelNeeds& needs, const ModelDescription& model) {
  check_presence(model.coordinates);
  if (model.transdimensional() && !needs.knows_absence) {
    throw UsageError(
        fmt::format("coordinates of model {} come and go, and kernel {} would move those that are not there "
                    "(its draws would be of no law); use --kernel mh+slice",
                    model.name, name));
  }
  if (model.transdimensional() && !needs.births) {
    throw UsageError(fmt::format(
        "coordinates of model {} come and go, and kernel {} has no births (what is there at the start would "
        "stay, and nothing else would come); use --kernel mh+{}",
        model.name, name, name));
  }
  if (needs.gradient && !model.gradient) {
    throw UsageError(
        fmt::format("kernel {} needs gradients and model {} has none; use --kernel slice", name, model.name));
  }
  if (needs.exact_draws && !(model.exact_draws && model.parts)) {
    throw UsageError(
        fmt::format("kernel {} needs a model that draws exactly at every temperature and {} does not; "
                    "use --kernel slice",
                    name, model.name));
  }
  const bool some_discrete = std::any_of(model.coordinates.begin(), model.coordinates.end(),
                                         [](const Coordinate& c) { return c.kind != CoordinateKind::real; });
  if (needs.real_only && some_discrete) {
    throw UsageError(
        fmt::format("kernel {} moves real coordinates alone and model {} has integer or cyclic ones, which would never "
                    "move; use --kernel slice or --kernel {}+slice",
                    name, model.name, name));
  }
}

}  // namespace dovetail
