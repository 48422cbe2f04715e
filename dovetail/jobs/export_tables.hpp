/// What a run has besides draws, as groups of a netCDF file: rounds, ladders, index processes, sites.
#pragma once
#include <string>
#include <vector>

#include "dovetail/jobs/recorded_draws.hpp"
#include "dovetail/output/inference_data.hpp"
#include "dovetail/output/run_folder.hpp"

namespace dovetail {

/// The groups of docs/run-folder.md (draws.nc) but those of draws; `notes` takes what is not there, and why.
/// Errors: FileError, CheckpointError where a file is damaged.
[[nodiscard]] std::vector<TableGroup> tables_of(const RunFolder& run, const RecordedDraws& recorded,
                                                std::vector<std::string>& notes);

}  // namespace dovetail
