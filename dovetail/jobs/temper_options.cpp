// Which combinations of settings make sense, checked before anything is opened.
#include <fmt/format.h>

#include <algorithm>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/option_checks.hpp"
#include "dovetail/jobs/temper.hpp"
#include "dovetail/kernel/presence.hpp"
#include "dovetail/kernel/registry.hpp"
#include "dovetail/tempering/schedule.hpp"

namespace dovetail {
namespace {

void check_reference(const TemperOptions& options, const ModelDescription& model) {
  const bool gaussian =
      options.reference == ReferenceKind::gaussian || options.reference == ReferenceKind::variational || !model.parts;
  const bool all_real = std::all_of(model.coordinates.begin(), model.coordinates.end(),
                                    [](const Coordinate& c) { return c.kind == CoordinateKind::real; });
  if (options.reference == ReferenceKind::prior && !model.parts) {
    throw UsageError(
        fmt::format("model {} does not give its prior apart from its likelihood (a path from the prior needs both); "
                    "use --reference variational, or give log_prior and log_likelihood (a Stan program: `prior_only` "
                    "in its data, as 0)",
                    model.name));
  }
  if (gaussian && !all_real) {
    throw UsageError(fmt::format(
        "model {} has integer or cyclic coordinates (a Gaussian reference has no density there); "
        "{}",
        model.name, model.parts ? "use --reference prior" : "give the model a log_prior and a log_likelihood"));
  }
  if (options.legs == 2 && options.reference != ReferenceKind::variational &&
      !(options.reference == ReferenceKind::automatic && !model.parts)) {
    throw UsageError(
        "two legs serve a variational reference (the second leg guards it); add --reference variational, or "
        "leave out --legs 2");
  }
}

void check_kernel(const TemperOptions& options, const ModelDescription& model) {
  check_output_names(model);
  if (options.kernel == "auto") return check_presence(model.coordinates);
  const KernelNeeds needs = make_kernel(options.kernel, model.coordinates, options.kernel_settings)->needs();
  check_kernel_for_model(options.kernel, needs, model);
  if (needs.exact_draws && options.reference != ReferenceKind::automatic && options.reference != ReferenceKind::prior) {
    throw UsageError("exact draws exist on the path from the prior alone; use --reference prior");
  }
}

}  // namespace

TemperOptions resolve_options(TemperOptions options, const Model& model) {
  const bool variational = options.reference == ReferenceKind::variational ||
                           (options.reference == ReferenceKind::automatic && !model.description().parts);
  if (options.legs == 0) options.legs = variational ? 2 : 1;
  options.every_rung = options.every_rung || options.swap_history;
  return options;
}

void check_options(const TemperOptions& options, const Model& model) {
  check_range("rounds", options.rounds, 1, kRoundsMax);
  check_range("copies", options.copies, 1, kCopiesMax);
  check_range("legs", options.legs, 0, 2);
  check_range("swap-every", options.swap_every, 0, kSwapEveryMax);
  if (options.replicas != 0) check_range("replicas", options.replicas, 2, kReplicasMax);
  check_range("replicas-max", options.replicas_max, tempering::kReplicasMin, kReplicasMax);
  if (!options.schedule.empty()) {
    tempering::check_schedule(options.schedule);
    if (options.replicas != 0 && options.replicas != options.schedule.size()) {
      throw UsageError(fmt::format("--replicas {} and a --schedule of {} values disagree; leave one of them out",
                                   options.replicas, options.schedule.size()));
    }
  }
  if (model.dimension() == 0) throw ModelError("model " + model.description().name + " has no coordinates to draw");
  check_reference(options, model.description());
  check_kernel(options, model.description());
}

}  // namespace dovetail
