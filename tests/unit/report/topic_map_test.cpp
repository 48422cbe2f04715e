// Distances between topics, and classical scaling, in closed form.
#include "dovetail/report/topic_map.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "dovetail/core/rng.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::report {
namespace {

/// H((p + q)/2) - (H(p) + H(q))/2 over all words.
double directly(const std::vector<double>& p, const std::vector<double>& q) {
  double sum = 0;
  for (std::size_t w = 0; w < p.size(); ++w) {
    const double m = (p[w] + q[w]) / 2;
    sum += p[w] * std::log(p[w] / m) / 2 + q[w] * std::log(q[w] / m) / 2;
  }
  return sum;
}

std::vector<double> dense(const WordCounts& law) {
  std::vector<double> p(law.words, law.beta);
  for (const auto& [word, count] : law.counts) p[word] += count;
  double sum = 0;
  for (const double v : p) sum += v;
  for (double& v : p) v /= sum;
  return p;
}

TEST(JensenShannon, IsThatOfTheDenseLaws) {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(1)});
  for (int repeat = 0; repeat < 20; ++repeat) {
    std::array<WordCounts, 2> laws;
    for (WordCounts& law : laws) {
      law.words = 50;
      law.beta = 0.01 + rng.uniform();
      for (std::uint32_t w = 0; w < 50; ++w) {
        const auto count = static_cast<std::uint32_t>(20 * rng.uniform());
        if (count > 0 && rng.uniform() < 0.3) law.counts.emplace_back(w, count);
      }
    }
    EXPECT_NEAR(jensen_shannon(laws[0], laws[1]), directly(dense(laws[0]), dense(laws[1])), 1e-13);
    EXPECT_NEAR(jensen_shannon(laws[0], laws[1]), jensen_shannon(laws[1], laws[0]), 1e-13);
  }
}

TEST(JensenShannon, IsZeroForEqualLawsAndLogTwoForDisjointOnes) {
  const WordCounts even{{{0, 1000}, {2, 1000}}, 1e-12, 4};
  const WordCounts odd{{{1, 500}, {3, 500}}, 1e-12, 4};
  EXPECT_NEAR(jensen_shannon(even, even), 0, 1e-15);
  EXPECT_NEAR(jensen_shannon(even, odd), std::log(2), 1e-9);
}

std::vector<double> squared_distances(const std::vector<std::array<double, 3>>& points) {
  std::vector<double> squares;
  for (const auto& a : points) {
    for (const auto& b : points) {
      double sum = 0;
      for (std::size_t k = 0; k < 3; ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
      squares.push_back(sum);
    }
  }
  return squares;
}

TEST(ClassicalScaling, KeepsTheDistancesOfPointsOfAPlane) {
  const std::vector<std::array<double, 3>> points{{0, 0, 0}, {3, 0, 0}, {0, 4, 0}, {-1, 2, 0}, {5, 5, 0}};
  const auto squares = squared_distances(points);
  const Plane plane = classical_scaling(squares, points.size());
  EXPECT_NEAR(plane.kept, 1, 1e-12);
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t j = 0; j < points.size(); ++j) {
      const double dx = plane.x[i] - plane.x[j];
      const double dy = plane.y[i] - plane.y[j];
      EXPECT_NEAR(dx * dx + dy * dy, squares[i * points.size() + j], 1e-10);
    }
  }
}

// Corners of a box with sides 2a, 2b, 2c: eigenvalues 8a^2, 8b^2, 8c^2.
TEST(ClassicalScaling, DropsTheShortestSideOfABox) {
  constexpr double kA = 3, kB = 2, kC = 1;
  std::vector<std::array<double, 3>> corners;
  for (const double x : {-kA, kA}) {
    for (const double y : {-kB, kB}) {
      for (const double z : {-kC, kC}) corners.push_back({x, y, z});
    }
  }
  const Plane plane = classical_scaling(squared_distances(corners), corners.size());
  EXPECT_NEAR(plane.kept, (kA * kA + kB * kB) / (kA * kA + kB * kB + kC * kC), 1e-12);
  for (std::size_t i = 0; i < corners.size(); ++i) {
    EXPECT_NEAR(std::fabs(plane.x[i]), kA, 1e-10);
    EXPECT_NEAR(std::fabs(plane.y[i]), kB, 1e-10);
  }
}

TEST(ClassicalScaling, PutsOnePointAndEqualPointsAtTheOrigin) {
  EXPECT_EQ(classical_scaling(std::vector<double>{0}, 1).x, std::vector<double>{0});
  const Plane same = classical_scaling(std::vector<double>(9, 0.0), 3);
  EXPECT_EQ(same.x, (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(same.y, (std::vector<double>{0, 0, 0}));
}

}  // namespace
}  // namespace dovetail::report
