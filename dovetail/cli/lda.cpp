// `dovetail lda CORPUS... --topics K`.
#include "dovetail/cli/run.hpp"

namespace dovetail::cli {

Command lda_command() {
  return {"lda",
          "CORPUS...",
          0,
          kCorpusFilesMax,
          "topics of a corpus, by collapsed Gibbs sampling",
          "dovetail lda examples/lda/planted.tsv --topics 8 --sweeps 100 --seed 1",
          TakesSettings::of_lda,
          {{"--config", 0, "FILE.toml", "settings from a file; flags win over it"}},
          [](const Arguments& arguments) { return begin_run(JobKind::lda, arguments); }};
}

}  // namespace dovetail::cli
