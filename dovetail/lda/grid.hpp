/// How a corpus is cut for sampling: documents into shards, words into slices, and the order in which tokens of a shard
/// are visited. A cell is what a shard has of a slice. All of it follows from corpus, seed and two numbers, never from
/// threads or processes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dovetail/lda/corpus.hpp"

namespace dovetail::lda {

/// Consecutive tokens of one word.
struct WordRun {
  std::uint32_t row;     ///< the word's place in its slice
  std::uint32_t tokens;  ///< at least 1
};

/// Runs over some neighbouring documents, whose rows of counts stay near the processor; by rising row. In a run first
/// occurrences of all documents come before second ones. May be empty.
struct Block {
  std::size_t first = 0;  ///< token of the shard
  std::vector<WordRun> runs;
};

inline constexpr std::uint32_t kBlockDocumentsMax = 1 << 16;  ///< so that 16 bits tell them apart

struct Shard {
  std::vector<std::uint32_t> documents;   ///< of the corpus, in the order of their local numbers
  std::vector<std::uint16_t> token_docs;  ///< by token, in the order of visits: its document's number in its block
  std::vector<std::vector<Block>> cells;  ///< by slice: all blocks, of every slice as many
  /// Block b has the documents from b * block_documents on, this many but for the last.
  std::uint32_t block_documents = kBlockDocumentsMax;
  /// Of a token of block `b`, in the corpus.
  [[nodiscard]] std::uint32_t document(std::size_t b, std::size_t token) const {
    return documents[b * block_documents + token_docs[token]];
  }
  [[nodiscard]] std::size_t tokens() const { return token_docs.size(); }
};

/// Tokens of a block in one cell: from block.first on.
[[nodiscard]] std::size_t tokens_of(const Block& block);

struct Grid {
  std::vector<Shard> shards;
  std::vector<std::vector<std::uint32_t>> slices;  ///< words, by rising id
};

/// `shards` x `shards` cells, at least 1; blocks of at most `block_documents`, 1 to kBlockDocumentsMax. Documents are
/// shuffled by the seed, then cut where their tokens divide most evenly; each word goes to the slice that has the
/// fewest tokens then.
[[nodiscard]] Grid make_grid(const Corpus& corpus, std::uint32_t shards, std::uint32_t block_documents,
                             std::uint64_t seed);

}  // namespace dovetail::lda
