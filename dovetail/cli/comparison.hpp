/// Several runs side by side: evidences and log Bayes factors, as a table and as JSON.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "dovetail/output/summary.hpp"

namespace dovetail::cli {

/// What a comparison looks at.
struct ComparedRun {
  std::string folder;  ///< as the user named it
  Summary summary;
  std::optional<double> log_evidence;
  std::optional<double> log_evidence_se;
};

/// The run that a RUN argument names; UsageError, FileError or CheckpointError when there is none to compare.
[[nodiscard]] ComparedRun compared_run(const std::string& name);

struct LogBayesFactor {
  double value = 0;
  std::optional<double> se;
};

/// log(Z_run / Z_other) in nats. The runs are independent, so variances add; no error when either has none.
[[nodiscard]] std::optional<LogBayesFactor> log_bayes_factor(const ComparedRun& run, const ComparedRun& other);

/// Both compare each run with the one of largest log evidence.
[[nodiscard]] std::string comparison_text(const std::vector<ComparedRun>& runs);
[[nodiscard]] std::string comparison_json(const std::vector<ComparedRun>& runs);

}  // namespace dovetail::cli
