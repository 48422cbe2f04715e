// Mixtures and scores of new documents against the enumeration of all topics of their tokens.
#include "dovetail/lda/new_document.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/seed.hpp"

namespace dovetail::lda {
namespace {

using Document = std::vector<WordCount>;

/// Topics with counts so large beside beta that phi is their quotient. `counts`: by word, by topic, none 0.
FixedTopics topics_of(const std::vector<std::vector<std::uint32_t>>& counts, std::vector<double> alpha) {
  PackedRows rows;
  for (const auto& of_word : counts) {
    rows.push_back(static_cast<std::uint32_t>(of_word.size()));
    for (std::uint32_t k = 0; k < of_word.size(); ++k) rows.insert(rows.end(), {k, of_word[k]});
  }
  return {{std::move(alpha), 1e-30}, rows, counts.size()};
}

/// phi = (0.6, 0.3, 0.1) and (0.1, 0.2, 0.7)
FixedTopics two_topics() { return topics_of({{6, 1}, {3, 2}, {1, 7}}, {0.4, 0.9}); }
Document five_tokens() { return {{0, 2}, {1, 1}, {2, 2}}; }

/// Three topics that hardly share a word, so that particles are soon worth little.
FixedTopics three_topics() { return topics_of({{95, 2, 1}, {3, 90, 2}, {1, 5, 95}, {1, 3, 2}}, {0.1, 0.2, 0.1}); }
Document eight_tokens() { return {{0, 2}, {1, 3}, {2, 2}, {3, 1}}; }

/// A word of both topics, before one that is hardly in the second: paths that began in the second stay there for long.
FixedTopics stubborn_topics() { return topics_of({{500, 500}, {499, 1}, {1, 499}}, {0.02, 0.02}); }
Document six_tokens() { return {{0, 4}, {1, 2}}; }

std::vector<std::uint32_t> words_of(const Document& document) {
  std::vector<std::uint32_t> words;
  for (const WordCount& entry : document) words.insert(words.end(), entry.count, entry.word);
  return words;
}

struct Enumerated {
  double probability = 0;       ///< of the words, in one order
  std::vector<double> mixture;  ///< posterior mean
};
Enumerated enumerate(const FixedTopics& topics, const Document& document) {
  const std::vector<std::uint32_t> words = words_of(document);
  const std::uint32_t k_max = topics.topics();
  std::size_t states = 1;
  for (std::size_t i = 0; i < words.size(); ++i) states *= k_max;
  Enumerated result{0, std::vector<double>(k_max, 0)};
  for (std::size_t state = 0; state < states; ++state) {
    std::vector<double> counts(k_max, 0);
    double joint = 1;
    std::size_t digits = state;
    for (std::size_t n = 0; n < words.size(); ++n, digits /= k_max) {
      const std::size_t k = digits % k_max;
      std::vector<double> only(k_max, 0);
      only[k] = 1;
      joint *= (counts[k] + topics.priors().alpha[k]) / (static_cast<double>(n) + topics.alpha_sum()) *
               topics.probability(words[n], only);
      counts[k] += 1;
    }
    result.probability += joint;
    for (std::uint32_t k = 0; k < k_max; ++k) {
      result.mixture[k] +=
          joint * (counts[k] + topics.priors().alpha[k]) / (static_cast<double>(words.size()) + topics.alpha_sum());
    }
  }
  for (double& share : result.mixture) share /= result.probability;
  return result;
}

/// That a mean of independent values is `wanted`, 0 at 1e-6 by chance alone, with an error of at most `error_max`.
void expect_mean(const std::vector<double>& values, double wanted, double error_max) {
  const auto n = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += value / n;
  double square = 0;
  for (const double value : values) square += (value - mean) * (value - mean);
  const double error = std::sqrt(square / (n * (n - 1)));
  EXPECT_LT(error, error_max);
  EXPECT_NEAR(mean, wanted, 5 * error);
}

Rng stream(std::uint32_t number) {
  return Rng({dovetail::test::seed_from_name(), Purpose::test, ItemId(number), Step(0)});
}

TEST(FixedTopics, HaveTheProbabilitiesOfTheirCounts) {
  const FixedTopics topics({{0.5, 0.25}, 0.5}, {1, 0, 3, 0, 2, 0, 1, 1, 4}, 3);
  EXPECT_EQ(topics.totals(), (std::vector<std::uint64_t>{4, 4}));
  EXPECT_EQ(topics.alpha_sum(), 0.75);
  const double wanted[3][2] = {{3.5 / 5.5, 0.5 / 5.5}, {0.5 / 5.5, 0.5 / 5.5}, {1.5 / 5.5, 4.5 / 5.5}};
  for (std::uint32_t word = 0; word < 3; ++word) {
    AlignedVector<float> row(padded(2), -1.0F);
    topics.weights(word, row);
    EXPECT_FLOAT_EQ(row[0], static_cast<float>(wanted[word][0]));
    EXPECT_FLOAT_EQ(row[1], static_cast<float>(wanted[word][1]));
    for (std::size_t k = 2; k < row.size(); ++k) EXPECT_EQ(row[k], 0.0F);
    EXPECT_NEAR(topics.probability(word, std::vector<double>{0.3, 0.7}), 0.3 * wanted[word][0] + 0.7 * wanted[word][1],
                1e-15);
  }
}

TEST(Enumeration, KnowsTheProbabilityOfANewDocument) {  // computed apart, by another program
  EXPECT_NEAR(std::log(enumerate(two_topics(), five_tokens()).probability), -5.925958312024814, 1e-12);
}

TEST(Mixture, IsThePosteriorMean) {
  const auto check = [](const FixedTopics& topics, const Document& document) {
    const Enumerated exact = enumerate(topics, document);
    std::vector<std::vector<double>> found(topics.topics());
    for (std::uint32_t i = 0; i < 400; ++i) {
      Rng rng = stream(i);
      const std::vector<double> mixture = mixture_of(topics, document, {100, 400}, rng);
      double sum = 0;
      for (std::uint32_t k = 0; k < topics.topics(); ++k) {
        found[k].push_back(mixture[k]);
        sum += mixture[k];
      }
      EXPECT_NEAR(sum, 1, 1e-12);
    }
    for (std::uint32_t k = 0; k < topics.topics(); ++k) expect_mean(found[k], exact.mixture[k], 0.002);
  };
  check(two_topics(), five_tokens());
  check(three_topics(), eight_tokens());
}

TEST(Mixture, OfAnEmptyDocumentIsThePrior) {
  Rng rng = stream(0);
  EXPECT_EQ(mixture_of(two_topics(), {}, {1, 1}, rng), (std::vector<double>{0.4 / 1.3, 0.9 / 1.3}));
  EXPECT_EQ(completion_score(two_topics(), {}, {1, 1}, rng).tokens, 0U);
  EXPECT_EQ(left_to_right_score(two_topics(), {}, 3, rng).log_probability, 0);
}

class LeftToRight : public testing::TestWithParam<std::uint32_t> {};

TEST_P(LeftToRight, ExpectsTheProbabilityOfTheDocument) {
  const auto check = [](const FixedTopics& topics, const Document& document) {
    const double exact = enumerate(topics, document).probability;
    std::vector<double> ratios;
    for (std::uint32_t i = 0; i < 20000; ++i) {
      Rng rng = stream(i);
      const Score score = left_to_right_score(topics, document, GetParam(), rng);
      EXPECT_EQ(score.tokens, words_of(document).size());
      ratios.push_back(std::exp(score.log_probability) / exact);
    }
    expect_mean(ratios, 1, 0.02);
  };
  check(two_topics(), five_tokens());
  check(three_topics(), eight_tokens());
  check(stubborn_topics(), six_tokens());
}
INSTANTIATE_TEST_SUITE_P(Particles, LeftToRight, testing::Values(1, 5),
                         [](const auto& each) { return std::to_string(each.param); });

/// With one token in the other half, its probability is linear in the mixture, so it has the expectation of the mean.
TEST(Completion, ForeseesOneHalfFromTheOther) {
  const FixedTopics topics = two_topics();
  const std::vector<std::uint32_t> words = words_of(five_tokens());
  std::vector<double> differences;
  for (std::uint32_t i = 0; i < 6000; ++i) {
    Rng coins = stream(i);
    Document heads, tails;
    for (const std::uint32_t word : words) {
      Document& half = coins.bits32() >> 31 == 1 ? heads : tails;
      if (half.empty() || half.back().word != word) half.push_back({word, 0});
      ++half.back().count;
    }
    Rng rng = stream(i);
    const Score score = completion_score(topics, five_tokens(), {50, 100}, rng);
    EXPECT_EQ(score.tokens, words_of(tails).size());
    if (score.tokens != 1) continue;
    differences.push_back(std::exp(score.log_probability) -
                          topics.probability(tails.front().word, enumerate(topics, heads).mixture));
  }
  EXPECT_GT(differences.size(), 700U);  // 5 of 32
  expect_mean(differences, 0, 0.001);
}

TEST(LeftToRightFits, WhereAStreamHasEnoughNumbers) {
  EXPECT_TRUE(left_to_right_fits(10000, 20));
  EXPECT_FALSE(left_to_right_fits(100000, 20));
  EXPECT_FALSE(left_to_right_fits(std::numeric_limits<std::uint32_t>::max(), 1));
}

}  // namespace
}  // namespace dovetail::lda
