// Metrics from moments: closed forms on designs whose moments are exact, the rule as published on random draws, and
// every way in which draws can be unfit.
#include "dovetail/adapt/metric_estimate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "dovetail/adapt/moments.hpp"
#include "dovetail/core/codec.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/lower_triangle.hpp"
#include "dovetail/math/symmetric_eigen.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

using Numbers = std::vector<double>;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Draws {
  std::size_t n = 0;
  Numbers positions;
  Numbers gradients;

  [[nodiscard]] ChainMoments moments(MetricKind kind) const { return chain_moments(positions, gradients, n, kind); }
};

// An element of A A^T, of two rows whose elements are each within 2^-24, relative to the rows' norms; and as much again
// for the rounding of what it is compared with.
constexpr double kSingle = 0x1p-22;

// A of a dense metric, m x m.
Numbers factor_of(const Metric& metric, std::size_t m) {
  Numbers a(m * m);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      a[i * m + j] = metric.scale[i] * static_cast<double>(metric.factor[math::packed_index(i, j)]);
    }
  }
  return a;
}

// M^{-1} of a metric, m x m.
Numbers inverse_mass(const Metric& metric, std::size_t m) {
  if (metric.kind == MetricKind::dense) {
    const Numbers factor = factor_of(metric, m);
    return math::gram(factor, m, m);
  }
  Numbers a(m * m);
  for (std::size_t i = 0; i < m; ++i) a[i * (m + 1)] = metric.scale[i] * metric.scale[i];
  return a;
}

Metric metric_of(const ChainMoments& moments, MetricRule rule) {
  const MetricEstimate estimate = estimate_metrics({&moments, 1}, rule, Pooling::guarded);
  EXPECT_EQ(estimate.metrics.size(), 1U);
  EXPECT_FALSE(estimate.pooled);
  EXPECT_EQ(estimate.worst_ratio, 0);
  return estimate.of_chain(0);
}

Numbers dense_inverse_mass(const Draws& draws, MetricRule rule) {
  const ChainMoments moments = draws.moments(MetricKind::dense);
  const Metric metric = metric_of(moments, rule);
  EXPECT_EQ(metric.kind, MetricKind::dense);
  return inverse_mass(metric, moments.position_mean.size());
}

// Elements relative to the scales of their coordinates.
void expect_matrix(const Numbers& found, const Numbers& expected, std::size_t m, double tolerance) {
  ASSERT_EQ(found.size(), m * m);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < m; ++j) {
      const double scale = std::sqrt(expected[i * (m + 1)] * expected[j * (m + 1)]);
      EXPECT_NEAR(found[i * m + j], expected[i * m + j], tolerance * scale) << i << ", " << j;
    }
  }
}

// ---- a design of four coordinates with exact moments

constexpr double kHalf = 0.5;
constexpr double kHadamard[4][4] = {{kHalf, kHalf, kHalf, kHalf},
                                    {kHalf, -kHalf, kHalf, -kHalf},
                                    {kHalf, kHalf, -kHalf, -kHalf},
                                    {kHalf, -kHalf, -kHalf, kHalf}};
const Numbers kScales = {1, 10, 0.01, 3};
constexpr std::size_t kRepeats = 25;
constexpr double kDesignDraws = 8 * kRepeats;

// Covariance D V diag(position) V^T D of positions and D^{-1} V diag(gradient) V^T D^{-1} of gradients, V orthogonal
// with elements +-1/2: plus and minus a multiple of every column of V, over and over.
Draws design(const Numbers& position, const Numbers& gradient) {
  Draws draws;
  for (std::size_t repeat = 0; repeat < kRepeats; ++repeat) {
    for (std::size_t k = 0; k < 4; ++k) {
      for (const double sign : {-1.0, 1.0}) {
        const double unit = sign * std::sqrt((kDesignDraws - 1) / (2 * kRepeats));
        for (std::size_t i = 0; i < 4; ++i) {
          draws.positions.push_back(100 + kScales[i] * unit * std::sqrt(position[k]) * kHadamard[i][k]);
          draws.gradients.push_back(-unit / kScales[i] * std::sqrt(gradient[k]) * kHadamard[i][k]);
        }
        ++draws.n;
      }
    }
  }
  return draws;
}

Numbers design_matrix(const Numbers& values) {
  Numbers a(16);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) {
      for (std::size_t k = 0; k < 4; ++k) {
        a[i * 4 + j] += kScales[i] * kScales[j] * values[k] * kHadamard[i][k] * kHadamard[j][k];
      }
    }
  }
  return a;
}

// The rule of docs/maths/warm-up.md sections 3 and 4 on the design, where all matrices share their eigenvectors.
struct DesignRule {
  double s;         // of the unscaled coordinates
  Numbers a;        // covariance / s
  Numbers g;        // G
  Numbers c;        // a / G
  double lambda;    // before limits
  double shrunken;  // within limits

  DesignRule(const Numbers& position, const Numbers& gradient) {
    double trace_position = 0;
    double trace_gradient = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      trace_position += position[k];
      trace_gradient += gradient[k];
    }
    s = std::sqrt(trace_position / trace_gradient);
    double trace = 0;
    double squares = 0;
    double distance = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      a.push_back(position[k] / s);
      const double b = gradient[k] * s;
      g.push_back(std::sqrt(((kDesignDraws - 1) * a[k] + 5) / ((kDesignDraws - 1) * b + 5)));
      c.push_back(a[k] / g[k]);
      trace += c[k];
      squares += c[k] * c[k];
      distance += (c[k] - 1) * (c[k] - 1);
    }
    const double n = kDesignDraws / 2;
    lambda = (trace * trace + squares) / n / distance;
    shrunken = std::min(1.0, std::max(lambda, 5 / (n + 5)));
  }

  [[nodiscard]] Numbers fisher() const {
    Numbers values;
    for (const double x : g) values.push_back(s * x);
    return design_matrix(values);
  }
  [[nodiscard]] Numbers last() const {
    Numbers values;
    for (std::size_t k = 0; k < 4; ++k) values.push_back(s * ((1 - shrunken) * a[k] + shrunken * g[k]));
    return design_matrix(values);
  }
};

// Rounding: positions lie at 100 with deviations of 0.01, so 2^-53 * 1e4 in a deviation, twice that in a product; and
// the factor's.
constexpr double kDesignTolerance = 1e-11 + kSingle;

TEST(FisherMetric, OfAGaussianIsItsCovarianceUpToTheFivePriorDraws) {
  const Numbers values = {0.5, 1, 2, 8};
  const Numbers precisions = {2, 1, 0.5, 0.125};
  const Draws draws = design(values, precisions);
  const DesignRule rule(values, precisions);
  expect_matrix(dense_inverse_mass(draws, MetricRule::fisher), rule.fisher(), 4, kDesignTolerance);
  // To first order the eigenvalue c of the scaled covariance is off by the factor 1 + delta (1/c - c) / 2.
  const double delta = 5 / (kDesignDraws + 4);
  for (std::size_t k = 0; k < 4; ++k) {
    const double c = rule.a[k];
    EXPECT_NEAR(rule.g[k] / c, 1 + delta * (1 / c - c) / 2, 10 * delta * delta);
  }
  EXPECT_GT(rule.lambda, 1);  // draws and gradients agree: nothing is taken from the covariance
  expect_matrix(dense_inverse_mass(draws, MetricRule::fisher_last), rule.last(), 4, kDesignTolerance);
}

TEST(FisherMetric, MovesTowardsTheCovarianceWhereGradientsDisagree) {
  const Numbers values = {1, 4, 9, 16};
  const Numbers others = {1, 1, 1, 1};
  const Draws draws = design(values, others);
  const DesignRule rule(values, others);
  EXPECT_GT(rule.lambda, 5 / (kDesignDraws / 2 + 5));
  EXPECT_LT(rule.lambda, 1);
  expect_matrix(dense_inverse_mass(draws, MetricRule::fisher), rule.fisher(), 4, kDesignTolerance);
  expect_matrix(dense_inverse_mass(draws, MetricRule::fisher_last), rule.last(), 4, kDesignTolerance);
}

TEST(FisherMetric, NeverLeavesTheGradientsAltogether) {
  const Numbers values = {1, 1, 1, 1e4};
  const Numbers others = {1, 1, 1, 1};
  const DesignRule rule(values, others);
  EXPECT_LT(rule.lambda, 5 / (kDesignDraws / 2 + 5));
  expect_matrix(dense_inverse_mass(design(values, others), MetricRule::fisher_last), rule.last(), 4, kDesignTolerance);
}

// ---- random draws

// Rows L z + 3 with gradients -(L L^T)^{-1} (L z), L lower triangular with a diagonal near 1.
Draws gaussian(std::size_t n, std::size_t m, Numbers& covariance) {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  Numbers l(m * m);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < i; ++j) l[i * m + j] = 0.4 * math::draw_normal(rng);
    l[i * (m + 1)] = math::draw_uniform(rng, 0.7, 1.3);
  }
  covariance = math::gram(l, m, m);
  Draws draws;
  draws.n = n;
  Numbers z(m);
  for (std::size_t i = 0; i < n; ++i) {
    math::draw_normals(rng, z);
    Numbers x(m);
    math::multiply_lower(l, z, x);
    math::solve_lower_transposed(l, z);
    for (std::size_t j = 0; j < m; ++j) {
      draws.positions.push_back(3 + x[j]);
      draws.gradients.push_back(-z[j]);
    }
  }
  return draws;
}

Numbers function_of(const Numbers& a, std::size_t m, const std::function<double(double)>& f) {
  const auto eigen = math::symmetric_eigen(a, m);
  EXPECT_TRUE(eigen);
  Numbers result(m * m);
  for (std::size_t k = 0; k < m; ++k) {
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t j = 0; j < m; ++j) {
        result[i * m + j] += f(eigen->values[k]) * eigen->vectors[k * m + i] * eigen->vectors[k * m + j];
      }
    }
  }
  return result;
}

Numbers power(const Numbers& a, std::size_t m, double exponent) {
  return function_of(a, m, [exponent](double x) { return std::pow(x, exponent); });
}

Numbers times(const Numbers& a, const Numbers& b, std::size_t m) {
  return math::multiply_transposed(a, math::transpose(b, m, m), m);
}

double norm(const Numbers& a) {
  double squares = 0;
  for (const double x : a) squares += x * x;
  return std::sqrt(squares);
}

// With c = 0 the metric would be the covariance C exactly. In coordinates where C is I, and K the moments of the draws,
// the first-order change H solves H K + K H = delta (C^{-1} - C): |H| <= delta |C^{-1} - C| / (2 min eigenvalue of K).
TEST(FisherMetric, OfGaussianDrawsIsFarNearerThanTheirCovariance) {
  constexpr std::size_t m = 6;
  constexpr std::size_t n = 1000;
  Numbers covariance;
  const Draws draws = gaussian(n, m, covariance);
  const ChainMoments moments = draws.moments(MetricKind::dense);
  const Numbers found = dense_inverse_mass(draws, MetricRule::fisher);

  Numbers scaled = covariance;  // C in the coordinates of the regularisation
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < m; ++j) {
      const double s2 = moments.position_squares[i * (m + 1)] / moments.gradient_squares[i * (m + 1)] *
                        moments.position_squares[j * (m + 1)] / moments.gradient_squares[j * (m + 1)];
      scaled[i * m + j] /= std::pow(s2, 0.25);
    }
  }
  const Numbers whitener = power(covariance, m, -0.5);
  Numbers of_draws = times(times(whitener, moments.position_squares, m), whitener, m);
  for (double& x : of_draws) x /= n - 1;
  Numbers change = times(times(whitener, found, m), whitener, m);
  Numbers error_of_draws = of_draws;
  for (std::size_t i = 0; i < m; ++i) change[i * (m + 1)] -= 1;
  for (std::size_t i = 0; i < m; ++i) error_of_draws[i * (m + 1)] -= 1;

  const double delta = 5.0 / (n + 4);
  const double drive = delta * norm(function_of(scaled, m, [](double x) { return 1 / x - x; }));
  const double bound = drive / (2 * math::symmetric_eigen(of_draws, m)->values[0]);
  EXPECT_LE(norm(change), bound * (1 + 2 * bound));  // second order
  EXPECT_LT(bound, 0.05);
  EXPECT_GT(norm(error_of_draws), 0.1);  // sqrt(m (m + 1) / n) = 0.2 is expected
}

// For independent coordinates positions and gradients, once scaled, are the same numbers but for their sign: G = I.
TEST(FisherMetric, OfIndependentCoordinatesHasNoNoiseHoweverFewDraws) {
  constexpr std::size_t m = 40;
  constexpr std::size_t n = 5;
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  Draws draws;
  draws.n = n;
  Numbers variances(m * m);
  for (std::size_t i = 0; i < m; ++i) variances[i * (m + 1)] = std::pow(10, math::draw_uniform(rng, -6, 6));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < m; ++j) {
      const double z = math::draw_normal(rng);
      const double sd = std::sqrt(variances[j * (m + 1)]);
      draws.positions.push_back(sd * z);
      draws.gradients.push_back(-z / sd);
    }
  }
  expect_matrix(dense_inverse_mass(draws, MetricRule::fisher), variances, m, 1e-13);
  const Metric diagonal = metric_of(draws.moments(MetricKind::diagonal), MetricRule::fisher);
  EXPECT_EQ(diagonal.kind, MetricKind::diagonal);
  expect_matrix(inverse_mass(diagonal, m), variances, m, 1e-14);
}

// Draws whose gradients are not those of a Gaussian: the rule, written down with symmetric roots.
Draws bent(std::size_t n, std::size_t m, std::uint64_t index, double shift) {
  Rng rng({test::seed_from_name(index), Purpose::test, ItemId(0), Step(0)});
  Draws draws;
  draws.n = n;
  for (std::size_t i = 0; i < n; ++i) {
    double common = math::draw_normal(rng);
    for (std::size_t j = 0; j < m; ++j) {
      const double x = math::draw_normal(rng) + common;
      draws.positions.push_back(shift + std::ldexp(x, static_cast<int>(j)));
      draws.gradients.push_back(std::ldexp(x * x - common - x + math::draw_normal(rng), -static_cast<int>(j)));
      common = 0.5 * x;
    }
  }
  return draws;
}

struct Recipe {
  Numbers fisher;
  Numbers last;
  double lambda;
};

Recipe recipe(const Draws& draws, std::size_t m) {
  const ChainMoments moments = draws.moments(MetricKind::dense);
  const auto n = static_cast<double>(draws.n);
  Numbers root(m);
  for (std::size_t i = 0; i < m; ++i) {
    root[i] = std::pow(moments.position_squares[i * (m + 1)] / moments.gradient_squares[i * (m + 1)], 0.25);
  }
  Numbers x(m * m);
  Numbers a(m * m);
  Numbers b(m * m);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < m; ++j) {
      const std::size_t at = i * m + j;
      const double prior = i == j ? 5 : 0;
      x[at] = moments.position_squares[at] / (root[i] * root[j]) / (n - 1);
      a[at] = (x[at] * (n - 1) + prior) / (n + 4);
      b[at] = (moments.gradient_squares[at] * (root[i] * root[j]) + prior) / (n + 4);
    }
  }
  const Numbers b_root = power(b, m, 0.5);
  const Numbers b_inverse_root = power(b, m, -0.5);
  const Numbers g =
      times(times(b_inverse_root, power(times(times(b_root, a, m), b_root, m), m, 0.5), m), b_inverse_root, m);
  const Numbers g_root = power(g, m, 0.5);
  const Numbers g_inverse_root = power(g, m, -0.5);
  Numbers c = times(times(g_inverse_root, x, m), g_inverse_root, m);
  double noise = 0;
  double distance = 0;
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < m; ++j) {
      noise += (c[i * (m + 1)] * c[j * (m + 1)] + c[i * m + j] * c[i * m + j]) / (n / 2);
      distance += std::pow(c[i * m + j] - (i == j ? 1 : 0), 2);
    }
  }
  Recipe result;
  result.lambda = std::clamp(noise / distance, 5 / (n / 2 + 5), 1.0);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < m; ++j) {
      c[i * m + j] = (1 - result.lambda) * c[i * m + j] + (i == j ? result.lambda : 0);
    }
  }
  result.fisher = g;
  result.last = times(times(g_root, c, m), g_root, m);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < m; ++j) {
      result.fisher[i * m + j] *= root[i] * root[j];
      result.last[i * m + j] *= root[i] * root[j];
    }
  }
  return result;
}

// Condition numbers of these A and B stay below 1e3, so six roots and inverses lose some 1e3 m 2^-53.
TEST(FisherMetric, FollowsTheRuleAsWrittenWithSymmetricRoots) {
  for (const std::size_t m : {1U, 2U, 7U, 20U}) {
    for (const std::size_t n : {10U, 400U}) {  // fewer draws than coordinates, and more
      const Draws draws = bent(n, m, m, 5);
      const Recipe expected = recipe(draws, m);
      expect_matrix(dense_inverse_mass(draws, MetricRule::fisher), expected.fisher, m, kSingle);
      expect_matrix(dense_inverse_mass(draws, MetricRule::fisher_last), expected.last, m, kSingle);
    }
  }
  EXPECT_LT(recipe(bent(400, 7, 7, 5), 7).lambda, 1);
}

TEST(FisherMetric, ADiagonalOneIsTheRatioOfDeviations) {
  const Draws draws = bent(30, 3, 0, 1);
  const ChainMoments dense = draws.moments(MetricKind::dense);
  const Metric metric = metric_of(draws.moments(MetricKind::diagonal), MetricRule::fisher);
  ASSERT_EQ(metric.kind, MetricKind::diagonal);
  for (std::size_t i = 0; i < 3; ++i) {
    const double ratio = dense.position_squares[i * 4] / dense.gradient_squares[i * 4];
    EXPECT_DOUBLE_EQ(metric.scale[i], std::sqrt(std::sqrt(ratio)));
  }
  EXPECT_EQ(metric_of(draws.moments(MetricKind::diagonal), MetricRule::fisher_last).scale, metric.scale);
}

// ---- the rule of Stan

TEST(StanMetric, ShrinksVariancesTowardsAThousandth) {
  const ChainMoments moments = chain_moments(Numbers{1, 10, 2, 10, 3, 10, 4, 10}, {}, 4, MetricKind::diagonal);
  const Metric metric = metric_of(moments, MetricRule::stan);
  ASSERT_EQ(metric.kind, MetricKind::diagonal);
  EXPECT_NEAR(metric.scale[0], std::sqrt(4.0 / 9 * 5 / 3 + 1e-3 * 5 / 9), 1e-15);
  EXPECT_NEAR(metric.scale[1], std::sqrt(1e-3 * 5 / 9), 1e-15);
}

TEST(StanMetric, ShrinksTheCovarianceToo) {
  const ChainMoments moments = chain_moments(Numbers{1, 2, 2, 1, 3, 5, 4, 4}, {}, 4, MetricKind::dense);
  const Metric metric = metric_of(moments, MetricRule::stan);
  ASSERT_EQ(metric.kind, MetricKind::dense);
  // sums of squares 5 and 10, of products 5
  const double weight = 4.0 / 9 / 3;
  const double prior = 1e-3 * 5 / 9;
  expect_matrix(inverse_mass(metric, 2), {5 * weight + prior, 5 * weight, 5 * weight, 10 * weight + prior}, 2, kSingle);
}

TEST(StanMetric, OfOneDrawIsThePrior) {
  for (const MetricKind kind : {MetricKind::diagonal, MetricKind::dense}) {
    const Metric metric = metric_of(chain_moments(Numbers{7, 8}, {}, 1, kind), MetricRule::stan);
    EXPECT_EQ(metric.kind, kind);
    expect_matrix(inverse_mass(metric, 2), {1e-3 * 5 / 6, 0, 0, 1e-3 * 5 / 6}, 2, 1e-15);
  }
}

TEST(StanMetric, OfWhatIsNotFiniteCountsAsOne) {
  const ChainMoments moments = chain_moments(Numbers{1, 1e200, 2, -1e200, 3, 0}, {}, 3, MetricKind::dense);
  const Metric metric = metric_of(moments, MetricRule::stan);
  ASSERT_EQ(metric.kind, MetricKind::diagonal);
  EXPECT_NEAR(metric.scale[0], std::sqrt(3.0 / 8 + 1e-3 * 5 / 8), 1e-15);
  EXPECT_EQ(metric.scale[1], 1);
}

TEST(PositionsMetric, IsDenseFromTenDrawsPerCoordinateOn) {
  const Draws draws = bent(20, 2, 0, 1);
  const auto first = [&](std::size_t n) {
    return chain_moments(std::span(draws.positions).first(2 * n), {}, n, MetricKind::dense);
  };
  EXPECT_EQ(metric_of(first(19), MetricRule::positions).kind, MetricKind::diagonal);
  const Metric dense = metric_of(first(20), MetricRule::positions);
  EXPECT_EQ(dense.kind, MetricKind::dense);
  EXPECT_EQ(dense.factor, metric_of(first(20), MetricRule::stan).factor);
  const ChainMoments diagonal = chain_moments(std::span(draws.positions).first(38), {}, 19, MetricKind::diagonal);
  EXPECT_EQ(metric_of(first(19), MetricRule::positions).scale, metric_of(diagonal, MetricRule::stan).scale);
}

// ---- moments and pooling

TEST(ChainMoments, AreThoseOfAStream) {
  const Draws draws = bent(50, 3, 0, 1e3);
  const ChainMoments dense = draws.moments(MetricKind::dense);
  const ChainMoments diagonal = draws.moments(MetricKind::diagonal);
  Moments positions(Moments::Shape::dense);
  Moments gradients(Moments::Shape::dense);
  for (std::size_t i = 0; i < 50; ++i) {
    positions.add({draws.positions.data() + 3 * i, 3});
    gradients.add({draws.gradients.data() + 3 * i, 3});
  }
  EXPECT_EQ(dense.n, 50U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(dense.position_mean[i], positions.mean()[i], 1e-10);
    EXPECT_NEAR(dense.gradient_mean[i], gradients.mean()[i], 1e-13);
    EXPECT_NEAR(diagonal.position_squares[i], 49 * positions.variance(i), 1e-9 * positions.variance(i));
    for (std::size_t j = 0; j < 3; ++j) {
      const double x_scale = std::sqrt(positions.variance(i) * positions.variance(j));
      const double g_scale = std::sqrt(gradients.variance(i) * gradients.variance(j));
      EXPECT_NEAR(dense.position_squares[3 * i + j], 49 * positions.covariance(i, j), 1e-9 * x_scale);
      EXPECT_NEAR(dense.gradient_squares[3 * i + j], 49 * gradients.covariance(i, j), 1e-9 * g_scale);
    }
    EXPECT_EQ(diagonal.gradient_squares[i], dense.gradient_squares[4 * i]);
  }
  EXPECT_EQ(pack(unpack<ChainMoments>(pack(dense))), pack(dense));
}

std::vector<ChainMoments> chains_of(std::size_t count, std::size_t n, std::size_t m, MetricKind kind) {
  std::vector<ChainMoments> chains;
  for (std::size_t c = 0; c < count; ++c) chains.push_back(bent(n, m, c, 5).moments(kind));
  return chains;
}

TEST(MetricEstimate, PooledIsThatOfAllDrawsTogether) {
  constexpr std::size_t m = 5;
  for (const MetricKind kind : {MetricKind::diagonal, MetricKind::dense}) {
    for (const MetricRule rule : {MetricRule::fisher, MetricRule::fisher_last, MetricRule::stan}) {
      Draws all;
      std::vector<ChainMoments> chains;
      for (std::size_t c = 0; c < 3; ++c) {
        const Draws draws = bent(40, m, c, 5);
        chains.push_back(draws.moments(kind));
        all.n += 40;
        all.positions.insert(all.positions.end(), draws.positions.begin(), draws.positions.end());
        all.gradients.insert(all.gradients.end(), draws.gradients.begin(), draws.gradients.end());
      }
      const MetricEstimate estimate = estimate_metrics(chains, rule, Pooling::guarded);
      ASSERT_TRUE(estimate.pooled);
      ASSERT_EQ(estimate.metrics.size(), 1U);
      EXPECT_EQ(&estimate.of_chain(2), &estimate.metrics[0]);
      EXPECT_EQ(estimate.metrics[0].kind, kind);
      expect_matrix(inverse_mass(estimate.metrics[0], m), inverse_mass(metric_of(all.moments(kind), rule), m), m,
                    kSingle);
    }
  }
}

TEST(MetricEstimate, ChainsThatHaveNotMetKeepTheirOwn) {
  std::vector<ChainMoments> chains = chains_of(3, 40, 4, MetricKind::dense);
  Draws far = bent(40, 4, 3, 5);
  for (std::size_t i = 0; i < 40; ++i) far.positions[4 * i + 2] += 1000;  // one coordinate of one chain
  chains.push_back(far.moments(MetricKind::dense));
  const MetricEstimate estimate = estimate_metrics(chains, MetricRule::fisher_last, Pooling::guarded);
  EXPECT_FALSE(estimate.pooled);
  EXPECT_GT(estimate.worst_ratio, kPoolRatioMax);
  ASSERT_EQ(estimate.metrics.size(), 4U);
  for (std::size_t c = 0; c < 4; ++c) {
    EXPECT_EQ(pack(Metric(estimate.of_chain(c))), pack(metric_of(chains[c], MetricRule::fisher_last)));
  }
}

TEST(MetricEstimate, PoolsNothingUnlessAsked) {
  const std::vector<ChainMoments> chains = chains_of(3, 40, 4, MetricKind::diagonal);
  const MetricEstimate estimate = estimate_metrics(chains, MetricRule::fisher, Pooling::none);
  EXPECT_FALSE(estimate.pooled);
  EXPECT_EQ(estimate.metrics.size(), 3U);
  EXPECT_LT(estimate.worst_ratio, kPoolRatioMax);
  EXPECT_GT(estimate.worst_ratio, 0);
}

// Four draws of -1, -1, 1, 1 about +-t: n = 4, B = 2 t^2, W = 4/3, so the ratio is sqrt(3/4 + 3/2 t^2), 3/2 at t = 1.
TEST(MetricEstimate, TheRatioIsThatOfGelmanAndRubin) {
  const auto estimate_at = [](double t) {
    std::vector<ChainMoments> chains;
    for (const double sign : {-1.0, 1.0}) {
      Numbers draws;
      for (const double x : {-1.0, -1.0, 1.0, 1.0}) {
        draws.push_back(x);
        draws.push_back(x + sign * t);  // the second coordinate is the worst
      }
      chains.push_back(chain_moments(draws, {}, 4, MetricKind::diagonal));
    }
    return estimate_metrics(chains, MetricRule::stan, Pooling::guarded);
  };
  EXPECT_DOUBLE_EQ(estimate_at(0).worst_ratio, std::sqrt(0.75));
  EXPECT_DOUBLE_EQ(estimate_at(0.5).worst_ratio, std::sqrt(1.125));
  EXPECT_TRUE(estimate_at(0.99).pooled);
  EXPECT_EQ(estimate_at(1).worst_ratio, 1.5);
  EXPECT_FALSE(estimate_at(1).pooled);
}

TEST(MetricEstimate, IsTheSameWhoeverComputedTheMomentsAndWhen) {
  std::vector<ChainMoments> forwards = chains_of(4, 30, 3, MetricKind::dense);
  std::vector<ChainMoments> backwards(4);
  for (std::size_t c = 4; c-- > 0;) backwards[c] = bent(30, 3, c, 5).moments(MetricKind::dense);
  const auto bytes = [](const std::vector<ChainMoments>& chains) {
    return pack(Metric(estimate_metrics(chains, MetricRule::fisher_last, Pooling::guarded).metrics.at(0)));
  };
  EXPECT_EQ(bytes(forwards), bytes(backwards));
}

// ---- draws that are unfit

TEST(FisherMetric, OfACoordinateThatStandsStillIsOne) {
  Draws draws = bent(20, 3, 0, 0);
  for (std::size_t i = 0; i < 20; ++i) draws.positions[3 * i + 1] = 8;
  const double steep = dense_inverse_mass(draws, MetricRule::fisher)[4];  // its gradients still speak
  EXPECT_TRUE(steep > 0 && steep < 1) << steep;
  EXPECT_EQ(metric_of(draws.moments(MetricKind::diagonal), MetricRule::fisher).scale[1], 1);

  for (std::size_t i = 0; i < 20; ++i) draws.gradients[3 * i + 1] = 0;
  const Numbers still = dense_inverse_mass(draws, MetricRule::fisher);
  EXPECT_NEAR(still[4], 1, 1e-14);
  EXPECT_NEAR(still[1], 0, 1e-14);
  EXPECT_EQ(metric_of(draws.moments(MetricKind::diagonal), MetricRule::fisher).scale[1], 1);
}

TEST(FisherMetric, OfOneDrawIsOne) {
  const Draws draws{1, {3, 4}, {5, 6}};
  for (const MetricRule rule : {MetricRule::fisher, MetricRule::fisher_last}) {
    expect_matrix(dense_inverse_mass(draws, rule), {1, 0, 0, 1}, 2, 1e-15);
  }
}

TEST(FisherMetric, OfWhatIsNotFiniteIsDiagonal) {
  for (const double bad : {1e200, kInf, kNan}) {
    Draws draws = bent(20, 3, 0, 0);
    draws.gradients[3 * 7 + 1] = bad;
    const Metric metric = metric_of(draws.moments(MetricKind::dense), MetricRule::fisher_last);
    ASSERT_EQ(metric.kind, MetricKind::diagonal);
    EXPECT_EQ(metric.scale[1], 1);
    const Metric diagonal = metric_of(draws.moments(MetricKind::diagonal), MetricRule::fisher_last);
    EXPECT_EQ(diagonal.scale, metric.scale);
    for (const double x : metric.scale) EXPECT_TRUE(std::isfinite(x) && x > 0);
  }
}

TEST(FisherMetric, ScalesStayWithinTenToThePowerTwenty) {
  const Draws wide{3, {1e30, -2e30, 1e30}, {1e-30, -2e-30, 1e-30}};
  EXPECT_EQ(metric_of(wide.moments(MetricKind::diagonal), MetricRule::fisher).scale[0], 1e10);
  const Draws narrow{3, wide.gradients, wide.positions};
  EXPECT_EQ(metric_of(narrow.moments(MetricKind::diagonal), MetricRule::fisher).scale[0], 1e-10);
}

// Positions and gradients both move by far along one line, as on the way in from a far start. Across it nothing is
// known but the prior, and that is below the rounding of L^T A L: better the scales alone, which are 1.
TEST(FisherMetric, WhereRoundingHidesADirectionIsDiagonal) {
  Draws draws;
  draws.n = 10;
  for (std::size_t i = 0; i < 10; ++i) {
    const double far = 1e5 * (static_cast<double>(i) - 4.5);
    for (const double along : {1.0, 1.0, -1.0}) {
      draws.positions.push_back(far * along);
      draws.gradients.push_back(far * along);
    }
  }
  const Metric metric = metric_of(draws.moments(MetricKind::dense), MetricRule::fisher);
  EXPECT_EQ(metric.kind, MetricKind::diagonal);
  EXPECT_EQ(metric.scale, (Numbers{1, 1, 1}));
}

TEST(MetricEstimate, ChainsWithoutARatioAreNotPooled) {
  std::vector<ChainMoments> stuck(2, chain_moments(Numbers{1, 1, 1}, {}, 3, MetricKind::diagonal));
  EXPECT_EQ(estimate_metrics(stuck, MetricRule::stan, Pooling::guarded).worst_ratio, kInf);
  std::vector<ChainMoments> single(2, chain_moments(Numbers{1}, {}, 1, MetricKind::diagonal));
  EXPECT_EQ(estimate_metrics(single, MetricRule::stan, Pooling::guarded).worst_ratio, kInf);
  std::vector<ChainMoments> bad(2, chain_moments(Numbers{1, kNan, 2}, {}, 3, MetricKind::diagonal));
  const MetricEstimate estimate = estimate_metrics(bad, MetricRule::stan, Pooling::guarded);
  EXPECT_EQ(estimate.worst_ratio, kInf);
  EXPECT_FALSE(estimate.pooled);
  EXPECT_EQ(estimate.metrics.size(), 2U);
}

TEST(MetricEstimateDeathTest, WrongShapesAreBugs) {
  const auto bug = testing::ExitedWithCode(1);
  const Numbers rows = {1, 2, 3, 4};
  EXPECT_EXIT((void)chain_moments(rows, {}, 3, MetricKind::dense), bug, "requirement");
  EXPECT_EXIT((void)chain_moments(rows, Numbers{1, 2}, 2, MetricKind::dense), bug, "requirement");
  EXPECT_EXIT((void)chain_moments(rows, {}, 0, MetricKind::dense), bug, "requirement");
  EXPECT_EXIT((void)chain_moments(rows, {}, 2, MetricKind::unit), bug, "requirement");
  std::vector<ChainMoments> chains = {chain_moments(rows, {}, 2, MetricKind::dense)};
  EXPECT_EXIT((void)estimate_metrics({}, MetricRule::stan, Pooling::none), bug, "requirement");
  EXPECT_EXIT((void)estimate_metrics(chains, MetricRule::fisher, Pooling::none), bug, "requirement");
  chains.push_back(chain_moments(rows, {}, 4, MetricKind::dense));
  EXPECT_EXIT((void)estimate_metrics(chains, MetricRule::stan, Pooling::none), bug, "requirement");
}

}  // namespace
}  // namespace dovetail
