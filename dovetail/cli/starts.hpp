/// What a run begins with, from a file or an earlier run: points of chains, factors of sites.
#pragma once
#include "dovetail/cli/settings.hpp"
#include "dovetail/model/divided.hpp"
#include "dovetail/model/model.hpp"
#include "dovetail/output/run_folder.hpp"

namespace dovetail::cli {

/// Of `sample`: sets the start rule from `settings.init`: "auto", "uniform", "prior", or a path, whose points are read.
///
/// A JSON file is one object, or a list of objects, one for each chain in turn: parameter name -> number, or name ->
/// list for NAME[1], NAME[2], ...; null where a run had no value. The folder of a run gives the last draw of each of
/// its chains. Every parameter of the model must be there, no other may. UsageError or FileError name file and
/// parameter.
void read_starts(RunSettings& settings, const Model& model);

/// Of `ep`: takes from `settings.init`, a run of `ep` or its factors.json, the factors of the sites that `model` has,
/// and says how many those are. "auto": none. UsageError: no such run or file, other shared parameters, no such site;
/// FileError for a damaged file.
void read_start_factors(RunSettings& settings, const DividedModel& model);

/// The same for a run that goes on or is replayed, with the points that it keeps in its own folder: what `init` named
/// may have changed or gone. CheckpointError when the run's file is missing, or not what its manifest says.
void restore_starts(RunSettings& settings, const Model& model, const RunFolder& run);
void restore_start_factors(RunSettings& settings, const RunFolder& run);

}  // namespace dovetail::cli
