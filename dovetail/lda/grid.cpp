#include "dovetail/lda/grid.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/core/rng.hpp"

namespace dovetail::lda {
namespace {

std::vector<std::uint32_t> shuffled_documents(const Corpus& corpus, std::uint64_t seed) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> keyed;
  for (std::uint32_t d = 0; d < corpus.documents(); ++d) {
    Rng rng({seed, Purpose::document_order, ItemId(d), Step(0)});
    keyed.emplace_back(rng.bits64(), d);
  }
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::uint32_t> order;
  for (const auto& [key, document] : keyed) order.push_back(document);
  return order;
}

/// A document belongs to the shard in whose share of all tokens its middle lies.
std::vector<std::vector<std::uint32_t>> cut_documents(const Corpus& corpus, std::uint32_t shards, std::uint64_t seed) {
  std::vector<std::vector<std::uint32_t>> cut(shards);
  std::uint64_t before = 0;
  for (const std::uint32_t document : shuffled_documents(corpus, seed)) {
    const std::uint64_t length = corpus.length(document);
    const std::uint64_t middle = 2 * before + length;  // of 2 * tokens; below 2^33, so the product fits
    const std::uint64_t shard = corpus.tokens == 0 ? 0 : middle * shards / (2 * corpus.tokens);
    cut[std::min<std::uint64_t>(shard, shards - 1)].push_back(document);
    before += length;
  }
  return cut;
}

std::vector<std::vector<std::uint32_t>> cut_words(const Corpus& corpus, std::uint32_t slices) {
  std::vector<std::vector<std::uint32_t>> cut(slices);
  std::vector<std::uint64_t> tokens(slices, 0);
  for (std::uint32_t word = 0; word < corpus.words.size(); ++word) {  // by falling count
    const auto lightest = static_cast<std::size_t>(std::min_element(tokens.begin(), tokens.end()) - tokens.begin());
    cut[lightest].push_back(word);
    tokens[lightest] += corpus.word_counts[word];
  }
  return cut;
}

/// A word of a document in a block, with its count.
struct Entry {
  std::uint32_t row;
  std::uint32_t document;  ///< local
  std::uint32_t count;
};

/// Where each word is.
struct Places {
  std::vector<std::uint32_t> slice, row;
};

void append_block(std::vector<Entry>& entries, std::vector<Block>& cell, Shard& shard) {
  if (entries.empty()) return;
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.row < b.row; });
  Block block;
  block.first = shard.token_docs.size();
  for (std::size_t i = 0; i < entries.size();) {
    std::size_t end = i;
    std::uint32_t most = 0;
    std::uint32_t tokens = 0;
    for (; end < entries.size() && entries[end].row == entries[i].row; ++end) {
      most = std::max(most, entries[end].count);
      tokens += entries[end].count;
    }
    std::vector<Entry> left(entries.begin() + static_cast<std::ptrdiff_t>(i),
                            entries.begin() + static_cast<std::ptrdiff_t>(end));
    for (std::uint32_t occurrence = 0; occurrence < most; ++occurrence) {
      std::erase_if(left, [&](const Entry& entry) { return entry.count <= occurrence; });
      for (const Entry& entry : left) shard.token_docs.push_back(entry.document);
    }
    block.runs.push_back({entries[i].row, tokens});
    i = end;
  }
  cell.push_back(std::move(block));
  entries.clear();
}

Shard make_shard(const Corpus& corpus, std::vector<std::uint32_t> documents, const Places& places, std::uint32_t slices,
                 std::uint32_t block_documents) {
  Shard shard;
  shard.documents = std::move(documents);
  shard.cells.resize(slices);
  std::vector<std::vector<std::vector<Entry>>> entries(slices);  // by slice, by block
  const std::size_t blocks = (shard.documents.size() + block_documents - 1) / block_documents;
  for (auto& of_slice : entries) of_slice.resize(blocks);
  for (std::uint32_t local = 0; local < shard.documents.size(); ++local) {
    for (const WordCount& entry : corpus.document(shard.documents[local])) {
      entries[places.slice[entry.word]][local / block_documents].push_back(
          {places.row[entry.word], local, entry.count});
    }
  }
  for (std::uint32_t slice = 0; slice < slices; ++slice) {
    for (auto& of_block : entries[slice]) append_block(of_block, shard.cells[slice], shard);
  }
  return shard;
}

}  // namespace

Grid make_grid(const Corpus& corpus, std::uint32_t shards, std::uint32_t block_documents, std::uint64_t seed) {
  DOVETAIL_REQUIRE(shards >= 1 && block_documents >= 1 && corpus.tokens <= kCorpusTokensMax);
  Grid grid;
  grid.slices = cut_words(corpus, shards);
  Places places{std::vector<std::uint32_t>(corpus.words.size()), std::vector<std::uint32_t>(corpus.words.size())};
  for (std::uint32_t slice = 0; slice < shards; ++slice) {
    for (std::uint32_t row = 0; row < grid.slices[slice].size(); ++row) {
      places.slice[grid.slices[slice][row]] = slice;
      places.row[grid.slices[slice][row]] = row;
    }
  }
  for (auto& documents : cut_documents(corpus, shards, seed)) {
    grid.shards.push_back(make_shard(corpus, std::move(documents), places, shards, block_documents));
  }
  return grid;
}

}  // namespace dovetail::lda
