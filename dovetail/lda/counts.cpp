#include "dovetail/lda/counts.hpp"

#include <algorithm>

#include "dovetail/core/error.hpp"

namespace dovetail::lda {

std::string fault_of(std::span<const std::uint32_t> rows, std::span<const std::uint64_t> word_counts,
                     std::uint32_t topics) {
  std::size_t at = 0;
  for (std::size_t row = 0; row < word_counts.size(); ++row) {
    const std::string where = "row " + std::to_string(row) + " ";
    if (at == rows.size()) return where + "is missing";
    const std::uint32_t entries = rows[at++];
    if (entries > (rows.size() - at) / 2) return where + "ends early";
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < entries; ++i, at += 2) {
      if (rows[at] >= topics || (i > 0 && rows[at] <= rows[at - 2]))
        return where + "has a topic that cannot stand there";
      if (rows[at + 1] == 0) return where + "holds a count of zero";
      sum += rows[at + 1];
    }
    if (sum != word_counts[row]) return where + "does not add up to the word's tokens";
  }
  return at == rows.size() ? "" : "there is more after the last row";
}

AlignedVector<float> document_rows(const Shard& shard, std::span<const Topic> topics_of_tokens, std::uint32_t topics) {
  DOVETAIL_REQUIRE(topics_of_tokens.size() == shard.tokens());
  AlignedVector<float> rows(shard.documents.size() * padded(topics), 0.0F);
  for (std::size_t i = 0; i < shard.tokens(); ++i) {
    rows[std::size_t{shard.token_docs[i]} * padded(topics) + topics_of_tokens[i]] += 1;
  }
  return rows;
}

WordTopics count_words(const Grid& grid, const std::vector<std::span<const Topic>>& topics_of_tokens,
                       std::uint32_t topics) {
  WordTopics result;
  result.totals.assign(topics, 0);
  for (std::size_t slice = 0; slice < grid.slices.size(); ++slice) {
    // (row, topic) of every token of the slice: sorted, equal ones are a count.
    std::vector<std::uint64_t> pairs;
    for (std::size_t s = 0; s < grid.shards.size(); ++s) {
      for (const Block& block : grid.shards[s].cells[slice]) {
        std::size_t token = block.first;
        for (const WordRun& run : block.runs) {
          for (std::uint32_t i = 0; i < run.tokens; ++i, ++token) {
            pairs.push_back(std::uint64_t{run.row} << 32 | topics_of_tokens[s][token]);
            ++result.totals[topics_of_tokens[s][token]];
          }
        }
      }
    }
    std::sort(pairs.begin(), pairs.end());
    PackedRows rows;
    std::size_t at = 0;
    for (std::uint64_t row = 0; row < grid.slices[slice].size(); ++row) {
      const std::size_t head = rows.size();
      rows.push_back(0);
      while (at < pairs.size() && pairs[at] >> 32 == row) {
        const std::size_t first = at;
        while (at < pairs.size() && pairs[at] == pairs[first]) ++at;
        rows.push_back(static_cast<std::uint32_t>(pairs[first]));
        rows.push_back(static_cast<std::uint32_t>(at - first));
        ++rows[head];
      }
    }
    result.slices.push_back(std::move(rows));
  }
  return result;
}

}  // namespace dovetail::lda
