/// One quantity's draws, copied and sorted once: ranks, normal scores, quantiles and tail indicators come from here.
///
/// Preparation as in Vehtari, Gelman, Simpson, Carpenter and Burkner (2021), Bayesian Analysis 16(2) ("V21"), sections
/// 3.3 and 4: every chain is split in halves (the middle draw of an odd number is dropped) and ranked over all halves.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dovetail/diagnose/chains.hpp"
#include "dovetail/diagnose/figure.hpp"

namespace dovetail::diagnose {

inline constexpr std::size_t kDrawsMin = 8;  ///< per chain: halves of at least 4 draws (diagnostics.md 1)

/// Phi^{-1}((r - 3/8) / (count + 1/4)) for every rank r = 1..count (Blom), computed once for many columns of one size.
class NormalScores {
 public:
  explicit NormalScores(std::size_t count);
  /// Of a whole rank by table, of an average of ties by the formula.
  [[nodiscard]] double of(double rank) const;
  [[nodiscard]] std::size_t count() const { return table_.size(); }

 private:
  [[nodiscard]] double formula(double rank) const;
  std::vector<double> table_;
};

/// A column ready for diagnostics. O(S log S) to make, one sort; everything else is O(S). Pure; draws no random
/// numbers.
class Column {
 public:
  /// Requires fewer than 2^32 draws in all. No draws at all are "too few", like any number below 8 per chain.
  explicit Column(const ChainsView& view);

  [[nodiscard]] std::size_t chains() const { return chains_; }
  [[nodiscard]] std::size_t draws() const { return draws_; }     ///< of each chain
  [[nodiscard]] std::size_t half() const { return draws_ / 2; }  ///< draws of each split sequence
  [[nodiscard]] std::size_t sequences() const { return 2 * chains_; }
  [[nodiscard]] std::size_t non_finite() const { return non_finite_; }      ///< NaN and infinite draws
  [[nodiscard]] std::span<const double> values() const { return values_; }  ///< chain after chain

  /// What stands in the way of every rank figure, if anything: non-finite, too few draws, constant; in this order.
  [[nodiscard]] Unavailable obstacle() const;
  /// All draws equal; false when any is not finite.
  [[nodiscard]] bool constant() const { return !sorted_.empty() && sorted_.front().key == sorted_.back().key; }
  [[nodiscard]] bool chain_constant(std::size_t chain) const;

  /// Type 7 quantile (Hyndman and Fan 1996) of all draws, the default of R, NumPy and ArviZ:
  /// x_(k) + (h - k)(x_(k+1) - x_(k)), h = (S-1)p + 1, k = floor(h). Requires finite draws and 0 <= p <= 1.
  [[nodiscard]] double quantile(double p) const;
  /// The i-th smallest draw, i = 1..S.
  [[nodiscard]] double order_statistic(std::size_t i) const { return sorted_[i - 1].key; }
  /// A power of two that brings the largest magnitude near 1 where squares would over- or underflow, else 1.
  [[nodiscard]] double scale() const { return scale_; }

  // Split sequences, half() values each, two per chain. They require no obstacle.
  [[nodiscard]] std::vector<double> split_values() const;                            ///< draws / scale()
  [[nodiscard]] std::vector<double> scores(const NormalScores& table) const;         ///< normal scores of x
  [[nodiscard]] std::vector<double> folded_scores(const NormalScores& table) const;  ///< of |x - median|
  /// 1{x <= q_p}. Compared by rank, so strictly increasing maps of x change nothing. Where nothing lies above q_p, 1{x
  /// < q_p}.
  [[nodiscard]] std::vector<double> indicator(double p) const;

  /// A view of any of the above.
  [[nodiscard]] Sequences view(std::span<const double> split) const { return {split, sequences(), half()}; }

 private:
  struct Keyed {
    double key;
    std::uint32_t position;  ///< chain * draws + draw
  };
  static constexpr std::size_t kDropped = ~std::size_t{0};
  [[nodiscard]] std::size_t split_position(std::size_t position) const;
  [[nodiscard]] std::vector<double> scores_of(std::span<const Keyed> ascending, const NormalScores& table) const;

  std::size_t chains_;
  std::size_t draws_;
  std::size_t non_finite_ = 0;
  double scale_ = 1;
  std::vector<double> values_;
  std::vector<Keyed> sorted_;  ///< by (key, position); empty when a draw is not finite
};

}  // namespace dovetail::diagnose
