/// Latent Dirichlet allocation as the round engine sees it: items are shards of documents; a phase is one step of the
/// ring, in which shard s draws the tokens whose words are in slice (s + step) mod S; S phases are a sweep, some sweeps
/// a round.
///
/// Topics of tokens are all there is to an item. Counts of words are shared: each slice has one writer in a phase,
/// which has it in its record, and becomes what the others read at its end; totals of topics add up there too.
///
/// So whoever advances a shard for others needs its topics, its record and what shown() leaves of the shared state: one
/// slice, not all.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/shared_vector.hpp"
#include "dovetail/jobs/lda.hpp"
#include "dovetail/lda/cell.hpp"
#include "dovetail/lda/log_joint.hpp"
#include "dovetail/lda/row_bytes.hpp"
#include "dovetail/output/sink.hpp"
#include "dovetail/run/job.hpp"

namespace dovetail {

/// Read-only during a phase.
struct LdaShared {
  std::uint32_t sweep = 0;                          ///< finished sweeps
  std::uint32_t step = 0;                           ///< of the ring, in the sweep at work
  std::vector<SharedVector<std::uint32_t>> slices;  ///< lda::PackedRows of every slice
  std::vector<std::uint64_t> totals;                ///< tokens of every topic
  std::vector<double> alpha;
  double beta = 0;
  std::uint64_t moved = 0;  ///< in the round at work
  std::optional<LdaRow> last;

  template <class Archive>
  void describe(Archive& archive) {
    archive(sweep);
    archive(step);
    archive(slices);
    archive(totals);
    archive(alpha);
    archive(beta);
    archive(moved);
    archive(last);
  }
};

/// Calls of(word, entries) for every word that the slices have counts of: entries are topic, count, topic, count ...,
/// by rising topic.
template <class Of>
void for_each_word(const lda::Grid& grid, const LdaShared& shared, Of&& of) {
  for (std::size_t slice = 0; slice < shared.slices.size(); ++slice) {
    const std::span<const std::uint32_t> rows(shared.slices[slice].data(), shared.slices[slice].size());
    std::size_t at = 0;
    for (const std::uint32_t word : grid.slices[slice]) {
      const std::size_t length = 2 * std::size_t{rows[at]};
      of(word, rows.subspan(at + 1, length));
      at += 1 + length;
    }
  }
}

/// What a shard is.
struct alignas(64) ShardTopics {
  std::vector<lda::Topic> topics;  ///< of its tokens, in the order of visits
  AlignedVector<float> documents;  ///< what lda::draw_cell keeps of them under the priors of this round

  template <class Archive>
  void describe(Archive& archive) {
    archive(topics);
  }
};

/// What a shard has of the shared counts in a phase, and what it did.
struct alignas(64) ShardRecord {
  SharedVector<std::uint32_t> rows;  ///< of its slice: lda::PackedRows as they were, then as they are
  std::vector<std::int64_t> change;  ///< of totals; empty before
  std::uint64_t moved = 0;

  template <class Archive>
  void describe(Archive& archive) {
    std::vector<std::byte> packed = lda::bytes_of_rows({rows.data(), rows.size()});
    archive(packed);
    if constexpr (!std::is_same_v<Archive, Writer>) rows = rows_from(packed);
    archive(change);
    archive(moved);
  }

 private:
  /// CheckpointError for bytes that are no rows.
  static SharedVector<std::uint32_t> rows_from(std::span<const std::byte> packed);
};

struct ShardReport {
  ShardRecord record;
  std::vector<lda::Histogram> document_topics;  ///< where the round ends

  template <class Archive>
  void describe(Archive& archive) {
    archive(record);
    archive(document_topics);
  }
};

class LdaJob {
 public:
  using Shared = LdaShared;
  using Local = ShardTopics;
  using Record = ShardRecord;
  using Outcome = std::vector<ShardReport>;  ///< of consecutive shards; merging appends
  using Scratch = lda::CellScratch;

  /// `options` must be resolved and have passed check_options. Keeps a reference to `model`.
  LdaJob(const TopicModel& model, const LdaOptions& options);
  [[nodiscard]] const LdaOptions& options() const { return options_; }
  [[nodiscard]] const TopicModel& model() const { return model_; }
  [[nodiscard]] const lda::Grid& grid() const { return grid_; }
  [[nodiscard]] std::string first_fault() const { return ""; }
  /// What is wrong with counts that are not those of the topics; empty when they are.
  [[nodiscard]] std::string fault_of(const Shared& shared, const std::vector<Local>& locals) const;

  [[nodiscard]] std::uint32_t items(const Shared&) const { return options_.shards; }
  [[nodiscard]] Shared begin_shared() const;
  [[nodiscard]] Local begin_local(const Shared& shared, ItemId item, Scratch& scratch) const;
  [[nodiscard]] std::uint64_t steps(const Shared& shared) const { return shared.sweep < options_.sweeps ? 1 : 0; }
  [[nodiscard]] Phase phase(const Shared& shared) const;
  void begin_round(const Shared& shared, ItemId item, Local& shard, Record& record) const;
  [[nodiscard]] Shared shown(const Shared& shared) const;
  /// What was drawn, by a `shared` with all slices alone: totals must change as the slice does.
  [[nodiscard]] bool accepts(const Shared& shared, ItemId item, const Local& shard, const Record& record,
                             Step next) const;
  void advance(const Shared& shared, ItemId item, Local& shard, Record& record, Step step, Scratch& scratch) const;
  [[nodiscard]] std::uint64_t steps_between_drains(const Shared&) const { return 1; }
  void drain(const Shared&, ItemId, Record&, Sink&) const {}  // one state is kept, the last
  [[nodiscard]] Outcome report(const Shared& shared, ItemId item, const Local& shard, const Record& record) const;
  [[nodiscard]] Outcome merge(Outcome left, Outcome right) const;
  [[nodiscard]] Shared update(const Shared& shared, const Outcome& reports) const;
  [[nodiscard]] bool reshapes(const Shared&) const { return false; }
  void reshape(const Shared&, const Shared&, std::vector<Local>&) const {}

 private:
  [[nodiscard]] std::uint32_t slice_of(const Shared& shared, std::size_t shard) const;
  [[nodiscard]] bool is_slice(std::span<const std::uint32_t> rows, std::uint32_t slice) const;
  [[nodiscard]] bool has_drawn(const Shared& shared, ItemId item, const Record& record) const;
  [[nodiscard]] lda::WordTopics count_words(const std::vector<Local>& locals) const;
  void end_round(const Outcome& reports, Shared& next) const;

  const TopicModel& model_;
  LdaOptions options_;
  lda::Grid grid_;
};

}  // namespace dovetail
