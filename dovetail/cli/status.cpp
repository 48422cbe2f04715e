// `dovetail status RUN`: where a run is, whoever started it.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/run_place.hpp"
#include "dovetail/cli/run_state.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// Rounds that the run is to have; at most, for `ep`; nothing for chains, whose draws are cut into rounds as they
/// come.
std::optional<std::uint64_t> rounds_wanted(const fs::path& run) {
  const RunSettings settings = settings_of_run(RunFolder::open(run));
  if (settings.job == JobKind::sample) return std::nullopt;
  if (settings.job == JobKind::lda) return settings.lda.sweeps / std::max<std::uint32_t>(1, settings.lda.round_sweeps);
  return settings.job == JobKind::temper ? settings.temper.rounds : settings.ep.rounds;
}

Json last_event(const fs::path& run) {
  const fs::path file = run / "events.jsonl";
  if (!fs::exists(file)) return nullptr;
  const auto events = read_events(file);
  return events.empty() ? Json(nullptr) : Json(event_text(events.back()));
}

Json to_json(const RunState& state, const fs::path& run) {
  Json report = {{"run", run.string()}, {"status", state.status()}};
  if (state.manifest) {
    const Manifest& manifest = *state.manifest;
    const auto wanted = rounds_wanted(run);
    report["why"] = manifest.status_reason;
    report["command"] = manifest.identity.command;
    report["model"] = manifest.identity.model;
    report["rounds"] = state.rounds;
    report["rounds_wanted"] = wanted ? Json(*wanted) : Json(nullptr);
    report["seconds"] = state.seconds;
    report["last_event"] = last_event(run);
    report["host"] = manifest.environment.host;
    report["process"] = state.writer ? Json(*state.writer) : Json(nullptr);
    report["written_now"] = state.writing == Writing::unknown ? Json(nullptr) : Json(state.writing == Writing::yes);
  }
  if (state.job)
    report["slurm"] = {{"job", state.job->id}, {"state", state.job->state}, {"no_answer", state.job->no_answer}};
  return report;
}

std::string process_words(const RunState& state) {
  const std::string& host = state.manifest->environment.host;
  switch (state.writing) {
    case Writing::yes:
      return fmt::format("{} on this machine", *state.writer);
    case Writing::no:
      return "none";
    case Writing::unknown:
      break;
  }
  return fmt::format("last on {}; whether it lives can be seen there", printable(host));
}

std::string to_text(const RunState& state, const fs::path& run) {
  const Json report = to_json(state, run);
  std::string text;
  const auto row = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("{:<9} {}\n", name, printable(value));
  };
  const std::string status = state.status();
  const std::string why = state.manifest ? state.manifest->status_reason : "";
  row("run", run.string());
  row("status", status + (why.empty() ? "" : ": " + why));
  if (state.manifest) {
    const std::string of =
        report["rounds_wanted"].is_null() ? "" : fmt::format(" of {}", report["rounds_wanted"].get<std::uint64_t>());
    row("rounds", fmt::format("{}{} finished, {} s in them", state.rounds, of, three_digits(state.seconds)));
    if (report["last_event"].is_string()) row("last", report["last_event"]);
    text += fmt::format("{:<9} {}\n", "process", process_words(state));
  }
  if (state.job) {
    row("job", fmt::format("{} {}", state.job->id, state.job->words()));
  }
  if (status == "killed" || status == "incomplete" || status == "failed") {
    text += fmt::format("`dovetail resume {}` goes on with it\n", shell_path(run.string()));
  }
  return text;
}

ExitCode run(const Arguments& arguments) {
  const fs::path run = find_run(arguments.positionals.front());
  const RunState state = look_at(run);
  print_result(arguments.has("--json") ? to_json(state, run).dump(2, ' ', true, Json::error_handler_t::replace) + "\n"
                                       : to_text(state, run));
  return ExitCode::done;
}

}  // namespace

Command status_command() {
  return {"status",
          "RUN",
          1,
          1,
          "say how far a run is, and whether a process or a job is at it",
          "dovetail status dovetail-runs/latest",
          TakesSettings::none,
          {{"--json", 0, "", "as JSON"}},
          run};
}

}  // namespace dovetail::cli
