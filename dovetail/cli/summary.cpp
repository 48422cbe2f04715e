// `dovetail summary RUN...`: one run's tables, or several runs side by side with log Bayes factors.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/help.hpp"
#include "dovetail/cli/run_place.hpp"
#include "dovetail/output/summary.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

struct ComparedRun {
  std::string folder;
  Summary summary;
  std::optional<double> log_evidence;
  std::optional<double> log_evidence_se;
};

/// log(Z_run / Z_best) with its standard error, in nats; the runs are independent, so variances add.
struct LogBayesFactor {
  double value = 0;
  std::optional<double> se;
};

ComparedRun read_run(const std::string& text) {
  const std::filesystem::path path = find_run(text);
  const RunFolder folder = RunFolder::open(path);
  if (!std::filesystem::exists(folder.summary())) {
    throw FileError(folder.path().string() +
                    " has no summary.json (the run goes on, or was killed); wait for its end, or `dovetail resume` it");
  }
  ComparedRun run{path.string(), read_summary(folder.summary()), std::nullopt, std::nullopt};
  if (run.summary.tempering) {
    run.log_evidence = run.summary.tempering->log_evidence;
    run.log_evidence_se = run.summary.tempering->log_evidence_se;
  }
  return run;
}

/// The run with the largest log evidence, or null when none has any.
const ComparedRun* best_of(const std::vector<ComparedRun>& runs) {
  const ComparedRun* best = nullptr;
  for (const ComparedRun& run : runs) {
    if (run.log_evidence && (best == nullptr || *run.log_evidence > *best->log_evidence)) best = &run;
  }
  return best;
}

std::optional<LogBayesFactor> against(const ComparedRun& run, const ComparedRun* best) {
  if (best == nullptr || !run.log_evidence) return std::nullopt;
  LogBayesFactor factor{*run.log_evidence - *best->log_evidence, std::nullopt};
  if (run.log_evidence_se && best->log_evidence_se) {
    factor.se =
        std::sqrt(*run.log_evidence_se * *run.log_evidence_se + *best->log_evidence_se * *best->log_evidence_se);
  }
  return factor;
}

std::string or_dash(const std::optional<double>& value, std::optional<double> error) {
  return value ? up_to_error(*value, error) : "-";
}

std::string comparison_text(const std::vector<ComparedRun>& runs) {
  const ComparedRun* best = best_of(runs);
  std::vector<std::array<std::string, 7>> rows = {
      {"run", "model", "log evidence", "se", "log Bayes factor", "se", "status"}};
  for (const ComparedRun& run : runs) {
    const auto factor = against(run, best);
    const bool is_best = &run == best;
    rows.push_back({printable(run.folder), printable(run.summary.model), or_dash(run.log_evidence, run.log_evidence_se),
                    run.log_evidence_se ? three_digits(*run.log_evidence_se) : "-",
                    is_best  ? "(best)"
                    : factor ? up_to_error(factor->value, factor->se)
                             : "-",
                    !is_best && factor && factor->se ? three_digits(*factor->se) : "-", run.summary.status});
  }
  std::array<std::size_t, 7> widths{};
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], display_width(row[c]));
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      const bool words = c < 2 || c == 6;
      text += (c == 0 ? "" : "  ") + (words ? left_aligned(row[c], widths[c]) : right_aligned(row[c], widths[c]));
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += "\n";
  }
  return text + "\n" +
         wrapped(
             "log Bayes factors are against the run with the largest log evidence, in nats. They mean something only "
             "for models of the same data with normalised priors, and only beyond about four standard errors.",
             0);
}

nlohmann::ordered_json or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

std::string comparison_json(const std::vector<ComparedRun>& runs) {
  const ComparedRun* best = best_of(runs);
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ComparedRun& run : runs) {
    const auto factor = against(run, best);
    const bool is_best = &run == best;
    list.push_back({{"run", run.folder},
                    {"model", run.summary.model},
                    {"status", run.summary.status},
                    {"log_evidence", or_null(run.log_evidence)},
                    {"log_evidence_se", or_null(run.log_evidence_se)},
                    {"log_bayes_factor", factor ? or_null(factor->value) : or_null(std::nullopt)},
                    {"log_bayes_factor_se", factor && !is_best ? or_null(factor->se) : or_null(std::nullopt)}});
  }
  nlohmann::ordered_json against_run;
  if (best != nullptr) against_run = best->folder;
  return nlohmann::ordered_json({{"runs", list}, {"against", against_run}})
             .dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

ExitCode run(const Arguments& arguments) {
  std::vector<ComparedRun> runs;
  for (const std::string& text : arguments.positionals) runs.push_back(read_run(text));
  const bool json = arguments.has("--json");
  if (runs.size() == 1) {
    print_result(json ? to_json(runs[0].summary) + "\n" : to_text(runs[0].summary));
  } else {
    print_result(json ? comparison_json(runs) : comparison_text(runs));
  }
  return ExitCode::done;
}

}  // namespace

Command summary_command() {
  return {"summary",
          "RUN...",
          1,
          static_cast<std::size_t>(-1),
          "print a run's results, or compare the evidence of several runs",
          "dovetail summary dovetail-runs/latest",
          TakesSettings::none,
          {{"--json", 0, "", "as JSON"}},
          run};
}

}  // namespace dovetail::cli
