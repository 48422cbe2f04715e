#include "dovetail/execute/pool_accounts.hpp"

namespace dovetail {
namespace {

/// Rules apply from left to right; those in brackets are a second set, for leases alone.
constexpr std::string_view kNothing = "resetkeys resetchannels -@all";
constexpr std::string_view kWorkerCommands = "+get +setnx +multi +exec +watch +unwatch +ping";
constexpr std::string_view kLeaseCommands = "+get +set +del +incr +pexpire +watch +multi +exec";

std::string all_of(std::string_view run) { return "dt:{" + std::string(run) + "}:"; }

}  // namespace

std::string server_rules(std::string_view run) {
  return std::string(kNothing) + " ~" + all_of(run) +
         "* +get +setnx +pexpire +unlink +set +del +incr +multi +exec +watch +unwatch +info +ping";
}

std::string worker_rules(std::string_view run) {
  const std::string all = all_of(run);
  return std::string(kNothing) + " %R~" + all + "* %RW~" + all + "*:out:* %RW~" + all + "*:conflict " +
         std::string(kWorkerCommands) + " (%RW~" + all + "lease:* " + std::string(kLeaseCommands) + ")";
}

std::string item_rules(std::string_view run, std::uint32_t item) {
  const std::string all = all_of(run);
  const std::string own = ":*:" + std::to_string(item);
  std::string rules(kNothing);
  for (const char* name : {"run", "inc:*", "shared:*", "*:stretch:*", "*:end"}) rules += " %R~" + all + name;
  rules += " %R~" + all + "*:in" + own + " %RW~" + all + "*:out" + own + " %RW~" + all + "*:conflict ";
  return rules + std::string(kWorkerCommands) + " (%RW~" + all + "lease:*:out" + own + " " +
         std::string(kLeaseCommands) + ")";
}

}  // namespace dovetail
