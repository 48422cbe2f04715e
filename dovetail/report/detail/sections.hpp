/// The parts of a report's JSON, each from what was read of a run. Keys are read by page/report.js alone.
#pragma once
#include "dovetail/report/detail/json.hpp"
#include "dovetail/report/reported_run.hpp"

namespace dovetail::report::detail {

/// The table of parameters, and what its draws look like: {"parameters", "warnings", "notes", "chains", "draws",
/// "pictures", "pairs", "energy"}. Figures and warnings are the summary's where the run has ended; else they are
/// computed from the draws of whole rounds.
[[nodiscard]] Json draws_section(const ReportedRun& run);

/// {"columns": [{"name", "values"}], "left_out"}: rounds.csv, thinned where it is long.
[[nodiscard]] Json rounds_section(const ReportedRun& run);

/// Ladder, barrier, swaps and evidence of a run of `temper`.
[[nodiscard]] Json tempering_section(const ReportedRun& run);
/// Sites, answer and its history of a run of `ep`.
[[nodiscard]] Json ep_section(const ReportedRun& run);
/// Topics, their words and their map of a run of `lda`.
[[nodiscard]] Json lda_section(const ReportedRun& run);

}  // namespace dovetail::report::detail
