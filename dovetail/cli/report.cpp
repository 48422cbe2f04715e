// `dovetail report RUN`: one page about a run, as a file that a browser shows without a network.
#include "dovetail/report/report.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "dovetail/cli/again.hpp"
#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/run_place.hpp"
#include "dovetail/cli/run_state.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::cli {
namespace {

namespace fs = std::filesystem;

/// `run`: as the user named it, which a page may tell others.
report::Words words_of(const RunFolder& folder, const fs::path& run) {
  report::Words words;
  words.config = config_of_run(folder);
  const RunSettings settings = settings_of_run(words.config, folder.config());
  const std::string command(command_of(settings.job));
  const std::string line = command_line(settings);
  if (!line.empty()) words.commands.emplace_back("The command line of this run", line);
  words.commands.emplace_back("The same run again, from its settings",
                              fmt::format("dovetail {} --config {} --out again", command,
                                          shell_path((run / folder.config().filename()).string())));
  words.commands.emplace_back("Replay it on one thread and compare every bit",
                              "dovetail verify " + shell_path(run.string()));
  return words;
}

ExitCode run(const Arguments& arguments) {
  const fs::path path = find_run(arguments.positionals.front());
  const RunFolder folder = RunFolder::open(path);
  const RunState state = look_at(path);
  const report::ReportedRun reported(folder, {state.status(), state.manifest->status_reason});
  const auto out = arguments.options.find("--out");
  const fs::path file = out == arguments.options.end() ? path / folder.report().filename() : fs::path(out->second);
  require_outside_runs(file, folder.report(), "--out");
  for (const std::string& note : reported.notes()) print_note("dovetail: " + printable(note) + "\n");
  replace_file(file, report::report_page(report::report_json(reported, words_of(folder, path))));
  print_result(printable(file.string()) + "\n");
  return ExitCode::done;
}

}  // namespace

Command report_command() {
  return {"report",
          "RUN",
          1,
          1,
          "make a page about a run, report.html, that a browser shows without a network",
          "dovetail report dovetail-runs/latest",
          TakesSettings::none,
          {{"--out", 0, "FILE", "where to (default: report.html in the run's folder)"}},
          run};
}

}  // namespace dovetail::cli
