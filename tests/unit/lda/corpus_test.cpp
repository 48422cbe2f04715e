// Corpora and how they are cut.
#include "dovetail/lda/corpus.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "dovetail/core/rng.hpp"
#include "dovetail/lda/grid.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::lda {
namespace {

TEST(CorpusBuilder, NumbersWordsByFallingCountThenByTheirBytes) {
  CorpusBuilder builder;
  builder.begin_document("first");
  builder.add("pear", 1);
  builder.add("apple", 2);
  builder.add("pear", 1);
  builder.begin_document("apple");  // a name that is a word is no word
  builder.begin_document("third");
  builder.add("fig", 3);
  builder.add("apple", 1);
  builder.add("zoo", 2);
  const Corpus corpus = builder.finish();
  EXPECT_EQ(corpus.words, (std::vector<std::string>{"apple", "fig", "pear", "zoo"}));
  EXPECT_EQ(corpus.word_counts, (std::vector<std::uint64_t>{3, 3, 2, 2}));
  EXPECT_EQ(corpus.names, (std::vector<std::string>{"first", "apple", "third"}));
  const auto words_of = [&](std::size_t d) {
    return std::vector<WordCount>(corpus.document(d).begin(), corpus.document(d).end());
  };
  EXPECT_EQ(words_of(0), (std::vector<WordCount>{{0, 2}, {2, 2}}));
  EXPECT_EQ(words_of(1), (std::vector<WordCount>{}));
  EXPECT_EQ(words_of(2), (std::vector<WordCount>{{0, 1}, {1, 3}, {3, 2}}));
  EXPECT_EQ(corpus.tokens, 10U);
  EXPECT_EQ(corpus.length(0), 4U);
  EXPECT_EQ(corpus.length(1), 0U);
}

Corpus random_corpus() {
  Rng rng({dovetail::test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  CorpusBuilder builder;
  for (int d = 0; d < 300; ++d) {
    builder.begin_document(std::to_string(d));
    const std::uint32_t entries = rng.bits32() % 20;
    for (std::uint32_t i = 0; i < entries; ++i) {
      builder.add(std::to_string(rng.bits32() % (1 + rng.bits32() % 200)), 1 + rng.bits32() % 4);
    }
  }
  return builder.finish();
}

TEST(Grid, HasEveryTokenOnceAndSharesThemOut) {
  const Corpus corpus = random_corpus();
  std::uint64_t longest = 0;
  for (std::size_t d = 0; d < corpus.documents(); ++d) longest = std::max(longest, corpus.length(d));
  for (const std::uint32_t shards : {1U, 2U, 7U}) {
    const Grid grid = make_grid(corpus, shards, 10, 5);
    ASSERT_EQ(grid.shards.size(), shards);
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> found;  // (document, word) -> tokens
    std::vector<int> seen(corpus.documents(), 0);
    for (const Shard& shard : grid.shards) {
      for (const std::uint32_t document : shard.documents) ++seen[document];
      EXPECT_NEAR(static_cast<double>(shard.tokens()), static_cast<double>(corpus.tokens) / shards,
                  static_cast<double>(longest));
      std::size_t token = 0;
      ASSERT_EQ(shard.cells.size(), shards);
      for (std::size_t slice = 0; slice < shards; ++slice) {
        for (const Block& block : shard.cells[slice]) {
          EXPECT_EQ(block.first, token);
          std::uint32_t next_row = 0;
          std::uint32_t least = 0xffffffff;
          std::uint32_t most = 0;
          for (const WordRun& run : block.runs) {
            EXPECT_GE(run.row, next_row);
            next_row = run.row + 1;
            for (std::uint32_t i = 0; i < run.tokens; ++i, ++token) {
              const auto b = static_cast<std::size_t>(&block - shard.cells[slice].data());
              const auto local = static_cast<std::uint32_t>(b * 10 + shard.token_docs[token]);
              EXPECT_EQ(shard.document(b, token), shard.documents[local]);
              least = std::min(least, local);
              most = std::max(most, local);
              ++found[{shard.documents[local], grid.slices[slice][run.row]}];
            }
          }
          if (block.runs.empty()) continue;
          EXPECT_EQ(least / 10, most / 10) << "a block has neighbouring documents";
        }
      }
      EXPECT_EQ(token, shard.tokens());
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), static_cast<std::ptrdiff_t>(corpus.documents()));
    std::size_t entries = 0;
    for (std::uint32_t d = 0; d < corpus.documents(); ++d) {
      for (const WordCount& entry : corpus.document(d)) EXPECT_EQ((found[{d, entry.word}]), entry.count);
      entries += corpus.document(d).size();
    }
    EXPECT_EQ(found.size(), entries);
    for (const auto& slice : grid.slices) EXPECT_TRUE(std::is_sorted(slice.begin(), slice.end()));
  }
  EXPECT_NE(make_grid(corpus, 2, 10, 5).shards[0].documents, make_grid(corpus, 2, 10, 6).shards[0].documents);
}

TEST(Grid, TakesCorporaWithHardlyAnything) {
  CorpusBuilder builder;
  builder.begin_document("empty");
  const Corpus corpus = builder.finish();
  const Grid grid = make_grid(corpus, 3, 10, 1);
  EXPECT_EQ(grid.shards.size(), 3U);
  EXPECT_EQ(grid.shards[0].tokens() + grid.shards[1].tokens() + grid.shards[2].tokens(), 0U);
}

}  // namespace
}  // namespace dovetail::lda
