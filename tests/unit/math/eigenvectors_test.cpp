// Eigenvectors of small symmetric matrices: they rebuild the matrix, in order and with a fixed sign.
#include "dovetail/math/eigenvectors.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "dovetail/math/distributions.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::math {
namespace {

/// B B^T scaled row by row over `decades` powers of ten.
std::vector<double> covariance(std::size_t d, double decades, std::uint64_t index) {
  Rng rng({test::seed_from_name(index), Purpose::test, ItemId(0), Step(d)});
  std::vector<double> b(d * d), a(d * d);
  draw_normals(rng, b);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < d; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < d; ++k) sum += b[i * d + k] * b[j * d + k];
      const double share = d == 1 ? 0 : decades / static_cast<double>(d - 1);
      a[i * d + j] = sum * std::pow(10, share * static_cast<double>(i)) * std::pow(10, share * static_cast<double>(j));
    }
  }
  return a;
}

TEST(Eigenvectors, RebuildTheMatrix) {
  for (const std::size_t d : {1U, 2U, 5U, 20U, 50U}) {
    for (const double decades : {0.0, 3.0}) {
      const auto a = covariance(d, decades, 0);
      const auto found = eigenvectors(a, d);
      ASSERT_TRUE(found);
      const auto& [values, v] = *found;
      const double n = static_cast<double>(d);
      for (std::size_t i = 0; i < d; ++i) {
        for (std::size_t j = 0; j < d; ++j) {
          double sum = 0, dot = 0;
          for (std::size_t k = 0; k < d; ++k) {
            sum += values[k] * v[k * d + i] * v[k * d + j];
            dot += v[i * d + k] * v[j * d + k];
          }
          ASSERT_NEAR(sum, a[i * d + j], 40 * n * 0x1p-52 * values[0]);
          ASSERT_NEAR(dot, i == j ? 1 : 0, 40 * n * 0x1p-52);
        }
      }
    }
  }
}

TEST(Eigenvectors, ComeInOrderWithAFixedSign) {
  const auto found = eigenvectors(covariance(7, 1, 1), 7);
  ASSERT_TRUE(found);
  for (std::size_t j = 0; j < 7; ++j) {
    EXPECT_TRUE(j == 0 || found->values[j - 1] >= found->values[j]);
    double largest = 0;
    for (std::size_t i = 0; i < 7; ++i) {
      const double v = found->vectors[j * 7 + i];
      if (std::fabs(v) > std::fabs(largest)) largest = v;
    }
    EXPECT_GT(largest, 0);
  }
}

TEST(Eigenvectors, KnownCases) {
  const auto diagonal = eigenvectors(std::vector<double>{1, 0, 0, 4}, 2);
  ASSERT_TRUE(diagonal);
  EXPECT_EQ(diagonal->values, (std::vector<double>{4, 1}));
  EXPECT_EQ(diagonal->vectors, (std::vector<double>{0, 1, 1, 0}));
  const auto zero = eigenvectors(std::vector<double>(4), 2);
  ASSERT_TRUE(zero);
  EXPECT_EQ(zero->values, (std::vector<double>{0, 0}));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(eigenvectors(std::vector<double>{1, nan, nan, 1}, 2));
}

}  // namespace
}  // namespace dovetail::math
