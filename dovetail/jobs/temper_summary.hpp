/// From a finished (or stopped) tempering run to its summary: column figures, evidence, verdict.
#pragma once
#include <string>

#include "dovetail/jobs/temper_job.hpp"
#include "dovetail/output/kept_draws.hpp"
#include "dovetail/output/summary.hpp"

namespace dovetail {

/// `draws`: those of the last finished round are summarised. Everything but `seconds`, `digest` and `status` for a
/// stopped run, which the caller fills in. Pure but for reading `draws`.
[[nodiscard]] Summary summarise_tempering(const Model& model, const TemperJob& job, const TemperShared& shared,
                                          const KeptDraws& draws);

}  // namespace dovetail
