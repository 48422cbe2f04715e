/// Starting points of chains from a file or an earlier run.
#pragma once
#include "dovetail/cli/settings.hpp"
#include "dovetail/model/model.hpp"

namespace dovetail::cli {

/// Sets the start rule of `sample` from `settings.init`: "auto", "uniform", "prior", or a path, whose points are read.
///
/// A JSON file is one object, or a list of objects, one for each chain in turn: parameter name -> number, or name ->
/// list for NAME[1], NAME[2], ... The folder of a run gives the last draw of each of its chains. Every parameter of the
/// model must be there, no other may. UsageError or FileError name file and parameter.
void read_starts(RunSettings& settings, const Model& model);

}  // namespace dovetail::cli
