// Coherence of words from the definition, by counting documents one pair at a time; and which words are left out.
#include "dovetail/lda/coherence.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dovetail/core/rng.hpp"
#include "dovetail/lda/selection.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::lda {
namespace {

using Texts = std::vector<std::vector<std::string>>;

Corpus corpus_of(const Texts& texts) {
  CorpusBuilder builder;
  for (const auto& text : texts) {
    builder.begin_document(std::to_string(&text - texts.data()));
    for (const std::string& word : text) builder.add(word, 1);
  }
  return builder.finish();
}

Texts random_texts(std::uint32_t words) {
  Rng rng({dovetail::test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  Texts texts(80);
  for (auto& text : texts) {
    for (std::uint32_t i = rng.bits32() % 15; i > 0; --i) {
      text.push_back("w" + std::to_string(rng.bits32() % (1 + rng.bits32() % words)));
    }
  }
  return texts;
}

std::uint32_t id_of(const Corpus& corpus, const std::string& word) {
  return static_cast<std::uint32_t>(std::find(corpus.words.begin(), corpus.words.end(), word) - corpus.words.begin());
}

double documents_with(const Corpus& corpus, std::uint32_t a, std::uint32_t b) {
  double count = 0;
  for (std::size_t d = 0; d < corpus.documents(); ++d) {
    const auto has = [&](std::uint32_t word) {
      const auto entries = corpus.document(d);
      return std::any_of(entries.begin(), entries.end(), [&](const WordCount& entry) { return entry.word == word; });
    };
    count += has(a) && has(b) ? 1 : 0;
  }
  return count;
}

TEST(Coherence, IsItsDefinition) {
  const Corpus corpus = corpus_of(random_texts(25));
  const auto documents = static_cast<double>(corpus.documents());
  const std::vector<std::vector<std::uint32_t>> topics = {{0, 1, 2, 3}, {5, 3, 9, 0, 7}, {2, 8}};
  const std::vector<Coherence> found = coherence(corpus, topics);
  ASSERT_EQ(found.size(), topics.size());
  for (std::size_t k = 0; k < topics.size(); ++k) {
    double umass = 0;
    double npmi = 0;
    double pairs = 0;
    for (std::size_t m = 1; m < topics[k].size(); ++m) {
      for (std::size_t l = 0; l < m; ++l, pairs += 1) {
        const double both = documents_with(corpus, topics[k][m], topics[k][l]);
        const double lighter = documents_with(corpus, topics[k][m], topics[k][m]) / documents;
        const double heavier = documents_with(corpus, topics[k][l], topics[k][l]) / documents;
        umass += std::log((both + 1) / (heavier * documents));
        npmi += both == 0 ? -1 : std::log(both / documents / (lighter * heavier)) / -std::log(both / documents);
      }
    }
    ASSERT_TRUE(found[k].umass && found[k].npmi);
    EXPECT_NEAR(*found[k].umass, umass, 1e-12) << k;
    EXPECT_NEAR(*found[k].npmi, npmi / pairs, 1e-12) << k;
  }
}

TEST(Coherence, IsOneForWordsThatStandOnlyTogetherAndMinusOneForWordsThatNeverDo) {
  const Corpus corpus = corpus_of({{"a", "b", "e", "f"}, {"a", "b", "e", "f"}, {"c", "e", "f"}, {"c", "d", "e", "f"}});
  const auto topic = [&](const std::string& heavier, const std::string& lighter) {
    return std::vector<std::uint32_t>{id_of(corpus, heavier), id_of(corpus, lighter)};
  };
  const auto found = coherence(corpus, {topic("a", "b"), topic("a", "c"), topic("e", "f"), {id_of(corpus, "a")}, {}});
  EXPECT_DOUBLE_EQ(*found[0].npmi, 1);
  EXPECT_DOUBLE_EQ(*found[0].umass, std::log(3.0 / 2));
  EXPECT_EQ(*found[1].npmi, -1);
  EXPECT_DOUBLE_EQ(*found[1].umass, std::log(1.0 / 2));
  EXPECT_EQ(*found[2].npmi, 1) << "in every document";
  for (const std::size_t k : {3U, 4U}) EXPECT_FALSE(found[k].umass || found[k].npmi) << "no pair";
}

TEST(Selection, LeavesWhatACorpusWithoutThoseWordsHas) {
  const Texts texts = random_texts(60);
  const Corpus whole = corpus_of(texts);
  Selection selection{{"w1", "w4", "not there"}, 3, 0.2};
  const auto is_out = [&](const std::string& word) {
    const std::uint32_t id = id_of(whole, word);
    return selection.stop_words.contains(word) || whole.word_counts[id] < selection.min_count ||
           documents_with(whole, id, id) / static_cast<double>(whole.documents()) > selection.max_share;
  };
  Texts kept = texts;
  for (auto& text : kept) std::erase_if(text, is_out);
  const Corpus wanted = corpus_of(kept);
  ASSERT_GT(wanted.words.size(), 5U);
  Corpus found = whole;
  const LeftOut left_out = leave_out(found, selection);
  EXPECT_EQ(left_out.words, whole.words.size() - wanted.words.size());
  EXPECT_EQ(left_out.tokens, whole.tokens - wanted.tokens);
  EXPECT_EQ(found.words, wanted.words);
  EXPECT_EQ(found.word_counts, wanted.word_counts);
  EXPECT_EQ(found.names, wanted.names);
  EXPECT_TRUE(std::ranges::equal(found.packed.ends(), wanted.packed.ends()));
  EXPECT_TRUE(std::ranges::equal(found.packed.bytes(), wanted.packed.bytes()));
  EXPECT_EQ(found.tokens, wanted.tokens);
}

TEST(Selection, KeepsWhatIsExactlyAtALimit) {
  const Texts texts = {{"a", "b", "b"}, {"a"}, {"a"}, {"c"}, {}, {}, {}, {}, {}, {}};
  Corpus corpus = corpus_of(texts);
  EXPECT_EQ(leave_out(corpus, {{}, 2, 0.3}).words, 1U);  // a is in 3 of 10, b has 2 tokens
  EXPECT_EQ(corpus.words, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(leave_out(corpus, {}).words, 0U);
  EXPECT_EQ(leave_out(corpus, {{}, 1, 0.29}).words, 1U);
  EXPECT_EQ(corpus.words, (std::vector<std::string>{"b"}));
  EXPECT_EQ(corpus.documents(), 10U);
}

}  // namespace
}  // namespace dovetail::lda
