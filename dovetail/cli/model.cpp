#include "dovetail/cli/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "dovetail/cli/progress.hpp"
#include "dovetail/cli/ranks.hpp"
#include "dovetail/cli/signals.hpp"
#include "dovetail/compile/compile.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/environment.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

constexpr std::size_t kRowsOfAParameter = 10;  ///< fewer are remarked on

bool is_source(std::string_view spec) {
  return !spec.starts_with("builtin:") && !spec.starts_with("exec:") && is_model_source(spec);
}

/// A path may begin at a prior that the library exports, and draws show it. At that of a program with `prior_only` it
/// begins when the user says so, since many such priors are improper.
Parts parts_of(const RunSettings& settings) {
  const bool from_prior = settings.job == JobKind::temper && settings.temper.reference == ReferenceKind::prior;
  return from_prior ? Parts::apart : Parts::exported;
}

void say_one_thread(const RunSettings& settings, const Model& model) {
  if (settings.quiet || model.description().thread_safe) return;
  if (settings.layout.executor == "serial" || settings.layout.threads == 1) return;
  print_remark(settings, fmt::format("{} serves one thread only, so the run uses one: {}\n",
                                     printable(model.description().name), model.description().one_thread_because));
}

void say_unused_prior(const RunSettings& settings, const Model& model) {
  if (settings.quiet || settings.job != JobKind::temper || !model.description().offers_prior) return;
  print_remark(settings,
               "the data hold prior_only, which changes nothing by itself: the path begins at a fitted Gaussian; with "
               "--reference prior it begins at the program's prior, which has to be proper\n");
}

void say_other_processor(const RunSettings& settings, const std::string& before) {
  if (settings.quiet || before == foreign_arithmetic()) return;
  print_remark(settings,
               fmt::format("the run began with the arithmetic of \"{}\", this machine has \"{}\": a library may "
                           "compute other last bits here, so the result may be another than undisturbed\n",
                           printable(before), printable(foreign_arithmetic())));
}

}  // namespace

std::string library_of(const std::string& spec, const std::function<void(const std::string&)>& note) {
  if (!is_source(spec)) return spec;
  CompileOptions options;
  options.note = note;
  const StopSignals signals;
  options.stopped = [] { return StopSignals::received() != StopReason::finished; };
  return compile_model(spec, options).string();
}

namespace {

/// Where the model comes from, compiled when it is a source.
ModelSource source_of(const RunSettings& settings) {
  const auto note = [&](const std::string& line) {
    if (!settings.quiet) print_remark(settings, printable(line) + "\n");
  };
  ModelSource source;
  source.spec = library_of(settings.model, note);
  source.data = settings.data;
  source.parts = parts_of(settings);
  source.time_limit_s = settings.model_timeout_s;
  source.called = settings.model;
  return source;
}

std::vector<std::filesystem::path> corpus_files(const RunSettings& settings) {
  std::vector<std::filesystem::path> files{settings.model};
  files.insert(files.end(), settings.more_files.begin(), settings.more_files.end());
  return files;
}

bool is_of_groups(std::string_view spec) {
  const auto entries = divided_registry();
  const std::string_view name = spec.substr(0, spec.find(','));
  return std::any_of(entries.begin(), entries.end(),
                     [&](const DividedEntry& entry) { return name == fmt::format("builtin:{}", entry.name); });
}

std::unique_ptr<Model> model_from(const ModelSource& source, const RunSettings& settings) {
  // Of rows in groups other jobs take the whole posterior, local parameters and all.
  const Division& division = settings.division;
  const bool is_divided = !division.by.empty() || !division.shared.empty() || division.outcome != Division().outcome;
  if (settings.job == JobKind::ep || is_divided || is_of_groups(source.spec)) {
    return open_divided_model(source, settings.division);
  }
  return open_model(source);
}

}  // namespace

void make_files_absolute(RunSettings& settings) {
  namespace fs = std::filesystem;
  if (settings.job == JobKind::lda || is_library(settings.model) || is_source(settings.model)) {
    settings.model = fs::absolute(settings.model).lexically_normal().string();
  }
  if (!settings.sites.empty()) {
    settings.sites = fs::absolute(settings.sites).lexically_normal().string();
    settings.data = absolute_site_files(settings.data);
  } else if (!settings.data.empty()) {
    settings.data = fs::absolute(settings.data).lexically_normal().string();
  }
  for (std::string& file : settings.more_files) file = fs::absolute(file).lexically_normal().string();
  for (fs::path* file : {&settings.reading.vocabulary, &settings.reading.stop_words}) {
    if (!file->empty()) *file = fs::absolute(*file).lexically_normal();
  }
}

void name_corpus(RunSettings& settings, const std::vector<std::string>& patterns) {
  settings.more_files.clear();
  for (const std::string& pattern : patterns) {
    for (const std::filesystem::path& file : files_of(pattern)) settings.more_files.push_back(file.string());
  }
  settings.model = settings.more_files.front();
  settings.more_files.erase(settings.more_files.begin());
}

std::string reading_flags(const RunSettings& settings) {
  const CorpusReading& reading = settings.reading;
  std::string flags;
  if (reading.format != CorpusFormat::automatic) {
    std::string format = find_setting("format")->get(settings);
    std::erase(format, '"');  // of TOML
    flags += " --format " + format;
  }
  if (!reading.vocabulary.empty()) flags += " --vocabulary " + shell_path(reading.vocabulary.string());
  if (!reading.stop_words.empty()) flags += " --stop-words " + shell_path(reading.stop_words.string());
  return flags;
}

namespace {

/// What means the same files from any folder, whatever characters the names of folders have.
std::string absolute_pattern(const std::string& pattern) {
  namespace fs = std::filesystem;
  constexpr const char* kSpecial = "*?[";
  const bool is_name = pattern.find_first_of(kSpecial) == std::string::npos || fs::exists(pattern);
  if (is_name || fs::path(pattern).is_absolute()) return fs::absolute(pattern).lexically_normal().string();
  std::string folder;
  for (const char c : fs::current_path().string()) {
    folder += std::strchr(kSpecial, c) != nullptr ? fmt::format("[{}]", c) : c == '\\' ? "\\\\" : std::string(1, c);
  }
  return folder + "/" + pattern;
}

}  // namespace

void read_held_out(RunSettings& settings) {
  if (settings.held_out.empty()) return;
  settings.held_out = absolute_pattern(settings.held_out);
  CorpusReading reading;  // whole: the run leaves out what it does not know
  reading.format = settings.reading.format;
  reading.vocabulary = settings.reading.vocabulary;
  settings.lda.held_out = std::make_shared<const lda::Corpus>(read_corpus(files_of(settings.held_out), reading).corpus);
}

ModelWatch::Line line_of(const RunSettings& settings, const std::string& run) {
  return [=](ModelEnd end) {
    std::string line = fmt::format("dovetail: {}model {} {}; ", rank_words(), printable(settings.model),
                                   words_of(end, settings.model_timeout_s));
    if (end == ModelEnd::hang) line += "where it needs more time, give it with --model-timeout; ";
    line += fmt::format("`dovetail check {}` looks it over", shell_path(settings.model));
    if (run.empty()) return line + "\n";
    return line + fmt::format(
                      ". The run in {} is whole up to its last checkpoint: `dovetail resume {}` goes on from "
                      "it with the same model; a mended one needs a new run\n",
                      printable(run), shell_path(run));
  };
}

namespace {

/// Sites that keep their rows. Where there is a store others may have them.
std::unique_ptr<DividedModel> private_model_of(const RunSettings& settings) {
  if (settings.division.sites_max != Division().sites_max) {
    throw UsageError(
        "--sites-max joins groups of rows in one place; leave it out with --sites, which says what a site is");
  }
  auto model = open_private_model({settings.model, settings.site_entries, settings.data, settings.division,
                                   settings.min_rows, !settings.layout.store.empty()});
  std::string few;
  for (const SiteEntry& site : settings.site_entries) {
    if (site.rows < kRowsOfAParameter * model->shared()) few += (few.empty() ? "" : ", ") + site.name;
  }
  if (!few.empty() && !settings.quiet) {
    print_remark(settings,
                 fmt::format("fewer than {} rows for each of {} shared parameters at {}: what such a site tells "
                             "says much of single rows (docs/ep.md)\n",
                             kRowsOfAParameter, model->shared(), few));
  }
  return model;
}

}  // namespace

std::unique_ptr<Model> model_of(const RunSettings& settings) {
  if (!settings.site_entries.empty()) return private_model_of(settings);
  if (settings.job == JobKind::lda) return open_corpus(corpus_files(settings), settings.reading, {});
  auto model = model_from(source_of(settings), settings);
  say_one_thread(settings, *model);
  say_unused_prior(settings, *model);
  return model;
}

std::unique_ptr<Model> model_of(const RunSettings& settings, const ManifestIdentity& before) {
  if (!settings.site_entries.empty()) return private_model_of(settings);  // its identity is looked at with the run's
  if (settings.job == JobKind::lda) return open_corpus(corpus_files(settings), settings.reading, before.data_sha256);
  ModelSource source = source_of(settings);
  source.data_sha256 = before.data_sha256;
  if (is_library(source.spec)) {
    source.file_sha256 = before.model_sha256;
    say_other_processor(settings, before.cpu_features);
  }
  auto model = model_from(source, settings);
  say_one_thread(settings, *model);
  return model;
}

}  // namespace dovetail::cli
