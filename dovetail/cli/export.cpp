// `dovetail export RUN --to FORM`: a run in the form of another program: draws as files, topics on stdout.
#include <fmt/format.h>

#include <array>
#include <optional>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/model.hpp"
#include "dovetail/cli/run.hpp"
#include "dovetail/cli/run_place.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/cli/words.hpp"
#include "dovetail/jobs/export_draws.hpp"
#include "dovetail/jobs/export_topics.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

enum class Form : std::uint8_t { netcdf, stan_csv, pyldavis, mallet_state, mallet_weights, dist_lda };

constexpr Words<Form, 6> kForms = {{{"netcdf", Form::netcdf},
                                    {"stan-csv", Form::stan_csv},
                                    {"pyldavis", Form::pyldavis},
                                    {"mallet-state", Form::mallet_state},
                                    {"mallet-weights", Form::mallet_weights},
                                    {"dist-lda", Form::dist_lda}}};
constexpr const char* kFormWords = "netcdf, stan-csv; of `lda`: pyldavis, mallet-state, mallet-weights or dist-lda";

Form form_of(const Arguments& arguments) {
  const auto given = arguments.options.find("--to");
  if (given == arguments.options.end()) throw UsageError(std::string("no form is given; say --to ") + kFormWords);
  try {
    return from_word(kForms, given->second);
  } catch (const BadValue& bad) {
    throw UsageError("--to: \"" + given->second + "\" " + bad.what() + "; allowed: " + kFormWords);
  }
}

/// The form of topics; nothing of draws.
std::optional<TopicsForm> topics_form(Form form) {
  switch (form) {
    case Form::netcdf:
    case Form::stan_csv:
      return std::nullopt;
    case Form::pyldavis:
      return TopicsForm::pyldavis;
    case Form::mallet_state:
      return TopicsForm::mallet_state;
    case Form::mallet_weights:
      return TopicsForm::mallet_weights;
    case Form::dist_lda:
      return TopicsForm::dist_lda;
  }
  return std::nullopt;
}

void print_topics(RunSettings& settings, const RunFolder& folder, TopicsForm form) {
  const auto model = model_of(settings, read_manifest(folder.manifest()).identity);
  fit_to_model(settings, *model, folder);
  export_topics(topics_of(*model), settings.lda, folder, form, [](std::string_view text) { print_result(text); });
}

void write_draws_of(const RunFolder& folder, Form form, const std::optional<std::filesystem::path>& out) {
  const bool is_netcdf = form == Form::netcdf;
  const std::filesystem::path to = out.value_or(is_netcdf ? folder.netcdf() : folder.csv());
  require_outside_runs(to, is_netcdf ? folder.netcdf() : folder.csv(), "--out");
  const ExportedDraws exported = is_netcdf ? export_netcdf(folder, to) : export_stan_csv(folder, to);
  for (const std::string& note : exported.notes) print_note("dovetail: " + printable(note) + "\n");
  std::string names;
  for (const std::string& name : exported.written) names += (names.empty() ? "" : ", ") + name;
  const std::string size = exported.chains == 0 ? "no draws"
                                                : fmt::format("{} chain{} of {} draws", exported.chains,
                                                              exported.chains == 1 ? "" : "s", exported.draws);
  print_result(fmt::format("{}: {}; {}\n", printable(to.string()), size, names));
}

ExitCode run(const Arguments& arguments) {
  const Form form = form_of(arguments);
  const RunFolder folder = RunFolder::open(find_run(arguments.positionals.front()));
  const std::string path = printable(folder.path().string());
  const bool is_lda = read_manifest(folder.manifest()).identity.command == command_of(JobKind::lda);
  std::optional<std::filesystem::path> out;
  if (arguments.has("--out")) out = arguments.options.at("--out");
  if (const auto topics = topics_form(form)) {
    RunSettings settings = settings_of_run(folder);
    if (!is_lda) {
      throw UsageError(path + " is a run of `dovetail " + std::string(command_of(settings.job)) +
                       "`, which has no topics to export; its draws: --to netcdf or stan-csv");
    }
    if (out) throw UsageError("--out is for draws; topics go to standard output, as in `... > topics.json`");
    print_topics(settings, folder, *topics);
  } else if (is_lda) {
    throw UsageError(path +
                     " is a run of `dovetail lda`, which has no draws to export; its topics: --to pyldavis, "
                     "mallet-state, mallet-weights or dist-lda");
  } else {
    write_draws_of(folder, form, out);
  }
  return ExitCode::done;
}

}  // namespace

Command export_command() {
  return {"export",
          "RUN",
          1,
          1,
          "write a run's draws, or print topics of `lda`, in the form of another program",
          "dovetail export dovetail-runs/latest --to netcdf",
          TakesSettings::none,
          {{"--to", 0, "FORM", kFormWords},
           {"--out", 0, "PATH", "of draws: the file [RUN/draws.nc], or the folder of stan-csv [RUN/csv]"}},
          run};
}

}  // namespace dovetail::cli
