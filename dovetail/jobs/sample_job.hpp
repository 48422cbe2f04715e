/// Independent chains as the round engine sees them: items are chains; rounds are the windows of warm-up, then blocks
/// of draws.
///
/// In warm-up a chain adapts its own tuning at every step; at the end of a window the tunings of all chains are brought
/// together. From the end of warm-up on nothing is adapted, so every draw is made with one invariant kernel. Blocks end
/// where the number of draws has doubled: the predeclared looks of a stop rule (docs/diagnostics.md).
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dovetail/adapt/metric_estimate.hpp"
#include "dovetail/adapt/moments.hpp"
#include "dovetail/adapt/warm_up.hpp"
#include "dovetail/diagnose/e_bfmi.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/kernel/kernel.hpp"
#include "dovetail/model/path.hpp"
#include "dovetail/output/sink.hpp"
#include "dovetail/run/job.hpp"

namespace dovetail {

/// Read-only during a round.
struct SampleShared {
  std::uint32_t round = 0;                                   ///< finished rounds
  std::uint64_t iterations = 0;                              ///< of each chain so far, warm-up included
  std::vector<Tuning> tuning;                                ///< by chain, at the start of the round
  std::uint64_t evaluations = 0, gradients = 0, errors = 0;  ///< of the whole run
  std::uint64_t divergences = 0, depth_hits = 0;             ///< after warm-up
  double acceptance_sum = 0;                                 ///< after warm-up, over proposals
  std::uint64_t proposals = 0;
  std::optional<SamplingRow> last;
  std::vector<std::string> notes;  ///< of warm-up: what a reader should know

  template <class Archive>
  void describe(Archive& archive) {
    archive(round);
    archive(iterations);
    archive(tuning);
    archive(evaluations);
    archive(gradients);
    archive(errors);
    archive(divergences);
    archive(depth_hits);
    archive(acceptance_sum);
    archive(proposals);
    archive(last);
    archive(notes);
  }
};

/// What a chain is. On cache lines of its own, since neighbours belong to other threads.
struct alignas(64) Chain {
  ChainState state;
  Tuning tuning;                   ///< in warm-up: adapted at every step; afterwards empty
  std::uint64_t history_from = 0;  ///< iteration of the first row of the histories
  std::vector<double> positions;   ///< of warm-up, d each
  /// of the log density there, d each; NaN where there is none. Empty when no metric asks
  std::vector<double> gradients;
  diagnose::EnergyMoments energies;  ///< of trajectories after warm-up

  template <class Archive>
  void describe(Archive& archive) {
    archive(state);
    archive(tuning);
    archive(history_from);
    archive(positions);
    archive(gradients);
    archive(energies);
  }
};

/// What a chain gathers in a round.
struct alignas(64) ChainRecord {
  KernelRecord kernel;
  Moments moments;  ///< of x in warm-up
  std::uint64_t draws_drained = 0;
  std::vector<double> draws;  ///< rows not drained yet

  template <class Archive>
  void describe(Archive& archive) {
    archive(kernel);
    archive(moments);
    archive(draws_drained);
    archive(draws);
  }
};

/// What a chain tells when a round ends.
struct ChainReport {
  KernelRecord kernel;
  Moments moments;
  Tuning tuning;                  ///< as adapted; empty after warm-up
  ChainMoments window;            ///< of the draws that the metric is estimated from; empty when none is
  std::vector<double> positions;  ///< of the window, for the archive of population kernels

  template <class Archive>
  void describe(Archive& archive) {
    archive(kernel);
    archive(moments);
    archive(tuning);
    archive(window);
    archive(positions);
  }
};

class SampleJob {
 public:
  using Shared = SampleShared;
  using Local = Chain;
  using Record = ChainRecord;
  using Outcome = std::vector<ChainReport>;  ///< of consecutive chains; merging appends
  struct Scratch {
    Workspace workspace;
  };

  /// `options` must have passed check_options. Keeps a reference to `model`. `ends`: numbers of draws at which blocks
  /// ended although no look was due, since the run had been asked for so many; for a replay of a run that grew.
  SampleJob(const Model& model, const SampleOptions& options, std::vector<std::uint64_t> ends = {});
  /// As resolved for the model.
  [[nodiscard]] const SampleOptions& options() const { return options_; }
  [[nodiscard]] const Kernel& kernel() const { return *kernel_; }
  [[nodiscard]] const std::vector<WarmUpWindow>& windows() const { return windows_; }
  /// Why this kernel, when it was chosen automatically; else empty.
  [[nodiscard]] const std::string& kernel_reason() const { return kernel_reason_; }

  /// The columns of a draw: the model's outputs, then log_prior, log_likelihood, then what the kernel shows.
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  /// The round that all draws after warm-up are kept under, however many blocks they come from: where blocks end leaves
  /// no trace in them.
  [[nodiscard]] Round draws_round() const { return Round(static_cast<std::uint32_t>(windows_.size()) + 1); }
  [[nodiscard]] bool in_warm_up(const Shared& shared) const { return shared.round < windows_.size(); }
  [[nodiscard]] std::uint64_t draws_done(const Shared& shared) const;
  /// Whether a stop rule may look here: at 125, 250, 500, ... draws, wherever else blocks end.
  [[nodiscard]] bool is_look(const Shared& shared) const;

  /// What the model did at the first point where this process saw it fail, and where; empty when it did not.
  [[nodiscard]] std::string first_fault() const;

  [[nodiscard]] std::uint32_t items(const Shared&) const { return options_.chains; }
  [[nodiscard]] Shared begin_shared() const;
  [[nodiscard]] Local begin_local(const Shared& shared, ItemId item, Scratch& scratch) const;
  [[nodiscard]] std::uint64_t steps(const Shared& shared) const;
  void begin_round(const Shared& shared, ItemId item, Local& chain, Record& record) const;
  void advance(const Shared& shared, ItemId item, Local& chain, Record& record, Step step, Scratch& scratch) const;
  [[nodiscard]] bool accepts(const Shared& shared, ItemId item, const Local& chain, const Record& record,
                             Step next) const;
  [[nodiscard]] std::uint64_t steps_between_drains(const Shared& shared) const;
  void drain(const Shared& shared, ItemId item, Record& record, Sink& sink) const;
  [[nodiscard]] Outcome report(const Shared& shared, ItemId item, const Local& chain, const Record& record) const;
  [[nodiscard]] Outcome merge(Outcome left, Outcome right) const;
  [[nodiscard]] Shared update(const Shared& shared, const Outcome& outcome) const;
  [[nodiscard]] bool reshapes(const Shared&) const { return false; }
  void reshape(const Shared&, const Shared&, std::vector<Local>&) const {}

 private:
  [[nodiscard]] const WarmUpWindow& window(const Shared& shared) const { return windows_[shared.round]; }
  void propose_start(ItemId item, Rng& rng, PointOut x) const;
  [[nodiscard]] bool has_history(const Shared& shared, const Chain& chain, Step next) const;
  void remember(const Shared& shared, Chain& chain, KernelRecord& record, Step step) const;
  void keep_draw(ItemId item, const Chain& chain, Record& record, Step step, double step_size) const;
  [[nodiscard]] bool adapts_metric() const {
    return needs_.metric && *options_.metric != MetricKind::unit && !reals_.empty();
  }
  [[nodiscard]] bool learns_from_gradients() const {
    return adapts_metric() && options_.scheme == WarmUpScheme::fisher;
  }
  void learn_tuning(const Outcome& reports, std::vector<Tuning>& tunings) const;
  [[nodiscard]] MetricEstimate learn_metric(const WarmUpWindow& ended, const Outcome& reports) const;
  void learn(const WarmUpWindow& ended, const Outcome& reports, Shared& next) const;

  const Model& model_;
  SampleOptions options_;
  std::vector<std::uint64_t> ends_;
  std::string kernel_reason_;
  std::unique_ptr<Kernel> kernel_;
  KernelNeeds needs_;
  std::vector<WarmUpWindow> windows_;
  std::vector<std::size_t> reals_;  ///< indices of the real coordinates
  std::vector<std::string> columns_;
  mutable ModelFaults faults_;  ///< words of the first fault, for the message
};

/// Cumulative draws at the ends of the blocks in `rows`.
[[nodiscard]] std::vector<std::uint64_t> block_ends(const std::vector<SamplingRow>& rows);

}  // namespace dovetail
