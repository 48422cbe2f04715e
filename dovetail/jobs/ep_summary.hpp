/// The results of expectation propagation as a Summary.
#pragma once
#include "dovetail/jobs/ep_job.hpp"
#include "dovetail/output/summary.hpp"

namespace dovetail {

[[nodiscard]] const char* word(SiteEstimator estimator);

/// Figures of the shared parameters under the approximation, with warnings; without times and digest.
[[nodiscard]] Summary summarise_ep(const EpJob& job, const EpShared& shared);

}  // namespace dovetail
