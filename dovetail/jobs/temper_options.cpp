// Which combinations of settings make sense, checked before anything is opened.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/temper.hpp"
#include "dovetail/kernel/registry.hpp"
#include "dovetail/tempering/schedule.hpp"

namespace dovetail {
namespace {

void check_range(const char* name, std::uint64_t value, std::uint64_t low, std::uint64_t high) {
  if (value >= low && value <= high) return;
  throw UsageError(fmt::format("{} is {}; it goes from {} to {}", name, value, low, high));
}

void check_reference(const TemperOptions& options, const ModelDescription& model) {
  const bool gaussian =
      options.reference == ReferenceKind::gaussian || options.reference == ReferenceKind::variational || !model.parts;
  const bool all_real = std::all_of(model.coordinates.begin(), model.coordinates.end(),
                                    [](const Coordinate& c) { return c.kind == CoordinateKind::real; });
  if (options.reference == ReferenceKind::prior && !model.parts) {
    throw UsageError(
        fmt::format("model {} does not give its prior apart from its likelihood (a path from the prior needs both); "
                    "use --reference variational, or give log_prior and log_likelihood",
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
  const bool draws_exactly = options.kernel == "exact" || (options.kernel == "auto" && model.exact_draws);
  if (model.transdimensional && !draws_exactly) {
    throw UsageError(
        fmt::format("coordinates of model {} come and go, and kernel {} would move those that are not there "
                    "(its draws would be of no law); use --kernel exact where the model has exact draws",
                    model.name, options.kernel));
  }
  if (options.kernel == "auto") return;
  const KernelNeeds needs = make_kernel(options.kernel, model.coordinates, options.kernel_settings)->needs();
  if (needs.gradient && !model.gradient) {
    throw UsageError(
        fmt::format("kernel {} needs gradients and model {} has none; use --kernel slice", options.kernel, model.name));
  }
  if (needs.exact_draws && !(model.exact_draws && model.parts)) {
    throw UsageError(
        fmt::format("kernel {} needs a model that draws exactly at every temperature and {} does not; "
                    "use --kernel slice",
                    options.kernel, model.name));
  }
  if (needs.exact_draws && options.reference != ReferenceKind::automatic && options.reference != ReferenceKind::prior) {
    throw UsageError("exact draws exist on the path from the prior alone; use --reference prior");
  }
  const bool some_discrete = std::any_of(model.coordinates.begin(), model.coordinates.end(),
                                         [](const Coordinate& c) { return c.kind != CoordinateKind::real; });
  if (needs.real_only && some_discrete) {
    throw UsageError(
        fmt::format("kernel {} moves real coordinates alone and model {} has integer or cyclic ones, which would never "
                    "move; use --kernel slice or --kernel {}+slice",
                    options.kernel, model.name, options.kernel));
  }
}

}  // namespace

TemperOptions resolve_options(TemperOptions options, const Model& model) {
  const bool variational = options.reference == ReferenceKind::variational ||
                           (options.reference == ReferenceKind::automatic && !model.description().parts);
  if (options.legs == 0) options.legs = variational ? 2 : 1;
  return options;
}

void check_options(const TemperOptions& options, const Model& model) {
  check_range("rounds", options.rounds, 1, kRoundsMax);
  check_range("copies", options.copies, 1, kCopiesMax);
  check_range("legs", options.legs, 0, 2);
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
