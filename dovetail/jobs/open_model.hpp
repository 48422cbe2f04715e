/// From what a user calls a model to the model: a built-in by name, a library by its file, a program by its command.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "dovetail/model/bridgestan/library_model.hpp"
#include "dovetail/model/divided.hpp"
#include "dovetail/model/model.hpp"

namespace dovetail {

struct ModelSource {
  std::string spec;  ///< "builtin:NAME,key=value...", "exec:COMMAND", or the path of a library, which ends in .so
  std::filesystem::path data{};  ///< JSON for a library, anything for a program; empty: none
  Parts parts = Parts::together;
  double time_limit_s = 60;  ///< of one evaluation by a program
  /// What the files were when a run began; empty: any. CheckpointError when they are others, before they are used.
  std::string file_sha256{};
  std::string data_sha256{};
  std::string called{};  ///< what messages and summaries call a library; empty: its path
};

/// Whether a spec is the path of a library.
[[nodiscard]] bool is_library(std::string_view spec);

/// The model that `source` names. A library and its data are identified by their bytes: description().file_sha256 and
/// data_sha256. Runs code of the library. Errors: UsageError (no such model, data for one that takes none), ModelError
/// (the library or its data cannot be used), FileError (they cannot be read).
[[nodiscard]] std::unique_ptr<Model> open_model(const ModelSource& source);

/// The model of divided data that `source` names, on the rows of the CSV file `source.data`: a built-in one by name, or
/// a library, which is made once for each site, of the site's rows (model/divided/site_models.hpp). Errors as of
/// open_model(); those of a site name it.
[[nodiscard]] std::unique_ptr<DividedModel> open_divided_model(const ModelSource& source, Division division);

}  // namespace dovetail
