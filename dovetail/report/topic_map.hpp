/// Where topics lie to each other: distances between their laws of words, and a plane that keeps them as far as a plane
/// can. Pure; draws no random numbers.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace dovetail::report {

/// A law of words with a floor: p_w = (n_w + beta) / (sum n + V beta).
struct WordCounts {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> counts;  ///< (word, n_w > 0), by rising word
  double beta = 0;                                              ///< > 0
  std::size_t words = 0;                                        ///< V
};

/// The Jensen-Shannon divergence in nats, 0 to log 2: H((p + q)/2) - (H(p) + H(q))/2 (Lin 1991, IEEE Transactions on
/// Information Theory 37). Its square root is a distance that points of a Euclidean space have (Fuglede and Topsoe
/// 2004, ISIT). `p` and `q` are over the same V words. O(entries of both).
[[nodiscard]] double jensen_shannon(const WordCounts& p, const WordCounts& q);

/// Points of a plane.
struct Plane {
  std::vector<double> x, y;
  double kept = 0;  ///< share of the sum of positive eigenvalues that the two have; 1 when there is nothing to lose
};

/// Classical scaling (Torgerson 1952, Psychometrika 17): coordinates along the two largest eigenvalues of
/// -J D J / 2, D the n x n row-major squared distances, J = I - 1/n. All 0 for one point. O(n^3).
[[nodiscard]] Plane classical_scaling(std::span<const double> squared_distances, std::size_t n);

}  // namespace dovetail::report
