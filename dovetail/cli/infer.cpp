// `dovetail infer RUN --data FILE`, also called `dovetail lda infer`: mixtures of topics of new documents.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/run_place.hpp"
#include "dovetail/cli/settings.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/cli/words.hpp"
#include "dovetail/execute/cores.hpp"
#include "dovetail/jobs/new_documents.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

constexpr std::uint32_t kParticlesMax = 100000;
constexpr Words<Foresight, 3> kScores = {
    {{"none", Foresight::none}, {"completion", Foresight::completion}, {"left-to-right", Foresight::left_to_right}}};

/// Sets from the option `name` by `set`, where it is given.
template <class Set>
void take(const Arguments& arguments, const char* name, const char* allowed, Set&& set) {
  const auto found = arguments.options.find(name);
  if (found == arguments.options.end()) return;
  try {
    set(found->second);
  } catch (const BadValue& bad) {
    throw UsageError(fmt::format("{}: \"{}\" {}; allowed: {}", name, found->second, bad.what(), allowed));
  }
}

InferOptions options_of(const Arguments& arguments) {
  InferOptions options;
  take(arguments, "--sweeps", "a whole number from 1 to 1000", [&](const std::string& text) {
    options.sweeps = static_cast<std::uint32_t>(parse_whole(text, 1, lda::kSweepsOfDocument));
  });
  take(arguments, "--score", "none, completion or left-to-right",
       [&](const std::string& text) { options.score = from_word(kScores, text); });
  take(arguments, "--particles", "a whole number from 1 to 100000", [&](const std::string& text) {
    options.particles = static_cast<std::uint32_t>(parse_whole(text, 1, kParticlesMax));
  });
  return options;
}

/// What is read and written as for `dovetail lda`.
RunSettings shared_settings(const Arguments& arguments) {
  RunSettings settings;
  settings.job = JobKind::lda;
  for (const char* key : {"seed", "format", "vocabulary", "threads"}) {
    const Setting& setting = *find_setting(key);
    const auto found = arguments.options.find(setting.flag());
    if (found != arguments.options.end()) set_value(settings, setting, found->second, setting.flag());
  }
  return settings;
}

ReadTopics topics_of_run(const std::filesystem::path& run) {
  const RunFolder folder = RunFolder::open(run);
  const std::string command = read_manifest(folder.manifest()).identity.command;
  if (command != "lda") {
    throw UsageError(fmt::format("{} is a run of `dovetail {}`, which has no topics; name one of `dovetail lda`",
                                 printable(run.string()), printable(command)));
  }
  const std::filesystem::path file = folder.path() / "topics.json";
  if (!std::filesystem::exists(file)) {
    throw UsageError(printable(run.string()) + " has no topics.json yet; let it run to its end, or stop it");
  }
  return read_topics(file);
}

std::string remark(const Inferred& inferred, const InferOptions& options) {
  std::string text = fmt::format("{} documents, {} tokens", inferred.documents.size(), inferred.tokens);
  if (inferred.unknown_tokens > 0) {
    text += fmt::format("; {} tokens of {} words that the topics do not know were left out", inferred.unknown_tokens,
                        inferred.unknown_words);
  }
  text += '\n';
  if (inferred.score.tokens > 0) {
    text += fmt::format("{:.4f} nats a token of {} foreseen by {}\n", per_token(inferred.score), inferred.score.tokens,
                        options.score == Foresight::completion ? "completion" : "left-to-right");
  }
  return text;
}

ExitCode run(const Arguments& arguments) {
  const std::filesystem::path run = find_run(arguments.positionals.front());
  const auto data = arguments.options.find("--data");
  if (data == arguments.options.end()) throw UsageError("no documents are given; name their file with --data");
  InferOptions options = options_of(arguments);
  const RunSettings settings = shared_settings(arguments);
  options.seed = settings.lda.seed;
  const unsigned threads = settings.layout.threads != 0 ? settings.layout.threads : usable_cores();
  const ReadTopics topics = topics_of_run(run);
  const lda::Corpus corpus = read_corpus(files_of(data->second), settings.reading).corpus;
  const Inferred inferred = infer_documents(topics, corpus, options, threads);
  print_result(arguments.has("--json") ? inferred_json(inferred, corpus, topics, options, run.string())
                                       : mixtures_text(inferred, corpus));
  if (!arguments.has("--quiet")) print_note(remark(inferred, options));
  return ExitCode::done;
}

}  // namespace

Command infer_command() {
  return {"infer",
          "RUN",
          1,
          1,
          "topics of new documents by a run of `lda`, and how well it foresees their words",
          "dovetail infer dovetail-runs/latest --data examples/lda/planted.tsv",
          TakesSettings::none,
          {{"--data", 0, "FILE", "the documents; a pattern such as 'new/*.tsv' names several files"},
           {"--format", 0, "NAME", "of the files, as for `lda` [auto]"},
           {"--vocabulary", 0, "FILE", "words of files of numbers (uci, ldac)"},
           {"--sweeps", 0, "N", "over each document; the first half does not count [100]"},
           {"--score", 0, "NAME",
            "completion: half of a document's words from the other half; left-to-right: all, each from those before, "
            "in a time that grows with the square of the length; none [completion]"},
           {"--particles", 0, "N", "of left-to-right [20]"},
           {"--seed", 0, "N", "seed of every random number [1]"},
           {"--threads", 0, "auto|N", "never change the answer [auto]"},
           {"--json", 0, "", "as JSON, with scores; otherwise number, name and shares, as MALLET writes them"},
           {"--quiet", 'q', "", "no remarks on stderr"}},
          run};
}

}  // namespace dovetail::cli
