// The data of m4b are those that its recipe says.
#include "tests/support/m4b.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace dovetail {
namespace {

TEST(M4b, IsTheDataSetOfItsRecipe) {
  const Table table = test::m4b_table();
  ASSERT_EQ(table.rows, 1280U);
  ASSERT_EQ(table.columns.size(), 18U);
  double sum = 0;
  double squares = 0;
  for (std::size_t c = 2; c < table.columns.size(); ++c) {
    for (const double x : table.columns[c].numbers) {
      sum += x;
      squares += x * x;
    }
  }
  EXPECT_NEAR(sum, -14108.904217, 1e-5);
  EXPECT_NEAR(squares, 1889230.0202, 1e-3);
  const auto& y = table.columns[1].numbers;
  EXPECT_EQ(std::accumulate(y.begin(), y.end(), 0.0), 804);
  const std::vector<double> first = {8, 10, 17, 11, 18, 11, 15, 7};
  for (std::size_t j = 0; j < first.size(); ++j) {
    const auto from = y.begin() + static_cast<std::ptrdiff_t>(j * test::kM4bRows);
    EXPECT_EQ(std::accumulate(from, from + test::kM4bRows, 0.0), first[j]) << j;
  }
  const std::vector<double> truth = test::m4b_truth();
  const std::vector<double> known = {1.5, .4, .68462253, -.35181441, .10552987, -1.40558064};
  for (std::size_t i = 0; i < known.size(); ++i) EXPECT_NEAR(truth[i], known[i], 1e-8) << i;
}

}  // namespace
}  // namespace dovetail
