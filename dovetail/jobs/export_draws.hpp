/// `dovetail export RUN --to netcdf|stan-csv`: the draws of a run in the forms of other programs, from the files in its
/// folder alone. Nothing is asked of the model.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dovetail/jobs/recorded_draws.hpp"
#include "dovetail/output/csv.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/output/summary.hpp"

namespace dovetail {

/// What was written.
struct ExportedDraws {
  std::vector<std::string> written;  ///< groups, or names of files
  std::uint64_t chains = 0;          ///< of the posterior; 0: the run has no draws
  std::uint64_t draws = 0;           ///< of each
  std::vector<std::string> notes;    ///< what was left out, and why
};

/// Writes the groups of docs/run-folder.md (draws.nc) to `file`, in one step. A run that goes on is read up to its last
/// complete block, and its chains are cut to the shortest. Draws pass through memory a piece at a time.
/// Errors: UsageError without netCDF in this build, and of a run that has neither draws nor a round yet; ModelError
/// where names cannot be told apart; FileError, CheckpointError.
[[nodiscard]] ExportedDraws export_netcdf(const RunFolder& run, const std::filesystem::path& file);

/// The files of --csv: the chains of the posterior, whatever else of a ladder was kept. `summary`: of the same run, for
/// the header.
StanCsvFiles write_posterior_csv(const RecordedDraws& recorded, const SamplingSummary& summary,
                                 const std::filesystem::path& folder, OtherChains others = OtherChains::remove);

/// Writes `folder`/chain_1.csv, ... as a run with --csv does, the same bytes. FileError when the run has not ended or
/// stopped; UsageError when it has no draws.
[[nodiscard]] ExportedDraws export_stan_csv(const RunFolder& run, const std::filesystem::path& folder);

}  // namespace dovetail
