// Whitened local parameters and integrals over them, against closed forms and quadrature.
#include <gtest/gtest.h>

#include <cmath>

#include "dovetail/math/functions.hpp"
#include "dovetail/model/divided.hpp"
#include "tests/support/divided_tables.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

/// One group of `n` outcomes, the first `ones` of them 1, with `predictors` that are 0 in every row: their coefficients
/// are their priors' whatever the data, so that all such models have one likelihood.
std::unique_ptr<DividedModel> one_group(std::size_t n, std::size_t ones, std::size_t predictors = 0) {
  Table table{"one.csv", n, {{"group", false, {}, std::vector<std::string>(n, "g")}, {"y", true, {}, {}}}};
  for (std::size_t i = 0; i < n; ++i) table.columns[1].numbers.push_back(i < ones ? 1 : 0);
  for (std::size_t c = 0; c < predictors; ++c) {
    table.columns.push_back({"x" + std::to_string(c), true, std::vector<double>(n, 0.0), {}});
  }
  return make_divided_model("builtin:hierarchical_logistic", table, {.by = "group"});
}

/// log of the integral of p(rows, u | x) over the one local parameter.
double log_integral(const DividedModel& model, Point x) {
  constexpr double kWidth = 0.01;
  std::vector<double> in_shared(model.shared()), in_local(1);
  double total = 0;
  double highest = -kInfinity;
  std::vector<double> logs;
  for (int i = -4000; i <= 4000; ++i) {
    const std::vector<double> u = {kWidth * i};
    logs.push_back(model.site_gradient(0, x, u, in_shared, in_local));
    highest = std::max(highest, logs.back());
  }
  for (const double log : logs) total += math::exp(log - highest);
  return highest + math::log(kWidth * total);
}

TEST(SiteMarginal, OfANormalModelIsTheIntegral) {
  const Table table = test::quantile_groups(1, 5, 1, 1);
  const auto model = make_divided_model("builtin:hierarchical_normal,sd=0.7", table, {.by = "group"});
  for (const double log_sigma : {-2.0, 0.0, 1.5}) {
    const std::vector<double> x = {0.3, log_sigma};
    EXPECT_NEAR(model->site_log_marginal(0, x).log, log_integral(*model, x), 1e-9);
    EXPECT_EQ(model->site_log_marginal(0, x).worst_correction, 0);
  }
}

/// What the second order leaves is of the third: of order 1/n^2 for n rows, whereas each of its terms is of order 1/n.
TEST(SiteMarginal, OfALogisticModelIsRightToSecondOrder) {
  const std::vector<double> x = {0.2, 0, 0.1, 0};
  const std::vector<double> without = {0.2, 0.1};
  const auto error = [&](std::size_t n) {
    return std::fabs(one_group(n, n / 10, 1)->site_log_marginal(0, x).log -
                     log_integral(*one_group(n, n / 10), without));
  };
  const double few = error(40);
  const double many = error(160);
  EXPECT_GT(many, 1e-8);  // above the rounding and the quadrature
  EXPECT_GT(few / many, 10);
  EXPECT_LT(many, 1e-4);
}

/// Without predictors there is one number to integrate over, and nothing is left out: groups of one row, of rows that
/// are all alike, of many rows.
TEST(SiteMarginal, OfOneLocalParameterIsTheIntegral) {
  Rng unused({1, Purpose::test});
  const std::vector<std::pair<std::size_t, std::size_t>> groups = {{1, 1}, {4, 0}, {4, 2}, {20, 20}, {300, 120}};
  for (const auto& [n, ones] : groups) {
    const auto model = one_group(n, ones);
    for (const double log_sigma : {-3.0, 0.0, 0.7, 2.0}) {
      const std::vector<double> x = {0.5, log_sigma};
      EXPECT_NEAR(model->site_log_marginal(0, x).log, log_integral(*model, x), 1e-6) << n << " " << log_sigma;
      EXPECT_NEAR(model->site_integral_error(0, x, unused).error, 0, 1e-6) << n << " " << log_sigma;
    }
  }
}

/// The error that a model tells of its own integral, against the integral.
TEST(SiteIntegralError, IsTheDistanceFromTheIntegral) {
  const std::vector<double> x = {0.5, 0.3, 0.6, -0.2};
  const std::vector<double> without = {0.5, 0.6};
  Rng rng({test::seed_from_name(), Purpose::test});
  for (const std::size_t ones : {0, 1, 2}) {
    const auto model = one_group(4, ones, 1);
    const double wanted = log_integral(*one_group(4, ones), without) - model->site_log_marginal(0, x).log;
    EXPECT_GT(std::fabs(wanted), 1e-3);
    constexpr int kTimes = 400;
    double mean = 0, square = 0, told = 0;
    for (int i = 0; i < kTimes; ++i) {
      const IntegralError found = model->site_integral_error(0, x, rng);
      mean += found.error / kTimes;
      square += found.error * found.error / kTimes;
      told += found.variance / kTimes;
    }
    const double variance = square - mean * mean;
    EXPECT_NEAR(mean, wanted, 4 * std::sqrt(variance / kTimes));
    EXPECT_NEAR(told / variance, 1, 0.3);  // 400 times: known to 7 %, less well where ratios have a long tail
    EXPECT_LT(told, 0.003);
  }
}

/// More columns than rows: the curvature is the prior's 1 in what rows do not reach, which a sum of products loses
/// where sigma is large. Of one row everything is known: theta . row ~ N(mu . row, |sigma row|^2).
TEST(SiteMarginal, OfFewRowsAndManyColumnsIsRightAtAnySigma) {
  const Table table{"one.csv",
                    1,
                    {{"group", false, {}, {"g"}},
                     {"y", true, {1.3}, {}},
                     {"a", true, {0.7}, {}},
                     {"b", true, {-1.9}, {}},
                     {"c", true, {0.4}, {}}}};
  const auto model = make_divided_model("builtin:hierarchical_normal,sd=1", table, {.by = "group"});
  const double length = 1 + 0.49 + 3.61 + 0.16;
  for (const double log_sigma : {0.0, 8.0, 12.0, 17.0, 19.0, 23.0, 28.0, 34.0}) {
    std::vector<double> x(8, 0.0);
    std::fill(x.begin() + 4, x.end(), log_sigma);
    const double variance = 1 + length * math::exp(2 * log_sigma);
    const double wanted = -0.5 * (1.3 * 1.3 / variance + math::log(2 * 3.14159265358979324 * variance));
    EXPECT_NEAR(model->site_log_marginal(0, x).log, wanted, 1e-5) << log_sigma;
    std::vector<double> score(8);
    model->site_score(0, x, std::vector<double>{0.3, -0.2, 0.9, 0.1}, score);
    for (const double each : score) EXPECT_TRUE(std::isfinite(each)) << log_sigma;
  }
}

/// Rows of one group that are all alike say something about one combination of p coefficients, so that the integral is
/// over one number. Few rows and many columns take another way through the sums than the test above.
TEST(SiteMarginal, IsTheSameOfOneCombinationOfManyColumns) {
  const auto model_of = [](const std::vector<double>& row) {
    Table table{"rows.csv", 4, {{"group", false, {}, {"g", "g", "g", "g"}}, {"y", true, {1, 0, 1, 1}, {}}}};
    for (std::size_t c = 0; c < row.size(); ++c) {
      table.columns.push_back({"x" + std::to_string(c), true, std::vector<double>(4, row[c]), {}});
    }
    return make_divided_model("builtin:hierarchical_logistic", table, {.by = "group"});
  };
  // 1 + sum of squares of five predictors = 4: theta . row ~ N(mu_0 + ..., 4 sigma^2)
  const auto wide = model_of({1, -1, 0.5, 0.5, std::sqrt(0.5)});
  const auto narrow = model_of({0});
  std::vector<double> x(wide->shared(), 0);
  x[0] = 0.4;
  for (std::size_t c = 6; c < x.size(); ++c) x[c] = -0.5;
  const SiteMarginal many = wide->site_log_marginal(0, x);
  const std::vector<double> one_x = {0.4, 0, -0.5 + math::log(2.0), 0};
  const SiteMarginal one = narrow->site_log_marginal(0, one_x);
  EXPECT_NEAR(many.log, one.log, 1e-9);
  EXPECT_NEAR(many.worst_correction, one.worst_correction, 1e-9);
  EXPECT_GT(one.worst_correction, 1e-4);
}

/// Predictors that are nought change no integral, but there are two ways through the sums of third derivatives, and
/// more columns take the other one. All orders of three columns meet.
TEST(SiteMarginal, OfTwoPredictorsIsTheSameBesideEmptyColumns) {
  const auto model_of = [](std::size_t empty) {
    Table table{"rows.csv",
                4,
                {{"group", false, {}, {"g", "g", "g", "g"}},
                 {"y", true, {1, 0, 1, 1}, {}},
                 {"a", true, {0.3, -1.2, 0.8, 2}, {}},
                 {"b", true, {-0.7, 0.4, 1.9, 0.2}, {}}}};
    for (std::size_t c = 0; c < empty; ++c) {
      table.columns.push_back({"x" + std::to_string(c), true, std::vector<double>(4, 0.0), {}});
    }
    return make_divided_model("builtin:hierarchical_logistic", table, {.by = "group"});
  };
  const SiteMarginal few = model_of(0)->site_log_marginal(0, std::vector<double>{0.4, -0.3, 0.9, 0.1, -0.2, 0.3});
  const std::vector<double> x = {0.4, -0.3, 0.9, 0, 0, 0.1, -0.2, 0.3, 0, 0};
  const SiteMarginal many = model_of(2)->site_log_marginal(0, x);
  EXPECT_NEAR(many.log, few.log, 1e-10);
  EXPECT_NEAR(many.worst_correction, few.worst_correction, 1e-10);
  EXPECT_GT(few.worst_correction, 1e-3);
}

TEST(SiteGradient, AtWhitenedLocalsOfANormalModelIsTheMarginalGradient) {
  // v given x is N(0, 1) whatever x is, so log p(rows, v | x) = log p(rows | x) + log N(v; 0, 1)
  constexpr std::size_t kRows = 4;
  const Table table = test::quantile_groups(1, kRows, 1, 1);
  const auto model = make_divided_model("builtin:hierarchical_normal", table, {.by = "group"});
  double mean = 0;
  for (const double y : table.columns[1].numbers) mean += y / kRows;
  for (const double log_tau : {-3.0, -0.4, 1.0}) {
    const std::vector<double> x = {0.3, log_tau};
    const double tau2 = math::exp(2 * log_tau);
    const double spread = tau2 + 1.0 / kRows;
    for (const double v : {-1.7, 0.0, 0.6}) {
      std::vector<double> in_shared(2), in_local(1);
      (void)model->site_gradient(0, x, std::vector<double>{v}, in_shared, in_local);
      EXPECT_NEAR(in_shared[0], (mean - x[0]) / spread, 1e-11);
      EXPECT_NEAR(in_shared[1], ((mean - x[0]) * (mean - x[0]) / spread - 1) * tau2 / spread, 1e-11);
      EXPECT_NEAR(in_local[0], -v, 1e-11);
    }
  }
}

}  // namespace
}  // namespace dovetail
