/// What one rung records at each scan about the pairs it belongs to, in memory that does not grow with the scans.
///
/// docs/maths/tempering.md section 4: the law just before a swap is the product over rungs whatever the parity, so
/// every pair is recorded at every scan. "Up" is toward the leg's target, "down" toward its reference, so the direction
/// of addresses does not matter. A pair's forward weight is filed at its lower rung, its backward weight at its upper
/// rung.
///
/// One-step bridge (own derivation from Bennett 1976 and Meng and Wong 1996; docs/adr/0010): with W = dbeta V, r the
/// log ratio log(Z_{k+1}/Z_k) and any number c fixed before the round,
///     E_k[1/(1+exp(c-W))] / E_{k+1}[1/(1+exp(W-c))] = exp(r - c),
/// because both sides integrate the same product l_k l_{k+1} / (l_k e^c + l_{k+1}). So c + log(mean a / mean b) is
/// consistent for every c, and has the least variance (equal sample sizes) at c = r.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace dovetail::tempering {

/// Bridge sums are kept in equal stretches of the round, so that a standard error can be had: 64 of them, and from 512
/// scans on as many as leave 4 scans each, up to 256. More batches make the error less noisy, not smaller.
inline constexpr std::size_t kBatchesLeast = 64;
inline constexpr std::size_t kBatchesMost = 256;

/// `round_scans`: a power of two. A power of two.
[[nodiscard]] constexpr std::size_t batches_of(std::uint64_t round_scans) {
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(round_scans / 4, kBatchesLeast, kBatchesMost));
}

/// Running sum of weights exp(v), held as exp(v - shift) so that it neither overflows nor vanishes.
struct WeightSum {
  double shift = 0;    ///< any number within 300 of the largest v, once there is one
  double sum = 0;      ///< of exp(v - shift)
  double squares = 0;  ///< of exp(2 (v - shift))
  double largest = -std::numeric_limits<double>::infinity();  ///< v
  std::uint64_t count = 0;                                    ///< of all weights, zeros among them
  std::uint64_t zeros = 0;                                    ///< weights of v = -inf

  /// log of the mean weight; -inf when all are zero; NaN when there are none.
  [[nodiscard]] double log_mean() const;
  /// (sum w)^2 / (n sum w^2), from 1/n to 1: near 1/n a single weight carries the mean. 0 when all are zero.
  [[nodiscard]] double effective_share() const;
  void merge(const WeightSum& other);

  template <class Archive>
  void describe(Archive& archive) {
    archive(shift);
    archive(sum);
    archive(squares);
    archive(largest);
    archive(count);
    archive(zeros);
  }
};

/// One rung's side of one pair: weights exp(v) and logistic terms 1/(1+exp(centre - v)), with v = slope V.
struct PairSide {
  double slope = 0;   ///< +dbeta seen from the lower rung, -dbeta from the upper; 0: the rung has no such neighbour
  double centre = 0;  ///< c seen from the lower rung, -c from the upper
  WeightSum weights;
  std::array<double, kBatchesMost> bridge{};  ///< sum of logistic terms in each of batches_of(T) batches
  std::uint64_t undefined = 0;  ///< energies that gave no weight (NaN, or no density at the rung's own beta)

  [[nodiscard]] bool exists() const { return slope != 0; }
  void record(double energy, std::size_t batch);
  void merge(const PairSide& other);

  template <class Archive>
  void describe(Archive& archive) {
    archive(slope);
    archive(centre);
    archive(weights);
    archive(bridge);
    archive(undefined);
  }
};

/// Means, variances and correlation of the energy before and after a rung's exploration.
struct EnergyMoments {
  std::uint64_t count = 0;  ///< scans where both were finite
  double mean_before = 0, mean_after = 0;
  double squares_before = 0, squares_after = 0, product = 0;  ///< sums of centred squares and products

  void record(double before, double after);
  void merge(const EnergyMoments& other);
  [[nodiscard]] double mean() const { return mean_after; }
  /// With divisor n - 1; NaN below two scans.
  [[nodiscard]] double variance() const;
  /// corr(V before, V after); NaN when either does not vary.
  [[nodiscard]] double autocorrelation() const;

  template <class Archive>
  void describe(Archive& archive) {
    archive(count);
    archive(mean_before);
    archive(mean_after);
    archive(squares_before);
    archive(squares_after);
    archive(product);
  }
};

/// What the rungs on both sides of a rung are, as the round begins.
struct RungNeighbours {
  double beta = 0;
  double beta_up = 0;         ///< of the next rung toward the target; equal to beta: there is none
  double beta_down = 0;       ///< of the next rung toward the reference; equal to beta: there is none
  double log_ratio_up = 0;    ///< c of the pair with the upper neighbour, predicted; 0 when nothing is known
  double log_ratio_down = 0;  ///< c of the pair with the lower neighbour
};

/// All that one rung of one copy records in one round; merged over copies, it stands for the rung.
struct RungStatistics {
  std::uint64_t round_scans = 0;  ///< T, a power of two
  std::uint64_t scans = 0;        ///< recorded so far, over all merged copies
  PairSide up;                    ///< forward weights of the pair with the rung toward the target
  PairSide down;                  ///< backward weights of the pair with the rung toward the reference
  double acceptance_sum = 0;      ///< of the pair toward the target, over acceptance_count scans
  std::uint64_t acceptance_count = 0;
  std::uint64_t undefined_swaps = 0;  ///< NaN ratios of that pair; each counts as a rejection
  EnergyMoments energy;

  /// Empties everything for a round of `scans_of_round` scans (a power of two).
  void reset(std::uint64_t scans_of_round, const RungNeighbours& neighbours);
  /// The rung's own part of one scan, just before the swap: energies before and after exploration (equal at a rung
  /// that draws afresh: give the previous scan's as `before`). One call per scan, in order; it picks the batch.
  void record(double energy_before, double energy);
  /// The pair's part: `energy` of this rung and of its upper neighbour, both just before the same swap. May come
  /// later in the round than record(), but in order of scans. Only at a rung with an upper neighbour.
  void record_swap(double energy, double energy_up);
  /// Another copy's record of the same rung and round. Requires equal slopes and centres.
  void merge(const RungStatistics& other);

  /// 1 - mean acceptance of the pair toward the target; NaN when there is nothing to tell.
  [[nodiscard]] double rejection() const;

  template <class Archive>
  void describe(Archive& archive) {
    archive(round_scans);
    archive(scans);
    archive(up);
    archive(down);
    archive(acceptance_sum);
    archive(acceptance_count);
    archive(undefined_swaps);
    archive(energy);
  }
};

}  // namespace dovetail::tempering
