// Names of runs, and the settings that they keep.
#include "dovetail/cli/run_place.hpp"

#include <fmt/format.h>

#include "dovetail/cli/config.hpp"
#include "dovetail/core/error.hpp"

namespace dovetail::cli {

std::filesystem::path find_run(const std::string& text) {
  const std::filesystem::path below = std::filesystem::path("dovetail-runs") / text;
  return !looks_like_run(text) && looks_like_run(below) ? below : std::filesystem::path(text);
}

RunSettings settings_of_run(const RunFolder& folder) {
  RunSettings settings;
  try {
    apply_config(settings, folder.config(), ConfigKeys::of_the_run);
  } catch (const UsageError& error) {
    throw CheckpointError(
        fmt::format("{} (the run cannot be repeated or resumed without its settings); restore the file "
                    "from a copy, or start a new run",
                    error.what()));
  }
  if (settings.model.empty()) {
    throw CheckpointError(fmt::format("{}: no model is named (the file is not that of a run); restore it from a copy",
                                      folder.config().string()));
  }
  return settings;
}

}  // namespace dovetail::cli
