// Names of runs, and the settings that they keep.
#include "dovetail/cli/run_place.hpp"

#include <fmt/format.h>

#include "dovetail/cli/config.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::cli {

std::filesystem::path find_run(const std::string& text) {
  const std::filesystem::path below = std::filesystem::path("dovetail-runs") / text;
  return !looks_like_run(text) && looks_like_run(below) ? below : std::filesystem::path(text);
}

void require_outside_runs(const std::filesystem::path& path, const std::filesystem::path& own,
                          std::string_view option) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path to = fs::weakly_canonical(fs::absolute(path), error);
  if (error || to == fs::weakly_canonical(fs::absolute(own), error)) return;  // who writes there says what is wrong
  for (fs::path above = to; above.has_relative_path(); above = above.parent_path()) {
    if (!looks_like_run(above)) continue;
    throw UsageError(fmt::format(
        "{}: {} lies in the run {}, whose files are its own (they may not be replaced); name a place outside of it",
        option, printable(path.string()), printable(above.string())));
  }
}

std::string config_of_run(const RunFolder& folder) { return read_text(folder.config(), kConfigBytesMax); }

RunSettings settings_of_run(const RunFolder& folder) { return settings_of_run(config_of_run(folder), folder.config()); }

RunSettings settings_of_run(const std::string& text, const std::filesystem::path& file) {
  RunSettings settings;
  try {
    apply_config_text(settings, text, file, ConfigKeys::of_the_run);
  } catch (const UsageError& error) {
    throw CheckpointError(
        fmt::format("{} (the run cannot be repeated or resumed without its settings); restore the file "
                    "from a copy, or start a new run",
                    error.what()));
  }
  if (settings.model.empty()) {
    throw CheckpointError(
        fmt::format("{}: no model is named (the file is not that of a run); restore it from a copy", file.string()));
  }
  return settings;
}

}  // namespace dovetail::cli
