/// The wall clock as text, in UTC: for people and file names, never for results.
#pragma once
#include <string>

namespace dovetail {

/// Now, as `2026-11-21T03:44:05Z`.
[[nodiscard]] std::string utc_now();
/// Now, as `20261121-034405`: sorts by time and suits every file system.
[[nodiscard]] std::string utc_now_in_file_name();

}  // namespace dovetail
