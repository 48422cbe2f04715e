// Whether what came from elsewhere can be a shard of a run: its sizes, and counts that agree with each other.
#include <algorithm>

#include "dovetail/jobs/lda_job.hpp"

namespace dovetail {
namespace {

/// Adds `sign` times the tokens of every topic in the rows, which have no fault.
void add_totals(std::span<const std::uint32_t> rows, std::int64_t sign, std::vector<std::int64_t>& totals) {
  for (std::size_t at = 0; at < rows.size();) {
    const std::size_t end = at + 1 + 2 * std::size_t{rows[at]};
    for (++at; at < end; at += 2) totals[rows[at]] += sign * std::int64_t{rows[at + 1]};
  }
}

}  // namespace

bool LdaJob::is_slice(std::span<const std::uint32_t> rows, std::uint32_t slice) const {
  std::vector<std::uint64_t> tokens;
  for (const std::uint32_t word : grid_.slices[slice]) tokens.push_back(model_.corpus().word_counts[word]);
  return lda::fault_of(rows, tokens, options_.topics).empty();
}

bool LdaJob::accepts(const Shared& shared, ItemId item, const Local& shard, const Record& record, Step next) const {
  const std::size_t topics = options_.topics;
  if (shared.totals.size() != topics || shared.alpha.size() != topics || shared.step >= options_.shards) return false;
  if (shard.topics.size() != grid_.shards[item.value].tokens()) return false;
  if (!std::all_of(shard.topics.begin(), shard.topics.end(), [&](lda::Topic k) { return k < topics; })) return false;
  if (!is_slice({record.rows.data(), record.rows.size()}, slice_of(shared, item.value))) return false;
  const std::uint64_t first = std::uint64_t{shared.sweep} * options_.shards + shared.step;
  if (next.value == first) return record.change.empty() && record.moved == 0;
  return next.value == first + 1 && has_drawn(shared, item, record);
}

bool LdaJob::has_drawn(const Shared& shared, ItemId item, const Record& record) const {
  const std::uint32_t slice = slice_of(shared, item.value);
  std::uint64_t tokens = 0;
  for (const lda::Block& block : grid_.shards[item.value].cells[slice]) tokens += lda::tokens_of(block);
  if (record.change.size() != options_.topics || record.moved > tokens) return false;
  if (shared.slices.size() != options_.shards) return false;  // only whoever has all of them is given what was drawn
  std::vector<std::int64_t> change(options_.topics, 0);
  add_totals({record.rows.data(), record.rows.size()}, 1, change);
  add_totals({shared.slices[slice].data(), shared.slices[slice].size()}, -1, change);
  return change == record.change;
}

}  // namespace dovetail
