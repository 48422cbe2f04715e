/// Text to value and back, the same for flags, environment variables and TOML. Pure; no locale.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace dovetail::cli {

/// A value that a setting cannot take. `what()` says why in a clause ("is not a whole number"); the caller adds where
/// the value came from and what is allowed.
class BadValue : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A whole number in [low, high], digits only.
[[nodiscard]] std::uint64_t parse_whole(std::string_view text, std::uint64_t low, std::uint64_t high);
/// true or 1, false or 0.
[[nodiscard]] bool parse_switch(std::string_view text);
/// Seconds from "90", "90s", "1.5m", "2h", "1d"; positive, at most 1e9.
[[nodiscard]] double parse_seconds(std::string_view text);
/// Betas "0,0.1,1", or "geometric:T_max,N"; UsageError from tempering/schedule.hpp when they are no ladder.
[[nodiscard]] std::vector<double> parse_schedule(std::string_view text);
/// A finite number, all of `text`.
[[nodiscard]] double parse_number(std::string_view text);

/// `text` as a TOML basic string, quotes and control characters escaped.
[[nodiscard]] std::string toml_string(std::string_view text);
/// "90s" for 90: what parse_seconds reads back exactly.
[[nodiscard]] std::string seconds_text(double seconds);

}  // namespace dovetail::cli
