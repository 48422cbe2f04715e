#include "dovetail/lda/cell.hpp"

#include <bit>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/lda/draw.hpp"

namespace dovetail::lda {

void Numbers::refill() {
  fill_(numbers_);
  at_ = 0;
}

namespace {

constexpr std::uint32_t kBits = 64;

/// The state of a cell while it is drawn.
class Cell {
 public:
  Cell(const Shard& shard, const Priors& priors, std::size_t words, std::span<const std::uint64_t> totals,
       std::span<Topic> topics, std::span<float> documents, Numbers& numbers, CellScratch& scratch)
      : shard_(shard),
        topics_(static_cast<std::uint32_t>(priors.alpha.size())),
        width_(padded(topics_)),
        beta_(static_cast<float>(priors.beta)),
        beta_sum_(static_cast<double>(words) * priors.beta),
        assigned_(topics),
        documents_(documents),
        numbers_(numbers),
        s_(scratch) {
    for (auto* row : {&s_.alpha, &s_.q, &s_.inverse, &s_.inverse_less, &s_.sums}) row->assign(width_, 0.0F);
    s_.counts.assign(width_, 0);
    s_.touched.assign((topics_ + kBits - 1) / kBits, 0);
    s_.totals.assign(totals.begin(), totals.end());
    for (std::uint32_t k = 0; k < topics_; ++k) {
      s_.alpha[k] = static_cast<float>(priors.alpha[k]);
      set_inverse(k);
      set_q(k);
    }
  }

  [[nodiscard]] PackedRows draw(const Block& block, std::span<const std::uint32_t> rows) {
    PackedRows out;
    out.reserve(rows.size() + rows.size() / 8);
    std::size_t token = block.first;
    std::size_t from = 0;  // of what is not yet in `out`
    std::size_t at = 0;
    std::uint32_t row = 0;
    for (const WordRun& run : block.runs) {
      for (; row < run.row; ++row) at += 1 + 2 * std::size_t{rows[at]};
      out.insert(out.end(), rows.begin() + static_cast<std::ptrdiff_t>(from),
                 rows.begin() + static_cast<std::ptrdiff_t>(at));
      at = read_row(rows, at);
      ++row;
      from = at;
      for (const std::size_t end = token + run.tokens; token < end; ++token) draw_token(token);
      write_row(out);
    }
    out.insert(out.end(), rows.begin() + static_cast<std::ptrdiff_t>(from), rows.end());
    return out;
  }

  [[nodiscard]] std::uint64_t moved() const { return moved_; }

 private:
  void set_inverse(std::uint32_t k) {
    const double n = static_cast<double>(s_.totals[k]) + beta_sum_;
    s_.inverse[k] = 1 / static_cast<float>(n);
    s_.inverse_less[k] = 1 / static_cast<float>(n - 1);  // used where a token is there, so n > 1
  }
  void set_q(std::uint32_t k) { s_.q[k] = (static_cast<float>(s_.counts[k]) + beta_) * s_.inverse[k]; }

  void touch(std::uint32_t k) { s_.touched[k / kBits] |= std::uint64_t{1} << k % kBits; }

  /// Makes the row at `at` that of the word at work; returns where the next one begins.
  std::size_t read_row(std::span<const std::uint32_t> rows, std::size_t at) {
    const std::size_t end = at + 1 + 2 * std::size_t{rows[at]};
    for (++at; at < end; at += 2) {
      const std::uint32_t k = rows[at];
      s_.counts[k] = static_cast<std::int32_t>(rows[at + 1]);
      set_q(k);
      touch(k);
    }
    return end;
  }

  /// Appends the row of the word at work, and leaves counts and q as those of a word without tokens.
  void write_row(PackedRows& rows) {
    const std::size_t head = rows.size();
    rows.push_back(0);
    for (std::size_t i = 0; i < s_.touched.size(); ++i) {
      for (std::uint64_t bits = std::exchange(s_.touched[i], 0); bits != 0; bits &= bits - 1) {
        const auto k = static_cast<std::uint32_t>(i * kBits) + static_cast<std::uint32_t>(std::countr_zero(bits));
        if (s_.counts[k] != 0) {
          rows.push_back(k);
          rows.push_back(static_cast<std::uint32_t>(s_.counts[k]));
        }
        s_.counts[k] = 0;
        set_q(k);
      }
    }
    rows[head] = static_cast<std::uint32_t>((rows.size() - head - 1) / 2);
  }

  void draw_token(std::size_t token) {
    float* const document = documents_.data() + std::size_t{shard_.token_docs[token]} * width_;
    const std::uint32_t own = assigned_[token];
    const float own_weight =
        (document[own] - 1 + s_.alpha[own]) * ((static_cast<float>(s_.counts[own] - 1) + beta_) * s_.inverse_less[own]);
    const std::uint32_t drawn =
        draw_({document, s_.alpha.data(), s_.q.data()}, topics_, own, own_weight, numbers_.next(), s_.sums.data());
    if (drawn == own) return;
    assigned_[token] = static_cast<Topic>(drawn);
    document[own] -= 1;
    document[drawn] += 1;
    --s_.counts[own];
    ++s_.counts[drawn];
    touch(drawn);
    --s_.totals[own];
    ++s_.totals[drawn];
    for (const std::uint32_t k : {own, drawn}) {
      set_inverse(k);
      set_q(k);
    }
    ++moved_;
  }

  const Shard& shard_;
  std::uint32_t topics_, width_;
  float beta_;
  double beta_sum_;
  std::span<Topic> assigned_;
  std::span<float> documents_;
  Numbers& numbers_;
  CellScratch& s_;
  DrawTopic draw_ = draw_code();
  std::uint64_t moved_ = 0;
};

}  // namespace

CellResult draw_cell(const Shard& shard, std::size_t slice, const Priors& priors, std::size_t words,
                     std::span<const std::uint32_t> rows, std::span<const std::uint64_t> totals,
                     std::span<Topic> topics, std::span<float> documents, Numbers& numbers, CellScratch& scratch) {
  DOVETAIL_REQUIRE(topics.size() == shard.tokens() && totals.size() == priors.alpha.size());
  Cell cell(shard, priors, words, totals, topics, documents, numbers, scratch);
  CellResult result;
  result.rows.assign(rows.begin(), rows.end());
  for (const Block& block : shard.cells[slice]) result.rows = cell.draw(block, result.rows);
  for (std::size_t k = 0; k < totals.size(); ++k) {
    result.change.push_back(scratch.totals[k] - static_cast<std::int64_t>(totals[k]));
  }
  result.moved = cell.moved();
  return result;
}

}  // namespace dovetail::lda
