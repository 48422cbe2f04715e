/// What Stan has gained since 2.21, by name.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace dovetail {

/// The cure for a function, distribution or type that 2.21 lacks; nothing: 2.21 has it, or nobody has. A distribution
/// is known with or without its suffix: loglogistic, loglogistic_lpdf, loglogistic_rng.
[[nodiscard]] std::optional<std::string> cure_for_newer_function(std::string_view name);
[[nodiscard]] std::optional<std::string> cure_for_newer_type(std::string_view name);

}  // namespace dovetail
