#include "dovetail/jobs/recorded_ladder.hpp"

#include <fmt/format.h>

#include "dovetail/jobs/environment.hpp"
#include "dovetail/jobs/recording.hpp"
#include "dovetail/run/checkpoint.hpp"
#include "dovetail/run/job.hpp"

namespace dovetail {

RecordedLadder recorded_ladder(const RunFolder& run, const ManifestIdentity& identity) {
  if (identity.version != build().version || identity.codec_version != kCodecVersion) {
    return {{},
            fmt::format("the run's checkpoint is of version {}, and this is {}", identity.version, build().version)};
  }
  const auto checkpoint =
      std::filesystem::exists(run.checkpoint()) ? CheckpointFolder(run.checkpoint()).load() : std::nullopt;
  if (!checkpoint) return {{}, "the run has no checkpoint"};
  require_same_identity(binding_identity(identity), checkpoint->identity, run.checkpoint().string());
  return {unpack<State<TemperJob>>(checkpoint->state).shared, {}};
}

tempering::Barrier barrier_of(const LegFigures& leg) {
  return tempering::barrier_from_rejections(leg.rejections, tempering::kShrinkBelow);
}

}  // namespace dovetail
