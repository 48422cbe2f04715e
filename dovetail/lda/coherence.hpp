/// How much the heaviest words of a topic stand in the same documents.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "dovetail/lda/corpus.hpp"

namespace dovetail::lda {

inline constexpr std::size_t kCoherenceWordsMax = 32;

/// With D(.) how many documents hold all of the words, and p = D / documents; empty where a topic has one word or none.
struct Coherence {
  /// The sum over pairs of ln [(D(v, w) + 1) / D(w)], w the heavier one (Mimno, Wallach, Talley, Leenders and McCallum
  /// 2011, EMNLP, eq. 1). At most about 0, higher is better; comparable for equal numbers of words.
  std::optional<double> umass;
  /// The mean over pairs of ln [p(v, w) / (p(v) p(w))] / -ln p(v, w) (Bouma 2009), from -1, never together, over 0,
  /// independent, to 1, only together. Limits where a pair is in no document (-1) or in every one (1).
  std::optional<double> npmi;
};

/// By topic. `words`: by topic, heaviest first, different ones of the corpus, at most kCoherenceWordsMax.
[[nodiscard]] std::vector<Coherence> coherence(const Corpus& corpus,
                                               const std::vector<std::vector<std::uint32_t>>& words);

}  // namespace dovetail::lda
