// `dovetail redis-acl`: accounts of a Redis for one run, with fresh passwords in files of their own.
#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <filesystem>
#include <vector>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/config.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/execute/pool_accounts.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"
#include "dovetail/store/hash.hpp"
#include "dovetail/store/store.hpp"

namespace dovetail::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSitesMax = 100000;

struct Account {
  std::string user;
  std::string rules;
};

/// 256 bits of the system, in hexadecimal.
std::string fresh_password() {
  Sha256 bits{};
  if (::getrandom(bits.data(), bits.size(), 0) != static_cast<ssize_t>(bits.size())) {
    throw FileError("the system gives no random bytes for a password; check /dev/urandom");
  }
  return to_hex(bits);
}

/// By name where `--sites` is a file, else by number from 1 on.
std::vector<std::string> names_of_sites(const std::string& given) {
  std::vector<std::string> names;
  if (given.find_first_not_of("0123456789") != std::string::npos) {
    for (const SiteEntry& site : read_sites(given)) names.push_back("site-" + site.name);
    return names;
  }
  try {
    const std::uint64_t count = parse_whole(given, 1, kSitesMax);
    for (std::uint64_t i = 1; i <= count; ++i) names.push_back(fmt::format("site-{}", i));
  } catch (const BadValue& bad) {
    throw UsageError(
        fmt::format("--sites: \"{}\" {}; give their number, or the file of `dovetail ep --sites`", given, bad.what()));
  }
  return names;
}

std::vector<Account> accounts_of(const std::string& run, const Arguments& arguments) {
  std::vector<Account> accounts = {{"admin", "~* &* +@all"}, {"server", server_rules(run)}};
  if (!arguments.has("--sites")) {
    accounts.push_back({"worker", worker_rules(run)});
    return accounts;
  }
  std::uint32_t item = 0;
  for (const std::string& name : names_of_sites(arguments.options.at("--sites"))) {
    accounts.push_back({name, item_rules(run, item++)});
  }
  return accounts;
}

ExitCode run(const Arguments& arguments) {
  const auto option = [&](const char* name, const char* standard) {
    return arguments.has(name) ? arguments.options.at(name) : std::string(standard);
  };
  const std::string name = option("--run", "default");
  require_run_name(name);
  const fs::path folder = option("--out", "redis-accounts");
  const std::vector<Account> accounts = accounts_of(name, arguments);
  if (fs::exists(folder)) {
    throw UsageError(fmt::format("{} is there already (passwords in it may be in use); give a new folder with --out",
                                 folder.string()));
  }
  make_private_folder(folder);
  std::string rules = "user default reset\n";  // off, without a right
  for (const Account& account : accounts) {
    const std::string password = fresh_password();
    replace_file(folder / (account.user + ".password"), std::string_view(password));
    const auto hash = sha256(std::as_bytes(std::span(password)));
    rules += fmt::format("user {} on #{} {}\n", account.user, to_hex(hash), account.rules);
  }
  replace_file(folder / "users.acl", std::string_view(rules));
  print_result(fmt::format(
      "{0}/users.acl: {1} accounts for run {2}; in redis.conf: aclfile {0}/users.acl\n"
      "{0}/NAME.password: of account NAME; hand each to its owner alone, by a safe way, and keep no copies\n",
      printable(fs::absolute(folder).lexically_normal().string()), accounts.size(), name));
  return ExitCode::done;
}

}  // namespace

Command redis_acl_command() {
  return {"redis-acl",
          "",
          0,
          0,
          "write the accounts of a Redis for one run: server, and workers or single sites, each with a new password",
          "dovetail redis-acl --run clinics --sites 3 --out accounts",
          TakesSettings::none,
          {{"--run", 0, "NAME", "name of the run in the store [default]"},
           {"--sites", 0, "N|FILE", "an account for each site: so many, or those of the file of `dovetail ep --sites`"},
           {"--out", 0, "DIR", "folder for the rules and passwords, new [redis-accounts]"}},
          run};
}

}  // namespace dovetail::cli
