/// The Kernel seam: a transition that leaves a density exactly invariant, given frozen tuning.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "dovetail/core/aligned.hpp"
#include "dovetail/core/rng.hpp"
#include "dovetail/core/shared_vector.hpp"
#include "dovetail/kernel/dual_averaging.hpp"
#include "dovetail/kernel/metric.hpp"
#include "dovetail/kernel/path.hpp"
#include "dovetail/kernel/proposal/proposal_tuning.hpp"

namespace dovetail {

/// A point with all that was computed about it. Caches belong to the state and travel with it.
struct ChainState {
  std::vector<double> x;                   ///< d coordinates
  Potential potential;                     ///< at x, always current
  std::vector<double> gradient_reference;  ///< d, valid when has_gradient; else any size
  std::vector<double> gradient_energy;     ///< d, likewise
  bool has_gradient = false;               ///< gradients are those at x; a kernel that moves x without them clears it

  template <class Archive>
  void describe(Archive& archive) {
    archive(x);
    archive(potential);
    archive(gradient_reference);
    archive(gradient_energy);
    archive(has_gradient);
  }
};

/// What adaptation sets and a kernel reads. One per rung or chain; a kernel has no other memory.
struct Tuning {
  double step_size = 1;                   ///< gradient kernels: leapfrog step (autoMALA: before its automatic choice)
  std::vector<double> scale;              ///< d: estimated standard deviations; 1 where unknown
  std::vector<double> width;              ///< d: slice widths; for integer coordinates a whole number >= 1
  Metric metric;                          ///< Hamiltonian kernels
  DualAveraging averaging;                ///< of log step_size, while adapting_step() is used
  std::vector<ProposalTuning> proposals;  ///< Metropolis kernels: one per proposal, in declared order
  SharedVector<double> archive;           ///< population kernels: n earlier points, d coordinates each

  template <class Archive>
  void describe(Archive& ar) {
    ar(step_size);
    ar(scale);
    ar(width);
    ar(metric);
    ar(averaging);
    ar(proposals);
    ar(archive);
  }
};

/// What one step of a Metropolis or Hamiltonian kernel tells about itself: kept with the draw. As made: of a step in
/// which nothing was proposed and no trajectory was begun.
struct StepFigures {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

  double acceptance = kNone;  ///< min(1, ratio), mean over decisions; of trajectories: mean over their new states
  double energy = kNone;      ///< H = |momentum|^2/2 - l at the start of the trajectory that was drawn
  std::uint32_t depth = 0;    ///< NUTS: doublings of the trajectory
  std::uint32_t leapfrogs = 0;
  bool divergent = false;

  [[nodiscard]] bool has_trajectory() const { return leapfrogs > 0; }

  template <class Archive>
  void describe(Archive& archive) {
    archive(acceptance);
    archive(energy);
    archive(depth);
    archive(leapfrogs);
    archive(divergent);
  }
};

/// The figures of a step of two parts. Trajectories go before Metropolis decisions, later ones before earlier; leapfrog
/// steps are those of both, and a step is divergent where either part is.
[[nodiscard]] StepFigures combine(const StepFigures& earlier, const StepFigures& later);

/// Which of StepFigures a kernel fills.
enum class Shows : std::uint8_t { nothing, acceptance, trajectory };

/// Of one Metropolis proposal: the real moves it took part in.
struct ProposalCount {
  std::uint64_t moves = 0;
  std::uint64_t accepted = 0;
  double acceptance_sum = 0;  ///< of min(1, ratio) of the joint moves

  ProposalCount& operator+=(const ProposalCount& other) {
    moves += other.moves;
    accepted += other.accepted;
    acceptance_sum += other.acceptance_sum;
    return *this;
  }
  template <class Archive>
  void describe(Archive& archive) {
    archive(moves);
    archive(accepted);
    archive(acceptance_sum);
  }
};

/// What the steps of one round add up to at one rung or chain: the figures that adaptation and reports need.
/// Filled by kernels, never read by them.
struct KernelRecord {
  std::uint64_t evaluations = 0;    ///< density evaluations, as counted at the path
  std::uint64_t gradients = 0;      ///< gradient evaluations
  std::uint64_t proposals = 0;      ///< Metropolis decisions; Hamiltonian kernels: trajectories
  double acceptance_sum = 0;        ///< sum over proposals of min(1, ratio), 0 for an irreversible trial
  std::uint64_t step_choices = 0;   ///< proposals that say how large the step ought to be
  std::uint64_t reversible = 0;     ///< of those, the ones whose reversed choice agreed (autoMALA; else all)
  double step_sum = 0;              ///< over step choices, of what step_factor() reads: 2^j (autoMALA), else statistics
  std::uint64_t stuck = 0;          ///< loops that met their safety cap and kept the point
  std::uint64_t error_events = 0;   ///< NaN, +inf or a throw at a proposed point; never accepted
  std::vector<double> error_point;  ///< the first point with an error event
  std::uint64_t divergences = 0;    ///< trajectories that left the energy surface
  std::uint64_t depth_hits = 0;     ///< trajectories that met the cap on doublings
  StepFigures last;                 ///< of the newest step; cleared by whoever asks for a step and reads it
  std::vector<double> width_sum;    ///< d: sum of slice bracket widths at acceptance
  std::vector<std::uint64_t> width_count;  ///< d
  std::vector<ProposalCount> by_proposal;  ///< Metropolis: one per proposal, in declared order

  template <class Archive>
  void describe(Archive& archive) {
    archive(evaluations);
    archive(gradients);
    archive(proposals);
    archive(acceptance_sum);
    archive(step_choices);
    archive(reversible);
    archive(step_sum);
    archive(stuck);
    archive(error_events);
    archive(error_point);
    archive(divergences);
    archive(depth_hits);
    archive(last);
    archive(width_sum);
    archive(width_count);
    archive(by_proposal);
  }
};

/// Scratch memory of one worker. Rows keep their storage between steps, so a kernel allocates only on first use.
class Workspace {
 public:
  /// Row `index` with at least n elements, contents unspecified; valid until the next call with the same index.
  [[nodiscard]] std::span<double> row(std::size_t index, std::size_t n) {
    if (rows_.size() <= index) rows_.resize(index + 1);
    if (rows_[index].size() < n) rows_[index].resize(n);
    return std::span<double>(rows_[index]).first(n);
  }
  /// A row of at least n numbers in single precision, likewise; begins on a cache line.
  [[nodiscard]] std::span<float> singles(std::size_t n) {
    if (singles_.size() < n) singles_.resize(n);
    return std::span<float>(singles_).first(n);
  }

 private:
  std::vector<std::vector<double>> rows_;
  AlignedVector<float> singles_;
};

/// What a kernel may do with the coordinates it is given.
struct KernelNeeds {
  bool gradient = false;     ///< the path must have a gradient
  bool real_only = false;    ///< integer and cyclic coordinates are left where they are
  bool exact_draws = false;  ///< the path must draw exactly at every beta
  bool moments = false;      ///< reads Tuning::scale, so a rung's draws must be averaged for it
  bool metric = false;       ///< reads Tuning::metric
  bool step_size = false;    ///< reads Tuning::step_size, and says to what it ought to be adapted
  bool archive = false;      ///< reads Tuning::archive
  /// Leaves alone what is not there at a point (Presence), and switches unless it draws what comes with them. Any other
  /// kernel would draw from no law where coordinates come and go.
  bool knows_absence = false;
  bool births = false;  ///< moves every switch: without it what is there stays so, and what is not stays away
};

/// A transition with `density` as invariant law, exactly, whatever the frozen tuning. Stateless and const: one
/// object serves all threads. No files, threads, clock. All randomness comes from `rng`, which the caller keys by
/// (seed, Purpose::kernel, rung or chain, step).
///
/// Law tests pick up every registry entry: invariance, purity, codec round trip, counted evaluations.
class Kernel {
 public:
  virtual ~Kernel() = default;
  [[nodiscard]] virtual KernelNeeds needs() const = 0;
  [[nodiscard]] virtual Shows shows() const { return Shows::nothing; }
  /// What warm-up brings the mean of StepFigures::acceptance to, in (0, 1); empty where it adapts to nothing, or to
  /// another figure.
  [[nodiscard]] virtual std::optional<double> target_acceptance() const { return std::nullopt; }
  /// Moves `state` (potential current on entry and exit) and adds to `record`; writes record.last when it has proposed
  /// something, else leaves it.
  virtual void step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace& workspace,
                    KernelRecord& record) const = 0;

  /// By what the step size is to be multiplied after a round in which it was frozen, by the round's record; 1 where
  /// that tells nothing.
  [[nodiscard]] virtual double step_factor(const KernelRecord&) const { return 1; }

  // Warm-up of one chain. Only there is `tuning` written between steps; draws of the result are made with step().

  /// Fills what the kernel needs in a tuning that initial_tuning() made.
  virtual void begin_tuning(Tuning&, std::span<const Coordinate>) const {}
  /// Before the first step of a warm-up window, its metric already set: finds a first step size and the like. May look
  /// at the density (counted), does not move `state` but may fill its gradient.
  virtual void begin_window(ChainState&, const Density&, Tuning&, Rng&, Workspace&, KernelRecord&) const {}
  /// One step, then what is learnt from it at once (step size, proposal scales).
  virtual void adapting_step(ChainState& state, const Density& density, Tuning& tuning, Rng& rng, Workspace& workspace,
                             KernelRecord& record) const {
    step(state, density, tuning, rng, workspace, record);
  }
  /// After the last step of warm-up: settles on what was learnt.
  virtual void end_tuning(Tuning&) const {}

  /// Where tuning is frozen in every round (tempering): what a round's record, added up over all copies, teaches for
  /// the next one. `tuning.scale` is up to date.
  virtual void end_round(Tuning&, const KernelRecord&) const {}
};

/// True when a log density is an error event rather than a value: NaN or +inf.
[[nodiscard]] inline bool is_error(double log_density) { return !(log_density < kInfinity); }

/// Counts an error event at `x`, keeping the first point.
void record_error(KernelRecord& record, Point x);

}  // namespace dovetail
