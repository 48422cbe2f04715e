// `dovetail cancel RUN`: asks whoever is at a run to stop with a checkpoint.
#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/run_place.hpp"
#include "dovetail/cli/run_state.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

ExitCode run(const Arguments& arguments) {
  const std::filesystem::path run = find_run(arguments.positionals.front());
  const RunState state = look_at(run);
  if (state.job) require_answer(*state.job, run);
  if (state.job && state.job->is_active()) {
    cancel_job(*state.job);
    print_note(fmt::format("job {} is told to end; its run stops with a checkpoint\n", state.job->id));
    return ExitCode::done;
  }
  if (state.writer) {
    if (::kill(*state.writer, SIGTERM) != 0) {
      throw Error(ExitCode::workers,
                  fmt::format("process {} cannot be told to end: {} (is it another user's?); ask whoever "
                              "started it",
                              *state.writer, std::strerror(errno)));
    }
    print_note(fmt::format("process {} is told to stop with a checkpoint\n", *state.writer));
    return ExitCode::done;
  }
  if (state.is_at_rest()) {
    print_note(fmt::format("nothing is at work on {}: {}\n", printable(run.string()), printable(state.status())));
    return ExitCode::done;
  }
  throw UsageError(
      fmt::format("{} was last written on {}, and processes of another machine cannot be seen from here; give the "
                  "same command there",
                  run.string(), state.manifest->environment.host));
}

}  // namespace

Command cancel_command() {
  return {"cancel",
          "RUN",
          1,
          1,
          "stop a run with a checkpoint: its job of Slurm, or its process on this machine",
          "dovetail cancel dovetail-runs/latest",
          TakesSettings::none,
          {},
          run};
}

}  // namespace dovetail::cli
