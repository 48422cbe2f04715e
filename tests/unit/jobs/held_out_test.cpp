// Documents that were held back from a run, scored by its topics: against enumeration, and against `lda infer`.
#include "dovetail/jobs/held_out.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <fstream>

#include "dovetail/jobs/lda_summary.hpp"
#include "dovetail/jobs/new_documents.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

using Pair = std::array<double, 2>;

lda::Corpus documents_of(const std::vector<std::vector<std::string>>& documents) {
  lda::CorpusBuilder builder;
  for (std::size_t d = 0; d < documents.size(); ++d) {
    builder.begin_document("h" + std::to_string(d));
    for (const std::string& word : documents[d]) builder.add(word, 1);
  }
  return builder.finish();
}

/// Random documents of twelve words.
TopicModel some_model() {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  std::vector<std::vector<std::string>> documents(30);
  for (auto& document : documents) {
    for (int i = 0; i < 20; ++i) document.push_back("w" + std::to_string(rng.bits32() % 12));
  }
  return {"corpus", documents_of(documents)};
}

LdaOptions some_options(const TopicModel& model) {
  LdaOptions options;
  options.topics = 4;
  options.shards = 3;
  options.sweeps = 4;
  options.round_sweeps = 2;
  options.seed = 7;
  return resolved(options, model.corpus());
}

struct Moments {
  double mean = 0;
  double square = 0;
  void add(double probability, double value) {
    mean += probability * value;
    square += probability * value * value;
  }
};

/// Of a document of two words, once each, what completion with 50 kept sweeps gives: by coins, which make each word a
/// head or a tail, and by how often the one head, whose topic nothing else depends on, was in topic 1.
Moments enumerate(const Pair& alpha, const std::array<Pair, 2>& phi) {
  constexpr int kKept = 50;
  const double alpha_sum = alpha[0] + alpha[1];
  Moments moments;
  moments.add(0.25, 0);  // two heads: nothing to foresee
  const auto foreseen = [&](std::size_t word, const Pair& share) {
    return std::log(share[0] * phi[0][word] + share[1] * phi[1][word]);
  };
  const Pair prior{alpha[0] / alpha_sum, alpha[1] / alpha_sum};
  moments.add(0.25, foreseen(0, prior) + foreseen(1, prior));
  for (const std::size_t head : {std::size_t{0}, std::size_t{1}}) {
    const double first = alpha[0] * phi[0][head];
    const double second = alpha[1] * phi[1][head];
    const double p = second / (first + second);
    for (int n = 0; n <= kKept; ++n) {
      const double binomial = std::exp(std::lgamma(kKept + 1.0) - std::lgamma(n + 1.0) - std::lgamma(kKept - n + 1.0) +
                                       n * std::log(p) + (kKept - n) * std::log(1 - p));
      const double second_share = (n / static_cast<double>(kKept) + alpha[1]) / (1 + alpha_sum);
      moments.add(0.25 * binomial, foreseen(1 - head, {1 - second_share, second_share}));
    }
  }
  return moments;
}

TEST(HeldOut, HasTheExpectationByEnumeration) {
  constexpr std::size_t kDocuments = 40000;
  const Pair alpha{0.4, 0.9};
  const double beta = 0.5;
  // Counts 6 and 1 of word x, 2 and 7 of word y, in topics of 8 tokens each.
  const std::array<Pair, 2> phi = {Pair{6.5 / 9, 2.5 / 9}, Pair{1.5 / 9, 7.5 / 9}};
  const ReadTopics topics{{"x", "y"},
                          lda::FixedTopics({{alpha[0], alpha[1]}, beta}, {2, 0, 6, 1, 1, 2, 0, 2, 1, 7}, 2)};
  std::vector<std::vector<std::string>> documents(kDocuments, {"x", "y"});
  documents.back().push_back("unknown");
  const HeldOutSummary held_out = score_held_out(topics, documents_of(documents), test::seed_from_name(), 2);
  EXPECT_EQ(held_out.documents, kDocuments);
  EXPECT_EQ(held_out.unknown_tokens, 1U);
  const auto tokens = static_cast<double>(held_out.tokens);
  EXPECT_NEAR(tokens, kDocuments, 5 * std::sqrt(kDocuments / 2.0)) << "of two coins a document";
  ASSERT_TRUE(held_out.log_probability_per_token && held_out.perplexity);
  EXPECT_NEAR(*held_out.perplexity, std::exp(-*held_out.log_probability_per_token), 1e-12);
  const Moments wanted = enumerate(alpha, phi);
  const double error = std::sqrt((wanted.square - wanted.mean * wanted.mean) / kDocuments);
  EXPECT_LT(error, 0.005);
  EXPECT_NEAR(*held_out.log_probability_per_token * tokens / kDocuments, wanted.mean, 5 * error);
}

TEST(HeldOut, IsWhatInferSaysOfTheRunsTopics) {
  const test::TemporaryFolder place;
  const TopicModel model = some_model();
  const LdaJob job(model, some_options(model));
  LdaShared shared = job.begin_shared();
  shared.alpha[2] = 0.3 + 0.6;
  shared.beta = 0.07;
  std::ofstream(place.path() / "topics.json") << topics_json(job, shared);
  const ReadTopics read = read_topics(place.path() / "topics.json");
  const lda::Corpus documents =
      documents_of({{"w0", "w3", "w3", "w7"}, {}, {"w1", "zebra", "w2", "w2", "w5"}, {"w9", "w10", "w11", "w11"}});
  InferOptions options;
  options.seed = 7;
  const Inferred inferred = infer_documents(read, documents, options, 1);
  const HeldOutSummary held_out = score_held_out(topics_at(job, shared), documents, 7, 3);
  EXPECT_EQ(held_out.tokens, inferred.score.tokens);
  EXPECT_EQ(held_out.log_probability_per_token,
            inferred.score.log_probability / static_cast<double>(inferred.score.tokens));
  EXPECT_EQ(held_out.unknown_tokens, 1U);
}

TEST(HeldOut, OfNoKnownWordIsNoNumber) {
  const TopicModel model = some_model();
  const LdaJob job(model, some_options(model));
  const HeldOutSummary held_out =
      score_held_out(topics_at(job, job.begin_shared()), documents_of({{"zebra"}, {}}), 1, 1);
  EXPECT_EQ(held_out.documents, 2U);
  EXPECT_EQ(held_out.tokens, 0U);
  EXPECT_FALSE(held_out.log_probability_per_token || held_out.perplexity);
}

class StopsAfterARound final : public LdaObserver {
 public:
  void round_ended(const LdaRow&) override { ended_ = true; }
  StopReason should_stop() override { return ended_ ? StopReason::interrupted : StopReason::finished; }

 private:
  bool ended_ = false;
};

TEST(HeldOut, IsScoredWhenARunHasEndedAndChangesNothing) {
  const TopicModel model = some_model();
  LdaOptions options = some_options(model);
  LdaObserver quiet;
  const LdaResult without = latent_dirichlet_allocation(model, options, {"serial"}, quiet);
  EXPECT_FALSE(without.summary.lda->held_out);
  options.held_out = std::make_shared<const lda::Corpus>(documents_of({{"w0", "w3", "w3", "w7"}, {"w1", "w2", "w2"}}));
  const LdaResult with = latent_dirichlet_allocation(model, options, {"threads", 2}, quiet);
  ASSERT_TRUE(with.summary.lda->held_out);
  EXPECT_GT(with.summary.lda->held_out->tokens, 0U);
  EXPECT_EQ(with.summary.digest, without.summary.digest);
  StopsAfterARound stops;
  EXPECT_FALSE(latent_dirichlet_allocation(model, options, {"serial"}, stops).summary.lda->held_out);
}

}  // namespace
}  // namespace dovetail
