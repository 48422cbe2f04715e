// The order is: signals on, run, signals off, words. Results are on disk before the first word is printed.
#include "dovetail/cli/tempering_run.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "dovetail/cli/config.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/progress.hpp"
#include "dovetail/cli/signals.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

/// The layout asked for; where the number of threads is left open, what Slurm gave this task.
Layout layout_of(const RunSettings& settings) {
  Layout layout = settings.layout;
  const char* given = std::getenv("SLURM_CPUS_PER_TASK");
  if (layout.threads != 0 || given == nullptr) return layout;
  try {
    layout.threads = static_cast<unsigned>(parse_whole(given, 1, kThreadsMax));
  } catch (const BadValue&) {
    layout.threads = 0;  // not Slurm's doing: as if it were not there
  }
  return layout;
}

void print_start(const Model& model, const RunSettings& settings, const Layout& layout,
                 const std::filesystem::path& folder) {
  if (settings.quiet) return;
  print_remark(settings, fmt::format("{} -> {}\n", printable(settings.model), printable(folder.string())));
  if (!settings.verbose) return;
  const ModelDescription& about = model.description();
  print_remark(
      settings,
      fmt::format("model: {} ({} coordinates; {}, {}, {})\nsource: {}\nkernel: {}; executor: {}, threads: {}\n",
                  printable(about.summary), about.coordinates.size(),
                  about.parts ? "prior and likelihood apart" : "one density",
                  about.gradient ? "with gradient" : "no gradient",
                  about.thread_safe ? "thread safe" : "one thread only", printable(about.source),
                  printable(settings.temper.kernel), layout.executor,
                  layout.threads == 0 ? "all cores" : fmt::to_string(layout.threads)));
}

const char* stop_words(StopReason stop) {
  switch (stop) {
    case StopReason::finished:
      return "";
    case StopReason::interrupted:
    case StopReason::terminated:
      return StopSignals::name();
    case StopReason::time_limit:
      return "--max-time";
  }
  return "";
}

void print_end(const TemperResult& result, const RunSettings& settings, const std::filesystem::path& folder) {
  if (settings.json) {
    print_result(to_json(result.summary) + "\n");
  } else {
    print_result(to_text(result.summary));
  }
  if (result.stop != StopReason::finished) {
    print_remark(settings, fmt::format("stopped by {} with a good checkpoint; go on with: dovetail resume {}\n",
                                       stop_words(result.stop), shell_path(folder.string())));
  } else if (!settings.quiet) {
    print_remark(settings, fmt::format("run: {}\n", printable(folder.string())));
  }
}

}  // namespace

ExitCode exit_code(StopReason stop, const Summary& summary, bool strict) {
  switch (stop) {
    case StopReason::finished:
      break;
    case StopReason::interrupted:
      return ExitCode::interrupted;
    case StopReason::terminated:
    case StopReason::time_limit:
      return ExitCode::stopped;
  }
  return strict && summary.status != "ok" ? ExitCode::diagnostics : ExitCode::done;
}

ExitCode run_tempering(const Model& model, const RunSettings& settings, const RunFolder& folder,
                       RunFiles::Start start) {
  const Layout layout = layout_of(settings);
  print_start(model, settings, layout, folder.path());
  ProgressPrinter printer(settings);
  const RunFiles files{folder, config_text(settings), settings.csv, settings.checkpoint_every_s, start};
  TemperResult result;
  try {
    const StopSignals signals;
    result = temper(model, settings.temper, layout, printer, files);
  } catch (const Error& error) {
    printer.finish();
    const bool resumable = error.code() == ExitCode::model || error.code() == ExitCode::files;
    if (resumable) {
      print_remark(settings, fmt::format("the run is in {}; with the cause removed, `dovetail resume {}` goes on\n",
                                         printable(folder.path().string()), shell_path(folder.path().string())));
    }
    throw;
  }
  printer.finish();
  print_end(result, settings, folder.path());
  return exit_code(result.stop, result.summary, settings.strict);
}

}  // namespace dovetail::cli
