/// Accounts of a Redis for one run: what server and workers of a pool may do there, as rules of Redis 7 (ACL SETUSER).
/// Written from the names of pool_names.hpp and the commands of the store.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace dovetail {

/// Reads and writes all of the run; neither searches nor changes settings.
[[nodiscard]] std::string server_rules(std::string_view run);
/// Reads all of the run; may create outcomes, and never replace or remove one; holds leases.
[[nodiscard]] std::string worker_rules(std::string_view run);
/// The same of one item alone, for a site that keeps its rows: it reads what is for this item and for all, and creates
/// this item's outcomes.
[[nodiscard]] std::string item_rules(std::string_view run, std::uint32_t item);

}  // namespace dovetail
