// `dovetail locals RUN`: draws of the sites' local parameters, made here from the rows that are here.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/model.hpp"
#include "dovetail/cli/run.hpp"
#include "dovetail/cli/run_place.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/core/decimal.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/jobs/ep_locals.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::cli {
namespace {

constexpr std::uint64_t kDraws = 1000;
constexpr std::uint64_t kDrawsMax = 1000000;

std::uint64_t draws_of(const Arguments& arguments) {
  if (!arguments.has("--draws")) return kDraws;
  const std::string& text = arguments.options.at("--draws");
  try {
    return parse_whole(text, 1, kDrawsMax);
  } catch (const BadValue& bad) {
    throw UsageError(
        fmt::format("--draws: \"{}\" {}; give a whole number from 1 to {}", printable(text), bad.what(), kDrawsMax));
  }
}

/// The site that is asked for, or all.
std::vector<std::size_t> sites_of(const Arguments& arguments, const DividedModel& model) {
  std::vector<std::size_t> sites;
  std::vector<std::string> names;
  for (std::size_t k = 0; k < model.sites(); ++k) {
    names.push_back(model.site_name(k));
    if (!arguments.has("--site") || arguments.options.at("--site") == names.back()) sites.push_back(k);
  }
  if (!sites.empty()) return sites;
  const std::string& asked = arguments.options.at("--site");
  throw UsageError(fmt::format("--site: the run has no site \"{}\"{} (there are {}, from \"{}\" to \"{}\")",
                               printable(asked), printable(suggestion(asked, names)), names.size(),
                               printable(names.front()), printable(names.back())));
}

std::string csv_of(const LocalDraws& table) {
  std::string text = "draw";
  for (const std::string& column : table.columns) text += "," + csv_field(column);
  text += '\n';
  const std::size_t width = table.columns.size();
  for (std::size_t s = 0; s < table.rows; ++s) {
    text += fmt::to_string(s + 1);
    for (std::size_t i = 0; i < width; ++i) text += "," + shortest(table.values[s * width + i]);
    text += '\n';
  }
  return text;
}

ExitCode run(const Arguments& arguments) {
  const RunFolder folder = RunFolder::open(find_run(arguments.positionals.front()));
  RunSettings settings = settings_of_run(folder);
  settings.quiet = arguments.has("--quiet");
  if (settings.job != JobKind::ep) {
    throw UsageError(fmt::format("{} is a run of `dovetail {}`, which has no sites; `dovetail locals` is for `ep`",
                                 printable(folder.path().string()), command_of(settings.job)));
  }
  if (!settings.site_entries.empty()) {
    throw UsageError(
        fmt::format("{} is a run of sites that keep their rows, whose local parameters nobody draws yet; "
                    "a run of rows in one place has them",
                    printable(folder.path().string())));
  }
  if (arguments.has("--data")) settings.data = std::filesystem::absolute(arguments.options.at("--data")).string();
  const std::filesystem::path out =
      arguments.has("--out") ? std::filesystem::path(arguments.options.at("--out")) : folder.path() / "locals.csv";
  require_outside_runs(out, folder.path() / "locals.csv", "--out");
  std::error_code error;
  if (std::filesystem::equivalent(out, settings.data, error)) {
    throw UsageError("--out: " + printable(out.string()) + " holds the rows (they would be lost); give another name");
  }
  const ModelWatch watch(settings.model_timeout_s, STDERR_FILENO, line_of(settings));
  const auto model = model_of(settings, read_manifest(folder.manifest()).identity);
  fit_to_model(settings, *model, folder);
  const LocalDraws draws =
      local_draws(divided(*model), settings.ep, folder, sites_of(arguments, divided(*model)), draws_of(arguments));
  replace_file(out, csv_of(draws));
  print_result(out.string() + "\n");
  return ExitCode::done;
}

}  // namespace

Command locals_command() {
  return {"locals",
          "RUN",
          1,
          1,
          "draw the local parameters of a run's sites, with shared ones, from the rows that are here",
          "dovetail locals dovetail-runs/latest --site c3 --out c3.csv",
          TakesSettings::none,
          {{"--data", 0, "FILE", "the rows, where they are in another place than when the run began"},
           {"--site", 0, "NAME", "one site [all]"},
           {"--draws", 0, "N", "how many [1000]"},
           {"--out", 0, "FILE", "where to write them, as CSV [RUN/locals.csv]"},
           {"--quiet", 'q', "", "no remarks on stderr"}},
          run};
}

}  // namespace dovetail::cli
