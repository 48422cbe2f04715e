#include "dovetail/lda/cell.hpp"

#include <emmintrin.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/lda/run.hpp"

namespace dovetail::lda {

std::span<const std::uint32_t> Numbers::take(std::size_t most) {
  if (at_ == kAtOnce) {
    fill_(numbers_);
    at_ = 0;
  }
  const auto taken = std::span<const std::uint32_t>(numbers_).subspan(at_, std::min(most, kAtOnce - at_));
  at_ += taken.size();
  return taken;
}

namespace {

constexpr std::uint32_t kBits = 64;

/// A bit for each of the sixteen counts from `first` on that is not 0.
unsigned nonzero(const std::int32_t* first) {
  const auto is_zero = [&](std::size_t i) {
    return _mm_cmpeq_epi32(_mm_load_si128(reinterpret_cast<const __m128i*>(first + 4 * i)), _mm_setzero_si128());
  };
  const __m128i low = _mm_packs_epi32(is_zero(0), is_zero(1));
  const __m128i high = _mm_packs_epi32(is_zero(2), is_zero(3));
  return ~static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(low, high))) & 0xffffU;
}

/// n_wk of a slice where rows are short: dense from a word's first run in the cell to the cell's end.
class DenseWords {
 public:
  DenseWords(std::span<const std::uint32_t> rows, const CellTables& cell, CellScratch& scratch)
      : width_(padded(cell.topics)), rows_(rows), s_(scratch) {
    s_.starts.clear();
    for (std::size_t at = 0; at < rows.size(); at += 1 + 2 * std::size_t{rows[at]}) s_.starts.push_back(at);
    s_.dense.assign(s_.starts.size(), 0);
    s_.counts.resize(s_.starts.size() * width_);
  }

  void fetch(std::size_t row) const {
    for (std::size_t k = 0; k < width_; k += kLanes) __builtin_prefetch(s_.counts.data() + row * width_ + k, 1);
  }
  [[nodiscard]] std::int32_t* begin(std::size_t row) {
    std::int32_t* const counts = s_.counts.data() + row * width_;
    if (s_.dense[row] != 0) return counts;
    s_.dense[row] = 1;
    std::fill_n(counts, width_, 0);
    const std::uint32_t* entry = rows_.data() + s_.starts[row];
    for (std::uint32_t left = *entry++; left > 0; --left, entry += 2) {
      counts[entry[0]] = static_cast<std::int32_t>(entry[1]);
    }
    return counts;
  }
  void end(std::size_t) {}

  [[nodiscard]] PackedRows packed() const {
    PackedRows rows(rows_.size() + rows_.size() / 8);
    std::size_t used = 0;
    for (std::size_t row = 0; row < s_.starts.size(); ++row) {
      const std::uint32_t* const before = rows_.data() + s_.starts[row];
      const std::size_t room = 1 + 2 * (s_.dense[row] != 0 ? width_ : std::size_t{*before});
      if (rows.size() < used + room) rows.resize(std::max(2 * rows.size(), used + room));
      std::uint32_t* const head = rows.data() + used;
      used += s_.dense[row] != 0 ? pack(row, head) : static_cast<std::size_t>(std::copy_n(before, room, head) - head);
    }
    rows.resize(used);
    return rows;
  }

 private:
  /// Writes a dense row to `head` on; returns its length.
  std::size_t pack(std::size_t row, std::uint32_t* head) const {
    const std::int32_t* const counts = s_.counts.data() + row * width_;
    std::uint32_t* entry = head + 1;
    for (std::uint32_t first = 0; first < width_; first += kLanes) {
      for (unsigned bits = nonzero(counts + first); bits != 0; bits &= bits - 1, entry += 2) {
        const std::uint32_t k = first + static_cast<std::uint32_t>(std::countr_zero(bits));
        entry[0] = k;
        entry[1] = static_cast<std::uint32_t>(counts[k]);
      }
    }
    *head = static_cast<std::uint32_t>((entry - head) / 2);
    return static_cast<std::size_t>(entry - head);
  }

  std::size_t width_;
  std::span<const std::uint32_t> rows_;
  CellScratch& s_;
};

/// n_wk of a slice where rows are long: every word has room for as many topics as it can have, and one word at a time,
/// the one at work, is dense.
class SparseWords {
 public:
  SparseWords(std::span<const std::uint32_t> rows, const CellTables& cell, CellScratch& scratch)
      : cell_(cell), s_(scratch) {
    s_.counts.assign(padded(cell.topics), 0);
    s_.starts.clear();
    s_.lengths.clear();
    std::uint64_t room = 0;
    for (std::size_t at = 0; at < rows.size();) {
      const std::size_t end = at + 1 + 2 * std::size_t{rows[at]};
      s_.starts.push_back(room);
      s_.lengths.push_back(rows[at]);
      std::uint64_t tokens = 0;
      for (++at; at < end; at += 2) tokens += rows[at + 1];
      room += 2 * std::min<std::uint64_t>(tokens, cell.topics);
    }
    s_.entries.resize(room);
    std::size_t at = 0;
    for (std::size_t row = 0; row < s_.starts.size(); ++row) {
      const std::size_t size = 2 * std::size_t{s_.lengths[row]};
      std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(at + 1), size,
                  s_.entries.begin() + static_cast<std::ptrdiff_t>(s_.starts[row]));
      at += 1 + size;
    }
    for (std::uint32_t k = 0; k < cell.topics; ++k) set_q(k);
  }

  void fetch(std::size_t row) const { __builtin_prefetch(s_.entries.data() + s_.starts[row]); }

  [[nodiscard]] std::int32_t* begin(std::size_t row) {
    const std::uint32_t* entry = s_.entries.data() + s_.starts[row];
    for (std::uint32_t i = 0; i < s_.lengths[row]; ++i, entry += 2) {
      const std::uint32_t k = entry[0];
      s_.counts[k] = static_cast<std::int32_t>(entry[1]);
      set_q(k);
      s_.touched[k / kBits] |= std::uint64_t{1} << k % kBits;
    }
    return s_.counts.data();
  }

  /// Leaves counts and q as those of a word without tokens.
  void end(std::size_t row) {
    std::uint32_t* const first = s_.entries.data() + s_.starts[row];
    std::uint32_t* entry = first;
    for (std::size_t i = 0; i < s_.touched.size(); ++i) {
      for (std::uint64_t bits = std::exchange(s_.touched[i], 0); bits != 0; bits &= bits - 1) {
        const auto k = static_cast<std::uint32_t>(i * kBits) + static_cast<std::uint32_t>(std::countr_zero(bits));
        if (s_.counts[k] != 0) {
          entry[0] = k;
          entry[1] = static_cast<std::uint32_t>(s_.counts[k]);
          entry += 2;
        }
        s_.counts[k] = 0;
        set_q(k);
      }
    }
    s_.lengths[row] = static_cast<std::uint32_t>((entry - first) / 2);
  }

  [[nodiscard]] PackedRows packed() const {
    PackedRows rows;
    rows.reserve(s_.entries.size() + s_.starts.size());
    for (std::size_t row = 0; row < s_.starts.size(); ++row) {
      rows.push_back(s_.lengths[row]);
      const auto first = s_.entries.begin() + static_cast<std::ptrdiff_t>(s_.starts[row]);
      rows.insert(rows.end(), first, first + 2 * static_cast<std::ptrdiff_t>(s_.lengths[row]));
    }
    return rows;
  }

 private:
  void set_q(std::uint32_t k) { s_.q[k] = (static_cast<float>(s_.counts[k]) + cell_.beta) * s_.inverse[k]; }

  const CellTables& cell_;
  CellScratch& s_;
};

CellTables tables_of(const Priors& priors, std::size_t words, std::span<const std::uint64_t> totals, CellScratch& s) {
  const auto topics = static_cast<std::uint32_t>(priors.alpha.size());
  const double beta_sum = static_cast<double>(words) * priors.beta;
  for (auto* row : {&s.alpha, &s.q, &s.inverse_less, &s.inverse, &s.inverse_more, &s.sums}) {
    row->assign(padded(topics), 0.0F);
  }
  s.touched.assign((topics + kBits - 1) / kBits, 0);
  s.totals.assign(totals.begin(), totals.end());
  for (std::uint32_t k = 0; k < topics; ++k) {
    DOVETAIL_REQUIRE(priors.alpha[k] <= kAlphaMax);
    s.alpha[k] = static_cast<float>(priors.alpha[k]);
    s.inverse_less[k] = reciprocal(s.totals[k] - 1, beta_sum);
    s.inverse[k] = reciprocal(s.totals[k], beta_sum);
    s.inverse_more[k] = reciprocal(s.totals[k] + 1, beta_sum);
  }
  return {topics,           static_cast<float>(priors.beta),
          beta_sum,         s.alpha.data(),
          s.totals.data(),  s.inverse_less.data(),
          s.inverse.data(), s.inverse_more.data(),
          s.touched.data(), s.sums.data()};
}

void add_alpha(std::span<float> rows, const AlignedVector<float>& alpha) {
  for (std::size_t at = 0; at < rows.size(); at += alpha.size()) {
    for (std::size_t k = 0; k < alpha.size(); ++k) rows[at + k] += alpha[k];
  }
}

/// Rows of n_dk + alpha_k.
class Documents {
 public:
  Documents(const Shard& shard, std::span<const Topic> topics, std::uint32_t count, AlignedVector<float>& kept,
            CellScratch& scratch)
      : shard_(shard), topics_(topics), count_(count), kept_(kept), s_(scratch) {
    if (!keeps_documents(shard, count) || !kept.empty()) return;
    kept = document_rows(shard, topics, count);
    add_alpha(kept, s_.alpha);
  }

  /// Those of a block, from its first document on.
  [[nodiscard]] float* of_block(std::size_t b) {
    if (!kept_.empty()) return kept_.data() + b * shard_.block_documents * padded(count_);
    s_.documents.resize(documents_of(shard_, b) * padded(count_));
    count_block(shard_, b, topics_, count_, s_.documents);
    add_alpha(s_.documents, s_.alpha);
    return s_.documents.data();
  }

 private:
  const Shard& shard_;
  std::span<const Topic> topics_;
  std::uint32_t count_;
  AlignedVector<float>& kept_;
  CellScratch& s_;
};

template <class Words>
PackedRows draw_blocks(const Shard& shard, std::size_t slice, CellTables& cell, DrawRun draw,
                       std::span<const std::uint32_t> rows, std::span<Topic> topics, Documents& documents,
                       Numbers& numbers, CellScratch& scratch) {
  Words words(rows, cell, scratch);
  for (std::size_t b = 0; b < blocks_of(shard); ++b) {
    const Block& block = shard.cells[slice][b];
    if (block.runs.empty()) continue;
    float* const here = documents.of_block(b);
    std::size_t token = block.first;
    for (std::size_t r = 0; r < block.runs.size(); ++r) {
      if (r + 1 < block.runs.size()) words.fetch(block.runs[r + 1].row);
      std::int32_t* const counts = words.begin(block.runs[r].row);
      for (std::size_t left = block.runs[r].tokens; left > 0;) {
        const auto drawn_by = numbers.take(left);
        draw(cell, counts, scratch.q.data(),
             {shard.token_docs.data() + token, topics.data() + token, drawn_by.data(), drawn_by.size(), here});
        token += drawn_by.size();
        left -= drawn_by.size();
      }
      words.end(block.runs[r].row);
    }
  }
  return words.packed();
}

}  // namespace

bool keeps_documents(const Shard& shard, std::uint32_t topics) {
  return shard.documents.size() * padded(topics) <= shard.tokens();
}

CellResult draw_cell(const Shard& shard, std::size_t slice, const Priors& priors, std::size_t words,
                     std::span<const std::uint32_t> rows, std::span<const std::uint64_t> totals,
                     std::span<Topic> topics, AlignedVector<float>& documents, Numbers& numbers, CellScratch& scratch) {
  const auto code = detail::cell_code(static_cast<std::uint32_t>(priors.alpha.size()));
  return detail::draw_cell_by(code, shard, slice, priors, words, rows, totals, topics, documents, numbers, scratch);
}

namespace detail {

CellCode cell_code(std::uint32_t topics) {
  if (topics <= kNarrowTopics) return {true, narrow_run(topics)};
  return {false, wide_run(topics)};
}

CellResult draw_cell_by(const CellCode& code, const Shard& shard, std::size_t slice, const Priors& priors,
                        std::size_t words, std::span<const std::uint32_t> rows, std::span<const std::uint64_t> totals,
                        std::span<Topic> topics, AlignedVector<float>& documents, Numbers& numbers,
                        CellScratch& scratch) {
  DOVETAIL_REQUIRE(topics.size() == shard.tokens() && totals.size() == priors.alpha.size());
  CellTables cell = tables_of(priors, words, totals, scratch);
  Documents of_shard(shard, topics, cell.topics, documents, scratch);
  const auto draw = code.dense_words ? draw_blocks<DenseWords> : draw_blocks<SparseWords>;
  CellResult result;
  result.rows = draw(shard, slice, cell, code.draw, rows, topics, of_shard, numbers, scratch);
  for (std::size_t k = 0; k < totals.size(); ++k) {
    result.change.push_back(scratch.totals[k] - static_cast<std::int64_t>(totals[k]));
  }
  result.moved = cell.moved;
  return result;
}

}  // namespace detail

}  // namespace dovetail::lda
