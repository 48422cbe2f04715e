// Which combinations of settings make sense, checked before anything is opened.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dovetail/adapt/archive.hpp"
#include "dovetail/adapt/metric_estimate.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/option_checks.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/kernel/population.hpp"
#include "dovetail/model/path.hpp"

namespace dovetail {
namespace {

constexpr std::uint64_t kWarmUpFisher = 300;  ///< measured: docs/maths/warm-up.md
constexpr std::uint64_t kWarmUpOther = 1000;

/// The draws' archive is that of the last window of warm-up which makes one.
void check_archive(const SampleOptions& options, const ModelDescription& model) {
  const auto reals = std::count_if(model.coordinates.begin(), model.coordinates.end(),
                                   [](const Coordinate& c) { return c.kind == CoordinateKind::real; });
  const std::size_t least = archive_least(static_cast<std::size_t>(reals));
  std::uint64_t points = 0;
  for (const WarmUpWindow& window : plan_warm_up(options.scheme, *options.warmup)) {
    if (window.updates_metric) points = (window.end - window.from) * options.chains;
  }
  points = std::min<std::uint64_t>(points, kArchivePoints);
  if (points >= least) return;
  const std::string what = fmt::format("kernel {} moves along earlier points; {} warm-up iterations keep {} of them",
                                       options.kernel, *options.warmup, points);
  if (least > kArchivePoints) {
    throw UsageError(fmt::format("{} and {} real coordinates need {} (it is meant for some tens); use --kernel slice",
                                 what, reals, least));
  }
  throw UsageError(
      fmt::format("{} and {} real coordinates need {}; give more --warmup or more --chains", what, reals, least));
}

constexpr double kHistoryBytesMax = 16e9;

/// What warm-up remembers for metrics and archives lies in memory, and in every checkpoint.
void check_history(const SampleOptions& options, const KernelNeeds& needs, std::size_t dimension) {
  const bool metric = needs.metric && options.metric != MetricKind::unit;
  if (!metric && !needs.archive) return;
  std::uint64_t longest = 0;
  for (const WarmUpWindow& window : plan_warm_up(options.scheme, *options.warmup)) {
    if (window.updates_metric) longest = std::max(longest, window.end - window.from);
  }
  const double vectors = metric && options.scheme == WarmUpScheme::fisher ? 2 : 1;  // of points, and of gradients
  const double bytes = vectors * sizeof(double) * static_cast<double>(longest) * static_cast<double>(dimension) *
                       static_cast<double>(options.chains);
  if (bytes <= kHistoryBytesMax) return;
  throw UsageError(fmt::format(
      "{} iterations of warm-up of {} chains would keep {:.0f} GB of points in memory (at most {:.0f}); give a "
      "shorter --warmup, fewer --chains, or --metric unit",
      *options.warmup, options.chains, bytes / 1e9, kHistoryBytesMax / 1e9));
}

void check_kernel(const SampleOptions& options, const ModelDescription& model) {
  check_output_names(model);
  const KernelNeeds needs = make_kernel(options.kernel, model.coordinates, options.kernel_settings)->needs();
  check_kernel_for_model(options.kernel, needs, model);
  if (needs.metric && options.metric == MetricKind::dense && model.transdimensional()) {
    throw UsageError(
        fmt::format("coordinates of model {} come and go, and a dense metric is one of all of them together; use "
                    "--metric diagonal",
                    model.name));
  }
  check_history(options, needs, model.coordinates.size());
  if (needs.archive) check_archive(options, model);
}

/// The given points, by what the model says of them.
void check_points(const SampleOptions& options, const Model& model) {
  if (options.start_values.empty()) {
    throw UsageError("no starting points are given; give one for each chain, or one for all");
  }
  std::vector<double> unconstrained(model.dimension());
  for (const std::vector<double>& point : options.start_values) {
    if (point.size() != model.description().parameter_count) {
      throw UsageError(fmt::format("a starting point has {} values and model {} has {} parameters; give each its value",
                                   point.size(), model.description().name, model.description().parameter_count));
    }
    model.unconstrain(point, unconstrained);
  }
}

void check_start(const SampleOptions& options, const ModelDescription& model) {
  if (options.start == StartKind::prior && !model.prior_draws) {
    throw UsageError(fmt::format("model {} cannot draw from its prior; use --init uniform or a file", model.name));
  }
  const auto good = [](double value) { return std::isfinite(value) && value >= 0; };
  if (!good(options.jitter) || !good(options.start_radius)) {
    throw UsageError("jitter and radius of starting points are finite numbers from 0 on");
  }
}

}  // namespace

SampleOptions resolve_options(SampleOptions options, const Model& model) {
  ModelFaults faults;
  if (options.kernel == "auto") options.kernel = default_sampling_kernel(PriorPath(model, faults)).name;
  const KernelNeeds needs =
      make_kernel(options.kernel, model.description().coordinates, options.kernel_settings)->needs();
  if (!options.warmup) {
    options.warmup = needs.metric && options.scheme == WarmUpScheme::fisher ? kWarmUpFisher : kWarmUpOther;
  }
  if (!options.metric) {
    const bool dense = options.scheme == WarmUpScheme::fisher && model.dimension() <= kDenseCoordinatesMax &&
                       !model.description().transdimensional();
    options.metric = dense ? MetricKind::dense : MetricKind::diagonal;
  }
  options.kernel_settings.adapt_until = *options.warmup;
  return options;
}

void check_options(const SampleOptions& given, const Model& model) {
  check_range("chains", given.chains, 1, kChainsMax);
  check_range("draws", given.draws, 1, kIterationsMax);
  check_range("thin", given.thin, 1, kIterationsMax / std::max<std::uint64_t>(given.draws, 1));
  if (given.warmup) check_range("warmup", *given.warmup, 0, kIterationsMax);
  check_range("max-depth", given.kernel_settings.depth_max, 1, 20);
  check_range("leapfrogs", given.kernel_settings.leapfrogs, 1, 100000);
  if (!(given.kernel_settings.adapt_delta > 0 && given.kernel_settings.adapt_delta < 1)) {
    throw UsageError(fmt::format("adapt-delta is {}; it lies between 0 and 1", given.kernel_settings.adapt_delta));
  }
  if (given.until_ess && !(*given.until_ess > 0 && std::isfinite(*given.until_ess))) {
    throw UsageError("until-ess is a positive number of draws");
  }
  if (model.dimension() == 0) throw ModelError("model " + model.description().name + " has no coordinates to draw");
  const SampleOptions options = resolve_options(given, model);
  check_kernel(options, model.description());
  check_start(options, model.description());
  if (options.start == StartKind::values) check_points(options, model);
}

}  // namespace dovetail
