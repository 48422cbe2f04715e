/// Merging in a binary tree whose shape depends on the number of leaves alone.
///
/// Leaves 0..n-1; at spacing 1, 2, 4, ... leaf i takes leaf i + spacing; a missing right child passes the left one
/// through. Floating-point merges so give the same bits for any threads, ranks and workers.
#pragma once
#include <cstddef>
#include <utility>
#include <vector>

#include "dovetail/core/error.hpp"

namespace dovetail {

/// Folds `leaves` (at least one) with `merge(left, right)`; O(n) merges, depth log2 n.
template <class T, class Merge>
[[nodiscard]] T fold_tree(std::vector<T> leaves, Merge&& merge) {
  DOVETAIL_REQUIRE(!leaves.empty());
  for (std::size_t spacing = 1; spacing < leaves.size(); spacing *= 2) {
    for (std::size_t i = 0; i + spacing < leaves.size(); i += 2 * spacing) {
      leaves[i] = merge(std::move(leaves[i]), std::move(leaves[i + spacing]));
    }
  }
  return std::move(leaves.front());
}

}  // namespace dovetail
