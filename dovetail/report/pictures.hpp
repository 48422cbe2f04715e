/// What the pictures of one quantity are drawn from: traces, ranks and histograms of its chains, small whatever the
/// number of draws. Pure functions of the draws; NaN is "not there" and left out.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace dovetail::report {

/// Draws of one quantity: [chain][draw].
using Chains = std::vector<std::vector<double>>;

/// The line that `values` make when they are drawn `points` wide: all of them where they are no more than that; else,
/// of each of points/2 stretches of equal length (but for 1), its least and its greatest value in the order in which
/// they occur, so that no excursion is lost. A stretch without a finite value gives two NaN. `points` is even, >= 2.
[[nodiscard]] std::vector<double> outline(std::span<const double> values, std::size_t points);

/// Rank histograms (Vehtari, Gelman, Simpson, Carpenter and Buerkner 2021, Bayesian Analysis 16(2), section 4): by
/// chain, how many of its draws have a rank among all draws in each of `bins` equal ranges. Draws of rank r of S take
/// the range (r-1, r] of (0, S]; draws that are equal share theirs evenly, so that chains of one law have even counts
/// for whole numbers too. The counts of a chain add up to its finite draws.
[[nodiscard]] std::vector<std::vector<double>> rank_counts(const Chains& chains, std::size_t bins);

/// Densities by chain as histograms over common ranges of one width.
struct Histogram {
  double low = 0;                            ///< where the first range begins
  double width = 0;                          ///< of each; 0: there is no finite draw
  bool whole_numbers = false;                ///< each range holds one whole number, in its middle
  std::vector<std::vector<double>> heights;  ///< by chain and range: share of the chain's finite draws per unit
  double outside = 0;                        ///< share of all finite draws below the first range or above the last
};

/// The ranges cover all draws, or, where few lie far out, those between the quantiles at 0.5 % and 99.5 %. Whole
/// numbers that span at most `bins_most` get a range each. Otherwise the width is that of Freedman and Diaconis (1981)
/// for one chain, 2 (q75 - q25) n^(-1/3), within 10 to `bins_most` ranges.
[[nodiscard]] Histogram histogram(const Chains& chains, std::size_t bins_most);

/// `count` positions among 0..size-1, evenly spaced from the first; all of them when there are no more.
[[nodiscard]] std::vector<std::size_t> evenly_spaced(std::size_t size, std::size_t count);

}  // namespace dovetail::report
