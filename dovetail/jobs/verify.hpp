/// Replays a run on one thread and compares it with what its folder holds.
#pragma once
#include <cstdint>
#include <string>

#include "dovetail/jobs/ep.hpp"
#include "dovetail/jobs/lda.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/jobs/temper.hpp"

namespace dovetail {

struct VerifyReport {
  bool same = false;
  std::uint32_t rounds = 0;  ///< compared and found the same
  std::string difference;    ///< the first one: what, and both values; empty when same
};

/// Runs `options` on `model` from the seed with the serial executor, without files, and compares each finished round of
/// `folder` by the hash of its state and every figure of its row, then every kept draw. Progress goes to `observer`.
/// The run may go on meanwhile. Errors: FileError (files lost or damaged), CheckpointError (checkpoint, manifest or
/// settings damaged or of another run; no finished round), ModelError.
VerifyReport verify_temper(const Model& model, const TemperOptions& options, const RunFolder& folder,
                           TemperObserver& observer);
VerifyReport verify_sample(const Model& model, const SampleOptions& options, const RunFolder& folder,
                           SampleObserver& observer);
VerifyReport verify_ep(const DividedModel& model, const EpOptions& options, const RunFolder& folder,
                       EpObserver& observer);
VerifyReport verify_lda(const TopicModel& model, const LdaOptions& options, const RunFolder& folder,
                        LdaObserver& observer);

}  // namespace dovetail
