/// TOML in and out: a file of settings that a user writes, and the config.toml that a run's folder keeps.
#pragma once
#include <filesystem>
#include <string>

#include "dovetail/cli/settings.hpp"

namespace dovetail::cli {

inline constexpr std::uint64_t kConfigBytesMax = std::uint64_t{1} << 20;

/// Sets what `file` has. UsageError names file, line and key: a syntax error, an unknown key (with the nearest right
/// one), a value of another type than the setting's, a bad value, another command's file. FileError when it cannot be
/// read.
void apply_config(RunSettings& settings, const std::filesystem::path& file);

/// Which keys of a file count: all, or those that a run keeps when it goes on. The time limit and what is printed
/// belong to each call instead.
enum class ConfigKeys : std::uint8_t { all, of_the_run };

/// The same of the text of a file, which messages call `name`. UsageError as above.
void apply_config_text(RunSettings& settings, const std::string& text, const std::string& name, ConfigKeys keys);

/// The settings of a new run: defaults, then the file named by `--config` or else DOVETAIL_CONFIG, then the other
/// DOVETAIL_* variables, then `flags` ("--rounds" -> "12"). UsageError and FileError as above.
[[nodiscard]] RunSettings resolve_settings(JobKind job, const std::map<std::string, std::string>& flags);

/// Every setting as resolved, with the model, in the order of help. apply_config reads back the same settings.
[[nodiscard]] std::string config_text(const RunSettings& settings);

/// What a worker of a pool needs to know of a run besides its model and data: the settings that describe the
/// statistics, without files, and the name of a built-in model. Files that a worker opens are named to it
/// by its own user, never by who writes to the store.
[[nodiscard]] std::string setup_text(const RunSettings& settings);

/// Sets what setup_text() wrote, found in `place`: the job too. UsageError or StoreError for anything else.
void apply_setup(RunSettings& settings, const std::string& text, const std::string& place);

/// The [[site]] tables of a file, which has nothing else. Errors: FileError, UsageError with file and line.
[[nodiscard]] std::vector<SiteEntry> read_sites(const std::filesystem::path& file);

}  // namespace dovetail::cli
