#include "dovetail/jobs/export_topics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/lda_job.hpp"
#include "dovetail/jobs/lda_record.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/run/checkpoint.hpp"

namespace dovetail {
namespace {

using Out = std::function<void(std::string_view)>;

struct TokenTopic {
  std::uint32_t word;
  std::uint32_t topic;
};

/// Tokens by document, by rising word: the order in a document is not known.
std::vector<std::vector<TokenTopic>> tokens_by_document(const LdaJob& job, const std::vector<ShardTopics>& shards) {
  std::vector<std::vector<TokenTopic>> tokens(job.model().corpus().documents());
  for (std::size_t s = 0; s < shards.size(); ++s) {
    const lda::Shard& shard = job.grid().shards[s];
    for (std::size_t slice = 0; slice < shard.cells.size(); ++slice) {
      for (std::size_t b = 0; b < shard.cells[slice].size(); ++b) {
        const lda::Block& block = shard.cells[slice][b];
        std::size_t token = block.first;
        for (const lda::WordRun& run : block.runs) {
          const std::uint32_t word = job.grid().slices[slice][run.row];
          for (const std::size_t end = token + run.tokens; token < end; ++token) {
            tokens[shard.document(b, token)].push_back({word, shards[s].topics[token]});
          }
        }
      }
    }
  }
  for (auto& of_document : tokens) {
    std::sort(of_document.begin(), of_document.end(), [](const TokenTopic& a, const TokenTopic& b) {
      return a.word != b.word ? a.word < b.word : a.topic < b.topic;
    });
  }
  return tokens;
}

/// n_wk of one topic at a time, dense, by word.
class WordCounts {
 public:
  WordCounts(const LdaJob& job, const LdaShared& shared) : words_(job.model().corpus().words.size()) {
    by_topic_.resize(shared.totals.size());
    for_each_word(job.grid(), shared, [&](std::uint32_t word, std::span<const std::uint32_t> entries) {
      for (std::size_t i = 0; i < entries.size(); i += 2) by_topic_[entries[i]].emplace_back(word, entries[i + 1]);
    });
    for (auto& entries : by_topic_) std::sort(entries.begin(), entries.end());
  }
  [[nodiscard]] const std::vector<std::pair<std::uint32_t, std::uint32_t>>& entries(std::size_t topic) const {
    return by_topic_[topic];
  }
  [[nodiscard]] std::vector<std::uint32_t> dense(std::size_t topic) const {
    std::vector<std::uint32_t> counts(words_, 0);
    for (const auto& [word, count] : by_topic_[topic]) counts[word] = count;
    return counts;
  }

 private:
  std::size_t words_;
  std::vector<std::vector<std::pair<std::uint32_t, std::uint32_t>>> by_topic_;
};

std::string json_text(const std::string& bytes) {
  return nlohmann::json(bytes).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// "[a, b, ...]" of count values.
template <class Value>
std::string list(std::size_t count, Value&& value) {
  std::string text = "[";
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + value(i);
  return text + "]";
}

/// What there is to write.
struct Exported {
  const LdaJob& job;
  const State<LdaJob>& state;
  const Out& out;

  [[nodiscard]] const lda::Corpus& corpus() const { return job.model().corpus(); }
  [[nodiscard]] const LdaShared& shared() const { return state.shared; }
  [[nodiscard]] std::size_t topics() const { return state.shared.totals.size(); }
};

void write_pyldavis(const Exported& e) {
  const lda::Corpus& corpus = e.corpus();
  const LdaShared& shared = e.shared();
  const WordCounts counts(e.job, shared);
  const double beta_sum = static_cast<double>(corpus.words.size()) * shared.beta;
  e.out("{\"topic_term_dists\": [");
  for (std::size_t k = 0; k < e.topics(); ++k) {
    const auto row = counts.dense(k);
    const double total = static_cast<double>(shared.totals[k]) + beta_sum;
    e.out(k == 0 ? "\n" : ",\n");
    e.out(list(row.size(), [&](std::size_t w) { return shortest((row[w] + shared.beta) / total); }));
  }
  e.out("],\n\"doc_topic_dists\": [");
  const auto tokens = tokens_by_document(e.job, e.state.locals);
  const double alpha_sum = std::accumulate(shared.alpha.begin(), shared.alpha.end(), 0.0);
  for (std::size_t d = 0; d < tokens.size(); ++d) {
    std::vector<std::uint32_t> row(e.topics(), 0);
    for (const TokenTopic& token : tokens[d]) ++row[token.topic];
    const double total = static_cast<double>(tokens[d].size()) + alpha_sum;
    e.out(d == 0 ? "\n" : ",\n");
    e.out(list(row.size(), [&](std::size_t k) { return shortest((row[k] + shared.alpha[k]) / total); }));
  }
  e.out("],\n\"doc_lengths\": ");
  e.out(list(tokens.size(), [&](std::size_t d) { return fmt::to_string(tokens[d].size()); }));
  e.out(",\n\"vocab\": ");
  e.out(list(corpus.words.size(), [&](std::size_t w) { return json_text(corpus.words[w]); }));
  e.out(",\n\"term_frequency\": ");
  e.out(list(corpus.words.size(), [&](std::size_t w) { return fmt::to_string(corpus.word_counts[w]); }));
  e.out("}\n");
}

/// A name without spaces, which separate the fields.
std::string field_of(const std::string& name) {
  std::string field = printable(name);
  std::replace(field.begin(), field.end(), ' ', '_');
  return field.empty() ? "NA" : field;
}

void write_mallet_state(const Exported& e) {
  e.out("#doc source pos typeindex type topic\n#alpha : ");
  for (const double alpha : e.shared().alpha) e.out(shortest(alpha) + " ");
  e.out("\n#beta : " + shortest(e.shared().beta) + "\n");
  const auto tokens = tokens_by_document(e.job, e.state.locals);
  for (std::size_t d = 0; d < tokens.size(); ++d) {
    const std::string source = field_of(e.corpus().names[d]);
    std::string lines;
    for (std::size_t i = 0; i < tokens[d].size(); ++i) {
      const auto [word, topic] = tokens[d][i];
      lines += fmt::format("{} {} {} {} {} {}\n", d, source, i, word, field_of(e.corpus().words[word]), topic);
    }
    e.out(lines);
  }
}

void write_mallet_weights(const Exported& e) {
  const WordCounts counts(e.job, e.shared());
  for (std::size_t k = 0; k < e.topics(); ++k) {
    const auto row = counts.dense(k);
    std::string lines;
    for (std::size_t w = 0; w < row.size(); ++w) {
      lines += fmt::format("{}\t{}\t{}\n", k, printable(e.corpus().words[w]), shortest(row[w] + e.shared().beta));
    }
    e.out(lines);
  }
}

void write_dist_lda(const Exported& e) {
  const LdaShared& shared = e.shared();
  const auto topics = static_cast<double>(e.topics());
  const double alpha = std::accumulate(shared.alpha.begin(), shared.alpha.end(), 0.0) / topics;
  e.out(fmt::format(
      "{{\"model\": \"lda\", \"document\": {}, \"shards\": {}, \"iterations\": {}, \"topics\": {}, "
      "\"alpha\": {}, \"alphas\": {}, \"beta\": {},\n\"lookup\": {{",
      json_text(e.job.model().description().name), e.job.options().shards, shared.sweep, e.topics(), shortest(alpha),
      list(e.topics(), [&](std::size_t k) { return shortest(shared.alpha[k]); }), shortest(shared.beta)));
  for (std::size_t w = 0; w < e.corpus().words.size(); ++w) {
    e.out(fmt::format("{}\"{}\": {}", w == 0 ? "" : ", ", w, json_text(e.corpus().words[w])));
  }
  const auto write = [&](std::size_t k, const auto& entries) {
    std::string line = fmt::format("{}\"{}\": {{", k == 0 ? "\n" : ",\n", k);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      line += fmt::format("{}\"{}\": {}", i == 0 ? "" : ", ", entries[i].first, entries[i].second);
    }
    e.out(line + "}");
  };
  e.out("},\n\"w\": {");
  const WordCounts counts(e.job, shared);
  for (std::size_t k = 0; k < e.topics(); ++k) write(k, counts.entries(k));
  e.out("},\n\"d\": {");
  std::vector<std::vector<std::pair<std::size_t, std::uint32_t>>> documents(e.topics());
  const auto tokens = tokens_by_document(e.job, e.state.locals);
  for (std::size_t d = 0; d < tokens.size(); ++d) {
    for (const TokenTopic& token : tokens[d]) {
      auto& entries = documents[token.topic];
      if (entries.empty() || entries.back().first != d) entries.emplace_back(d, 0);
      ++entries.back().second;
    }
  }
  for (std::size_t k = 0; k < e.topics(); ++k) write(k, documents[k]);
  e.out("}}\n");
}

State<LdaJob> state_of(const LdaRecording& recording, const RunFolder& folder) {
  const RunIdentity own = binding_identity(recording.manifest(Layout{}).identity);
  require_same_identity(own, binding_identity(read_manifest(folder.manifest()).identity), folder.manifest().string());
  const auto checkpoint = CheckpointFolder(folder.checkpoint()).load();
  if (!checkpoint) {
    throw UsageError(folder.path().string() + " has no checkpoint yet, so there are no topics; let it run on");
  }
  require_same_identity(own, checkpoint->identity, folder.checkpoint().string());
  auto state = unpack<State<LdaJob>>(checkpoint->state);
  recording.require_extends(state);
  return state;
}

}  // namespace

void export_topics(const TopicModel& model, const LdaOptions& options, const RunFolder& folder, TopicsForm form,
                   const Out& out) {
  check_options(options, model.corpus());
  const LdaJob job(model, options);
  const State<LdaJob> state = state_of(LdaRecording(job), folder);
  const Exported exported{job, state, out};
  switch (form) {
    case TopicsForm::pyldavis:
      return write_pyldavis(exported);
    case TopicsForm::mallet_state:
      return write_mallet_state(exported);
    case TopicsForm::mallet_weights:
      return write_mallet_weights(exported);
    case TopicsForm::dist_lda:
      return write_dist_lda(exported);
  }
}

}  // namespace dovetail
