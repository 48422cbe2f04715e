/// How the diagnostics see draws: one quantity of M chains, in whatever layout they lie, and split halves of it.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/core/fold.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::diagnose {

/// One column of M chains with equally many draws each. Reads only; the draws must outlive the view.
///
/// Draw i of chain m is chains[m][offset + i * stride]: rows of `stride` columns, of which this is number `offset`.
struct ChainsView {
  std::span<const std::span<const double>> chains;
  std::size_t stride = 1;  ///< columns in a row, >= 1
  std::size_t offset = 0;  ///< this column, < stride

  [[nodiscard]] std::size_t count() const { return chains.size(); }
  [[nodiscard]] std::size_t draws() const { return chains.empty() ? 0 : chains.front().size() / stride; }
  [[nodiscard]] double at(std::size_t chain, std::size_t draw) const { return chains[chain][offset + draw * stride]; }

  /// A requirement of every diagnostic: whole rows, and as many in every chain.
  void check() const {
    DOVETAIL_REQUIRE(stride >= 1 && offset < stride);
    for (const auto& chain : chains) DOVETAIL_REQUIRE(chain.size() == draws() * stride);
  }
};

/// J sequences of equal length, one after the other; what R-hat and ESS are computed from.
struct Sequences {
  std::span<const double> values;  ///< count * length
  std::size_t count = 0;
  std::size_t length = 0;

  [[nodiscard]] std::span<const double> operator[](std::size_t j) const { return values.subspan(j * length, length); }
};

/// term(0) + ... + term(n-1) over items (chains, sequences) in the tree of core/fold.hpp. Requires n >= 1.
template <class Term>
[[nodiscard]] double sum_over_items(std::size_t n, Term&& term) {
  std::vector<double> leaves(n);
  for (std::size_t i = 0; i < n; ++i) leaves[i] = term(i);
  return fold_tree(std::move(leaves), [](double a, double b) { return a + b; });
}

/// Means and variances of sequences, as R-hat and ESS need them (V21, eq. 1-4).
struct BetweenWithin {
  std::vector<double> means;  ///< of each sequence
  double within = 0;          ///< W: mean of the sequences' variances, divisor n - 1
  double between = 0;         ///< B/n: variance of the means, divisor J - 1; 0 for one sequence
  double variance_plus = 0;   ///< (n-1)/n W + B/n
};

/// Requires length >= 2 and finite values.
[[nodiscard]] BetweenWithin between_within(const Sequences& sequences);

}  // namespace dovetail::diagnose
