/// R-hat: do chains, and the halves of each chain, agree? Rank-normalised, folded and classical.
#pragma once
#include <cstddef>
#include <optional>

#include "dovetail/diagnose/column.hpp"

namespace dovetail::diagnose {

/// R-hat of one quantity (V21 sec. 4; classical: Gelman et al. 2013, Bayesian Data Analysis, sec. 11.4).
///
/// One chain is compared with itself only: its two halves. A chain that is constant while others move gives +inf.
struct RHat {
  Figure bulk;       ///< on normal scores of x: sees differences of location
  Figure tail;       ///< on normal scores of |x - median|: sees differences of scale; n/a where that is constant
  Figure classical;  ///< on x itself, for comparison with other software; meaningless when moments are infinite
  /// Of three or more, the chain farthest from the mean of the chains, 0-based; of any number, the first that is
  /// constant while others move.
  std::optional<std::size_t> odd_chain;
  std::size_t constant_chains = 0;  ///< chains that are constant while others move
  /// Share of the other chains' draws that have the constant chains' value: near 1, what varies is rare. 0 where the
  /// constant chains' values differ.
  double constant_share = 0;

  /// The R-hat that is reported: the larger of bulk and tail.
  [[nodiscard]] Figure largest() const {
    return !tail.available() || (bulk.available() && bulk.value >= tail.value) ? bulk : tail;
  }
  /// Which of the two it is, as in "R-hat 1.08 for tau (tail)".
  [[nodiscard]] bool tail_is_largest() const { return tail.available() && tail.value > bulk.value; }
};

/// sqrt(var+ / W); +inf when only the sequences' means differ; n/a (constant) when nothing moves.
[[nodiscard]] Figure potential_scale_reduction(const BetweenWithin& moments);

/// `bulk_scores`, `folded_scores`, `split_values`: as Column makes them. Requires that the column has no obstacle.
[[nodiscard]] RHat r_hat(const Column& column, std::span<const double> bulk_scores,
                         std::span<const double> folded_scores, std::span<const double> split_values);

/// The same from draws; n/a with the reason when there is an obstacle.
[[nodiscard]] RHat r_hat(const ChainsView& view);

}  // namespace dovetail::diagnose
