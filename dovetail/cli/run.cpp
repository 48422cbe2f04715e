// The order is: run, words. Results are on disk before the first word is printed.
#include "dovetail/cli/run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "dovetail/cli/config.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/model.hpp"
#include "dovetail/cli/progress.hpp"
#include "dovetail/cli/ranks.hpp"
#include "dovetail/cli/signals.hpp"
#include "dovetail/cli/starts.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/store.hpp"
#include "dovetail/store/url.hpp"

namespace dovetail::cli {
namespace {

/// What a worker must have of its own, as words of its command line.
std::string own_things(const RunSettings& settings) {
  std::string words;
  if (!settings.model.starts_with("builtin:")) words += " " + shell_path(settings.model);
  for (const std::string& file : settings.more_files) words += " " + shell_path(file);
  if (settings.job == JobKind::lda) return words + reading_flags(settings);
  if (!settings.site_entries.empty()) return words + " --data SITE=FILE";
  if (!settings.data.empty()) words += " --data " + shell_path(settings.data);
  return words;
}

void print_start(const Model& model, const RunSettings& settings, const Layout& layout,
                 const std::filesystem::path& folder) {
  if (settings.quiet) return;
  const std::string more = settings.more_files.empty() ? "" : fmt::format(" and {} more", settings.more_files.size());
  print_remark(settings, fmt::format("{}{} -> {}\n", printable(settings.model), more, printable(folder.string())));
  if (layout.executor == "pool") {
    print_remark(settings, fmt::format("workers join with: dovetail worker{} --store {} --run {}\n",
                                       own_things(settings), shell_path(without_login(layout.store)), layout.run));
  }
  if (!settings.verbose) return;
  const ModelDescription& about = model.description();
  const std::string kernel = settings.job == JobKind::temper   ? settings.temper.kernel
                             : settings.job == JobKind::sample ? settings.sample.kernel
                             : settings.job == JobKind::lda    ? (settings.lda.shards == 1 ? "exact" : "ring")
                                                               : "nuts";
  print_remark(
      settings,
      fmt::format("model: {} ({} coordinates; {}, {}, {})\nsource: {}\nkernel: {}; executor: {}, threads: {}\n",
                  printable(about.summary), about.coordinates.size(),
                  about.parts ? "prior and likelihood apart" : "one density",
                  about.gradient ? "with gradient" : "no gradient",
                  about.thread_safe ? "thread safe" : "one thread only", printable(about.source), printable(kernel),
                  layout.executor, threads_of(layout, model)));
}

const char* stop_words(StopReason stop) {
  switch (stop) {
    case StopReason::finished:
    case StopReason::enough:
      return "";
    case StopReason::interrupted:
    case StopReason::terminated:
      return StopSignals::name();
    case StopReason::time_limit:
      return "--max-time";
  }
  return "";
}

/// What a model refused in words: routine in warm-up, and a bias where it goes on. And crashes that passed.
void print_rejections(const Rejections& rejections, const RunSettings& settings) {
  if (settings.quiet) return;
  if (rejections.crashes > 0) {
    print_remark(settings, fmt::format("the model's program ended in the middle {} times, and a new one answered; "
                                       "once with {}; mend it: what fails by chance may answer by chance\n",
                                       rejections.crashes, printable(rejections.crash)));
  }
  if (rejections.count == 0) return;
  print_remark(settings, fmt::format("the model refused {} points, which count as outside the support; of one of them "
                                     "it said: {}\n",
                                     rejections.count, printable(rejections.first)));
}

void print_end(const Summary& summary, StopReason stop, const RunSettings& settings,
               const std::filesystem::path& folder) {
  if (settings.json) {
    print_result(to_json(summary) + "\n");
  } else {
    print_result(to_text(summary));
  }
  if (stop != StopReason::finished) {
    print_remark(settings, fmt::format("stopped by {} with a good checkpoint; go on with: dovetail resume {}\n",
                                       stop_words(stop), shell_path(folder.string())));
  } else if (!settings.quiet) {
    print_remark(settings, fmt::format("run: {}\n", printable(folder.string())));
  }
}

/// What can be done with a run that an error ended.
void print_way_on(const Error& error, const Model& model, const RunSettings& settings,
                  const std::filesystem::path& folder) {
  if (error.code() != ExitCode::model && error.code() != ExitCode::files && error.code() != ExitCode::workers) return;
  if (!std::filesystem::exists(folder / "manifest.json")) return;  // it has not begun: the same command begins it
  const bool is_program = model.description().kind == "exec";      // known by its declared version, not by its bytes
  const char* mended = error.code() == ExitCode::model && !is_program
                           ? "goes on from its last checkpoint with the same model; a mended one needs a new run"
                           : "goes on from its last checkpoint once the cause is mended";
  print_remark(settings, fmt::format("the run is in {}; `dovetail resume {}` {}\n", printable(folder.string()),
                                     shell_path(folder.string()), mended));
}

/// `go(printer, files)` is the job.
template <class Row, class Go>
ExitCode run_job(const Model& model, const RunSettings& settings, const Layout& layout, const RunFolder& folder,
                 RunFiles::Start start, Go&& go) {
  print_start(model, settings, layout, folder.path());
  RowPrinter<Row> printer(settings);
  const RunFiles files{folder, config_text(settings), settings.csv, settings.checkpoint_every_s, start};
  RunResult<Row> result;
  try {
    result = go(printer, files);
  } catch (const Error& error) {
    printer.finish();
    print_way_on(error, model, settings, folder.path());
    throw;
  }
  printer.finish();
  print_rejections(result.rejections, settings);
  print_end(result.summary, result.stop, settings, folder.path());
  return exit_code(result.stop, result.summary, settings.strict);
}

/// What a new folder is called after.
std::string name_of(const std::string& model) {
  return model.starts_with("builtin:") ? model : std::filesystem::path(model).stem().string();
}

/// Files on the command line are all there are.
void take_corpus(RunSettings& settings, const std::vector<std::string>& words, bool is_config) {
  if (is_config && words.size() > 1) {
    throw UsageError(words.front() + " is a file of settings and stands alone; name the corpus in it, as `model`");
  }
  std::vector<std::string> patterns = words;
  if (words.empty() || is_config) {
    if (settings.model.empty()) return;
    patterns = settings.more_files;
    patterns.insert(patterns.begin(), settings.model);
  }
  name_corpus(settings, patterns);
}

RunSettings resolve(JobKind job, const Arguments& arguments) {
  auto flags = arguments.options;
  const std::string given = arguments.positionals.empty() ? "" : arguments.positionals.front();
  const bool is_config = given.ends_with(".toml");
  if (is_config && !flags.emplace("--config", given).second) {
    throw UsageError(fmt::format("{} and --config both name a file of settings; give one", given));
  }
  RunSettings settings = resolve_settings(job, flags);
  if (!given.empty() && !is_config) settings.model = given;
  if (job == JobKind::lda) take_corpus(settings, arguments.positionals, is_config);
  if (settings.model.empty() && job == JobKind::lda) {
    throw UsageError(
        "no CORPUS is given, on the command line, as DOVETAIL_MODEL or as `model` in --config; name its file");
  }
  if (settings.model.empty()) {
    throw UsageError(
        "no MODEL is given, on the command line, as DOVETAIL_MODEL or as `model` in --config; `dovetail help models` "
        "lists them");
  }
  make_files_absolute(settings);
  if (!settings.sites.empty()) {
    settings.site_entries = read_sites(settings.sites);
    require_sites(settings.site_entries);
    for (const SiteEntry& site : settings.site_entries) require_rows(site, settings.min_rows);
  }
  return settings;
}

}  // namespace

ExitCode exit_code(StopReason stop, const Summary& summary, bool strict) {
  switch (stop) {
    case StopReason::finished:
    case StopReason::enough:
      break;
    case StopReason::interrupted:
      return ExitCode::interrupted;
    case StopReason::terminated:
    case StopReason::time_limit:
      return ExitCode::stopped;
  }
  return strict && summary.status != "ok" ? ExitCode::diagnostics : ExitCode::done;
}

void check_options_of(RunSettings& settings, const Model& model) {
  if (settings.job == JobKind::temper) return check_options(settings.temper, model);
  if (settings.job == JobKind::ep) return check_options(settings.ep, divided(model));
  if (settings.job == JobKind::lda) {
    settings.lda = resolved(settings.lda, topics_of(model).corpus());
    return check_options(settings.lda, topics_of(model).corpus());
  }
  check_options(settings.sample, model);
}

void fit_to_model(RunSettings& settings, const Model& model) {
  if (settings.job == JobKind::sample) read_starts(settings, model);
  if (settings.job == JobKind::ep) read_start_factors(settings, divided(model));
  check_options_of(settings, model);
}

void fit_to_model(RunSettings& settings, const Model& model, const RunFolder& run) {
  if (settings.job == JobKind::sample) restore_starts(settings, model, run);
  if (settings.job == JobKind::ep) restore_start_factors(settings, run);
  check_options_of(settings, model);
}

ExitCode run_in(const Model& model, const RunSettings& settings, const Layout& layout, const RunFolder& folder,
                RunFiles::Start start) {
  if (settings.job == JobKind::temper) {
    return run_job<TemperingRow>(model, settings, layout, folder, start,
                                 [&](TemperObserver& printer, const RunFiles& files) {
                                   return temper(model, settings.temper, layout, printer, files);
                                 });
  }
  if (settings.job == JobKind::ep) {
    return run_job<EpRow>(model, settings, layout, folder, start, [&](EpObserver& printer, const RunFiles& files) {
      return expectation_propagation(divided(model), settings.ep, layout, printer, files);
    });
  }
  if (settings.job == JobKind::lda) {
    return run_job<LdaRow>(model, settings, layout, folder, start, [&](LdaObserver& printer, const RunFiles& files) {
      return latent_dirichlet_allocation(topics_of(model), settings.lda, layout, printer, files);
    });
  }
  return run_job<SamplingRow>(model, settings, layout, folder, start,
                              [&](SampleObserver& printer, const RunFiles& files) {
                                return sample(model, settings.sample, layout, printer, files);
                              });
}

ExitCode begin_run(JobKind job, const Arguments& arguments) {
  RunSettings settings = resolve(job, arguments);
  forget_store_variable();
  check_settings(settings);
  const RunRanks ranks(settings);
  ranks.require_equal("out", settings.out);
  ModelWatch watch(settings.model_timeout_s, STDERR_FILENO, line_of(settings), wait_before_last_words());
  const auto model = model_of(settings);
  fit_to_model(settings, *model);
  ranks.require_equal_runs(*model, settings);
  if (!ranks.leads()) return ranks.follow(*model, settings);
  read_held_out(settings);
  if (ranks.layout().executor == "pool") static_cast<void>(open_store(ranks.layout()));
  // Nothing was written up to here: a wrong call leaves no files.
  const std::optional<std::filesystem::path> out =
      settings.out.empty() ? std::nullopt : std::optional<std::filesystem::path>(settings.out);
  const RunFolder folder =
      RunFolder::create(out, name_of(settings.model), settings.force ? Existing::replace : Existing::refuse);
  watch.say(line_of(settings, folder.path().string()));
  return run_in(*model, settings, ranks.layout(), folder, RunFiles::Start::anew);
}

}  // namespace dovetail::cli
