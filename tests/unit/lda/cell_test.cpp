// The samplers' own transition matrices on a corpus of eight tokens, from the code itself: which numbers lead to which
// topic is found by halving, so no Monte Carlo error stands between code and mathematics.
#include "dovetail/lda/cell.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "dovetail/core/rng.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/lda/tiny.hpp"

namespace dovetail::lda::test {
namespace {

using Law = std::vector<double>;

/// A grid over a tiny corpus whose documents are words in rising order.
struct TinyGrid {
  Tiny tiny;
  Grid grid;
  std::vector<std::vector<std::size_t>> tokens;  ///< by shard, in the order of visits: the token's number

  TinyGrid(Tiny corpus, const std::vector<std::vector<std::uint32_t>>& shards,
           const std::vector<std::vector<std::uint32_t>>& slices)
      : tiny(std::move(corpus)), tokens(shards.size()) {
    grid.slices = slices;
    for (std::size_t s = 0; s < shards.size(); ++s) {
      Shard shard;
      shard.documents = shards[s];
      for (const auto& slice : slices) {
        Block block;
        block.first = shard.token_docs.size();
        for (std::uint32_t row = 0; row < slice.size(); ++row) add_run(s, slice[row], row, block, shard);
        shard.cells.push_back({block});
      }
      grid.shards.push_back(shard);
    }
  }

 private:
  void add_run(std::size_t s, std::uint32_t word, std::uint32_t row, Block& block, Shard& shard) {
    const std::size_t before = shard.token_docs.size();
    for (std::uint32_t local = 0; local < shard.documents.size(); ++local) {
      std::size_t token = 0;
      for (std::uint32_t d = 0; d < shard.documents[local]; ++d) token += tiny.documents[d].size();
      for (const std::uint32_t w : tiny.documents[shard.documents[local]]) {
        if (w == word) {
          shard.token_docs.push_back(static_cast<std::uint16_t>(local));
          tokens[s].push_back(token);
        }
        ++token;
      }
    }
    const auto count = static_cast<std::uint32_t>(shard.token_docs.size() - before);
    if (count > 0) block.runs.push_back({row, count});
  }
};

/// One step of the ring for one shard: from a state to the law of the topics of its cell's tokens.
class StepOfShard {
 public:
  StepOfShard(const TinyGrid& t, std::size_t shard, std::size_t slice) : t_(t), shard_(shard), slice_(slice) {
    const Block& block = t.grid.shards[shard].cells[slice].front();
    first_ = block.first;
    for (const WordRun& run : block.runs) count_ += run.tokens;
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::size_t token(std::size_t i) const { return t_.tokens[shard_][first_ + i]; }

  /// Calls out(topics, probability) for every outcome.
  template <class Out>
  void visit(const std::vector<std::uint32_t>& z, Out&& out) {
    start(z);
    std::vector<std::uint32_t> numbers(count_, 0);
    expand(numbers, 0, 1, out);
  }

 private:
  void start(const std::vector<std::uint32_t>& z) {
    topics_.clear();
    for (const auto& of_shard : t_.tokens) {
      std::vector<Topic> topics;
      for (const std::size_t token : of_shard) topics.push_back(static_cast<Topic>(z[token]));
      topics_.push_back(topics);
    }
    const std::vector<std::span<const Topic>> views(topics_.begin(), topics_.end());
    words_ = count_words(t_.grid, views, t_.tiny.topics());
  }

  std::vector<Topic> run(const std::vector<std::uint32_t>& given) {
    std::vector<Topic> topics = topics_[shard_];
    AlignedVector<float> documents;
    Numbers numbers([&](std::span<std::uint32_t> out) { std::copy(given.begin(), given.end(), out.begin()); });
    (void)draw_cell(t_.grid.shards[shard_], slice_, t_.tiny.priors, t_.tiny.words, words_.slices[slice_], words_.totals,
                    topics, documents, numbers, scratch_);
    return {topics.begin() + static_cast<std::ptrdiff_t>(first_),
            topics.begin() + static_cast<std::ptrdiff_t>(first_ + count_)};
  }

  template <class Out>
  void expand(std::vector<std::uint32_t>& numbers, std::size_t i, double probability, Out& out) {
    if (i == count_) return out(run(numbers), probability);
    constexpr std::uint32_t kMost = 0xffffffff;
    const auto drawn = [&](std::uint32_t number) {
      numbers[i] = number;
      return run(numbers)[i];
    };
    // Two topics: the first has the numbers below a border.
    if (drawn(0) == drawn(kMost)) return expand(numbers, i + 1, probability, out);
    EXPECT_EQ(drawn(0), 0);
    std::uint32_t low = 0;
    std::uint32_t high = kMost;
    while (high - low > 32) {
      const std::uint32_t middle = low + (high - low) / 2;
      (drawn(middle) == 0 ? low : high) = middle;
    }
    const double first = static_cast<double>(high) * 0x1p-32;
    numbers[i] = 0;
    expand(numbers, i + 1, probability * first, out);
    numbers[i] = kMost;
    expand(numbers, i + 1, probability * (1 - first), out);
  }

  const TinyGrid& t_;
  std::size_t shard_, slice_, first_ = 0, count_ = 0;
  std::vector<std::vector<Topic>> topics_;
  WordTopics words_;
  CellScratch scratch_;
};

/// law -> law after one step of the ring: shards draw apart from each other, all from the step's start.
Law after_step(const TinyGrid& t, std::size_t step, const Law& law,
               std::map<std::size_t, std::vector<std::pair<std::size_t, double>>>& known) {
  const std::size_t s_max = t.grid.shards.size();
  Law next(law.size(), 0);
  for (std::size_t state = 0; state < law.size(); ++state) {
    auto& to = known[state];
    if (to.empty()) {
      const auto z = topics_of(state, t.tiny.tokens(), t.tiny.topics());
      to.emplace_back(state, 1);
      for (std::size_t s = 0; s < s_max; ++s) {
        StepOfShard one(t, s, (s + step) % s_max);
        std::vector<std::pair<std::size_t, double>> product;
        one.visit(z, [&](const std::vector<Topic>& drawn, double probability) {
          for (const auto& [end, before] : to) {
            std::size_t moved = end;
            for (std::size_t i = 0; i < one.count(); ++i) {
              const std::size_t bit = std::size_t{1} << one.token(i);
              moved = drawn[i] == 1 ? moved | bit : moved & ~bit;
            }
            product.emplace_back(moved, before * probability);
          }
        });
        to = product;
      }
    }
    for (const auto& [end, probability] : to) next[end] += law[state] * probability;
  }
  return next;
}

/// The law that sweeps lead to from anywhere, and how far one sweep takes the posterior away from itself.
struct Stationary {
  Law law;
  double first_change;  ///< total variation between the posterior and it after one sweep
};
Stationary stationary_law(const TinyGrid& t, const Law& posterior) {
  std::vector<std::map<std::size_t, std::vector<std::pair<std::size_t, double>>>> known(t.grid.shards.size());
  Stationary found{posterior, 0};
  for (int sweep = 0; sweep < 400; ++sweep) {
    for (std::size_t step = 0; step < known.size(); ++step) found.law = after_step(t, step, found.law, known[step]);
    if (sweep > 0) continue;
    for (std::size_t i = 0; i < posterior.size(); ++i) found.first_change += std::fabs(found.law[i] - posterior[i]) / 2;
  }
  return found;
}

double distance(const Law& a, const Law& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::fabs(a[i] - b[i]) / 2;
  return sum;
}

// single precision: a draw's probability is off by 1e-6 at most, a law by what eight draws and the gap 0.08 make of it
constexpr double kRounding = 1e-5;

TEST(Enumeration, KnowsTheEvidenceOfBothCorpora) {
  EXPECT_NEAR(enumerate(tiny_a()).log_evidence, -11.482051994120878, 1e-11);
  EXPECT_NEAR(enumerate(tiny_b()).log_evidence, -14.563049325238424, 1e-11);
}

TEST(Exact, LeavesThePosteriorInvariant) {
  const TinyGrid t(tiny_a(), {{0, 1, 2}}, {{0, 1, 2}});
  const Posterior posterior = enumerate(t.tiny);
  const Stationary found = stationary_law(t, posterior.probability);
  EXPECT_LT(found.first_change, kRounding);
  EXPECT_LT(distance(found.law, posterior.probability), kRounding);
  // computed apart, by another program
  EXPECT_NEAR(same_topic(t.tiny, found.law, 0, 1), 0.949082144229356, kRounding);
  EXPECT_NEAR(same_topic(t.tiny, found.law, 0, 2), 0.5657349425545641, kRounding);
  EXPECT_NEAR(same_topic(t.tiny, found.law, 6, 7), 0.3049767399785371, kRounding);
}

TEST(Ring, HasTheLawOfTotalsThatAreAStepOld) {
  const TinyGrid t(tiny_a(), {{0, 1}, {2}}, {{0, 2}, {1}});
  const Posterior posterior = enumerate(t.tiny);
  const Stationary found = stationary_law(t, posterior.probability);
  // computed apart, by another program
  EXPECT_NEAR(same_topic(t.tiny, found.law, 0, 1), 0.9490678328666072, kRounding);
  EXPECT_NEAR(same_topic(t.tiny, found.law, 0, 2), 0.5734730184382687, kRounding);
  EXPECT_NEAR(same_topic(t.tiny, found.law, 0, 4), 0.1535487835429904, kRounding);
  EXPECT_NEAR(same_topic(t.tiny, found.law, 0, 6), 0.87749789931638, kRounding);
  EXPECT_NEAR(same_topic(t.tiny, found.law, 4, 5), 0.9485525025427816, kRounding);
  EXPECT_NEAR(same_topic(t.tiny, found.law, 6, 7), 0.29855956620951074, kRounding);
  EXPECT_NEAR(distance(found.law, posterior.probability), 0.03769757029304798, kRounding);
}

/// 60 documents, one of them empty, of words from rare to frequent.
Corpus random_corpus(Rng& rng) {
  CorpusBuilder builder;
  for (int d = 0; d < 60; ++d) {
    builder.begin_document(std::to_string(d));
    const std::uint32_t words = d == 7 ? 0 : 1 + rng.bits32() % 30;
    for (std::uint32_t i = 0; i < words; ++i) {
      builder.add("w" + std::to_string(rng.bits32() % 5 * (rng.bits32() % 20)), 1 + rng.bits32() % 3);
    }
  }
  return builder.finish();
}

std::vector<std::vector<Topic>> random_topics(const Grid& grid, std::uint32_t topics, Rng& rng) {
  std::vector<std::vector<Topic>> all;
  for (const Shard& shard : grid.shards) {
    all.emplace_back(shard.tokens());
    for (Topic& topic : all.back()) topic = static_cast<Topic>(rng.bits32() % topics);
  }
  return all;
}

/// What draw_cell() may keep of documents, made anew.
AlignedVector<float> fresh_rows(const Shard& shard, std::span<const Topic> topics_of_tokens, const Priors& priors) {
  const auto topics = static_cast<std::uint32_t>(priors.alpha.size());
  AlignedVector<float> rows = document_rows(shard, topics_of_tokens, topics);
  for (std::size_t at = 0; at < rows.size(); at += padded(topics)) {
    for (std::uint32_t k = 0; k < topics; ++k) rows[at + k] += static_cast<float>(priors.alpha[k]);
  }
  return rows;
}

/// Counts that cells carry along are those of the topics that they leave.
TEST(Cells, KeepEveryCount) {
  Rng rng({dovetail::test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  const Corpus corpus = random_corpus(rng);
  for (const std::uint32_t k_max : {5U, 37U, 150U}) {
    const Priors priors{std::vector<double>(k_max, 0.3), 0.05};
    for (const std::uint32_t shards : {1U, 3U}) {
      const Grid grid = make_grid(corpus, shards, 8, 1);
      std::vector<std::vector<Topic>> topics = random_topics(grid, k_max, rng);
      const auto views = [&] { return std::vector<std::span<const Topic>>(topics.begin(), topics.end()); };
      WordTopics words = count_words(grid, views(), k_max);
      std::vector<AlignedVector<float>> documents(shards);
      CellScratch scratch;
      Numbers numbers([&](std::span<std::uint32_t> out) {
        for (std::uint32_t& number : out) number = rng.bits32();
      });
      std::uint64_t moved = 0;
      for (std::uint32_t step = 0; step < 4 * shards; ++step) {
        const std::vector<std::uint64_t> before = words.totals;
        for (std::uint32_t s = 0; s < shards; ++s) {
          const std::size_t slice = (s + step) % shards;
          CellResult result = draw_cell(grid.shards[s], slice, priors, corpus.words.size(), words.slices[slice], before,
                                        topics[s], documents[s], numbers, scratch);
          EXPECT_EQ(documents[s].empty(), k_max > 5) << "16 floats a document cost less than 4 bytes a token";
          if (!documents[s].empty()) {
            EXPECT_EQ(documents[s], fresh_rows(grid.shards[s], topics[s], priors));
          }
          words.slices[slice] = std::move(result.rows);
          for (std::uint32_t k = 0; k < k_max; ++k) words.totals[k] += static_cast<std::uint64_t>(result.change[k]);
          moved += result.moved;
        }
        const WordTopics recount = count_words(grid, views(), k_max);
        ASSERT_EQ(words.slices, recount.slices) << "step " << step;
        ASSERT_EQ(words.totals, recount.totals) << "step " << step;
        ASSERT_EQ(std::accumulate(words.totals.begin(), words.totals.end(), std::uint64_t{0}), corpus.tokens);
      }
      EXPECT_GT(moved, corpus.tokens);
      for (std::size_t slice = 0; slice < shards; ++slice) {
        std::vector<std::uint64_t> counts;
        for (const std::uint32_t word : grid.slices[slice]) counts.push_back(corpus.word_counts[word]);
        EXPECT_EQ(fault_of(words.slices[slice], counts, k_max), "");
        PackedRows damaged = words.slices[slice];
        damaged[2] += 1;
        EXPECT_EQ(fault_of(damaged, counts, k_max), "row 0 does not add up to the word's tokens");
        EXPECT_NE(fault_of(words.slices[slice], counts, damaged[1]), "");
        damaged.resize(3);
        EXPECT_NE(fault_of(damaged, counts, k_max), "");
      }
    }
  }
}

/// Dense and sparse words, and every machine code that this processor has, give the same topics and rows.
TEST(Cells, AreTheSameInAllCodes) {
  Rng rng({dovetail::test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  const Corpus corpus = random_corpus(rng);
  const Grid grid = make_grid(corpus, 1, 8, 1);
  for (const std::uint32_t k_max : {1U, 2U, 15U, 16U, 17U, 33U, 60U, 80U, 96U, 100U, 128U, 129U, 300U, 1000U}) {
    std::vector<detail::CellCode> codes = {{true, detail::portable_narrow_run()}, {false, detail::portable_wide_run()}};
    if (const auto code = detail::avx512_narrow_run(k_max)) codes.push_back({true, *code});
    if (const auto code = detail::avx512_wide_run(k_max)) codes.push_back({false, *code});
    Priors priors{std::vector<double>(k_max), 0.05};
    for (double& alpha : priors.alpha) alpha = 0.01 + rng.uniform();
    const std::vector<Topic> begin = random_topics(grid, k_max, rng).front();
    const WordTopics words = count_words(grid, {begin}, k_max);
    std::vector<std::pair<std::vector<Topic>, PackedRows>> results;
    for (const detail::CellCode& code : codes) {
      Rng stream({dovetail::test::seed_from_name(), Purpose::test, ItemId(k_max), Step(1)});
      Numbers numbers([&](std::span<std::uint32_t> out) {
        for (std::uint32_t& number : out) number = stream.bits32();
      });
      std::vector<Topic> topics = begin;
      std::vector<std::uint64_t> totals = words.totals;
      PackedRows rows = words.slices.front();
      AlignedVector<float> documents;
      CellScratch scratch;
      for (int sweep = 0; sweep < 10; ++sweep) {
        CellResult result = detail::draw_cell_by(code, grid.shards.front(), 0, priors, corpus.words.size(), rows,
                                                 totals, topics, documents, numbers, scratch);
        rows = std::move(result.rows);
        for (std::uint32_t k = 0; k < k_max; ++k) totals[k] += static_cast<std::uint64_t>(result.change[k]);
      }
      results.emplace_back(topics, rows);
    }
    for (const auto& result : results) EXPECT_EQ(result, results.front()) << k_max << " topics";
    EXPECT_EQ(k_max == 1, results.front().first == begin);
  }
}

}  // namespace
}  // namespace dovetail::lda::test
