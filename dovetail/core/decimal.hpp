/// Doubles as decimal text and back, exact and without locale.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace dovetail {

/// The shortest decimal that reads back as the same bits (std::to_chars): "0.1", "1e+22", "-0", "inf", "-inf", "nan".
[[nodiscard]] std::string shortest(double value);
/// Reads what `shortest` wrote; nothing when `text` is anything else.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

}  // namespace dovetail
