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
  std::uint32_t count;
  std::uint16_t document;  ///< in its block
};

/// Where each word is.
struct Places {
  std::vector<std::uint32_t> slice, row;
};

/// Makes `block` of its entries, whose tokens take their places from block.first on.
void fill_block(std::vector<Entry>& entries, Block& block, std::vector<std::uint16_t>& token_docs) {
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.row < b.row; });
  std::size_t runs = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) runs += i == 0 || entries[i].row != entries[i - 1].row ? 1 : 0;
  block.runs.reserve(runs);
  std::size_t token = block.first;
  std::vector<Entry> left;
  for (std::size_t i = 0; i < entries.size();) {
    const std::size_t first = token;
    left.clear();
    const std::uint32_t row = entries[i].row;
    for (; i < entries.size() && entries[i].row == row; ++i) left.push_back(entries[i]);
    while (!left.empty()) {
      for (Entry& entry : left) {
        token_docs[token++] = entry.document;
        --entry.count;
      }
      std::erase_if(left, [](const Entry& entry) { return entry.count == 0; });
    }
    block.runs.push_back({row, static_cast<std::uint32_t>(token - first)});
  }
}

Shard make_shard(const Corpus& corpus, std::vector<std::uint32_t> documents, const Places& places, std::uint32_t slices,
                 std::uint32_t block_documents) {
  Shard shard;
  shard.documents = std::move(documents);
  shard.block_documents = block_documents;
  const std::size_t blocks = (shard.documents.size() + block_documents - 1) / block_documents;
  std::vector<std::vector<std::size_t>> tokens(slices, std::vector<std::size_t>(blocks, 0));
  for (std::size_t local = 0; local < shard.documents.size(); ++local) {
    for (const WordCount& entry : corpus.document(shard.documents[local])) {
      tokens[places.slice[entry.word]][local / block_documents] += entry.count;
    }
  }
  std::size_t first = 0;
  shard.cells.assign(slices, std::vector<Block>(blocks));
  for (std::uint32_t slice = 0; slice < slices; ++slice) {
    for (std::size_t b = 0; b < blocks; ++b) {
      shard.cells[slice][b].first = first;
      first += tokens[slice][b];
    }
  }
  shard.token_docs.resize(first);
  std::vector<std::vector<Entry>> entries(slices);  // of one block, by slice
  for (std::size_t b = 0; b < blocks; ++b) {
    const std::size_t end = std::min<std::size_t>(shard.documents.size(), (b + 1) * block_documents);
    for (std::size_t local = b * block_documents; local < end; ++local) {
      for (const WordCount& entry : corpus.document(shard.documents[local])) {
        entries[places.slice[entry.word]].push_back(
            {places.row[entry.word], entry.count, static_cast<std::uint16_t>(local - b * block_documents)});
      }
    }
    for (std::uint32_t slice = 0; slice < slices; ++slice) {
      fill_block(entries[slice], shard.cells[slice][b], shard.token_docs);
      entries[slice].clear();
    }
  }
  return shard;
}

}  // namespace

std::size_t tokens_of(const Block& block) {
  std::size_t tokens = 0;
  for (const WordRun& run : block.runs) tokens += run.tokens;
  return tokens;
}

Grid make_grid(const Corpus& corpus, std::uint32_t shards, std::uint32_t block_documents, std::uint64_t seed) {
  DOVETAIL_REQUIRE(block_documents >= 1 && block_documents <= kBlockDocumentsMax);
  DOVETAIL_REQUIRE(shards >= 1 && corpus.tokens <= kCorpusTokensMax);
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
