// `dovetail temper MODEL`: resolve the settings, check them all, make the folder, run.
#include "dovetail/cli/command.hpp"
#include "dovetail/cli/config.hpp"
#include "dovetail/cli/settings.hpp"
#include "dovetail/cli/tempering_run.hpp"
#include "dovetail/model/registry.hpp"
#include "dovetail/output/run_folder.hpp"

namespace dovetail::cli {
namespace {

RunSettings resolve(const Arguments& arguments) {
  RunSettings settings = resolve_settings(arguments.options);
  if (!arguments.positionals.empty()) settings.model = arguments.positionals.front();
  if (settings.model.empty()) {
    throw UsageError(
        "no MODEL is given, on the command line, as DOVETAIL_MODEL or as `model` in --config; `dovetail help models` "
        "lists them");
  }
  return settings;
}

ExitCode run(const Arguments& arguments) {
  const RunSettings settings = resolve(arguments);
  check_settings(settings);
  const auto model = make_model(settings.model);
  check_options(settings.temper, *model);
  // Nothing was written up to here: a wrong call leaves no files.
  const std::optional<std::filesystem::path> out =
      settings.out.empty() ? std::nullopt : std::optional<std::filesystem::path>(settings.out);
  const RunFolder folder =
      RunFolder::create(out, settings.model, settings.force ? Existing::replace : Existing::refuse);
  return run_tempering(*model, settings, folder, RunFiles::Start::anew);
}

}  // namespace

Command temper_command() {
  return {"temper",
          "MODEL",
          0,
          1,
          "draw from a posterior and compute its evidence by non-reversible parallel tempering",
          "dovetail temper builtin:galaxies,k=3 --rounds 10 --seed 1",
          TakesSettings::all,
          {{"--config", 0, "FILE.toml", "settings from a file; flags and DOVETAIL_* variables win over it"}},
          run};
}

}  // namespace dovetail::cli
