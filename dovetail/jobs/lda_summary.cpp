#include "dovetail/jobs/lda_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <span>

#include "dovetail/jobs/environment.hpp"
#include "dovetail/lda/coherence.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

#include <nlohmann/json.hpp>

namespace dovetail {
namespace {

constexpr std::size_t kTopWords = 10;

struct WordOfTopic {
  std::uint32_t word;
  std::uint32_t count;
};

/// By topic: its words by falling count, then by id.
using Topics = std::vector<std::vector<WordOfTopic>>;
Topics words_by_topic(const LdaJob& job, const LdaShared& shared) {
  Topics topics(shared.totals.size());
  for_each_word(job.grid(), shared, [&](std::uint32_t word, std::span<const std::uint32_t> entries) {
    for (std::size_t i = 0; i < entries.size(); i += 2) topics[entries[i]].push_back({word, entries[i + 1]});
  });
  for (auto& words : topics) {
    std::sort(words.begin(), words.end(), [](const WordOfTopic& a, const WordOfTopic& b) {
      return a.count != b.count ? a.count > b.count : a.word < b.word;
    });
  }
  return topics;
}

std::vector<lda::Coherence> coherence_of(const lda::Corpus& corpus, const Topics& topics) {
  std::vector<std::vector<std::uint32_t>> heaviest(topics.size());
  for (std::size_t k = 0; k < topics.size(); ++k) {
    for (std::size_t i = 0; i < std::min(kTopWords, topics[k].size()); ++i) heaviest[k].push_back(topics[k][i].word);
  }
  return lda::coherence(corpus, heaviest);
}

/// The means over topics that have one.
void add_mean_coherence(const std::vector<lda::Coherence>& topics, LdaSummary& summary) {
  double umass = 0;
  double npmi = 0;
  double count = 0;
  for (const lda::Coherence& topic : topics) {
    if (!topic.umass || !topic.npmi) continue;
    umass += *topic.umass;
    npmi += *topic.npmi;
    count += 1;
  }
  if (count == 0) return;
  summary.umass = umass / count;
  summary.npmi = npmi / count;
}

}  // namespace

Summary summarise_lda(const LdaJob& job, const LdaShared& shared) {
  const lda::Corpus& corpus = job.model().corpus();
  const LdaOptions& options = job.options();
  Summary summary;
  summary.command = "lda";
  summary.model = job.model().description().name;
  summary.seed = options.seed;
  summary.version = build().version;
  LdaSummary lda;
  lda.documents = corpus.documents();
  lda.words = corpus.words.size();
  lda.tokens = corpus.tokens;
  lda.topics = options.topics;
  lda.sweeps = shared.sweep;
  lda.scheme = options.shards == 1 ? "exact" : "ring";
  lda.shards = options.shards;
  if (shared.last) lda.log_joint_per_token = shared.last->log_joint_per_token;
  lda.beta = shared.beta;
  const Topics topics = words_by_topic(job, shared);
  const std::vector<lda::Coherence> coherence = coherence_of(corpus, topics);
  add_mean_coherence(coherence, lda);
  for (std::uint32_t k = 0; k < options.topics; ++k) {
    TopicSummary topic{k, shared.totals[k], shared.alpha[k], coherence[k].umass, coherence[k].npmi, {}};
    for (std::size_t i = 0; i < std::min(kTopWords, topics[k].size()); ++i) {
      topic.words.push_back(corpus.words[topics[k][i].word]);
    }
    lda.table.push_back(std::move(topic));
  }
  summary.lda = std::move(lda);
  if (options.shards > 1) {
    summary.notes.push_back(
        fmt::format("the ring of {} shards draws with totals of topics that are up to one step old: close to exact "
                    "Gibbs sampling, not equal to it (--shards 1 is)",
                    options.shards));
  }
  if (const lda::LeftOut& left_out = job.model().left_out(); left_out.words > 0) {
    summary.notes.push_back(
        fmt::format("{} words with {} tokens were left out of the corpus (--stop-words, --min-count, --max-share)",
                    left_out.words, left_out.tokens));
  }
  summary.notes.emplace_back("topics are those of the last sweep: one state of the chain, no mean over several");
  summary.status = "ok";
  return summary;
}

std::string topics_json(const LdaJob& job, const LdaShared& shared) {
  const lda::Corpus& corpus = job.model().corpus();
  const Topics topics = words_by_topic(job, shared);
  const std::vector<lda::Coherence> coherence = coherence_of(corpus, topics);
  const double beta_sum = static_cast<double>(corpus.words.size()) * shared.beta;
  const auto optional = [](const std::optional<double>& value) { return value ? shortest(*value) : "null"; };
  const auto text = [](const std::string& bytes) {
    return nlohmann::json(bytes).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  std::string out = fmt::format("{{\"sweeps\": {}, \"beta\": {}, \"topics\": [", shared.sweep, shortest(shared.beta));
  for (std::size_t k = 0; k < topics.size(); ++k) {
    out += fmt::format("{}\n{{\"topic\": {}, \"alpha\": {}, \"tokens\": {}, \"umass\": {}, \"npmi\": {}, \"words\": [",
                       k == 0 ? "" : ",", k, shortest(shared.alpha[k]), shared.totals[k], optional(coherence[k].umass),
                       optional(coherence[k].npmi));
    for (std::size_t i = 0; i < topics[k].size(); ++i) {
      const auto [word, count] = topics[k][i];
      out += fmt::format("{}[{}, {}, {}]", i == 0 ? "" : ", ", text(corpus.words[word]), count,
                         shortest((count + shared.beta) / (static_cast<double>(shared.totals[k]) + beta_sum)));
    }
    out += "]}";
  }
  return out + "\n]}\n";
}

namespace {

/// Topics of tokens, by document.
class DocumentTopics {
 public:
  DocumentTopics(const LdaJob& job, const std::vector<ShardTopics>& shards)
      : ends_(job.model().corpus().documents(), 0), topics_(job.model().corpus().tokens) {
    const lda::Corpus& corpus = job.model().corpus();
    for (std::size_t d = 1; d < ends_.size(); ++d) ends_[d] = ends_[d - 1] + corpus.length(d - 1);
    for (std::size_t s = 0; s < shards.size(); ++s) {
      const lda::Shard& shard = job.grid().shards[s];
      for (const std::vector<lda::Block>& cell : shard.cells) {
        for (std::size_t b = 0; b < cell.size(); ++b) {
          const std::size_t end = cell[b].first + lda::tokens_of(cell[b]);
          for (std::size_t i = cell[b].first; i < end; ++i) {
            topics_[ends_[shard.document(b, i)]++] = shards[s].topics[i];
          }
        }
      }
    }
  }
  [[nodiscard]] std::span<const lda::Topic> of(std::size_t d) const {
    const std::size_t begin = d == 0 ? 0 : ends_[d - 1];
    return std::span(topics_).subspan(begin, ends_[d] - begin);
  }

 private:
  std::vector<std::size_t> ends_;  ///< first where a document begins
  std::vector<lda::Topic> topics_;
};

}  // namespace

void write_document_topics(const LdaJob& job, const LdaShared& shared, const std::vector<ShardTopics>& shards,
                           const std::filesystem::path& file) {
  const lda::Corpus& corpus = job.model().corpus();
  const std::uint32_t topics = job.options().topics;
  const DocumentTopics found(job, shards);
  const double alpha_sum = std::accumulate(shared.alpha.begin(), shared.alpha.end(), 0.0);
  ReplacementFile out(file);
  std::string line;
  for (std::size_t d = 0; d < corpus.documents(); ++d) {
    std::vector<std::uint32_t> counts(topics, 0);
    for (const lda::Topic topic : found.of(d)) ++counts[topic];
    line = fmt::format("{}\t{}", d, printable(corpus.names[d]));
    for (std::uint32_t k = 0; k < topics; ++k) {
      const double share = (counts[k] + shared.alpha[k]) / (static_cast<double>(found.of(d).size()) + alpha_sum);
      line += '\t';
      line += shortest(share);
    }
    line += '\n';
    out.append(line);
  }
  out.finish();
}

}  // namespace dovetail
