/// JSON inside report/ alone, as short as pictures and tables allow.
#pragma once
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dovetail::report::detail {

using Json = nlohmann::ordered_json;

/// All digits, for figures that are read: how many of them are shown depends on their error. Null when it is not there
/// or not finite.
[[nodiscard]] Json figure(const std::optional<double>& value);
/// Six significant digits, for pictures; null likewise.
[[nodiscard]] Json number(const std::optional<double>& value);
[[nodiscard]] Json numbers(std::span<const double> values);
[[nodiscard]] Json numbers(const std::vector<std::optional<double>>& values);

/// Lines of one picture as whole numbers 0 to 9999 of its height: {"low", "high", "lines"}. What is not finite is null.
[[nodiscard]] Json levels(const std::vector<std::vector<double>>& lines);

}  // namespace dovetail::report::detail
