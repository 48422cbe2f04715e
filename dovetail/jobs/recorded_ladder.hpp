/// The ladder of a run of `temper` as its folder has it, for those who show it: figures of pairs of rungs are kept in
/// checkpoints alone.
#pragma once
#include <optional>
#include <string>

#include "dovetail/jobs/temper_job.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/tempering/barrier.hpp"

namespace dovetail {

struct RecordedLadder {
  std::optional<TemperShared> shared;  ///< nothing where there is none that this build can read
  std::string why_not;                 ///< then
};

/// From the newest checkpoint, which is there while the run goes on too. CheckpointError where it is damaged or another
/// run's.
[[nodiscard]] RecordedLadder recorded_ladder(const RunFolder& run, const ManifestIdentity& identity);

/// The barrier that the round found on this leg. Its rejections were guarded when the round ended, and are taken as
/// they are.
[[nodiscard]] tempering::Barrier barrier_of(const LegFigures& leg);

}  // namespace dovetail
