// Streaming moments against two passes, in any cut and merge.
#include "dovetail/adapt/moments.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/fold.hpp"
#include "dovetail/math/distributions.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

using Rows = std::vector<std::vector<double>>;

/// Correlated coordinates with unlike centres and scales; the first one sits far from 0.
Rows sample(std::size_t n) {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  Rows rows;
  for (std::size_t i = 0; i < n; ++i) {
    const double a = math::draw_normal(rng);
    const double b = math::draw_normal(rng);
    rows.push_back({1e6 + a, 3 * a + 0.01 * b, 1e-3 * b});
  }
  return rows;
}

struct TwoPass {
  std::vector<double> mean;
  std::vector<std::vector<double>> covariance;
};

TwoPass two_pass(const Rows& rows) {
  const std::size_t d = rows[0].size();
  const auto n = static_cast<double>(rows.size());
  TwoPass result{std::vector<double>(d), Rows(d, std::vector<double>(d))};
  for (std::size_t i = 0; i < d; ++i) {
    double sum = 0;
    for (const auto& row : rows) sum += row[i] - rows[0][i];
    result.mean[i] = rows[0][i] + sum / n;
  }
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < d; ++j) {
      for (const auto& row : rows) {
        result.covariance[i][j] += (row[i] - result.mean[i]) * (row[j] - result.mean[j]) / (n - 1);
      }
    }
  }
  return result;
}

void expect_equal(const Moments& moments, const Rows& rows) {
  const TwoPass exact = two_pass(rows);
  ASSERT_EQ(moments.count(), rows.size());
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(moments.mean()[i], exact.mean[i], 1e-13 * std::fabs(exact.mean[i]) + 1e-15);
    for (std::size_t j = 0; j < 3; ++j) {
      const double scale = std::sqrt(exact.covariance[i][i] * exact.covariance[j][j]);
      EXPECT_NEAR(moments.covariance(i, j), exact.covariance[i][j], 1e-9 * scale) << i << j;
    }
    EXPECT_EQ(moments.variance(i), moments.covariance(i, i));
  }
}

Moments of(const Rows& rows, std::size_t begin, std::size_t end) {
  Moments moments(Moments::Shape::dense);
  for (std::size_t i = begin; i < end; ++i) moments.add(rows[i]);
  return moments;
}

TEST(Moments, AgreeWithTwoPasses) {
  const Rows rows = sample(1000);
  expect_equal(of(rows, 0, rows.size()), rows);
}

TEST(Moments, MergeToTheSameFiguresHoweverTheDrawsAreCut) {
  const Rows rows = sample(1000);
  for (const std::vector<std::size_t>& cuts :
       std::vector<std::vector<std::size_t>>{{0, 1, 1000}, {0, 0, 500, 1000}, {0, 3, 7, 600, 999, 1000, 1000}}) {
    std::vector<Moments> leaves;
    for (std::size_t k = 0; k + 1 < cuts.size(); ++k) leaves.push_back(of(rows, cuts[k], cuts[k + 1]));
    expect_equal(fold_tree(leaves,
                           [](Moments a, const Moments& b) {
                             a.merge(b);
                             return a;
                           }),
                 rows);
  }
}

TEST(Moments, DiagonalShapeGivesTheSameVariances) {
  const Rows rows = sample(100);
  Moments diagonal;
  for (const auto& row : rows) diagonal.add(row);
  const Moments dense = of(rows, 0, rows.size());
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(diagonal.variance(i), dense.variance(i));
}

TEST(Moments, BelowTwoDrawsThereIsNoVariance) {
  Moments moments;
  EXPECT_EQ(moments.count(), 0U);
  moments.add(std::vector<double>{2, 5});
  EXPECT_EQ(moments.mean()[1], 5);
  EXPECT_EQ(moments.variance(1), 0);
}

TEST(Moments, SurviveTheCodec) {
  const Rows rows = sample(10);
  const Moments moments = of(rows, 0, rows.size());
  EXPECT_EQ(pack(unpack<Moments>(pack(moments))), pack(moments));
}

}  // namespace
}  // namespace dovetail
