// `dovetail summary RUN...`: one run's tables, or several runs side by side with log Bayes factors.
#include "dovetail/output/summary.hpp"

#include <algorithm>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/comparison.hpp"
#include "dovetail/cli/console.hpp"

namespace dovetail::cli {
namespace {

ExitCode run(const Arguments& arguments) {
  std::vector<ComparedRun> runs;
  for (const std::string& text : arguments.positionals) runs.push_back(compared_run(text));
  const auto tempers = [](const ComparedRun& run) { return run.summary.tempering.has_value(); };
  if (runs.size() > 1 && std::none_of(runs.begin(), runs.end(), tempers)) {
    throw UsageError(
        "none of these runs has an evidence to compare (`dovetail sample` estimates none); give one run, or "
        "compare draws with `dovetail compare A B`");
  }
  const bool json = arguments.has("--json");
  if (runs.size() == 1) {
    print_result(json ? to_json(runs[0].summary) + "\n" : to_text(runs[0].summary));
  } else {
    print_result(json ? comparison_json(runs) : comparison_text(runs));
  }
  return ExitCode::done;
}

}  // namespace

Command summary_command() {
  return {"summary",
          "RUN...",
          1,
          static_cast<std::size_t>(-1),
          "print a run's results, or compare the evidence of several runs",
          "dovetail summary dovetail-runs/latest",
          TakesSettings::none,
          {{"--json", 0, "", "as JSON"}},
          run};
}

}  // namespace dovetail::cli
