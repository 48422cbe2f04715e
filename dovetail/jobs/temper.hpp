/// Non-reversible parallel tempering of a model: posterior draws and the evidence.
///
/// Wiring only: options -> model, path, kernel -> job -> run() -> diagnostics -> verdict. The mathematics is in
/// tempering/, kernel/ and diagnose/.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dovetail/jobs/recording.hpp"
#include "dovetail/kernel/registry.hpp"
#include "dovetail/model/model.hpp"
#include "dovetail/output/tempering_row.hpp"

namespace dovetail {

enum class ReferenceKind : std::uint8_t { automatic, prior, gaussian, variational };
enum class Keep : std::uint8_t { last_round, all_rounds };

// Limits of the options, for whoever reads them from a user; check_options holds them.
inline constexpr std::uint32_t kRoundsMax = 40;  ///< 2^41 scans, a day at a nanosecond each times twenty-five; the step
                                                 ///< counter has 48 bits
inline constexpr std::uint32_t kReplicasMax = 100000;
inline constexpr std::uint32_t kCopiesMax = 100000;
inline constexpr std::uint32_t kSwapEveryMax = 1000000;

/// The column of the draws that says which replica made them, when swap_history is on.
inline constexpr std::string_view kReplicaColumn = "replica";

/// Settings that the result is a function of, with their defaults.
struct TemperOptions {
  std::uint64_t seed = 1;
  std::uint32_t replicas = 0;        ///< rungs of one leg; 0: chosen from the barrier
  std::uint32_t replicas_max = 200;  ///< limit of the automatic choice
  std::uint32_t rounds = 10;         ///< round r has 2^r scans
  std::string kernel = "auto";       ///< a name of the kernel registry, a cycle `a+b` or a mixture
  KernelSettings kernel_settings{};  ///< what kernels are made with
  ReferenceKind reference = ReferenceKind::automatic;
  unsigned legs = 0;         ///< 2: a second leg to a fixed reference guards a variational one; 0: 2 where there is one
  std::uint32_t copies = 1;  ///< independent ladders that share schedule and tuning
  std::vector<double> schedule{};  ///< fixed betas from 0 to 1; empty: adapted
  Keep keep = Keep::last_round;
  std::uint32_t swap_every = 0;      ///< kernel steps of every rung in a scan; 0: 1, more where they move too little
  bool every_rung = false;           ///< draws of every rung, not of the target alone
  bool swap_history = false;         ///< every_rung, and with each draw the replica that made it
  OnError on_error = OnError::stop;  ///< what a NaN, +inf or throw of the model does
};

using TemperResult = RunResult<TemperingRow>;
using TemperObserver = RowObserver<TemperingRow>;

/// With every automatic choice that depends on the model alone made: the number of legs.
[[nodiscard]] TemperOptions resolve_options(TemperOptions options, const Model& model);

/// Checks every combination of settings before anything is opened; UsageError with cause and cure.
void check_options(const TemperOptions& options, const Model& model);

/// Runs in memory, to the end or until the observer stops it. Errors: UsageError, ModelError.
TemperResult temper(const Model& model, const TemperOptions& options, const Layout& layout, TemperObserver& observer);

/// The same with a folder that holds draws, checkpoints and results, anew or from a checkpoint: the result is that of
/// an undisturbed run. `options.rounds` may exceed what the run was begun with. Errors: also FileError,
/// CheckpointError.
TemperResult temper(const Model& model, const TemperOptions& options, const Layout& layout, TemperObserver& observer,
                    const RunFiles& files);

/// What the other ranks do while rank 0 makes the run by temper(), where `layout` is of several processes: they have
/// items of their own, no files and no observer. Errors: UsageError, ModelError.
StopReason follow_temper(const Model& model, const TemperOptions& options, const Layout& layout);

}  // namespace dovetail
