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

void CorpusBuilder::end_document() {
  if (corpus_.names.empty()) return;
  const auto begin = corpus_.entries.begin() + static_cast<std::ptrdiff_t>(corpus_.starts.back());
  std::sort(begin, corpus_.entries.end(), [](const WordCount& a, const WordCount& b) { return a.word < b.word; });
  auto last = begin;
  for (auto next = begin; next != corpus_.entries.end(); ++next) {
    if (next == last) continue;
    if (next->word == last->word) {
      last->count += next->count;
    } else {
      *++last = *next;
    }
  }
  if (begin != corpus_.entries.end()) corpus_.entries.erase(last + 1, corpus_.entries.end());
  corpus_.starts.push_back(corpus_.entries.size());
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
  corpus_.entries.push_back({found->second, count});
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
  for (WordCount& entry : corpus_.entries) entry.word = renamed[entry.word];
  for (std::size_t d = 0; d < corpus_.documents(); ++d) {
    std::sort(corpus_.entries.begin() + static_cast<std::ptrdiff_t>(corpus_.starts[d]),
              corpus_.entries.begin() + static_cast<std::ptrdiff_t>(corpus_.starts[d + 1]),
              [](const WordCount& a, const WordCount& b) { return a.word < b.word; });
  }
  return std::move(corpus_);
}

}  // namespace dovetail::lda
