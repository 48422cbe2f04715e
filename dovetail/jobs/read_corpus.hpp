/// Corpora from files, plain or compressed by gzip. Errors name file and line (ModelError); FileError where a file
/// cannot be read.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "dovetail/jobs/topic_model.hpp"

namespace dovetail {

enum class CorpusFormat : std::uint8_t {
  automatic,  ///< bag, uci or ldac, by the first line
  bag,        ///< a document a line: name, then word:count, tabs between; the last colon counts
  uci,        ///< lines D, V, NNZ, then `document word count` from 1, by rising document
  ldac,       ///< a document a line: how many pairs, then id:count from 0, spaces between
  mallet,     ///< a document a line: name, label, text
  text,       ///< a document a line; tokens are runs of letters
};

struct CorpusReading {
  CorpusFormat format = CorpusFormat::automatic;
  std::filesystem::path vocabulary{};  ///< uci, ldac: word number i (from the first line) on a line of its own
};

/// Reads a file. In texts a letter is one of ASCII, made lower case, or any other character of UTF-8, kept as it is.
[[nodiscard]] lda::Corpus read_corpus(const std::filesystem::path& file, const CorpusReading& reading);

/// The model of a file. `data_sha256`: what it must have, where a run is there already, else empty; CheckpointError.
[[nodiscard]] std::unique_ptr<TopicModel> open_corpus(const std::filesystem::path& file, const CorpusReading& reading,
                                                      const std::string& data_sha256);

}  // namespace dovetail
