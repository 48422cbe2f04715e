#include "dovetail/lda/corpus.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace dovetail::lda {

std::uint64_t Corpus::length(std::size_t d) const {
  std::uint64_t tokens_here = 0;
  for (const WordCount& entry : document(d)) tokens_here += entry.count;
  return tokens_here;
}

namespace {

void sort_by_word(std::vector<WordCount>& words) {
  std::sort(words.begin(), words.end(), [](const WordCount& a, const WordCount& b) { return a.word < b.word; });
}

/// Joins equal words of sorted ones.
void join_equal(std::vector<WordCount>& words) {
  std::size_t kept = 0;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i].word == words[kept].word) {
      words[kept].count += words[i].count;
    } else {
      words[++kept] = words[i];
    }
  }
  if (!words.empty()) words.resize(kept + 1);
}

/// The same documents where word w is called renamed[w].
PackedDocuments with_words(const PackedDocuments& documents, const std::vector<std::uint32_t>& renamed) {
  PackedDocumentsBuilder builder;
  std::vector<WordCount> words;
  for (std::size_t d = 0; d < documents.size(); ++d) {
    words.clear();
    for (const WordCount& entry : documents[d]) words.push_back({renamed[entry.word], entry.count});
    sort_by_word(words);
    builder.add(words);
  }
  return builder.finish();
}

}  // namespace

void CorpusBuilder::end_document() {
  if (corpus_.names.empty()) return;
  sort_by_word(document_);
  join_equal(document_);
  packed_.add(document_);
  document_.clear();
}

void CorpusBuilder::begin_document(std::string name) {
  end_document();
  corpus_.names.push_back(std::move(name));
  document_tokens_ = 0;
}

void CorpusBuilder::add(std::string_view word, std::uint32_t count) {
  auto found = ids_.find(word);
  if (found == ids_.end()) {
    found = ids_.emplace(word, static_cast<std::uint32_t>(ids_.size())).first;
    corpus_.word_counts.push_back(0);
  }
  document_.push_back({found->second, count});
  corpus_.word_counts[found->second] += count;
  corpus_.tokens += count;
  document_tokens_ += count;
}

Corpus CorpusBuilder::finish() {
  end_document();
  const std::size_t n = ids_.size();
  std::vector<const std::string*> texts(n);
  for (const auto& [text, id] : ids_) texts[id] = &text;
  std::vector<std::uint32_t> order(n);  // of the ids so far
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const std::uint64_t first = corpus_.word_counts[a];
    const std::uint64_t second = corpus_.word_counts[b];
    return first != second ? first > second : *texts[a] < *texts[b];
  });
  std::vector<std::uint32_t> renamed(n);
  std::vector<std::uint64_t> counts(n);
  for (std::uint32_t id = 0; id < n; ++id) {
    renamed[order[id]] = id;
    counts[id] = corpus_.word_counts[order[id]];
    corpus_.words.push_back(*texts[order[id]]);
  }
  corpus_.word_counts = std::move(counts);
  ids_.clear();
  corpus_.packed = with_words(packed_.finish(), renamed);
  return std::move(corpus_);
}

}  // namespace dovetail::lda
