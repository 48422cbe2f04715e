/// The Kernel seam: a transition that leaves a density exactly invariant, given frozen tuning.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "dovetail/kernel/path.hpp"

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

/// What adaptation sets and a kernel reads; frozen inside a round. One per rung or chain.
struct Tuning {
  double step_size = 1;       ///< gradient kernels: leapfrog step before the automatic choice
  std::vector<double> scale;  ///< d: estimated standard deviations; 1 where unknown
  std::vector<double> width;  ///< d: slice widths; for integer coordinates a whole number >= 1

  template <class Archive>
  void describe(Archive& archive) {
    archive(step_size);
    archive(scale);
    archive(width);
  }
};

/// What the steps of one round add up to at one rung or chain: the figures that adaptation and reports need.
/// Filled by kernels, never read by them.
struct KernelRecord {
  std::uint64_t evaluations = 0;           ///< density evaluations, as counted at the path
  std::uint64_t gradients = 0;             ///< gradient evaluations
  std::uint64_t proposals = 0;             ///< Metropolis decisions
  double acceptance_sum = 0;               ///< sum over proposals of min(1, ratio), 0 for an irreversible trial
  std::uint64_t reversible = 0;            ///< proposals whose reversed step choice agreed (autoMALA)
  double step_factor_sum = 0;              ///< sum over proposals of 2^j of the forward choice (autoMALA)
  std::uint64_t stuck = 0;                 ///< loops that met their safety cap and kept the point
  std::uint64_t error_events = 0;          ///< NaN, +inf or a throw at a proposed point; never accepted
  std::vector<double> error_point;         ///< the first point with an error event
  std::vector<double> width_sum;           ///< d: sum of slice bracket widths at acceptance
  std::vector<std::uint64_t> width_count;  ///< d

  template <class Archive>
  void describe(Archive& archive) {
    archive(evaluations);
    archive(gradients);
    archive(proposals);
    archive(acceptance_sum);
    archive(reversible);
    archive(step_factor_sum);
    archive(stuck);
    archive(error_events);
    archive(error_point);
    archive(width_sum);
    archive(width_count);
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

 private:
  std::vector<std::vector<double>> rows_;
};

/// What a kernel may do with the coordinates it is given.
struct KernelNeeds {
  bool gradient = false;     ///< the path must have a gradient
  bool real_only = false;    ///< integer and cyclic coordinates are left where they are
  bool exact_draws = false;  ///< the path must draw exactly at every beta
  bool moments = false;      ///< reads Tuning::scale, so a rung's draws must be averaged for it
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
  /// Moves `state` (potential current on entry and exit) and adds to `record`.
  virtual void step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace& workspace,
                    KernelRecord& record) const = 0;
};

/// True when a log density is an error event rather than a value: NaN or +inf.
[[nodiscard]] inline bool is_error(double log_density) { return !(log_density < kInfinity); }

/// Counts an error event at `x`, keeping the first point.
void record_error(KernelRecord& record, Point x);

}  // namespace dovetail
