/// One cell of the grid: every token of a shard whose word lies in a slice is drawn once from its full conditional.
///
///   P(k) proportional to (n_dk + alpha_k) (n_wk + beta) / (n_k + V beta), all counts without the token
///
/// (Griffiths and Steyvers 2004). n_dk and n_wk are those of this moment; n_k is that of the step's start plus the
/// cell's own moves: exact where one cell is drawn at a time, and a step old where several are.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "dovetail/core/aligned.hpp"
#include "dovetail/lda/counts.hpp"

namespace dovetail::lda {

/// The parameters of both Dirichlet priors.
struct Priors {
  std::vector<double> alpha;  ///< by topic, > 0
  double beta = 0.01;         ///< of every word, > 0
};

/// Random 32-bit numbers, one a token in the order of visits; `fill` makes the next ones.
class Numbers {
 public:
  explicit Numbers(std::function<void(std::span<std::uint32_t>)> fill) : fill_(std::move(fill)), at_(kAtOnce) {}
  std::uint32_t next() {
    if (at_ == kAtOnce) refill();
    return numbers_[at_++];
  }

 private:
  static constexpr std::size_t kAtOnce = 256;
  void refill();
  std::function<void(std::span<std::uint32_t>)> fill_;
  std::vector<std::uint32_t> numbers_ = std::vector<std::uint32_t>(kAtOnce);
  std::size_t at_;
};

/// What a cell needs besides counts; reused from cell to cell.
struct CellScratch {
  AlignedVector<float> alpha, q, inverse, inverse_less, sums;
  AlignedVector<std::int32_t> counts;  ///< of the word at work; all 0 between two words
  std::vector<std::uint64_t> touched;  ///< a bit for each topic whose count may not be 0
  std::vector<std::int64_t> totals;
};

struct CellResult {
  PackedRows rows;                   ///< of the slice
  std::vector<std::int64_t> change;  ///< of totals, by topic
  std::uint64_t moved = 0;           ///< tokens that changed their topic
};

/// Draws cell `slice` of a shard. `rows`: the slice's before, whole; `totals`: by topic; `words`: V of the corpus;
/// `documents`: document_rows(), changed along with `topics`. Reads and writes nothing else: the same bytes for the
/// same arguments.
[[nodiscard]] CellResult draw_cell(const Shard& shard, std::size_t slice, const Priors& priors, std::size_t words,
                                   std::span<const std::uint32_t> rows, std::span<const std::uint64_t> totals,
                                   std::span<Topic> topics, std::span<float> documents, Numbers& numbers,
                                   CellScratch& scratch);

}  // namespace dovetail::lda
