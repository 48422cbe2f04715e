// `dovetail resume RUN`: the run's own settings, another layout if asked, more rounds if asked.
#include <fmt/format.h>
#include <unistd.h>

#include <optional>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/config.hpp"
#include "dovetail/cli/model.hpp"
#include "dovetail/cli/progress.hpp"
#include "dovetail/cli/ranks.hpp"
#include "dovetail/cli/run.hpp"
#include "dovetail/cli/run_place.hpp"
#include "dovetail/cli/settings.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/execute/mpi.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

/// How long a run is: what `--rounds`, `--draws` and `--sweeps` may raise.
struct Length {
  std::string_view flag;
  std::string_view noun;
  std::uint64_t before;
  std::uint64_t most;
};

/// "+2" adds to the run's total; "12" is the total.
std::uint64_t longer(const Length& length, const std::string& text) {
  const bool adds = text.starts_with("+");
  try {
    if (adds) return length.before + parse_whole(text.substr(1), 1, length.most - length.before);
    return parse_whole(text, length.before, length.most);
  } catch (const BadValue& bad) {
    const std::uint64_t room = length.most - length.before;
    throw UsageError(fmt::format(
        "{}: \"{}\" {}; the run has {} {} and may have {} in all, so {}", length.flag, text, bad.what(), length.before,
        length.noun, length.most,
        room == 0 ? "none can be added" : fmt::format("give +1 to +{}, or a number from {} on", room, length.before)));
  }
}

void set_length(RunSettings& settings, const Arguments& arguments) {
  const std::string flag = settings.job == JobKind::sample ? "--draws"
                           : settings.job == JobKind::lda  ? "--sweeps"
                                                           : "--rounds";
  for (const char* other : {"--rounds", "--draws", "--sweeps"}) {
    if (other == flag || !arguments.has(other)) continue;
    throw UsageError(fmt::format("{} is no setting of `dovetail {}`, which made this run; give {}", other,
                                 command_of(settings.job), flag));
  }
  if (!arguments.has(flag)) return;
  const std::string& text = arguments.options.at(flag);
  if (settings.job == JobKind::lda) {
    settings.lda.sweeps = static_cast<std::uint32_t>(longer({flag, "sweeps", settings.lda.sweeps, kSweepsMax}, text));
  } else if (settings.job != JobKind::sample) {
    const bool tempers = settings.job == JobKind::temper;
    std::uint32_t& rounds = tempers ? settings.temper.rounds : settings.ep.rounds;
    rounds = static_cast<std::uint32_t>(longer({flag, "rounds", rounds, tempers ? kRoundsMax : kEpRoundsMax}, text));
  } else {
    settings.sample.draws = longer({flag, "draws", settings.sample.draws, kIterationsMax}, text);
  }
}

/// Says so when all work begins again: the run was killed before its first checkpoint, or they were removed.
void say_restart(const RunFolder& folder, const RunSettings& settings) {
  const bool none = !std::filesystem::exists(folder.checkpoint()) || std::filesystem::is_empty(folder.checkpoint());
  if (!none || settings.quiet) return;
  print_remark(settings, fmt::format("{} has no checkpoint: it starts again from round 1, to the same result\n",
                                     printable(folder.path().string())));
}

/// What there is of the run, as rank 0 reads it and tells the others, which need not see its folder.
struct Before {
  std::string config;
  std::string path, config_path;
  ManifestIdentity identity;  ///< elsewhere of its files alone
};

Before before_of(const RunFolder& folder) {
  return {config_of_run(folder), folder.path().string(), folder.config().string(),
          read_manifest(folder.manifest()).identity};
}

void tell_before(Before& before) {
  ManifestIdentity& identity = before.identity;
  for (std::string* text : {&before.config, &before.path, &before.config_path, &identity.model_sha256,
                            &identity.data_sha256, &identity.cpu_features}) {
    tell_all(*text);
  }
}

/// Starting points, which the run keeps in its folder, and a check of all options.
void fit_to_model_together(RunSettings& settings, const Model& model, const std::optional<RunFolder>& folder) {
  if (folder) fit_to_model(settings, model, *folder);
  tell_all(settings.sample.start);
  tell_all(settings.sample.start_values);
  tell_all(settings.ep.start);
  if (!folder) check_options_of(settings, model);
}

ExitCode run(const Arguments& arguments) {
  const std::string& given = arguments.positionals.front();
  std::optional<RunFolder> folder;
  Before before;
  if (launched().rank == 0) {
    folder = RunFolder::resume(find_run(given));
    before = before_of(*folder);
  }
  tell_before(before);
  RunSettings settings = settings_of_run(before.config, before.config_path);
  settings.layout.executor = "auto";  // that of the run so far does not bind this one
  settings.layout.store.clear();
  apply_environment(settings, true);
  forget_store_variable();
  auto flags = arguments.options;
  flags.erase("--rounds");  // they have a form of their own here
  flags.erase("--draws");
  flags.erase("--sweeps");
  apply_flags(settings, flags);
  set_length(settings, arguments);
  check_settings(settings);
  const RunRanks ranks(settings);
  ranks.require_equal("RUN", given);
  const ModelWatch watch(settings.model_timeout_s, STDERR_FILENO, line_of(settings, before.path),
                         wait_before_last_words());
  const auto model = model_of(settings, before.identity);
  fit_to_model_together(settings, *model, folder);
  if (!ranks.leads()) return ranks.follow(*model, settings);
  read_held_out(settings);
  const auto start = arguments.has("--previous-checkpoint") ? RunFiles::Start::from_previous_checkpoint
                                                            : RunFiles::Start::from_checkpoint;
  say_restart(*folder, settings);
  return run_in(*model, settings, ranks.layout(), *folder, start);
}

}  // namespace

Command resume_command() {
  return {"resume",
          "RUN",
          1,
          1,
          "go on with a run that was stopped, killed or finished, on any threads and processes",
          "dovetail resume dovetail-runs/latest --rounds +1",
          TakesSettings::resumable,
          {{"--rounds", 0, "+N|N", "temper: N more rounds than the run was given, or N in all"},
           {"--draws", 0, "+N|N", "sample: N more draws than the run was given, or N in all"},
           {"--sweeps", 0, "+N|N", "lda: N more sweeps than the run was given, or N in all"},
           {"--previous-checkpoint", 0, "", "start from the checkpoint before the newest, when that is damaged"}},
          run};
}

}  // namespace dovetail::cli
