// `dovetail sites FILE.csv...`: what everybody may know of sites that keep their rows.
#include <filesystem>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/detail/site_tables.hpp"
#include "dovetail/jobs/private_sites.hpp"

namespace dovetail::cli {
namespace {

constexpr std::size_t kFilesMax = 100000;

ExitCode run(const Arguments& arguments) {
  const std::string by = arguments.has("--by") ? arguments.options.at("--by") : "";
  std::string text = "# Sites of a run of `dovetail ep --sites`: no rows, but hashes that tell them apart.\n";
  for (const std::string& given : arguments.positionals) {
    text += site_text(site_entry(given, std::filesystem::path(given).stem().string(), by));
  }
  print_result(text);
  return ExitCode::done;
}

}  // namespace

Command sites_command() {
  return {"sites",
          "FILE.csv...",
          1,
          kFilesMax,
          "say of rows in CSV files, each a site of its own, what `dovetail ep --sites` needs to know of them",
          "dovetail sites examples/ep/clinics.csv --by clinic",
          TakesSettings::none,
          {{"--by", 0, "COLUMN", "as of `dovetail ep`: the column that divides a site's rows into groups"}},
          run};
}

}  // namespace dovetail::cli
