/// From a table of kind "nested" to its proposal.
#pragma once
#include "dovetail/kernel/proposal/registry.hpp"

namespace dovetail {

/// `parameters` name switches: one count, or any number of switches with two values each. Births come from the table's
/// own laws (ProposalSpec::births) or from the model's. UsageError when one of them cannot be drawn from, or when the
/// table cannot be meant.
[[nodiscard]] MovingBlock make_nested(const SpecReader& reader, const ProposalContext& context);

}  // namespace dovetail
