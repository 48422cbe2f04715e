/// Numbers in sentences, without locale: the texts of warnings are results and must not depend on the machine.
#pragma once
#include <cstdint>
#include <string>

namespace dovetail::diagnose {

/// With `digits` after the point; "inf", "-inf" and "nan" in words.
[[nodiscard]] std::string fixed(double value, int digits);
/// With so many significant digits.
[[nodiscard]] std::string significant(double value, int digits);
/// 0.0832 -> "8.3 %".
[[nodiscard]] std::string percent(double share);
/// 1, "chain" -> "1 chain"; 3, "chain" -> "3 chains".
[[nodiscard]] std::string counted(std::uint64_t count, const std::string& noun);

}  // namespace dovetail::diagnose
