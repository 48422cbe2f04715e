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
#include "dovetail/lda/run.hpp"

namespace dovetail::lda {

inline constexpr double kAlphaMax = 1 << 20;  ///< so that a count can be told from its sum with alpha

/// The parameters of both Dirichlet priors.
struct Priors {
  std::vector<double> alpha;  ///< by topic, > 0, at most kAlphaMax
  double beta = 0.01;         ///< of every word, > 0
};

/// Random 32-bit numbers, one a token in the order of visits; `fill` makes the next ones.
class Numbers {
 public:
  explicit Numbers(std::function<void(std::span<std::uint32_t>)> fill) : fill_(std::move(fill)), at_(kAtOnce) {}
  /// The next ones, at least one and at most `most`; until the next call.
  [[nodiscard]] std::span<const std::uint32_t> take(std::size_t most);

 private:
  static constexpr std::size_t kAtOnce = 1024;
  std::function<void(std::span<std::uint32_t>)> fill_;
  std::vector<std::uint32_t> numbers_ = std::vector<std::uint32_t>(kAtOnce);
  std::size_t at_;
};

/// What a cell needs besides counts; reused from cell to cell.
struct CellScratch {
  AlignedVector<float> alpha, q, inverse_less, inverse, inverse_more, sums;
  std::vector<std::int64_t> totals;
  std::vector<std::uint64_t> touched;  ///< a bit for each topic whose count may not be 0
  AlignedVector<float> documents;      ///< of a block
  AlignedVector<std::int32_t> counts;  ///< of words: all of the slice, or one
  std::vector<std::uint8_t> dense;     ///< by row of the slice: whether it is
  std::vector<std::uint64_t> starts;   ///< by row: where its entries are
  std::vector<std::uint32_t> lengths;  ///< by row: how many there are
  std::vector<std::uint32_t> entries;  ///< topic, count
};

struct CellResult {
  PackedRows rows;                   ///< of the slice
  std::vector<std::int64_t> change;  ///< of totals, by topic
  std::uint64_t moved = 0;           ///< tokens that changed their topic
};

/// Whether rows of documents, dense, are kept from cell to cell, since they cost at most 4 bytes a token. Otherwise
/// each block's are made anew of its topics, which costs little where rows are long. Changes no result.
[[nodiscard]] bool keeps_documents(const Shard& shard, std::uint32_t topics);

/// Draws cell `slice` of a shard. `rows`: the slice's before, whole; `totals`: by topic; `words`: V of the corpus;
/// `documents`: n_dk + alpha_k of the shard under these priors, changed along with `topics`, or empty: then made here,
/// where they are kept. Alpha is at most kAlphaMax. Reads and writes nothing else: the same bytes for the same
/// arguments.
[[nodiscard]] CellResult draw_cell(const Shard& shard, std::size_t slice, const Priors& priors, std::size_t words,
                                   std::span<const std::uint32_t> rows, std::span<const std::uint64_t> totals,
                                   std::span<Topic> topics, AlignedVector<float>& documents, Numbers& numbers,
                                   CellScratch& scratch);

namespace detail {

/// How a cell is drawn. All ways that serve a number of topics give the same bits.
struct CellCode {
  bool dense_words;  ///< counts of all words of the slice are dense at once
  DrawRun draw;      ///< wide_run() where they are not
};
[[nodiscard]] CellCode cell_code(std::uint32_t topics);  ///< what draw_cell() takes
[[nodiscard]] CellResult draw_cell_by(const CellCode& code, const Shard& shard, std::size_t slice, const Priors& priors,
                                      std::size_t words, std::span<const std::uint32_t> rows,
                                      std::span<const std::uint64_t> totals, std::span<Topic> topics,
                                      AlignedVector<float>& documents, Numbers& numbers, CellScratch& scratch);

}  // namespace detail

}  // namespace dovetail::lda
