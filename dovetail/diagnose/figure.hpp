/// A diagnostic's value, or the reason why there is none. Never a NaN that travels on unnoticed.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace dovetail::diagnose {

/// Why a figure could not be computed.
enum class Unavailable : std::uint8_t {
  none,        ///< the figure has a value
  constant,    ///< all values are equal: there is nothing to compare
  non_finite,  ///< NaN or an infinity among the draws
  too_few,     ///< too few draws
};

struct Figure {
  double value = std::numeric_limits<double>::quiet_NaN();  ///< may be +inf (R-hat); NaN when not available
  Unavailable reason = Unavailable::too_few;

  [[nodiscard]] static Figure of(double v) { return {v, Unavailable::none}; }
  [[nodiscard]] static Figure missing(Unavailable why) { return {std::numeric_limits<double>::quiet_NaN(), why}; }

  [[nodiscard]] bool available() const { return reason == Unavailable::none; }
  [[nodiscard]] std::optional<double> optional() const {
    return available() ? std::optional<double>(value) : std::nullopt;
  }
};

/// "", "n/a (constant)", "n/a (non-finite)" or "n/a (too few draws)".
[[nodiscard]] constexpr std::string_view words(Unavailable reason) {
  switch (reason) {
    case Unavailable::none:
      return "";
    case Unavailable::constant:
      return "n/a (constant)";
    case Unavailable::non_finite:
      return "n/a (non-finite)";
    case Unavailable::too_few:
      return "n/a (too few draws)";
  }
  return "";
}

}  // namespace dovetail::diagnose
