/// The model that settings name.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "dovetail/cli/model_watch.hpp"
#include "dovetail/cli/settings.hpp"
#include "dovetail/jobs/open_model.hpp"
#include "dovetail/model/model.hpp"
#include "dovetail/output/manifest.hpp"

namespace dovetail::cli {

/// Names of files in `settings` as they will be found from any folder: a run's config.toml keeps them.
void make_files_absolute(RunSettings& settings);

/// The model, with its data; its prior and its likelihood apart where the run's reference is its prior. Says on
/// standard error when it serves one thread only and more could be used. Errors: UsageError, ModelError, FileError.
[[nodiscard]] std::unique_ptr<Model> model_of(const RunSettings& settings);
/// The same for a run that is there, and was that `before`: CheckpointError when the files are not those that it began
/// with. Says when the processor is another, where that matters.
[[nodiscard]] std::unique_ptr<Model> model_of(const RunSettings& settings, const ManifestIdentity& before);

/// Of `lda`: the files of the corpus, at least one: patterns become what fits them now, so that a run keeps its files.
void name_corpus(RunSettings& settings, const std::vector<std::string>& patterns);

/// Of `lda`: flags by which its files are read as here, with a space before each.
[[nodiscard]] std::string reading_flags(const RunSettings& settings);

/// Of `lda`: reads the documents that `held_out` names, if it does, in the corpus' format, and makes their place
/// absolute. Errors: as for a corpus.
void read_held_out(RunSettings& settings);

/// The model of a run of `dovetail ep`, which has no others.
[[nodiscard]] inline const DividedModel& divided(const Model& model) {
  return dynamic_cast<const DividedModel&>(model);
}

/// The same of `dovetail lda`.
[[nodiscard]] inline const TopicModel& topics_of(const Model& model) { return dynamic_cast<const TopicModel&>(model); }

/// What is said when the model that `settings` name ends the process (model_watch.hpp), during a run in the folder
/// `run` where there is one.
[[nodiscard]] ModelWatch::Line line_of(const RunSettings& settings, const std::string& run = {});

/// The library of a model's source (.stan, .cpp), compiled when needed, which `note` is told before; any other spec as
/// it is. Signals that stop runs stop the compiler.
[[nodiscard]] std::string library_of(const std::string& spec, const std::function<void(const std::string&)>& note);

}  // namespace dovetail::cli
