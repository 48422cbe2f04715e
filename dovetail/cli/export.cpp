// `dovetail export RUN --to FORM`: a run in the form of another program, on stdout.
#include <array>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/model.hpp"
#include "dovetail/cli/run.hpp"
#include "dovetail/cli/run_place.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/cli/words.hpp"
#include "dovetail/jobs/export_topics.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

constexpr Words<TopicsForm, 4> kForms = {{{"pyldavis", TopicsForm::pyldavis},
                                          {"mallet-state", TopicsForm::mallet_state},
                                          {"mallet-weights", TopicsForm::mallet_weights},
                                          {"dist-lda", TopicsForm::dist_lda}}};
constexpr const char* kFormWords = "pyldavis, mallet-state, mallet-weights or dist-lda";

TopicsForm form_of(const Arguments& arguments) {
  const auto given = arguments.options.find("--to");
  if (given == arguments.options.end()) throw UsageError(std::string("no form is given; say --to ") + kFormWords);
  try {
    return from_word(kForms, given->second);
  } catch (const BadValue& bad) {
    throw UsageError("--to: \"" + given->second + "\" " + bad.what() + "; allowed: " + kFormWords);
  }
}

ExitCode run(const Arguments& arguments) {
  const TopicsForm form = form_of(arguments);
  const RunFolder folder = RunFolder::open(find_run(arguments.positionals.front()));
  RunSettings settings = settings_of_run(folder);
  if (settings.job != JobKind::lda) {
    throw UsageError(printable(folder.path().string()) + " is a run of `dovetail " +
                     std::string(command_of(settings.job)) +
                     "`, which has no topics to export; its draws are in CmdStan's CSV layout with --csv");
  }
  const auto model = model_of(settings, read_manifest(folder.manifest()).identity);
  fit_to_model(settings, *model, folder);
  export_topics(topics_of(*model), settings.lda, folder, form, [](std::string_view text) { print_result(text); });
  return ExitCode::done;
}

}  // namespace

Command export_command() {
  return {"export",
          "RUN",
          1,
          1,
          "print a run of `lda` in the form of another program",
          "dovetail export dovetail-runs/latest --to pyldavis",
          TakesSettings::none,
          {{"--to", 0, "FORM", kFormWords}},
          run};
}

}  // namespace dovetail::cli
