/// Which words of a corpus count: stop words and limits of frequency.
#pragma once
#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "dovetail/lda/corpus.hpp"

namespace dovetail::lda {

struct Selection {
  std::set<std::string, std::less<>> stop_words;  ///< left out, wherever they stand
  std::uint64_t min_count = 1;                    ///< words with fewer tokens in all documents are left out
  double max_share = 1;                           ///< words in a larger share of the documents are left out
};

struct LeftOut {
  std::uint64_t words = 0;
  std::uint64_t tokens = 0;
};

/// Takes words out; the others keep their order, so they are numbered anew by falling count. Documents stay, empty ones
/// too, and their number is that of `max_share` before and after.
LeftOut leave_out(Corpus& corpus, const Selection& selection);

}  // namespace dovetail::lda
