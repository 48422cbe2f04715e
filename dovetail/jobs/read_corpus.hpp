/// Corpora from files, plain or compressed by gzip or zstd. Errors name file and line (ModelError); FileError where a
/// file cannot be read.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "dovetail/jobs/topic_model.hpp"
#include "dovetail/lda/selection.hpp"

namespace dovetail {

enum class CorpusFormat : std::uint8_t {
  automatic,  ///< binary, or bag, uci or ldac by the first line
  bag,        ///< a document a line: name, then word:count, tabs between; the last colon counts
  uci,        ///< lines D, V, NNZ, then `document word count` from 1, by rising document
  ldac,       ///< a document a line: how many pairs, then id:count from 0, spaces between
  mallet,     ///< a document a line: name, label, text
  text,       ///< a document a line; tokens are runs of letters
  binary,     ///< of jobs/binary_corpus.hpp, alone
};

struct CorpusReading {
  CorpusFormat format = CorpusFormat::automatic;
  std::filesystem::path vocabulary{};  ///< uci, ldac: word number i (from the first line) on a line of its own
  std::filesystem::path stop_words{};  ///< a word a line
  std::uint64_t min_count = 1;         ///< words with fewer tokens are left out
  double max_share = 1;                ///< words in a larger share of the documents are left out
};

struct SelectedCorpus {
  lda::Corpus corpus;
  lda::LeftOut left_out;
};

/// Reads files, one at least, as if they were one: `automatic` is what the first is, documents without names are
/// numbered through, names differ among all. In texts a letter is one of ASCII, made lower case, or any other character
/// of UTF-8, kept as it is.
[[nodiscard]] SelectedCorpus read_corpus(const std::vector<std::filesystem::path>& files, const CorpusReading& reading);

/// The model of files. `data_sha256`: what it must have, where a run is there already, else empty; CheckpointError.
[[nodiscard]] std::unique_ptr<TopicModel> open_corpus(const std::vector<std::filesystem::path>& files,
                                                      const CorpusReading& reading, const std::string& data_sha256);

/// The files that a pattern of the shell (* ? [...]) means, in the order of their bytes; anything else, and what is the
/// name of a file as it stands, is that name alone.
[[nodiscard]] std::vector<std::filesystem::path> files_of(const std::string& pattern);

}  // namespace dovetail
