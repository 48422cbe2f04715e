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

std::size_t blocks_of(const Shard& shard) { return shard.cells.empty() ? 0 : shard.cells.front().size(); }

std::size_t documents_of(const Shard& shard, std::size_t b) {
  return std::min<std::size_t>(shard.block_documents, shard.documents.size() - b * shard.block_documents);
}

void count_block(const Shard& shard, std::size_t b, std::span<const Topic> topics_of_tokens, std::uint32_t topics,
                 std::span<float> rows) {
  DOVETAIL_REQUIRE(topics_of_tokens.size() == shard.tokens());
  const std::size_t width = padded(topics);
  DOVETAIL_REQUIRE(rows.size() == documents_of(shard, b) * width);
  std::fill(rows.begin(), rows.end(), 0.0F);
  for (const std::vector<Block>& cell : shard.cells) {
    const std::size_t end = cell[b].first + tokens_of(cell[b]);
    for (std::size_t i = cell[b].first; i < end; ++i) {
      rows[shard.token_docs[i] * width + topics_of_tokens[i]] += 1;
    }
  }
}

AlignedVector<float> document_rows(const Shard& shard, std::span<const Topic> topics_of_tokens, std::uint32_t topics) {
  AlignedVector<float> rows(shard.documents.size() * padded(topics), 0.0F);
  std::size_t at = 0;
  for (std::size_t b = 0; b < blocks_of(shard); ++b) {
    const std::size_t size = documents_of(shard, b) * padded(topics);
    count_block(shard, b, topics_of_tokens, topics, std::span(rows).subspan(at, size));
    at += size;
  }
  return rows;
}

namespace {

/// Counts tokens of words by rising row, some rows at a time, over all blocks that have the slice.
class SliceCounter {
 public:
  SliceCounter(const Grid& grid, const std::vector<std::span<const Topic>>& topics_of_tokens, std::size_t slice,
               std::uint32_t topics)
      : topics_(topics) {
    for (std::size_t s = 0; s < grid.shards.size(); ++s) {
      for (const Block& block : grid.shards[s].cells[slice]) {
        places_.push_back({topics_of_tokens[s].subspan(block.first), block.runs});
      }
    }
  }

  /// Adds the tokens of rows from `first` to `end`; `counts`: topics of each of them.
  void add(std::size_t first, std::size_t end, std::span<std::uint32_t> counts) {
    for (Place& place : places_) {
      for (; !place.runs.empty() && place.runs.front().row < end; place.runs = place.runs.subspan(1)) {
        const WordRun& run = place.runs.front();
        const auto row = counts.subspan((run.row - first) * topics_, topics_);
        for (const Topic topic : place.tokens.first(run.tokens)) ++row[topic];
        place.tokens = place.tokens.subspan(run.tokens);
      }
    }
  }

 private:
  struct Place {
    std::span<const Topic> tokens;  ///< of the runs
    std::span<const WordRun> runs;  ///< not counted yet
  };
  std::size_t topics_;
  std::vector<Place> places_;
};

}  // namespace

WordTopics count_words(const Grid& grid, const std::vector<std::span<const Topic>>& topics_of_tokens,
                       std::uint32_t topics) {
  constexpr std::size_t kCountersAtOnce = 1 << 16;
  WordTopics result;
  result.totals.assign(topics, 0);
  const std::size_t rows_at_once = std::max<std::size_t>(1, kCountersAtOnce / topics);
  std::vector<std::uint32_t> counts;
  for (std::size_t slice = 0; slice < grid.slices.size(); ++slice) {
    SliceCounter counter(grid, topics_of_tokens, slice, topics);
    PackedRows rows;
    for (std::size_t first = 0; first < grid.slices[slice].size(); first += rows_at_once) {
      const std::size_t end = std::min(grid.slices[slice].size(), first + rows_at_once);
      counts.assign((end - first) * topics, 0);
      counter.add(first, end, counts);
      for (std::size_t at = 0; at < counts.size(); at += topics) {
        const auto row = std::span<const std::uint32_t>(counts).subspan(at, topics);
        append_row(row, rows);
        for (std::uint32_t k = 0; k < topics; ++k) result.totals[k] += row[k];
      }
    }
    result.slices.push_back(std::move(rows));
  }
  return result;
}

void append_row(std::span<const std::uint32_t> counts, PackedRows& rows) {
  const std::size_t head = rows.size();
  rows.push_back(0);
  for (std::uint32_t k = 0; k < counts.size(); ++k) {
    if (counts[k] == 0) continue;
    rows.push_back(k);
    rows.push_back(counts[k]);
  }
  rows[head] = static_cast<std::uint32_t>((rows.size() - head - 1) / 2);
}

}  // namespace dovetail::lda
