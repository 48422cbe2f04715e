/// Checks that several jobs share. UsageError with cause and cure.
#pragma once
#include <cstdint>
#include <string>

#include "dovetail/kernel/kernel.hpp"
#include "dovetail/model/model.hpp"

namespace dovetail {

/// `value` must lie in low..high.
void check_range(const char* name, std::uint64_t value, std::uint64_t low, std::uint64_t high);

/// No output is called as a column that every run has besides: tables would show two of one name. ModelError.
void check_output_names(const ModelDescription& model);

/// The kernel called `name`, which asks for `needs`, must be able to draw from the model: it has the gradients or exact
/// draws that are needed, every coordinate is moved, components that come and go are born and die, and nothing moves
/// what is not there. ModelError when the model's own description of what comes and goes makes no sense.
void check_kernel_for_model(const std::string& name, const KernelNeeds& needs, const ModelDescription& model);

}  // namespace dovetail
