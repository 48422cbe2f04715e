// Factors, solutions and determinants of integer matrices, where every number is exact, and backward errors elsewhere.
#include "dovetail/math/linear_algebra.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/sums.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::math {
namespace {

using Numbers = std::vector<double>;

// A lower triangular matrix of small integers: its products and sums are exact in any order.
Numbers integer_factor(std::size_t d, std::uint64_t index) {
  Rng rng({test::seed_from_name(index), Purpose::test, ItemId(0), Step(d)});
  Numbers l(d * d);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < i; ++j) l[i * d + j] = static_cast<double>(draw_integer(rng, -3, 3));
    l[i * d + i] = std::ldexp(1, static_cast<int>(draw_integer(rng, 0, 2)));
  }
  return l;
}

Numbers times_transpose(const Numbers& l, std::size_t d) {
  Numbers a(d * d);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < d; ++j) {
      for (std::size_t k = 0; k < d; ++k) a[i * d + j] += l[i * d + k] * l[j * d + k];
    }
  }
  return a;
}

Numbers times(const Numbers& a, const Numbers& x) {
  Numbers y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < x.size(); ++j) y[i] += a[i * x.size() + j] * x[j];
  }
  return y;
}

Numbers integers(std::size_t d) {
  Numbers x(d);
  for (std::size_t i = 0; i < d; ++i) x[i] = static_cast<double>(i % 5) - 2;
  return x;
}

class LinearAlgebra : public testing::TestWithParam<std::size_t> {};

TEST_P(LinearAlgebra, FindsAnIntegerFactorExactly) {
  const std::size_t d = GetParam();
  const Numbers l = integer_factor(d, 0);
  EXPECT_EQ(cholesky(times_transpose(l, d), d), l);
}

TEST_P(LinearAlgebra, ReadsTheLowerTriangleOnly) {
  const std::size_t d = GetParam();
  const Numbers l = integer_factor(d, 0);
  Numbers a = times_transpose(l, d);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = i + 1; j < d; ++j) a[i * d + j] = std::numeric_limits<double>::quiet_NaN();
  }
  EXPECT_EQ(cholesky(a, d), l);
}

TEST_P(LinearAlgebra, SolvesAndMultipliesIntegersExactly) {
  const std::size_t d = GetParam();
  const Numbers l = integer_factor(d, 1);
  const Numbers x = integers(d);
  Numbers y(d);
  multiply_lower(l, x, y);
  EXPECT_EQ(y, times(l, x));
  Numbers z = x;
  multiply_lower(l, z, z);
  EXPECT_EQ(z, y);
  solve_lower(l, y);
  EXPECT_EQ(y, x);
  Numbers b = times(times_transpose(l, d), x);
  solve_factored(l, b);
  EXPECT_EQ(b, x);
}

TEST_P(LinearAlgebra, TransposesAndMultipliesIntegersExactly) {
  const std::size_t d = GetParam();
  const std::size_t columns = d + 3;
  Numbers a(d * columns);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<double>(i * i % 13) - 6;
  const Numbers t = transpose(a, d, columns);
  Numbers product(d * d);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t k = 0; k < columns; ++k) EXPECT_EQ(t[k * d + i], a[i * columns + k]);
    for (std::size_t j = 0; j < d; ++j) {
      for (std::size_t k = 0; k < columns; ++k) product[i * d + j] += a[i * columns + k] * a[j * columns + k];
    }
  }
  EXPECT_EQ(gram(a, d, columns), product);

  const Numbers l = integer_factor(d, 3);
  const Numbers r = integer_factor(d, 4);
  Numbers l_r_transposed;
  for (std::size_t i = 0; i < d; ++i) {
    const Numbers row = times(r, Numbers(l.data() + i * d, l.data() + (i + 1) * d));
    l_r_transposed.insert(l_r_transposed.end(), row.begin(), row.end());
  }
  EXPECT_EQ(multiply_transposed(l, r, d), l_r_transposed);
}

// Whatever the number of rows that are multiplied together: the bits of one dot product per row.
TEST_P(LinearAlgebra, MultipliesByDotProductsOfRows) {
  const std::size_t d = GetParam();
  Rng rng({test::seed_from_name(d), Purpose::test, ItemId(0), Step(0)});
  Numbers l(d * d), x(d), y(d);
  draw_normals(rng, l);
  draw_normals(rng, x);
  multiply_lower(l, x, y);
  for (std::size_t i = 0; i < d; ++i) {
    EXPECT_EQ(y[i], dot(std::span(l).subspan(i * d, i + 1), std::span(x).first(i + 1))) << i;
  }
}

// Stretched and shrunk along x, to half of what would leave it singular.
TEST_P(LinearAlgebra, UpdatesAFactorByOneRank) {
  const std::size_t d = GetParam();
  Rng rng({test::seed_from_name(d), Purpose::test, ItemId(0), Step(0)});
  const Numbers l = integer_factor(d, 5);
  Numbers z(d), x(d);
  draw_normals(rng, z);
  multiply_lower(l, z, x);
  for (const double share : {3.0, 0.0, -0.5}) {
    const double weight = d == 0 ? share : share / sum_of_squares(z);
    Numbers a = times_transpose(l, d);
    for (std::size_t i = 0; i < d; ++i) {
      for (std::size_t j = 0; j < d; ++j) a[i * d + j] += weight * x[i] * x[j];
    }
    const auto updated = cholesky_update(l, x, weight);
    ASSERT_TRUE(updated) << share;
    const Numbers back = times_transpose(*updated, d);
    for (std::size_t i = 0; i < d; ++i) {
      for (std::size_t j = 0; j < d; ++j) {
        EXPECT_NEAR(back[i * d + j], a[i * d + j], 1e-13 * std::sqrt(a[i * (d + 1)] * a[j * (d + 1)])) << share;
        if (j > i) {
          EXPECT_EQ((*updated)[i * d + j], 0) << share;
        }
      }
    }
  }
}

TEST(Cholesky, UpdatesToNothingWhereNoFactorIs) {
  const Numbers l{2, 0, 1, 3};
  EXPECT_FALSE(cholesky_update(l, Numbers{2, 1}, -1));  // L L^T - l_1 l_1^T is singular
  EXPECT_FALSE(cholesky_update(l, Numbers{2, 1}, -2));
  EXPECT_FALSE(cholesky_update(l, Numbers{2, std::numeric_limits<double>::infinity()}, 1));
  EXPECT_FALSE(cholesky_update(l, Numbers{std::numeric_limits<double>::quiet_NaN(), 1}, 1));
}

TEST_P(LinearAlgebra, TheDeterminantIsThatOfTheDiagonal) {
  const std::size_t d = GetParam();
  const Numbers l = integer_factor(d, 2);
  double exponent = 0;
  for (std::size_t i = 0; i < d; ++i) exponent += 2 * std::log2(l[i * d + i]);
  EXPECT_NEAR(log_determinant(l, d), exponent * 0.6931471805599453,
              1e-15 * static_cast<double>(d + 1) * (exponent + 1));
}

// Higham (2002), Accuracy and Stability of Numerical Algorithms, theorem 10.3: |L L^T - A| <= gamma_{d+1} |L| |L^T|.
TEST_P(LinearAlgebra, KeepsTheBackwardErrorBound) {
  const std::size_t d = GetParam();
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(d)});
  Numbers rows(d * d);
  draw_normals(rng, rows);
  const Numbers a = times_transpose(rows, d);
  const auto l = cholesky(a, d);
  ASSERT_TRUE(l);
  const double unit = 0x1p-53 * static_cast<double>(d + 2);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      long double residual = -static_cast<long double>(a[i * d + j]);
      double size = 0;
      for (std::size_t k = 0; k <= j; ++k) {
        residual += static_cast<long double>((*l)[i * d + k]) * (*l)[j * d + k];
        size += std::fabs((*l)[i * d + k] * (*l)[j * d + k]);
      }
      EXPECT_LE(std::fabs(static_cast<double>(residual)), unit * size) << i << ", " << j;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, LinearAlgebra, testing::Values(0, 1, 2, 3, 8, 9, 17, 40));

TEST(Cholesky, IsEmptyWhenTheMatrixIsNotPositiveDefinite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  for (const Numbers& a : std::vector<Numbers>{{1, 1, 1, 1},
                                               {1, 2, 2, 1},
                                               {0, 0, 0, 1},
                                               {-1, 0, 0, 1},
                                               {1, 0, 0, -1},
                                               {nan, 0, 0, 1},
                                               {1, 0, nan, 1},
                                               {1, 0, 0, nan},
                                               {inf, 0, 0, 1},
                                               {1, 0, inf, 1},
                                               {1, 0, 0, inf}}) {
    EXPECT_FALSE(cholesky(a, 2));
  }
}

// Hilbert's matrix has determinant 1 / 2160 for d = 3 and integer inverses.
TEST(Cholesky, SolvesHilbertsMatrix) {
  const Numbers hilbert = {1, 1.0 / 2, 1.0 / 3, 1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 3, 1.0 / 4, 1.0 / 5};
  const auto l = cholesky(hilbert, 3);
  ASSERT_TRUE(l);
  EXPECT_NEAR(log_determinant(*l, 3), -std::log(2160), 1e-13);
  Numbers first = {1, 0, 0};
  solve_factored(*l, first);
  // Condition number 524: errors up to a few hundred ulp of the largest element.
  EXPECT_NEAR(first[0], 9, 1e-11);
  EXPECT_NEAR(first[1], -36, 1e-11);
  EXPECT_NEAR(first[2], 30, 1e-11);
}

TEST(LinearAlgebraDeathTest, WrongShapesAreBugs) {
  const auto bug = testing::ExitedWithCode(1);
  Numbers l(4, 1.0);
  Numbers x(3);
  EXPECT_EXIT((void)cholesky(l, 3), bug, "requirement");
  EXPECT_EXIT(solve_lower(l, x), bug, "requirement");
  EXPECT_EXIT(solve_lower_transposed(l, x), bug, "requirement");
  EXPECT_EXIT(multiply_lower(l, x, x), bug, "requirement");
  EXPECT_EXIT((void)cholesky_update(l, x, 1), bug, "requirement");
  EXPECT_EXIT((void)log_determinant(l, 3), bug, "requirement");
  EXPECT_EXIT((void)transpose(l, 2, 3), bug, "requirement");
  EXPECT_EXIT((void)multiply_transposed(l, x, 2), bug, "requirement");
  EXPECT_EXIT((void)gram(l, 3, 2), bug, "requirement");
}

}  // namespace
}  // namespace dovetail::math
