// The shape of the fixed tree, and why it must be fixed.
#include "dovetail/core/fold.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

std::vector<std::string> names(std::size_t n) {
  std::vector<std::string> leaves;
  for (std::size_t i = 0; i < n; ++i) leaves.push_back(std::to_string(i));
  return leaves;
}

std::string join(const std::string& left, const std::string& right) { return "(" + left + " " + right + ")"; }

// The tree by recursion: the left child has the largest power of two of leaves that leaves some for the right one.
std::string by_recursion(const std::vector<std::string>& leaves, std::size_t from, std::size_t n) {
  if (n == 1) return leaves[from];
  const std::size_t left = std::bit_floor(n - 1);
  return join(by_recursion(leaves, from, left), by_recursion(leaves, from + left, n - left));
}

TEST(FoldTree, HasTheShapeOfTheRecursion) {
  for (std::size_t n = 1; n <= 130; ++n) {
    const auto leaves = names(n);
    EXPECT_EQ(fold_tree(leaves, join), by_recursion(leaves, 0, n)) << n;
  }
  EXPECT_EQ(fold_tree(names(5), join), "(((0 1) (2 3)) 4)");
}

TEST(FoldTree, MergesEveryLeafOnce) {
  for (std::size_t n = 1; n <= 70; ++n) {
    int merges = 0;
    const int sum = fold_tree(std::vector<int>(n, 1), [&](int a, int b) {
      ++merges;
      return a + b;
    });
    EXPECT_EQ(sum, static_cast<int>(n));
    EXPECT_EQ(merges, static_cast<int>(n) - 1);
  }
}

// What lets ranks send finished subtrees: blocks of 2^k leaves, folded apart, are the leaves of the same tree.
TEST(FoldTree, MayBeFoldedInAlignedBlocks) {
  for (std::size_t n = 1; n <= 70; ++n) {
    for (const std::size_t block : {1U, 2U, 4U, 8U, 16U, 64U}) {
      const auto leaves = names(n);
      std::vector<std::string> subtrees;
      for (std::size_t from = 0; from < n; from += block) {
        const auto first = leaves.begin() + static_cast<std::ptrdiff_t>(from);
        const auto last = leaves.begin() + static_cast<std::ptrdiff_t>(std::min(n, from + block));
        subtrees.push_back(fold_tree(std::vector<std::string>(first, last), join));
      }
      EXPECT_EQ(fold_tree(subtrees, join), fold_tree(leaves, join)) << n << " in blocks of " << block;
    }
  }
}

std::vector<double> numbers(std::size_t n) {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(n)});
  std::vector<double> x(n);
  for (double& value : x) value = rng.uniform() - 0.5;
  return x;
}

// The sum that a reduction over `ranks` processes makes: each its own slice, then the ranks' sums.
double rank_shaped_sum(const std::vector<double>& x, std::size_t ranks) {
  double total = 0;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    double own = 0;
    for (std::size_t i = x.size() * rank / ranks; i < x.size() * (rank + 1) / ranks; ++i) own += x[i];
    total += own;
  }
  return total;
}

// Control: with as many items, a sum shaped by the number of ranks has other bits for other numbers of ranks.
TEST(FoldTree, DiffersFromSumsShapedByRanks) {
  const auto x = numbers(64);
  std::set<std::uint64_t> by_ranks;
  for (const std::size_t ranks : {1U, 2U, 3U, 4U, 6U, 8U}) {
    by_ranks.insert(std::bit_cast<std::uint64_t>(rank_shaped_sum(x, ranks)));
  }
  EXPECT_GT(by_ranks.size(), 1U);
}

TEST(FoldTreeDeathTest, WithoutLeavesIsABug) {
  EXPECT_EXIT((void)fold_tree(std::vector<int>{}, [](int a, int) { return a; }), testing::ExitedWithCode(1),
              "requirement");
}

}  // namespace
}  // namespace dovetail
