// `dovetail verify RUN`: replay it serially from the seed and compare every round.
#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/model.hpp"
#include "dovetail/cli/progress.hpp"
#include "dovetail/cli/run.hpp"
#include "dovetail/cli/run_place.hpp"
#include "dovetail/jobs/verify.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

VerifyReport replay(const Model& model, const RunSettings& settings, const RunFolder& folder) {
  VerifyReport report;
  if (settings.job == JobKind::temper) {
    RowPrinter<TemperingRow> printer(settings);
    report = verify_temper(model, settings.temper, folder, printer);
    printer.finish();
  } else if (settings.job == JobKind::ep) {
    RowPrinter<EpRow> printer(settings);
    report = verify_ep(divided(model), settings.ep, folder, printer);
    printer.finish();
  } else if (settings.job == JobKind::lda) {
    RowPrinter<LdaRow> printer(settings);
    report = verify_lda(topics_of(model), settings.lda, folder, printer);
    printer.finish();
  } else {
    RowPrinter<SamplingRow> printer(settings);
    report = verify_sample(model, settings.sample, folder, printer);
    printer.finish();
  }
  return report;
}

ExitCode run(const Arguments& arguments) {
  const RunFolder folder = RunFolder::open(find_run(arguments.positionals.front()));
  RunSettings settings = settings_of_run(folder);
  settings.quiet = arguments.has("--quiet");
  if (arguments.has("--data")) {
    if (settings.site_entries.empty()) {
      throw UsageError("--data is for runs of sites that keep their rows; this run knows where its data are");
    }
    settings.data = absolute_site_files(arguments.options.at("--data"));
  }
  settings.layout.store.clear();  // a replay has no workers
  const ModelWatch watch(settings.model_timeout_s, STDERR_FILENO, line_of(settings));
  const auto model = model_of(settings, read_manifest(folder.manifest()).identity);
  fit_to_model(settings, *model, folder);
  const VerifyReport report = replay(*model, settings, folder);

  if (arguments.has("--json")) {
    const nlohmann::ordered_json object = {{"run", folder.path().string()},
                                           {"same", report.same},
                                           {"rounds", report.rounds},
                                           {"difference", report.difference}};
    print_result(object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  } else if (report.same) {
    print_result(fmt::format("{} rounds replayed on one thread: the same bits\n", report.rounds));
  } else {
    print_result(fmt::format("differs after {} rounds: {}\n", report.rounds, printable(report.difference)));
  }
  if (report.same) return ExitCode::done;
  print_note(
      "dovetail: the replay differs from the run (so one of the two is wrong: a bug in Dovetail, a model that is not "
      "a\n"
      "function of its point, other mathematics, or files changed since); compare `dovetail doctor` with the run's\n"
      "manifest.json, and report it when both agree.\n");
  return ExitCode::bug;
}

}  // namespace

Command verify_command() {
  return {
      "verify",
      "RUN",
      1,
      1,
      "replay a run on one thread and compare it round by round, bit by bit",
      "dovetail verify dovetail-runs/latest",
      TakesSettings::none,
      {{"--data", 0, "SITE=FILE,...", "of `ep --sites`: the rows of all sites, or a folder with a SITE.csv of each"},
       {"--json", 0, "", "the report as JSON"},
       {"--quiet", 'q', "", "no progress on stderr"}},
      run};
}

}  // namespace dovetail::cli
