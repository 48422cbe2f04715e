/// Consecutive tokens of one word, drawn one after another, each from the counts that the one before has left.
#pragma once
#include <cstdint>
#include <optional>

#include "dovetail/lda/counts.hpp"
#include "dovetail/lda/draw.hpp"

namespace dovetail::lda {

/// What tokens of a cell are drawn from besides counts of their document and word. Rows have padded(topics) entries, 0
/// beyond `topics`, and begin on cache lines.
struct CellTables {
  std::uint32_t topics;
  float beta;
  double beta_sum;  ///< V beta
  const float* alpha;
  std::int64_t* totals;     ///< n_k
  float* inverse_less;      ///< 1 / (n_k - 1 + V beta); without meaning where n_k = 0
  float* inverse;           ///< 1 / (n_k + V beta)
  float* inverse_more;      ///< 1 / (n_k + 1 + V beta)
  std::uint64_t* touched;   ///< a bit for each topic, set where a token came to; there may be more
  float* sums;              ///< scratch
  std::uint64_t moved = 0;  ///< tokens that changed their topic, so far
};

/// Tokens of one word. `rows`: n_dk + alpha_k of document 0 of the block, then of the next ones.
struct TokenRun {
  const std::uint16_t* documents;  ///< by token, in the block
  Topic* topics;                   ///< by token; drawn anew
  const std::uint32_t* numbers;    ///< by token; random
  std::size_t tokens;
  float* rows;
};

/// Draws a run and changes everything along. `counts`, `q`: rows of the word, n_wk and (n_wk + beta) / (n_k + V beta).
/// `counts` are kept up; `q` is kept up by wide_run(), and is scratch to narrow runs, which make it of the counts.
using DrawRun = void (*)(CellTables& cell, std::int32_t* counts, float* q, const TokenRun& run);

/// For up to kNarrowTopics topics: the fastest code for this processor. All give the same bits.
[[nodiscard]] DrawRun narrow_run(std::uint32_t topics);
/// For any number of topics.
[[nodiscard]] DrawRun wide_run(std::uint32_t topics);

/// 1 / (n + V beta), rounded once in double and once in single precision before it is divided.
[[nodiscard]] inline float reciprocal(std::int64_t n, double beta_sum) {
  return 1 / static_cast<float>(static_cast<double>(n) + beta_sum);
}

namespace detail {
[[nodiscard]] DrawRun portable_narrow_run();  ///< serves any number of topics
[[nodiscard]] DrawRun portable_wide_run();
[[nodiscard]] std::optional<DrawRun> avx512_narrow_run(std::uint32_t topics);  ///< where the processor has it
[[nodiscard]] std::optional<DrawRun> avx512_wide_run(std::uint32_t topics);    ///< likewise, above kNarrowTopics
}  // namespace detail

}  // namespace dovetail::lda
