/// Bringing together what the chains of a run have learnt.
#pragma once
#include <span>

#include "dovetail/kernel/kernel.hpp"
#include "dovetail/kernel/proposal/proposal_tuning.hpp"

namespace dovetail {

/// One proposal's tunings at M >= 1 chains in one: means of the log scales and of the running covariances, each added
/// up in a fixed tree; the factor anew; the running mean of the first that moved. `moves` is the largest, failures add
/// up, the acceptance count begins anew. Equal tunings stay as they are.
[[nodiscard]] ProposalTuning pooled(std::span<const ProposalTuning> chains);

/// Gives every chain the pooled tuning of each of its proposals, but for its own running mean: chains in separate modes
/// would otherwise take the distance between them for a scale. All chains have the same number of proposals.
void pool_proposals(std::span<Tuning> chains);

}  // namespace dovetail
