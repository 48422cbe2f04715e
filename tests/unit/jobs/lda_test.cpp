// Latent Dirichlet allocation end to end: the posterior by enumeration, planted topics, layouts, stopping and going on.
#include "dovetail/jobs/lda.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/core/rng.hpp"
#include "dovetail/jobs/lda_job.hpp"
#include "dovetail/run/run.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

lda::Corpus corpus_of(const std::vector<std::vector<std::string>>& documents) {
  lda::CorpusBuilder builder;
  for (std::size_t d = 0; d < documents.size(); ++d) {
    builder.begin_document(std::to_string(d));
    for (const std::string& word : documents[d]) builder.add(word, 1);
  }
  return builder.finish();
}

/// `topics` groups of ten words; documents of 40 tokens, mostly of one group.
lda::Corpus planted(std::uint32_t topics, std::uint32_t documents, std::uint64_t seed) {
  std::vector<std::vector<std::string>> texts(documents);
  for (std::uint32_t d = 0; d < documents; ++d) {
    Rng rng({seed, Purpose::test, ItemId(d), Step(0)});
    for (int i = 0; i < 40; ++i) {
      const std::uint32_t group = rng.uniform() < 0.9 ? d % topics : rng.bits32() % topics;
      texts[d].push_back(std::string(1, static_cast<char>('a' + group)) + std::to_string(rng.bits32() % 10));
    }
  }
  return corpus_of(texts);
}

LdaOptions small_options(const lda::Corpus& corpus, std::uint32_t shards) {
  LdaOptions options;
  options.topics = 5;
  options.sweeps = 60;
  options.round_sweeps = 5;
  options.shards = shards;
  return resolved(options, corpus);
}

LdaResult run_lda(const TopicModel& model, const LdaOptions& options, const Layout& layout = {"serial"}) {
  LdaObserver quiet;
  return latent_dirichlet_allocation(model, options, layout, quiet);
}

/// Sweep for sweep through the engine's calls, against probabilities by enumeration (docs/maths/lda.md).
TEST(Lda, HasThePosteriorOfATinyCorpus) {
  const TopicModel model("tiny", corpus_of({{"x", "x", "y"}, {"y", "z", "z"}, {"x", "z"}}));
  LdaOptions options;
  options.seed = test::seed_from_name();
  options.topics = 2;
  options.sweeps = kSweepsMax;
  options.round_sweeps = kSweepsMax;
  options.shards = 1;
  options.alpha = 0.5;
  options.beta = 0.1;
  options.learn = Learn::none;
  const LdaJob job(model, options);
  const lda::Shard& shard = job.grid().shards.front();
  const auto tokens_of = [&](std::uint32_t document) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < shard.tokens(); ++i) {
      if (shard.document(0, i) == document) found.push_back(i);
    }
    return found;
  };
  const auto last = tokens_of(2);   // x and z
  const auto first = tokens_of(0);  // in the order of visits: x, z, y by their ids, so x twice, then y
  ASSERT_EQ(last.size(), 2U);
  ASSERT_EQ(first.size(), 3U);

  LdaShared shared = job.begin_shared();
  LdaJob::Scratch scratch;
  ShardTopics local = job.begin_local(shared, ItemId(0), scratch);
  constexpr int kBatches = 200;
  constexpr int kSweeps = 2000;
  std::vector<double> in_last, in_first;
  Step step{};
  for (int batch = 0; batch < kBatches; ++batch) {
    int same_in_last = 0;
    int same_in_first = 0;
    for (int sweep = 0; sweep < kSweeps; ++sweep, ++step) {
      ShardRecord record;
      job.begin_round(shared, ItemId(0), local, record);
      job.advance(shared, ItemId(0), local, record, step, scratch);
      shared = job.update(shared, job.report(shared, ItemId(0), local, record));
      same_in_last += local.topics[last[0]] == local.topics[last[1]] ? 1 : 0;
      same_in_first += local.topics[first[0]] == local.topics[first[1]] ? 1 : 0;
    }
    in_last.push_back(static_cast<double>(same_in_last) / kSweeps);
    in_first.push_back(static_cast<double>(same_in_first) / kSweeps);
  }
  const auto expect_mean = [](const std::vector<double>& batches, double wanted) {
    double mean = 0;
    for (const double value : batches) mean += value / kBatches;
    double square = 0;
    for (const double value : batches) square += (value - mean) * (value - mean);
    const double error = std::sqrt(square / (kBatches * (kBatches - 1.0)));
    EXPECT_LT(error, 0.004);
    EXPECT_NEAR(mean, wanted, 5 * error);
  };
  expect_mean(in_last, 0.3049767399785371);
  expect_mean(in_first, 0.949082144229356);
}

TEST(Lda, FindsPlantedTopics) {
  const TopicModel model("planted", planted(5, 150, test::seed_from_name()));
  for (const std::uint32_t shards : {1U, 3U}) {
    LdaOptions options = small_options(model.corpus(), shards);
    options.seed = test::seed_from_name(shards);
    options.sweeps = 200;
    options.alpha = 0.1;
    const LdaResult result = run_lda(model, options);
    std::set<char> groups;
    for (const TopicSummary& topic : result.summary.lda->table) {
      ASSERT_EQ(topic.words.size(), 10U);
      for (const std::string& word : topic.words) EXPECT_EQ(word[0], topic.words[0][0]) << "topic " << topic.topic;
      groups.insert(topic.words[0][0]);
    }
    EXPECT_EQ(groups.size(), 5U) << shards << " shards";
    EXPECT_GT(result.rounds.back().log_joint_per_token, result.rounds.front().log_joint_per_token);
  }
}

TEST(Lda, IsTheSameOnEveryLayout) {
  const TopicModel model("planted", planted(5, 60, 1));
  for (const std::uint32_t shards : {1U, 3U, 4U}) {
    LdaOptions options = small_options(model.corpus(), shards);
    const LdaResult serial = run_lda(model, options);
    for (const unsigned threads : {1U, 2U, 3U, 5U}) {
      const LdaResult other = run_lda(model, options, {"threads", threads});
      EXPECT_EQ(other.summary.digest, serial.summary.digest) << shards << " shards, " << threads << " threads";
      EXPECT_EQ(other.summary.rounds_sha256, serial.summary.rounds_sha256);
    }
    options.seed = 2;
    EXPECT_NE(run_lda(model, options).summary.digest, serial.summary.digest);
  }
}

class Stops final : public LdaObserver {
 public:
  explicit Stops(int calls) : left_(calls) {}
  StopReason should_stop() override { return left_-- > 0 ? StopReason::finished : StopReason::interrupted; }

 private:
  int left_;
};

TEST(Lda, SharedStateSurvivesTheCodec) {
  const LdaShared shared{7, 2, {}, {3, 4}, {0.1, 0.2}, 0.25, 5, std::nullopt};
  const auto again = unpack<LdaShared>(pack(shared));
  EXPECT_EQ(again.sweep, 7U);
  EXPECT_EQ(again.step, 2U);
  EXPECT_EQ(again.totals, shared.totals);
  EXPECT_EQ(again.alpha, shared.alpha);
  EXPECT_EQ(again.beta, 0.25);
  EXPECT_EQ(again.moved, 5U);
}

TEST(Lda, GoesOnFromAnyStopToTheSameBytes) {
  const TopicModel model("planted", planted(5, 60, 1));
  const LdaOptions options = small_options(model.corpus(), 3);
  const std::string wanted = run_lda(model, options).summary.digest;
  for (const int calls : {6, 10}) {  // within a sweep, and at some ends of sweeps
    const test::TemporaryFolder place;
    const RunFolder folder = RunFolder::create(place.path() / "run", "lda", Existing::refuse);
    Stops stops(calls);
    LdaResult result = latent_dirichlet_allocation(model, options, {"threads", 2}, stops, {folder, ""});
    int resumes = 0;
    for (; result.stop != StopReason::finished && resumes < 1000; ++resumes) {
      EXPECT_EQ(result.summary.status, "incomplete");
      Stops again(calls);
      result = latent_dirichlet_allocation(model, options, {"threads", 1U + static_cast<unsigned>(resumes) % 4}, again,
                                           {folder, "", false, 60, RunFiles::Start::from_checkpoint});
    }
    EXPECT_GT(resumes, 10);
    EXPECT_EQ(result.stop, StopReason::finished) << calls << " " << result.summary.status_reason;
    EXPECT_EQ(result.summary.digest, wanted);
  }
}

TEST(Lda, MoreSweepsAreThoseOfARunThatWasAskedForThemAtOnce) {
  const TopicModel model("planted", planted(5, 60, 1));
  LdaOptions options = small_options(model.corpus(), 2);
  const std::string wanted = run_lda(model, options).summary.digest;
  const test::TemporaryFolder place;
  const RunFolder folder = RunFolder::create(place.path() / "run", "lda", Existing::refuse);
  LdaObserver quiet;
  options.sweeps = 55;
  (void)latent_dirichlet_allocation(model, options, {"serial"}, quiet, {folder, ""});
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "topics.json"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "doc_topics.tsv"));
  const RunFiles files{folder, "", false, 60, RunFiles::Start::from_checkpoint};
  options.sweeps = 50;
  EXPECT_THROW((void)latent_dirichlet_allocation(model, options, {"serial"}, quiet, files), UsageError);
  options.sweeps = 60;
  EXPECT_EQ(latent_dirichlet_allocation(model, options, {"serial"}, quiet, files).summary.digest, wanted);
}

/// The log joint that a row tells is that of the topics in the state, counted anew.
TEST(Lda, RowsTellWhatTheTopicsSay) {
  const TopicModel model("planted", planted(5, 60, 1));
  const LdaOptions options = small_options(model.corpus(), 3);
  const LdaJob job(model, options);
  const auto executor = make_threads_executor(2);
  class None final : public Sink {
   public:
    void begin(std::span<const std::string>) override {}
    void write(const DrawBlock&) override {}
    [[nodiscard]] std::uint64_t commit() override { return 0; }
    void rewind(std::uint64_t) override {}
    void drop_before(Round) override {}
  } sink;
  Observer quiet;
  auto state = begin(job, *executor);
  EXPECT_EQ(job.fault_of(state.shared, state.locals), "");
  lda::Priors used{state.shared.alpha, state.shared.beta};  // of the round that ends
  const auto round_ended = [&](const State<LdaJob>& at, double) {
    EXPECT_EQ(job.fault_of(at.shared, at.locals), "");
    lda::Tallies tallies;
    tallies.document_topics.resize(options.topics);
    for (std::size_t s = 0; s < at.locals.size(); ++s) {
      std::vector<lda::Histogram> here;
      lda::tally_documents(lda::document_rows(job.grid().shards[s], at.locals[s].topics, options.topics),
                           options.topics, here);
      for (std::size_t k = 0; k < here.size(); ++k) tallies.document_topics[k].add(here[k]);
    }
    for (std::size_t d = 0; d < model.corpus().documents(); ++d) tallies.lengths.add(model.corpus().length(d));
    for (const auto& rows : at.shared.slices) lda::tally_words({rows.data(), rows.size()}, tallies.word_topics);
    tallies.totals = at.shared.totals;
    tallies.words = model.corpus().words.size();
    EXPECT_DOUBLE_EQ(at.shared.last->log_joint_per_token,
                     lda::log_joint(tallies, used) / static_cast<double>(model.corpus().tokens));
    if (at.shared.sweep < 50) {
      EXPECT_EQ(at.shared.alpha, used.alpha);
    } else {
      EXPECT_NE(at.shared.beta, used.beta);
    }
    used = {at.shared.alpha, at.shared.beta};
  };
  run(job, state, Surroundings<LdaJob>{*executor, sink, quiet, round_ended, {}, 0});
  EXPECT_EQ(state.round, Round(12));
  EXPECT_EQ(state.shared.sweep, 60U);

  // What a checkpoint may not say.
  auto damaged = state;
  damaged.shared.totals[0] += 1;
  damaged.shared.totals[1] -= 1;
  EXPECT_EQ(job.fault_of(damaged.shared, damaged.locals), "totals that are not those of its topics");
  damaged = state;
  std::swap(damaged.shared.slices[0], damaged.shared.slices[1]);
  EXPECT_EQ(job.fault_of(damaged.shared, damaged.locals), "counts of words that are not those of its topics");
  damaged = state;
  damaged.locals[1].topics[3] = 5;
  EXPECT_EQ(job.fault_of(damaged.shared, damaged.locals), "a topic that there is not");
}

TEST(Lda, ShardsFollowTheCorpus) {
  lda::Corpus corpus;
  LdaOptions options;
  const auto shards_of = [&](std::uint64_t tokens) {
    corpus.tokens = tokens;
    return resolved(options, corpus).shards;
  };
  EXPECT_EQ(shards_of(79999), 1U);
  EXPECT_EQ(shards_of(80000), 2U);
  EXPECT_EQ(shards_of(433141), 4U);
  EXPECT_EQ(shards_of(100000000), 8U);
  options.sweeps = 25;
  EXPECT_EQ(resolved(options, corpus).round_sweeps, 5U);
  options.sweeps = 11;
  EXPECT_EQ(resolved(options, corpus).round_sweeps, 1U);
}

TEST(Lda, RefusesSettingsThatCannotWork) {
  const TopicModel model("planted", planted(5, 10, 1));
  const auto refused = [&](auto change) {
    LdaOptions options = small_options(model.corpus(), 1);
    change(options);
    EXPECT_THROW(check_options(options, model.corpus()), UsageError);
  };
  refused([](LdaOptions& o) { o.topics = 0; });
  refused([](LdaOptions& o) { o.topics = lda::kTopicsMax + 1; });
  refused([](LdaOptions& o) { o.sweeps = 61; });
  refused([](LdaOptions& o) { o.beta = 0; });
  refused([](LdaOptions& o) { o.alpha = -1; });
  refused([](LdaOptions& o) { o.shards = kShardsMax + 1; });
  EXPECT_THROW(check_options(small_options({}, 1), {}), ModelError);
}

}  // namespace
}  // namespace dovetail
