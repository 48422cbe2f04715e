#include "dovetail/jobs/held_out.hpp"

#include <span>
#include <utility>
#include <vector>

#include "dovetail/jobs/new_documents.hpp"

namespace dovetail {

ReadTopics topics_at(const LdaJob& job, const LdaShared& shared) {
  const lda::Corpus& corpus = job.model().corpus();
  std::vector<std::span<const std::uint32_t>> by_word(corpus.words.size());
  std::size_t size = 0;
  for_each_word(job.grid(), shared, [&](std::uint32_t word, std::span<const std::uint32_t> entries) {
    by_word[word] = entries;
    size += 1 + entries.size();
  });
  lda::PackedRows rows;
  rows.reserve(size);
  for (const auto& entries : by_word) {
    rows.push_back(static_cast<std::uint32_t>(entries.size() / 2));
    rows.insert(rows.end(), entries.begin(), entries.end());
  }
  return {corpus.words, lda::FixedTopics({shared.alpha, shared.beta}, std::move(rows), by_word.size()), shared.sweep};
}

HeldOutSummary score_held_out(const ReadTopics& topics, const lda::Corpus& documents, std::uint64_t seed,
                              unsigned threads) {
  InferOptions options;
  options.seed = seed;
  const Inferred inferred = infer_documents(topics, documents, options, threads);
  HeldOutSummary held_out;
  held_out.documents = documents.documents();
  held_out.tokens = inferred.score.tokens;
  held_out.unknown_tokens = inferred.unknown_tokens;
  if (held_out.tokens == 0) return held_out;
  held_out.log_probability_per_token = per_token(inferred.score);
  held_out.perplexity = perplexity(inferred.score);
  return held_out;
}

}  // namespace dovetail
