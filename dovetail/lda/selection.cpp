#include "dovetail/lda/selection.hpp"

#include <utility>
#include <vector>

namespace dovetail::lda {
namespace {

/// By word: in how many documents it is.
std::vector<std::uint64_t> document_counts(const Corpus& corpus) {
  std::vector<std::uint64_t> counts(corpus.words.size(), 0);
  for (std::size_t d = 0; d < corpus.documents(); ++d) {
    for (const WordCount& entry : corpus.document(d)) ++counts[entry.word];
  }
  return counts;
}

}  // namespace

LeftOut leave_out(Corpus& corpus, const Selection& selection) {
  constexpr std::uint32_t kNone = 0xffffffff;
  const std::vector<std::uint64_t> in_documents = document_counts(corpus);
  const auto documents = static_cast<double>(corpus.documents());
  std::vector<std::uint32_t> renamed(corpus.words.size(), kNone);
  LeftOut left_out;
  std::uint32_t kept = 0;
  for (std::uint32_t word = 0; word < renamed.size(); ++word) {
    if (corpus.word_counts[word] < selection.min_count ||
        static_cast<double>(in_documents[word]) / documents > selection.max_share ||
        selection.stop_words.contains(corpus.words[word])) {
      ++left_out.words;
      left_out.tokens += corpus.word_counts[word];
      continue;
    }
    renamed[word] = kept;
    if (kept != word) corpus.words[kept] = std::move(corpus.words[word]);
    corpus.word_counts[kept++] = corpus.word_counts[word];
  }
  corpus.words.resize(kept);
  corpus.word_counts.resize(kept);
  corpus.tokens -= left_out.tokens;
  if (left_out.words == 0) return left_out;
  PackedDocumentsBuilder builder;
  std::vector<WordCount> words;
  for (std::size_t d = 0; d < corpus.documents(); ++d) {
    words.clear();
    for (const WordCount& entry : corpus.document(d)) {
      if (renamed[entry.word] != kNone) words.push_back({renamed[entry.word], entry.count});
    }
    builder.add(words);
  }
  corpus.packed = builder.finish();
  return left_out;
}

}  // namespace dovetail::lda
