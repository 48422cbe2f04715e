// Eigen-decompositions against closed forms, and their backward error on matrices that are hard in one way or another.
#include "dovetail/math/symmetric_eigen.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/distributions.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/math/table_hash.hpp"

namespace dovetail::math {
namespace {

using Numbers = std::vector<double>;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Numbers random_symmetric(Rng& rng, std::size_t d) {
  Numbers a(d * d);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j <= i; ++j) a[i * d + j] = a[j * d + i] = draw_normal(rng);
  }
  return a;
}

Numbers diagonal_matrix(const Numbers& values) {
  Numbers a(values.size() * values.size());
  for (std::size_t i = 0; i < values.size(); ++i) a[i * values.size() + i] = values[i];
  return a;
}

// A matrix with these eigenvalues, to rounding: three random reflections from both sides.
Numbers with_values(Rng& rng, const Numbers& values) {
  const std::size_t d = values.size();
  Numbers a = diagonal_matrix(values);
  Numbers v(d);
  for (int reflection = 0; reflection < 3; ++reflection) {
    draw_normals(rng, v);
    double squares = 0;
    for (const double x : v) squares += x * x;
    for (const bool columns : {false, true}) {
      for (std::size_t i = 0; i < d; ++i) {
        double along = 0;
        for (std::size_t j = 0; j < d; ++j) along += (columns ? a[j * d + i] : a[i * d + j]) * v[j];
        for (std::size_t j = 0; j < d; ++j) (columns ? a[j * d + i] : a[i * d + j]) -= 2 * along / squares * v[j];
      }
    }
  }
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < i; ++j) a[j * d + i] = a[i * d + j];
  }
  return a;
}

Numbers values_by(std::size_t d, const std::function<double(std::size_t)>& value) {
  Numbers values(d);
  for (std::size_t i = 0; i < d; ++i) values[i] = value(i);
  return values;
}

// |A V^T - V^T D|, |V V^T - I| and |A|, Frobenius norms, in more digits than the decomposition has.
struct Errors {
  double residual;
  double orthogonality;
  double size;
};

Errors errors_of(const Numbers& a, const SymmetricEigen& eigen, std::size_t d) {
  long double residual = 0;
  long double orthogonality = 0;
  long double size = 0;
  for (std::size_t k = 0; k < d; ++k) {
    const double* const v = eigen.vectors.data() + k * d;
    for (std::size_t i = 0; i < d; ++i) {
      long double element = -static_cast<long double>(eigen.values[k]) * v[i];
      long double product = i == k ? -1 : 0;
      for (std::size_t j = 0; j < d; ++j) {
        element += static_cast<long double>(a[i * d + j]) * v[j];
        product += static_cast<long double>(eigen.vectors[i * d + j]) * v[j];
      }
      residual += element * element;
      orthogonality += product * product;
      size += static_cast<long double>(a[i * d + k]) * a[i * d + k];
    }
  }
  return {static_cast<double>(std::sqrt(residual)), static_cast<double>(std::sqrt(orthogonality)),
          static_cast<double>(std::sqrt(size))};
}

// Every row passes through d reflections and about 2 d sweeps of two rotations each, and each of these some 5 d steps
// adds a relative error of a few 2^-53 in a random direction: sqrt(5 d) of them for a row, sqrt(5) d for all rows.
void expect_decomposition(const Numbers& a, std::size_t d) {
  const auto eigen = symmetric_eigen(a, d);
  ASSERT_TRUE(eigen);
  const double unit = 10 * static_cast<double>(d) * 0x1p-53;
  const Errors errors = errors_of(a, *eigen, d);
  EXPECT_LE(errors.residual, unit * errors.size) << "d = " << d;
  EXPECT_LE(errors.orthogonality, unit) << "d = " << d;
  for (std::size_t k = 0; k + 1 < d; ++k) EXPECT_LE(eigen->values[k], eigen->values[k + 1]);
}

constexpr std::size_t kSizeMax = 120;

void expect_decompositions(const std::function<Numbers(Rng&, std::size_t)>& matrix) {
  for (std::size_t d = 1; d <= kSizeMax; ++d) {
    Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(d)});
    expect_decomposition(matrix(rng, d), d);
  }
}

TEST(SymmetricEigen, DecomposesRandomMatrices) { expect_decompositions(random_symmetric); }

TEST(SymmetricEigen, DecomposesClusters) {
  expect_decompositions([](Rng& rng, std::size_t d) {
    return with_values(rng, values_by(d, [](std::size_t i) {
                         return static_cast<double>(i % 3) - 1 + 1e-13 * static_cast<double>(i);
                       }));
  });
}

TEST(SymmetricEigen, DecomposesRepeatedEigenvalues) {
  expect_decompositions([](Rng& rng, std::size_t d) {
    return with_values(rng, values_by(d, [](std::size_t i) { return i % 2 == 0 ? 1 : -3; }));
  });
}

TEST(SymmetricEigen, DecomposesMatricesOfLowRank) {
  expect_decompositions([](Rng& rng, std::size_t d) {
    return with_values(rng, values_by(d, [](std::size_t i) { return i < 3 ? 1 + static_cast<double>(i) : 0; }));
  });
}

TEST(SymmetricEigen, DecomposesEigenvaluesOfManySizes) {
  expect_decompositions([](Rng& rng, std::size_t d) {
    return with_values(rng, values_by(d, [d](std::size_t i) {
                         return std::pow(10, 24 * static_cast<double>(i) / static_cast<double>(d) - 12);
                       }));
  });
}

// Elements from 1e-12 to 1e12, growing down the diagonal, up it, and without an order.
TEST(SymmetricEigen, DecomposesBadlyScaledMatrices) {
  for (const int order : {-1, 0, 1}) {
    expect_decompositions([order](Rng& rng, std::size_t d) {
      Numbers a = random_symmetric(rng, d);
      Numbers scale(d);
      for (std::size_t i = 0; i < d; ++i) {
        const double along = static_cast<double>(i) / static_cast<double>(d) * order;
        scale[i] = std::pow(10, order == 0 ? draw_uniform(rng, -6, 6) : 12 * along - 6 * order);
      }
      for (std::size_t i = 0; i < d; ++i) {
        for (std::size_t j = 0; j < d; ++j) a[i * d + j] *= scale[i] * scale[j];
      }
      return a;
    });
  }
}

TEST(SymmetricEigen, OfADiagonalMatrixIsExact) {
  const Numbers values = {3, -1e12, 0, 1e-12, 2, 3};
  const auto eigen = symmetric_eigen(diagonal_matrix(values), 6);
  ASSERT_TRUE(eigen);
  EXPECT_EQ(eigen->values, (Numbers{-1e12, 0, 1e-12, 2, 3, 3}));
  const std::vector<std::size_t> places = {1, 2, 3, 4, 0, 5};  // of equal values the first comes first
  for (std::size_t k = 0; k < 6; ++k) {
    for (std::size_t j = 0; j < 6; ++j) EXPECT_EQ(eigen->vectors[k * 6 + j], j == places[k] ? 1 : 0);
  }
  const auto zero = symmetric_eigen(Numbers(25), 5);
  ASSERT_TRUE(zero);
  EXPECT_EQ(zero->values, Numbers(5));
}

TEST(SymmetricEigen, OfNothingIsNothing) {
  const auto eigen = symmetric_eigen({}, 0);
  ASSERT_TRUE(eigen);
  EXPECT_TRUE(eigen->values.empty() && eigen->vectors.empty());
}

void expect_near(const Numbers& found, const Numbers& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << i;
}

// Largest elements are positive; of equal ones the first. A few units in the last place of |A| < 6.
TEST(SymmetricEigen, FindsTwoByTwoAndThreeByThree) {
  const double half = std::sqrt(0.5);
  const auto two = symmetric_eigen(Numbers{2, 1, 1, 2}, 2);
  ASSERT_TRUE(two);
  expect_near(two->values, {1, 3}, 2e-15);
  expect_near(two->vectors, {half, -half, half, half}, 2e-15);

  const auto flipped = symmetric_eigen(Numbers{-3, 4, 4, 3}, 2);
  ASSERT_TRUE(flipped);
  expect_near(flipped->values, {-5, 5}, 4e-15);
  expect_near(flipped->vectors, {2 / std::sqrt(5), -1 / std::sqrt(5), 1 / std::sqrt(5), 2 / std::sqrt(5)}, 2e-15);

  const auto three = symmetric_eigen(Numbers{2, -1, 0, -1, 2, -1, 0, -1, 2}, 3);
  ASSERT_TRUE(three);
  expect_near(three->values, {2 - std::sqrt(2), 2, 2 + std::sqrt(2)}, 4e-15);
  expect_near({three->vectors.begin(), three->vectors.begin() + 3}, {0.5, half, 0.5}, 4e-15);
  expect_near({three->vectors.begin() + 6, three->vectors.end()}, {-0.5, half, -0.5}, 4e-15);
}

// The second difference on d points: eigenvalues 2 - 2 cos(k pi / (d + 1)). Eigenvalues move no further than the
// matrix (Weyl), so the bound is that of the residual.
TEST(SymmetricEigen, FindsTheEigenvaluesOfTheSecondDifference) {
  for (const std::size_t d : {5U, 50U, 120U}) {
    Numbers a(d * d);
    for (std::size_t i = 0; i < d; ++i) {
      a[i * d + i] = 2;
      if (i > 0) a[i * d + i - 1] = a[(i - 1) * d + i] = -1;
    }
    const auto eigen = symmetric_eigen(a, d);
    ASSERT_TRUE(eigen);
    const auto n = static_cast<double>(d);
    for (std::size_t k = 0; k < d; ++k) {
      const double exact = 2 - 2 * std::cos(static_cast<double>(k + 1) * std::numbers::pi / (n + 1));
      EXPECT_NEAR(eigen->values[k], exact, 10 * n * 0x1p-53 * std::sqrt(6 * n));
    }
  }
}

TEST(SymmetricEigen, ReadsTheLowerTriangleOnly) {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  const Numbers a = random_symmetric(rng, 9);
  Numbers lower = a;
  for (std::size_t i = 0; i < 9; ++i) {
    for (std::size_t j = i + 1; j < 9; ++j) lower[i * 9 + j] = kNan;
  }
  const auto eigen = symmetric_eigen(lower, 9);
  ASSERT_TRUE(eigen);
  EXPECT_EQ(eigen->values, symmetric_eigen(a, 9)->values);
  EXPECT_EQ(eigen->vectors, symmetric_eigen(a, 9)->vectors);
}

TEST(SymmetricEigen, APowerOfTwoChangesNoBit) {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  const Numbers a = random_symmetric(rng, 12);
  const auto eigen = symmetric_eigen(a, 12);
  ASSERT_TRUE(eigen);
  for (const int exponent : {-900, 900}) {
    Numbers b = a;
    for (double& x : b) x = std::ldexp(x, exponent);
    const auto scaled = symmetric_eigen(b, 12);
    ASSERT_TRUE(scaled);
    EXPECT_EQ(scaled->vectors, eigen->vectors);
    for (std::size_t k = 0; k < 12; ++k) EXPECT_EQ(scaled->values[k], std::ldexp(eigen->values[k], exponent));
  }
}

TEST(SymmetricEigen, EveryRowHasAPositiveLargestElement) {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  const auto eigen = symmetric_eigen(random_symmetric(rng, 30), 30);
  ASSERT_TRUE(eigen);
  for (std::size_t k = 0; k < 30; ++k) {
    double largest = 0;
    for (std::size_t j = 0; j < 30; ++j) {
      const double element = eigen->vectors[k * 30 + j];
      if (std::fabs(element) > std::fabs(largest)) largest = element;
    }
    EXPECT_GT(largest, 0);
  }
}

TEST(SymmetricEigen, IsEmptyForWhatIsNotFinite) {
  for (const double bad : {kNan, kInf, -kInf}) {
    for (const std::size_t place : {0U, 3U, 4U, 7U, 8U}) {
      Numbers a = {1, 0, 0, 2, 3, 0, 4, 5, 6};
      a[place] = bad;
      EXPECT_FALSE(symmetric_eigen(a, 3)) << place;
    }
  }
  const double huge = std::numeric_limits<double>::max();
  EXPECT_FALSE(symmetric_eigen(Numbers{huge, huge, huge, huge}, 2));
  EXPECT_TRUE(symmetric_eigen(Numbers{huge, 0, 0, huge}, 2));
}

// One order of operations: the bits of a decomposition are part of the contract, on any processor, at any level of
// optimisation.
TEST(SymmetricEigen, ItsBitsAreFixed) {
  constexpr std::size_t d = 43;
  Numbers a(d * d);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j <= i; ++j) a[i * d + j] = static_cast<double>((i * i + 7 * j) % 101) - 50;
  }
  const auto eigen = symmetric_eigen(a, d);
  ASSERT_TRUE(eigen);
  test::Fnv hash;
  for (const double value : eigen->values) hash(value);
  for (const double element : eigen->vectors) hash(element);
  EXPECT_EQ(hash.state(), 1711408640382311245U);
}

TEST(SymmetricEigenDeathTest, WrongShapesAreBugs) {
  EXPECT_EXIT((void)symmetric_eigen(Numbers(4), 3), testing::ExitedWithCode(1), "requirement");
}

}  // namespace
}  // namespace dovetail::math
