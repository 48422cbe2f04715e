/// The run that a RUN argument means, and the settings it was begun with.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "dovetail/cli/settings.hpp"
#include "dovetail/output/run_folder.hpp"

namespace dovetail::cli {

/// `text` as a path, or the run dovetail-runs/`text` when that is one and `text` itself is none.
[[nodiscard]] std::filesystem::path find_run(const std::string& text);

/// That a file for the user may be written to `path`: UsageError, naming `option`, where that lies in a run's folder,
/// whose files are its own, and is not `own`, the place there for such a file.
void require_outside_runs(const std::filesystem::path& path, const std::filesystem::path& own, std::string_view option);

/// The settings in the run's config.toml, but for the time limit and what is printed, which belong to each call.
/// CheckpointError when it is not that of a run.
[[nodiscard]] RunSettings settings_of_run(const RunFolder& folder);
/// Likewise, from the text of that file.
[[nodiscard]] RunSettings settings_of_run(const std::string& text, const std::filesystem::path& file);
/// That text.
[[nodiscard]] std::string config_of_run(const RunFolder& folder);

}  // namespace dovetail::cli
