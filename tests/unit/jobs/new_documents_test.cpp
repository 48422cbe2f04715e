// From a run to its topics.json, back to fixed topics, and to the topics of new documents.
#include "dovetail/jobs/new_documents.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/lda_job.hpp"
#include "dovetail/jobs/lda_summary.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

using Texts = std::vector<std::pair<std::string, std::vector<std::string>>>;

lda::Corpus corpus_of(const Texts& texts) {
  lda::CorpusBuilder builder;
  for (const auto& [name, words] : texts) {
    builder.begin_document(name);
    for (const std::string& word : words) builder.add(word, 1);
  }
  return builder.finish();
}

lda::Corpus training() {
  Texts texts;
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  for (int d = 0; d < 30; ++d) {
    texts.emplace_back(std::to_string(d), std::vector<std::string>());
    for (int i = 0; i < 20; ++i) texts.back().second.push_back("w" + std::to_string(rng.bits32() % 12 + d % 2 * 6));
  }
  return corpus_of(texts);
}

/// The state that a run begins with, as a run would write it.
class Written {
 public:
  Written() : model_("corpus", training()), job_(model_, options(model_)), shared_(job_.begin_shared()) {
    std::ofstream(file()) << topics_json(job_, shared_);
  }
  [[nodiscard]] std::filesystem::path file() const { return place_.path() / "topics.json"; }
  [[nodiscard]] const lda::Corpus& corpus() const { return model_.corpus(); }
  [[nodiscard]] const LdaShared& shared() const { return shared_; }
  [[nodiscard]] ReadTopics read() const { return read_topics(file()); }

 private:
  static LdaOptions options(const TopicModel& model) {
    LdaOptions options;
    options.topics = 4;
    options.shards = 2;
    options.beta = 0.1 + 0.2;
    return resolved(options, model.corpus());
  }
  test::TemporaryFolder place_;
  TopicModel model_;
  LdaJob job_;
  LdaShared shared_;
};

TEST(ReadTopics, AreThoseThatWereWritten) {
  const Written written;
  const ReadTopics read = written.read();
  EXPECT_EQ(read.words, written.corpus().words);
  EXPECT_EQ(read.topics.totals(), written.shared().totals);
  EXPECT_EQ(read.topics.priors().alpha, written.shared().alpha);
  EXPECT_EQ(read.topics.priors().beta, written.shared().beta);
  EXPECT_EQ(read.sweeps, 0U);
  double sum = 0;  // over words and topics
  for (std::uint32_t word = 0; word < read.words.size(); ++word) {
    sum += read.topics.probability(word, std::vector<double>(4, 1));
  }
  EXPECT_NEAR(sum, 4, 1e-12);
}

TEST(ReadTopics, MustAgreeWithThemselves) {
  const Written written;
  std::ifstream in(written.file());
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  const auto refused = [&](const std::string& from, const std::string& to, const std::string& says) {
    std::string text = whole;
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    std::ofstream(written.file()) << text.replace(at, from.size(), to);
    try {
      (void)written.read();
      ADD_FAILURE() << says;
    } catch (const CheckpointError& error) {
      EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
    }
  };
  const auto first_word =
      whole.substr(whole.find("[\"w"), whole.find(']', whole.find("[\"w")) + 1 - whole.find("[\"w"));
  refused("\"tokens\": ", "\"tokens\": 1", "do not add up to its tokens");
  refused(first_word, "[\"x\", 0, 0.1]", "has a count of zero in topic 0");
  refused(first_word, first_word + ", " + first_word, "stands twice in topic 0");
  refused(first_word, "[\"x\", 1.5, 0.1]", "the count of \"x\" in topic 0 is no whole number");
  refused("\"alpha\": ", "\"alpha\": -", "`alpha` of topic 0 is no number above 0");
  refused("\"topics\": [", "\"topics\": [[", "this is no JSON");
  refused("\"sweeps\"", "\"sweep\"", "the file has no `sweeps`");
}

TEST(NewDocuments, KnowTheWordsThatTopicsKnow) {
  const Written written;
  const ReadTopics topics = written.read();
  const lda::Corpus corpus =
      corpus_of({{"a", {"w3", "w3", "zebra", "w1", "aardvark", "zebra"}}, {"b", {"zebra"}}, {"c", {}}});
  const Inferred inferred = infer_documents(topics, corpus, {}, 1);
  EXPECT_EQ(inferred.tokens, 3U);
  EXPECT_EQ(inferred.unknown_tokens, 4U);
  EXPECT_EQ(inferred.unknown_words, 2U);
  EXPECT_EQ(inferred.documents[0].tokens, 3U);
  EXPECT_EQ(inferred.documents[0].unknown_tokens, 3U);
  EXPECT_EQ(inferred.documents[1].mixture, std::vector<double>(4, 0.25)) << "the prior's";
  EXPECT_EQ(inferred.documents[2].mixture, std::vector<double>(4, 0.25));
  // The same words without the others, and in a corpus where they have other numbers.
  const lda::Corpus alone = corpus_of({{"z", {"w9", "w9", "w9", "w1", "w1"}}, {"a", {"w1", "w3", "w3"}}});
  EXPECT_EQ(infer_documents(topics, alone, {}, 1).documents[1].mixture, inferred.documents[0].mixture);
}

TEST(NewDocuments, HaveNumbersOfTheirOwnByName) {
  const Written written;
  const ReadTopics topics = written.read();
  Texts texts;
  for (int d = 0; d < 40; ++d) texts.emplace_back(std::to_string(d), std::vector<std::string>{"w1", "w3", "w5", "w7"});
  InferOptions options;
  options.score = Foresight::left_to_right;
  const Inferred inferred = infer_documents(topics, corpus_of(texts), options, 1);
  std::map<double, int> shares;
  for (const InferredDocument& document : inferred.documents) ++shares[document.mixture[0]];
  EXPECT_GT(shares.size(), 10U);
  for (const unsigned threads : {2U, 5U}) {
    const Inferred other = infer_documents(topics, corpus_of(texts), options, threads);
    for (std::size_t d = 0; d < texts.size(); ++d) {
      EXPECT_EQ(other.documents[d].mixture, inferred.documents[d].mixture);
      EXPECT_EQ(other.documents[d].score.log_probability, inferred.documents[d].score.log_probability);
    }
    EXPECT_EQ(other.score.log_probability, inferred.score.log_probability);
  }
  options.score = Foresight::none;
  EXPECT_EQ(infer_documents(topics, corpus_of(texts), options, 1).documents[0].mixture, inferred.documents[0].mixture);
  options.seed = 2;
  EXPECT_NE(infer_documents(topics, corpus_of(texts), options, 1).documents[0].mixture, inferred.documents[0].mixture);
}

TEST(NewDocuments, ThatAreTooLongForLeftToRightAreNamed) {
  const Written written;
  lda::CorpusBuilder builder;
  builder.begin_document("epic");
  builder.add("w3", 1000000);
  InferOptions options{1, 1, Foresight::left_to_right, 20};
  try {
    (void)infer_documents(written.read(), builder.finish(), options, 1);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("document \"epic\" has 1000000 tokens"), std::string::npos);
  }
}

}  // namespace
}  // namespace dovetail
