/// The topics of a run as new documents are explained by them, read back from its topics.json.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dovetail/lda/fixed_topics.hpp"

namespace dovetail {

/// Words have the ids that they had in the run: by falling count, ties by their bytes.
struct ReadTopics {
  std::vector<std::string> words;
  lda::FixedTopics topics;
  std::uint32_t sweeps = 0;  ///< after which they were taken
};

/// FileError where the file cannot be read; CheckpointError where it is none, or its numbers do not agree with each
/// other: counts of words with tokens of topics.
[[nodiscard]] ReadTopics read_topics(const std::filesystem::path& file);

}  // namespace dovetail
