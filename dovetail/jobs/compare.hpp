/// Two runs that have ended, of any job, and in what they differ: the figures behind `dovetail compare`.
#pragma once
#include <string>
#include <vector>

#include "dovetail/diagnose/difference.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/output/summary.hpp"

namespace dovetail {

struct RunComparison {
  bool same_model = false;          ///< name, description and data
  diagnose::Comparison comparison;  ///< adjusted; of the same model with the log evidence, where both runs have it
  std::vector<std::string> only_first, only_second;  ///< quantities of one run alone
  std::vector<std::string> notes;  ///< what may make errors or differences mean less than they seem to
};

/// Compares what both runs have: mean and standard deviation of outputs of the model, and, for the same model, of
/// log_prior and log_likelihood, and the log evidence. Reads all draws; holds one column of both runs in memory.
///
/// UsageError when a run has not ended or nothing can be compared; FileError or CheckpointError when what is in a
/// folder is not what its run wrote.
[[nodiscard]] RunComparison compare_runs(const RunFolder& first, const RunFolder& second);

/// The summary of a run; FileError when it has none.
[[nodiscard]] Summary summary_of(const RunFolder& run);

}  // namespace dovetail
