/// What sites of expectation propagation begin with.
#pragma once
#include <string>
#include <vector>

#include "dovetail/ep/gaussian.hpp"
#include "dovetail/jobs/ep.hpp"

namespace dovetail {

/// Of the shared parameters, which the model has independent.
[[nodiscard]] ep::Natural prior_of(const DividedModel& model);

/// Of the shared parameters as factors have them: "mu", "log sigma".
[[nodiscard]] std::vector<std::string> shared_names(const DividedModel& model);

/// The factor of every site: that of its name in `options.start`, or 1. Sites in `start` that the model has not are
/// left out, and with them all that they said.
[[nodiscard]] std::vector<ep::Natural> first_factors(const DividedModel& model, const EpOptions& options);

/// UsageError: factors of another number of shared parameters, or that make no distribution together with the prior.
void check_start(const DividedModel& model, const EpOptions& options);

}  // namespace dovetail
