// `dovetail corpus FILE... --out FILE`: the binary form of a corpus, which `lda` maps instead of reading text.
#include <fmt/format.h>

#include <filesystem>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/settings.hpp"
#include "dovetail/jobs/binary_corpus.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFilesMax = 1000000;
constexpr const char* kOfLda[] = {"format", "vocabulary", "stop_words", "min_count", "max_share", "quiet"};

void require_free(const fs::path& out, bool force) {
  if (out.empty()) throw UsageError("no file is given for the binary form; name it with --out");
  if (fs::is_directory(out)) throw UsageError(printable(out.string()) + " is a folder; give the name of a file");
  if (fs::exists(out) && !force) {
    throw UsageError(printable(out.string()) + " exists already; give another name, or --force to replace it");
  }
}

ExitCode run(const Arguments& arguments) {
  RunSettings settings;
  settings.job = JobKind::lda;
  apply_flags(settings, arguments.options);
  const fs::path out = settings.out;
  require_free(out, settings.force);
  std::vector<fs::path> files;
  for (const std::string& pattern : arguments.positionals) {
    for (const fs::path& file : files_of(pattern)) files.push_back(file);
  }
  const SelectedCorpus read = read_corpus(files, settings.reading);
  write_binary_corpus(read.corpus, out);
  if (settings.quiet) return ExitCode::done;
  std::string note =
      fmt::format("{}: {} documents, {} words, {} tokens in {} bytes", printable(out.string()), read.corpus.documents(),
                  read.corpus.words.size(), read.corpus.tokens, fs::file_size(out));
  if (read.left_out.words > 0) {
    note += fmt::format("; {} words with {} tokens were left out", read.left_out.words, read.left_out.tokens);
  }
  print_note(note + "\n");
  return ExitCode::done;
}

}  // namespace

Command corpus_command() {
  std::vector<Option> options = {{"--out", 'o', "FILE", "the file to write (must be given)"},
                                 {"--force", 0, "", "replace --out where it is there already"}};
  for (const char* key : kOfLda) {
    const Setting& setting = *find_setting(key);
    options.push_back({setting.flag(), setting.letter, std::string(setting.value), std::string(setting.help)});
  }
  return {"corpus",
          "FILE...",
          1,
          kFilesMax,
          "the binary form of a corpus, which `dovetail lda` maps instead of reading text",
          "dovetail corpus examples/lda/planted.tsv --out planted.dlc",
          TakesSettings::none,
          options,
          run};
}

}  // namespace dovetail::cli
