/// What `temper`, `sample` and `resume` share: run under signals and a progress display, print the result, choose the
/// exit code.
#pragma once
#include <cstddef>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/settings.hpp"
#include "dovetail/core/error.hpp"

namespace dovetail::cli {

inline constexpr std::size_t kCorpusFilesMax = 1000000;  ///< of `lda`, on a command line

/// A new run of `job` from a command line: resolves the settings, checks them all, makes the folder, runs.
ExitCode begin_run(JobKind job, const Arguments& arguments);

/// Runs `settings` on `model` in `folder` where `layout`, resolved, says; the summary goes to stdout. 0, 4 (warnings
/// under --strict), 75 or 130.
ExitCode run_in(const Model& model, const RunSettings& settings, const Layout& layout, const RunFolder& folder,
                RunFiles::Start start);

/// Reads starting points where `init` names a file or a run, and checks all options against the model.
void fit_to_model(RunSettings& settings, const Model& model);
/// The same for a run that is there: with its own starting points.
void fit_to_model(RunSettings& settings, const Model& model, const RunFolder& run);

/// All options against the model, where the starting points of `sample` are known. Those of `lda` become what they mean
/// for its corpus.
void check_options_of(RunSettings& settings, const Model& model);

/// The exit code of a run that came back.
[[nodiscard]] ExitCode exit_code(StopReason stop, const Summary& summary, bool strict);

}  // namespace dovetail::cli
