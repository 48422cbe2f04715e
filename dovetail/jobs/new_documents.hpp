/// `dovetail lda infer`: what topics say of documents that they were not learnt from.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "dovetail/jobs/read_topics.hpp"
#include "dovetail/lda/corpus.hpp"
#include "dovetail/lda/new_document.hpp"

namespace dovetail {

/// How well topics foresee the words.
enum class Foresight : std::uint8_t { none, completion, left_to_right };

/// Settings that the answer is a function of.
struct InferOptions {
  std::uint64_t seed = 1;
  std::uint32_t sweeps = 100;  ///< over each document; the first half does not count
  Foresight score = Foresight::completion;
  std::uint32_t particles = 20;  ///< of left-to-right
};

struct InferredDocument {
  std::vector<double> mixture;
  std::uint64_t tokens = 0;          ///< of words that the topics know
  std::uint64_t unknown_tokens = 0;  ///< of others, which count for nothing
  lda::Score score;                  ///< of the known ones
};

struct Inferred {
  std::vector<InferredDocument> documents;  ///< in the order of the corpus
  std::uint64_t tokens = 0;
  std::uint64_t unknown_tokens = 0;
  std::uint64_t unknown_words = 0;
  lda::Score score;  ///< of all documents
};

/// Of a score of at least one token: nats a token, and the exponential of minus that.
[[nodiscard]] double per_token(const lda::Score& score);
[[nodiscard]] double perplexity(const lda::Score& score);

/// The answer for a document is a function of topics, options, its name and its words: not of the documents beside it,
/// nor of `threads`, at least 1. UsageError where left-to-right would need too many numbers for a document.
[[nodiscard]] Inferred infer_documents(const ReadTopics& model, const lda::Corpus& corpus, const InferOptions& options,
                                       unsigned threads);

/// The layout of MALLET's --output-doc-topics: number, name and every topic's share, tabs between.
[[nodiscard]] std::string mixtures_text(const Inferred& inferred, const lda::Corpus& corpus);
/// All of it, with `run` and `options`, as JSON.
[[nodiscard]] std::string inferred_json(const Inferred& inferred, const lda::Corpus& corpus, const ReadTopics& model,
                                        const InferOptions& options, const std::string& run);

}  // namespace dovetail
