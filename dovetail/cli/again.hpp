/// A run's settings as the command line that begins it.
#pragma once
#include <string>

#include "dovetail/cli/settings.hpp"

namespace dovetail::cli {

/// `dovetail sample MODEL --seed 2 ...`, quoted for bash: every statistical setting and file that is not the default.
/// Empty where flags cannot say all (tables of proposals, files of sites): the settings' own file can.
[[nodiscard]] std::string command_line(const RunSettings& settings);

}  // namespace dovetail::cli
