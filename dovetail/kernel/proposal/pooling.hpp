/// Bringing together what the chains of a run have learnt.
#pragma once
#include <span>

#include "dovetail/kernel/kernel.hpp"
#include "dovetail/kernel/proposal/proposal_tuning.hpp"

namespace dovetail {

/// One proposal's tunings at M >= 1 chains in one: means of the log scales, of the running means (on circles the mean
/// of the shortest ways from the first) and of the running covariances, each added up in a fixed tree; the factor anew.
/// `moves` is the largest, failures add up, the acceptance count begins anew. Equal tunings stay as they are.
[[nodiscard]] ProposalTuning pooled(std::span<const ProposalTuning> chains);

/// Gives every chain the pooled tuning of each of its proposals. All chains have the same number of proposals.
void pool_proposals(std::span<Tuning> chains);

}  // namespace dovetail
