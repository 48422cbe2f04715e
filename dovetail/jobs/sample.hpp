/// Many independent chains of one kernel: warm-up in windows, then draws.
///
/// Wiring only: options -> model, path, kernel -> job -> run() -> diagnostics -> verdict. The mathematics is in
/// kernel/, adapt/ and diagnose/.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dovetail/adapt/warm_up.hpp"
#include "dovetail/jobs/recording.hpp"
#include "dovetail/kernel/registry.hpp"
#include "dovetail/model/model.hpp"
#include "dovetail/model/start.hpp"
#include "dovetail/output/sampling_row.hpp"
#include "dovetail/output/summary.hpp"

namespace dovetail {

/// Where chains start.
enum class StartKind : std::uint8_t {
  uniform,  ///< reals uniform(-radius, radius) on the unconstrained scale, as Stan does; integers and circles uniform
  prior,    ///< draws from the model's prior
  values,   ///< given points, one for each chain in turn
};

// Limits of the options, for whoever reads them from a user; check_options holds them.
inline constexpr std::uint32_t kChainsMax = 100000;
inline constexpr std::uint64_t kIterationsMax = std::uint64_t{1} << 40;  ///< the step counter has 48 bits

/// Settings that the result is a function of, with their defaults.
struct SampleOptions {
  std::uint64_t seed = 1;
  std::uint32_t chains = 4;
  std::optional<std::uint64_t> warmup{};  ///< iterations before draws; empty: 300 with the Fisher warm-up, else 1000
  std::uint64_t draws = 1000;             ///< kept from each chain
  std::uint64_t thin = 1;                 ///< iterations for each draw that is kept
  std::string kernel = "auto";            ///< a name of the kernel registry, a cycle `a+b` or a mixture
  KernelSettings kernel_settings{};       ///< adapt_until is set by the job to the end of warm-up
  WarmUpScheme scheme = WarmUpScheme::fisher;
  std::optional<MetricKind> metric{};  ///< empty: dense, or diagonal in high dimension
  StartKind start = StartKind::uniform;
  double start_radius = kStartRadius;
  double jitter = 0;  ///< standard deviation, on the unconstrained scale, added to every start's reals
  std::vector<std::vector<double>> start_values{};  ///< parameters on their own scale, in the order of the outputs
  std::optional<double> until_ess{};  ///< end at the first look at which every bulk and tail ESS has reached this
  bool save_warmup = false;           ///< draws of warm-up too, in the rounds of their windows
  OnError on_error = OnError::stop;
};

using SampleResult = RunResult<SamplingRow>;
using SampleObserver = RowObserver<SamplingRow>;

/// With every automatic choice that depends on the model alone made: kernel, metric, length of warm-up.
[[nodiscard]] SampleOptions resolve_options(SampleOptions options, const Model& model);

/// Checks every combination of settings before anything is opened; UsageError with cause and cure, ModelError for a
/// given starting point outside the bounds of a parameter.
void check_options(const SampleOptions& options, const Model& model);

/// Runs in memory, to the end or until the observer stops it. Errors: UsageError, ModelError.
SampleResult sample(const Model& model, const SampleOptions& options, const Layout& layout, SampleObserver& observer);

/// The same with a folder that holds draws, checkpoints and results, anew or from a checkpoint: the result is that of
/// an undisturbed run. `options.draws` may exceed what the run was begun with. Given starting points are kept in the
/// folder (output/starts.hpp). Errors: also FileError, CheckpointError.
SampleResult sample(const Model& model, const SampleOptions& options, const Layout& layout, SampleObserver& observer,
                    const RunFiles& files);

/// What the other ranks do while rank 0 makes the run by sample(), where `layout` is of several processes: they have
/// items of their own, no files and no observer. Errors: UsageError, ModelError.
StopReason follow_sample(const Model& model, const SampleOptions& options, const Layout& layout);

/// What a worker of a pool does of the run that `side` found in a store: true when that has ended. Settings that only
/// the start of a run looks at do not matter. Errors: UsageError, ModelError, StoreError.
bool work_for_sample(const Model& model, const SampleOptions& options, const WorkerSide& side);

}  // namespace dovetail
