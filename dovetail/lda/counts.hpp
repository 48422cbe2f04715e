/// Counts of topics: rows of documents while a shard is sampled, packed rows of words between two steps of the ring.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dovetail/core/aligned.hpp"
#include "dovetail/lda/grid.hpp"

namespace dovetail::lda {

inline constexpr std::uint32_t kTopicsMax = 4096;  ///< beyond which a dense row costs more than a sparse one would
using Topic = std::uint16_t;

/// Topics rounded up to whole groups of 16 lanes: the length of a dense row.
[[nodiscard]] constexpr std::uint32_t padded(std::uint32_t topics) { return (topics + 15) / 16 * 16; }

/// How many documents a block has: their rows fill half of a level-2 cache of 2 MB. Part of what a result depends on.
[[nodiscard]] constexpr std::uint32_t block_documents(std::uint32_t topics) {
  return (std::uint32_t{1} << 20) / (4 * padded(topics));
}

/// The rows of a slice, one after another in its order: how many topics the word has, then (topic, count) for each of
/// them by rising topic, counts from 1 on.
using PackedRows = std::vector<std::uint32_t>;

/// Appends the row of a word with these counts by topic.
void append_row(std::span<const std::uint32_t> counts, PackedRows& rows);

/// What is wrong with the rows of a slice whose words have `word_counts` tokens; empty when nothing is.
[[nodiscard]] std::string fault_of(std::span<const std::uint32_t> rows, std::span<const std::uint64_t> word_counts,
                                   std::uint32_t topics);

/// n_dk as floats of the documents of block `b`, by local document, padded(topics) each: whole numbers below 2^24, so
/// exact. `rows`: as many as the block has documents, times padded(topics); overwritten.
void count_block(const Shard& shard, std::size_t b, std::span<const Topic> topics_of_tokens, std::uint32_t topics,
                 std::span<float> rows);
[[nodiscard]] std::size_t blocks_of(const Shard& shard);
/// How many documents block `b` has.
[[nodiscard]] std::size_t documents_of(const Shard& shard, std::size_t b);
/// The same of all blocks, one after another.
[[nodiscard]] AlignedVector<float> document_rows(const Shard& shard, std::span<const Topic> topics_of_tokens,
                                                 std::uint32_t topics);

/// Everything about words that topics of tokens say.
struct WordTopics {
  std::vector<PackedRows> slices;
  std::vector<std::uint64_t> totals;  ///< by topic
};
/// `topics_of_tokens`: by shard, in the order of visits.
[[nodiscard]] WordTopics count_words(const Grid& grid, const std::vector<std::span<const Topic>>& topics_of_tokens,
                                     std::uint32_t topics);

}  // namespace dovetail::lda
