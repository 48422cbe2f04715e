/// What `temper` and `resume` share: run under signals and a progress display, print the result, choose the exit code.
#pragma once
#include "dovetail/cli/settings.hpp"
#include "dovetail/core/error.hpp"

namespace dovetail::cli {

/// Runs `settings` on `model` in `folder`; the summary goes to stdout. 0, 4 (warnings under --strict), 75 or 130.
ExitCode run_tempering(const Model& model, const RunSettings& settings, const RunFolder& folder, RunFiles::Start start);

/// The exit code of a run that came back.
[[nodiscard]] ExitCode exit_code(StopReason stop, const Summary& summary, bool strict);

}  // namespace dovetail::cli
