// `dovetail digest RUN`: one SHA-256 that two runs share exactly when their draws and results do.
#include "dovetail/output/digest.hpp"
#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/run_place.hpp"

namespace dovetail::cli {
namespace {

ExitCode run(const Arguments& arguments) {
  print_result(digest(RunFolder::open(find_run(arguments.positionals.front()))) + "\n");
  return ExitCode::done;
}

}  // namespace

Command digest_command() {
  return {"digest",
          "RUN",
          1,
          1,
          "print one SHA-256 over draws and results, without times, hosts and layout",
          "dovetail digest dovetail-runs/latest",
          TakesSettings::none,
          {},
          run};
}

}  // namespace dovetail::cli
