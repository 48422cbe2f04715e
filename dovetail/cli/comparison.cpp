#include "dovetail/cli/comparison.hpp"

#include <nlohmann/json.hpp>

#include "dovetail/cli/help.hpp"
#include "dovetail/cli/run_place.hpp"
#include "dovetail/diagnose/difference.hpp"
#include "dovetail/jobs/compare.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

/// The run with the largest log evidence, or null when none has any.
const ComparedRun* best_of(const std::vector<ComparedRun>& runs) {
  const ComparedRun* best = nullptr;
  for (const ComparedRun& run : runs) {
    if (run.log_evidence && (best == nullptr || *run.log_evidence > *best->log_evidence)) best = &run;
  }
  return best;
}

/// Against the best run, where there is one.
std::optional<LogBayesFactor> against(const ComparedRun& run, const ComparedRun* best) {
  return best == nullptr ? std::nullopt : log_bayes_factor(run, *best);
}

std::string or_dash(const std::optional<double>& value, std::optional<double> error) {
  return value ? up_to_error(*value, error) : "-";
}

nlohmann::ordered_json or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

}  // namespace

ComparedRun compared_run(const std::string& name) {
  const std::filesystem::path path = find_run(name);
  ComparedRun run{path.string(), summary_of(RunFolder::open(path)), std::nullopt, std::nullopt};
  if (run.summary.tempering) {
    run.log_evidence = run.summary.tempering->log_evidence;
    run.log_evidence_se = run.summary.tempering->log_evidence_se;
  }
  return run;
}

std::optional<LogBayesFactor> log_bayes_factor(const ComparedRun& run, const ComparedRun& other) {
  if (!run.log_evidence || !other.log_evidence) return std::nullopt;
  LogBayesFactor factor{*run.log_evidence - *other.log_evidence, std::nullopt};
  if (run.log_evidence_se && other.log_evidence_se) {
    factor.se =
        diagnose::difference({*run.log_evidence, *run.log_evidence_se}, {*other.log_evidence, *other.log_evidence_se})
            .se;
  }
  return factor;
}

std::string comparison_text(const std::vector<ComparedRun>& runs) {
  const ComparedRun* best = best_of(runs);
  std::vector<std::vector<std::string>> rows = {
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
  return aligned_table(rows, {0, 1, 6}) + "\n" +
         wrapped(
             "log Bayes factors are against the run with the largest log evidence, in nats. They mean something only "
             "for models of the same data with normalised priors, and only beyond about four standard errors.",
             0);
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

}  // namespace dovetail::cli
