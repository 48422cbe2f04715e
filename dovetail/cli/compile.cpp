// `dovetail compile SOURCE`: the shared library of a model, from its source.
#include "dovetail/compile/compile.hpp"

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/signals.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

ExitCode run(const Arguments& arguments) {
  CompileOptions options;
  if (arguments.has("--output")) options.output = arguments.options.at("--output");
  if (!arguments.has("--quiet")) {
    options.note = [](const std::string& line) { print_note(printable(line) + "\n"); };
  }
  const StopSignals signals;
  options.stopped = [] { return StopSignals::received() != StopReason::finished; };
  print_result(compile_model(arguments.positionals.front(), options).string() + "\n");
  return ExitCode::done;
}

}  // namespace

Command compile_command() {
  return {"compile",
          "SOURCE",
          1,
          1,
          "make the shared library of a model from its source and print the library's path",
          "dovetail compile model.cpp -o model.so",
          TakesSettings::none,
          {{"--output", 'o', "FILE", "write the library there; without it, it stays in the cache"},
           {"--quiet", 'q', "", "no notes on stderr"}},
          run};
}

}  // namespace dovetail::cli
