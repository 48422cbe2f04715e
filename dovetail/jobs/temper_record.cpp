#include "dovetail/jobs/temper_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/temper_summary.hpp"
#include "dovetail/output/run_folder.hpp"

namespace dovetail {
namespace {

const char* word(ReferenceKind kind) {
  switch (kind) {
    case ReferenceKind::automatic:
      return "auto";
    case ReferenceKind::prior:
      return "prior";
    case ReferenceKind::gaussian:
      return "gaussian";
    case ReferenceKind::variational:
      return "variational";
  }
  return "";
}

NamedTexts option_fields(const TemperOptions& options, const std::string& kernel) {
  std::string schedule;
  for (const double beta : options.schedule) schedule += fmt::format("{}{}", schedule.empty() ? "" : ",", beta);
  NamedTexts fields = {{"rounds", fmt::to_string(options.rounds)},
                       {"replicas", options.replicas == 0 ? "auto" : fmt::to_string(options.replicas)},
                       {"replicas_max", fmt::to_string(options.replicas_max)},
                       {"reference", word(options.reference)},
                       {"legs", fmt::to_string(options.legs)},
                       {"copies", fmt::to_string(options.copies)},
                       {"schedule", schedule.empty() ? "adapted" : schedule},
                       {"swap_every", options.swap_every == 0 ? "auto" : fmt::to_string(options.swap_every)},
                       {"keep", options.keep == Keep::last_round ? "last" : "all"},
                       {"every_rung", options.every_rung ? "true" : "false"},
                       {"swap_history", options.swap_history ? "true" : "false"},
                       {"on_error", options.on_error == OnError::stop ? "stop" : "reject"}};
  for (auto& field : kernel_fields(kernel, options.kernel_settings)) fields.push_back(std::move(field));
  return fields;
}

}  // namespace

Manifest TemperRecording::manifest(const Layout& layout) const {
  const TemperOptions& options = job_.options();
  return manifest_of(model_, "temper", options.seed, option_fields(options, job_.kernel_name()), layout);
}

Round TemperRecording::burn_in_before(const State<TemperJob>& state) const {
  return job_.options().keep == Keep::last_round ? state.round : Round(0);
}

void TemperRecording::require_extends(const State<TemperJob>& state) const {
  if (state.round.value <= job_.options().rounds) return;
  throw UsageError("the run has finished " + std::to_string(state.round.value) +
                   " rounds already and cannot be cut to " + std::to_string(job_.options().rounds) +
                   "; give more rounds");
}

void TemperRecording::require_draws(const std::vector<TemperingRow>& rows, const KeptDraws& draws,
                                    const std::string& folder) const {
  const TemperOptions& options = job_.options();
  if (options.keep != Keep::all_rounds) return;
  const std::vector<Round> there = draws.rounds();
  for (const TemperingRow& row : rows) {
    const std::uint64_t wanted = std::uint64_t{row.copies} * (options.every_rung ? row.replicas : options.legs);
    const Round round(row.round);
    bool whole = std::find(there.begin(), there.end(), round) != there.end();
    if (whole) {
      const std::vector<ItemId> sources = draws.sources(round);
      whole = sources.size() == wanted && std::all_of(sources.begin(), sources.end(), [&](ItemId source) {
                return draws.rows(round, source) == row.scans;
              });
    }
    if (!whole) {
      throw CheckpointError(fmt::format(
          "cannot resume: {} lacks draws of round {} ({} scans of {} sources were kept, and "
          "some were lost); restore the file, or run again with {}",
          folder, row.round, row.scans, wanted, run_again_command(std::filesystem::path(folder).parent_path())));
    }
  }
}

Summary TemperRecording::summarise(const State<TemperJob>& state, const KeptDraws& draws) const {
  return summarise_tempering(model_, job_, state.shared, draws);
}

std::string TemperRecording::place(const State<TemperJob>& state) const {
  return "stopped in round " + std::to_string(state.round.value + 1) + " of " + std::to_string(job_.options().rounds);
}

}  // namespace dovetail
