/// From a finished (or stopped) sampling run to its summary: column figures and verdict.
#pragma once
#include <vector>

#include "dovetail/diagnose/verdict.hpp"
#include "dovetail/jobs/sample_job.hpp"
#include "dovetail/output/kept_draws.hpp"
#include "dovetail/output/summary.hpp"
#include "dovetail/run/job.hpp"

namespace dovetail {

/// Figures of every column over the draws that all chains have made; empty when there are none.
[[nodiscard]] std::vector<diagnose::NamedColumn> figures_of_draws(const Model& model, const SampleJob& job,
                                                                  const KeptDraws& draws);

/// Everything but times and the digest.
[[nodiscard]] Summary summarise_sampling(const Model& model, const SampleJob& job, const State<SampleJob>& state,
                                         const KeptDraws& draws);

}  // namespace dovetail
