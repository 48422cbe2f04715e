// `dovetail worker`: takes part in a run that it finds in a store, for as long as it is let.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/config.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/model.hpp"
#include "dovetail/cli/progress.hpp"
#include "dovetail/cli/ranks.hpp"
#include "dovetail/cli/run.hpp"
#include "dovetail/cli/signals.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/execute/pool.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/store.hpp"

namespace dovetail::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kLease = 15;     ///< seconds, when the user does not say
constexpr double kWait = 600;     ///< likewise
constexpr double kLook = 0.1;     ///< seconds between two looks for a run
constexpr double kInterval = 60;  ///< seconds between two lines of a log

double seconds_since(Clock::time_point then) { return std::chrono::duration<double>(Clock::now() - then).count(); }

/// The run that a server has begun in the store; nothing when a signal came first.
std::optional<PoolHeader> wait_for_run(Store& store, const RunSettings& settings, double wait_s) {
  const auto begin = Clock::now();
  bool said = false;
  while (!is_told_to_stop()) {
    if (store.wait_for("run", kLook)) {
      if (auto header = find_pool(store)) return header;
    }
    if (!said && !settings.quiet) {
      print_remark(settings,
                   fmt::format("there is no run {} in {} yet: waiting\n", settings.layout.run, store.place()));
    }
    said = true;
    if (seconds_since(begin) > wait_s) {
      throw StoreError(
          fmt::format("no server has begun a run {} in {} for {:.0f} s; begin it with --store and --run, or "
                      "look at these",
                      settings.layout.run, store.place(), wait_s));
    }
  }
  return std::nullopt;
}

std::string field_of(const PoolHeader& header, std::string_view name) {
  for (const PoolField& field : header.identity) {
    if (field.name == name) return field.text;
  }
  return "";
}

/// The corpus of a run of `lda`, whatever file of this worker has it.
void take_corpus(RunSettings& settings, const std::vector<std::string>& files, const std::string& data_sha256) {
  if (files.empty()) {
    throw UsageError(fmt::format("the run is about a corpus (SHA-256 {}); name its files, or its binary form, as MODEL",
                                 data_sha256));
  }
  name_corpus(settings, files);
}

/// The run's settings, with this worker's own place, model and data.
RunSettings settings_of(const PoolHeader& header, const RunSettings& own, const std::vector<std::string>& models,
                        const std::string& place) {
  RunSettings settings = own;
  settings.model.clear();
  apply_setup(settings, header.setup, "the settings of the run in " + place);
  const std::string data = field_of(header, "data_sha256");
  if (settings.job == JobKind::lda) {
    take_corpus(settings, models, data);
    return settings;
  }
  if (models.size() > 1) {
    throw UsageError(fmt::format("{} MODELs are named, and a run of `dovetail {}` has one; name that", models.size(),
                                 command_of(settings.job)));
  }
  if (!models.empty()) settings.model = models.front();
  if (settings.model.empty()) {
    throw UsageError(fmt::format(
        "the run's model is a file or a program (SHA-256 {}), which no worker takes from a store; name it as "
        "MODEL",
        field_of(header, "model_sha256")));
  }
  if (!settings.site_entries.empty()) {
    if (settings.data.empty()) {
      throw UsageError(
          "the run's sites keep their rows, and none are named here; say which rows this worker has with --data "
          "SITE=FILE, or a folder with a SITE.csv of each");
    }
    settings.data = absolute_site_files(settings.data);
  } else if (!data.empty() && settings.data.empty()) {
    throw UsageError(fmt::format("the run is about data (a file of SHA-256 {}); name it with --data", data));
  }
  return settings;
}

/// Says what the worker does.
class WorkPrinter {
 public:
  explicit WorkPrinter(const RunSettings& settings) : settings_(settings) {}
  void told(const TaskDone& task) {
    ++tasks_;
    seconds_ += task.seconds;
    if (settings_.quiet || settings_.progress == ProgressStyle::none) return;
    if (settings_.progress == ProgressStyle::json) {
      const nlohmann::ordered_json object = {{"event", "task"},
                                             {"item", task.item},
                                             {"first_step", task.first.value},
                                             {"steps", task.count},
                                             {"seconds", task.seconds}};
      print_note(object.dump() + "\n");
    } else if (settings_.verbose) {
      print_note(fmt::format("item {}, steps {} to {}: {:.3f} s\n", task.item, task.first.value,
                             task.first.value + task.count - 1, task.seconds));
    } else if (seconds_since(printed_) > kInterval) {
      printed_ = Clock::now();
      print_note(text() + " so far\n");
    }
  }
  [[nodiscard]] std::string text() const { return fmt::format("{} tasks in {:.2f} s of work", tasks_, seconds_); }

 private:
  const RunSettings& settings_;
  std::uint64_t tasks_ = 0;
  double seconds_ = 0;
  Clock::time_point printed_ = Clock::now();
};

struct Patience {
  double lease_s;
  double wait_s;
};

/// True when the run has ended.
bool work(const RunSettings& settings, Store& store, const PoolHeader& header, const Patience& patience) {
  const ModelWatch watch(settings.model_timeout_s, STDERR_FILENO, line_of(settings));
  const auto model = model_of(settings);
  RunSettings fitted = settings;
  fit_to_model(fitted, *model);
  Layout layout = settings.layout;
  layout.executor = "threads";
  take_threads_of_slurm(layout);
  WorkPrinter printer(settings);
  const WorkerSide side{store,
                        header,
                        threads_of(layout, *model),
                        patience.lease_s,
                        patience.wait_s,
                        is_told_to_stop,
                        [&](const TaskDone& task) { printer.told(task); }};
  if (!settings.quiet && patience.lease_s > header.lease_max_s) {
    print_remark(settings, fmt::format("leases of this run are for at most {}, the server's --round-timeout\n",
                                       seconds_text(header.lease_max_s)));
  }
  if (!settings.quiet) {
    print_remark(settings, fmt::format("joins run {} in {}: {} {}, threads: {}\n", settings.layout.run, store.place(),
                                       command_of(settings.job), printable(settings.model), side.threads));
  }
  const auto work_for_job = [&] {
    if (settings.job == JobKind::ep) return work_for_expectation_propagation(divided(*model), fitted.ep, side);
    if (settings.job == JobKind::lda) return work_for_latent_dirichlet_allocation(topics_of(*model), fitted.lda, side);
    return work_for_sample(*model, fitted.sample, side);
  };
  const bool ended = work_for_job();
  if (!settings.quiet) {
    print_remark(settings, fmt::format("leaves after {}: {}\n", printer.text(),
                                       ended ? "the run has ended" : StopSignals::name()));
  }
  return ended;
}

double seconds_of(const Arguments& arguments, const std::string& option, double standard) {
  if (!arguments.has(option)) return standard;
  const std::string& text = arguments.options.at(option);
  try {
    return parse_seconds(text);
  } catch (const BadValue& bad) {
    throw UsageError(fmt::format("{}: \"{}\" {}; give a time such as 30s", option, text, bad.what()));
  }
}

ExitCode run(const Arguments& arguments) {
  RunSettings own;
  own.job = JobKind::sample;  // any that meets workers
  apply_environment(own, true);
  forget_store_variable();
  apply_flags(own, arguments.options);
  check_settings(own);
  if (own.layout.store.empty()) throw UsageError("no store is given; name the server's with --store");
  const Patience patience{seconds_of(arguments, "--lease", kLease), seconds_of(arguments, "--wait", kWait)};
  static const StopSignals signals;
  own.layout.should_stop = is_told_to_stop;
  const auto store = open_store(own.layout);
  if (const auto header = wait_for_run(*store, own, patience.wait_s)) {
    const RunSettings settings = settings_of(*header, own, arguments.positionals, store->place());
    if (work(settings, *store, *header, patience)) return ExitCode::done;
  }
  return exit_code(StopSignals::received(), Summary(), false);
}

}  // namespace

Command worker_command() {
  return {"worker",
          "[MODEL|CORPUS...]",
          0,
          kCorpusFilesMax,
          "do work of a run in a store; many may, on any machine, and come and go as they like",
          "dovetail worker --store dir:/shared/pool --run clinics --data examples/ep/clinics.csv",
          TakesSettings::of_worker,
          {{"--lease", 0, "TIME", "should this worker die, its task falls to others after so long [15s]"},
           {"--wait", 0, "TIME", "leave when there was no work for so long [10m]"}},
          run};
}

}  // namespace dovetail::cli
