// `dovetail resume RUN`: the run's own settings, another layout if asked, more rounds if asked.
#include <fmt/format.h>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/config.hpp"
#include "dovetail/cli/progress.hpp"
#include "dovetail/cli/run_place.hpp"
#include "dovetail/cli/settings.hpp"
#include "dovetail/cli/tempering_run.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/model/registry.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

/// "+2" adds to the run's total; "12" is the total.
void set_rounds(RunSettings& settings, const std::string& text) {
  std::uint32_t& rounds = settings.temper.rounds;
  const std::uint32_t before = rounds;
  if (text.starts_with("+")) {
    const std::uint32_t most = kRoundsMax - before;
    try {
      rounds = before + static_cast<std::uint32_t>(parse_whole(text.substr(1), 1, most));
    } catch (const BadValue& bad) {
      throw UsageError(fmt::format("--rounds: \"{}\" {}; the run has {} rounds and may have {} in all, so {}", text,
                                   bad.what(), before, kRoundsMax,
                                   most == 0 ? "none can be added" : fmt::format("give +1 to +{}", most)));
    }
    return;
  }
  set_value(settings, *find_setting("rounds"), text, "--rounds");
  if (rounds < before) {
    throw UsageError(
        fmt::format("--rounds: the run has {} rounds already and cannot be cut to {}; give --rounds +N or a "
                    "number from {} on",
                    before, rounds, before));
  }
}

/// Says so when all work begins again: the run was killed before its first checkpoint, or they were removed.
void say_restart(const RunFolder& folder, const RunSettings& settings) {
  const bool none = !std::filesystem::exists(folder.checkpoint()) || std::filesystem::is_empty(folder.checkpoint());
  if (!none || settings.quiet) return;
  print_remark(settings, fmt::format("{} has no checkpoint: it starts again from round 1, to the same result\n",
                                     printable(folder.path().string())));
}

ExitCode run(const Arguments& arguments) {
  const RunFolder folder = RunFolder::resume(find_run(arguments.positionals.front()));
  RunSettings settings = settings_of_run(folder);
  apply_environment(settings, true);
  auto flags = arguments.options;
  const auto rounds = flags.extract("--rounds");  // has a form of its own here
  apply_flags(settings, flags);
  if (!rounds.empty()) set_rounds(settings, rounds.mapped());
  check_settings(settings);
  const auto model = make_model(settings.model);
  check_options(settings.temper, *model);
  const auto start = arguments.has("--previous-checkpoint") ? RunFiles::Start::from_previous_checkpoint
                                                            : RunFiles::Start::from_checkpoint;
  say_restart(folder, settings);
  return run_tempering(*model, settings, folder, start);
}

}  // namespace

Command resume_command() {
  return {"resume",
          "RUN",
          1,
          1,
          "go on with a run that was stopped, killed or finished, with any number of threads",
          "dovetail resume dovetail-runs/latest --rounds +1",
          TakesSettings::resumable,
          {{"--rounds", 0, "+N|N", "N more rounds than the run was given, or N in all"},
           {"--previous-checkpoint", 0, "", "start from the checkpoint before the newest, when that is damaged"}},
          run};
}

}  // namespace dovetail::cli
