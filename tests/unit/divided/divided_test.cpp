// Models of divided data: every row counted once, gradients against differences, scores against integrals.
#include "dovetail/model/divided.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "dovetail/core/error.hpp"
#include "tests/support/divided_tables.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

std::vector<double> normals(std::size_t n, std::uint64_t index) {
  Rng rng({test::seed_from_name(index), Purpose::test});
  std::vector<double> x(n);
  math::draw_normals(rng, x);
  for (double& value : x) value *= 0.5;
  return x;
}

Division by_group(std::size_t sites_max) { return {.by = "group", .sites_max = sites_max}; }

TEST(Divide, EveryRowIsInExactlyOneSiteWhateverTheirNumber) {
  const Table table = test::logistic_groups(7, 4, 1);
  const auto groups = groups_of(table, "group");
  ASSERT_EQ(groups.size(), 7U);
  for (const std::size_t sites_max : {1U, 2U, 3U, 6U, 7U, 100U}) {
    const auto sites = divide(groups, sites_max);
    EXPECT_EQ(sites.size(), std::min<std::size_t>(sites_max, 7));
    std::vector<int> seen(table.rows, 0);
    for (const auto& site : sites) {
      for (const std::size_t g : site) {
        for (const std::size_t row : groups[g].rows) ++seen[row];
      }
    }
    EXPECT_EQ(seen, std::vector<int>(table.rows, 1));
  }
}

TEST(Divide, MergesTheSmallestNeighbours) {
  std::vector<RowGroup> groups;
  for (const std::size_t rows : {5U, 1U, 2U, 9U}) {
    groups.push_back({"g", std::vector<std::size_t>(rows)});
  }
  EXPECT_EQ(divide(groups, 3), (std::vector<std::vector<std::size_t>>{{0}, {1, 2}, {3}}));
  EXPECT_EQ(divide(groups, 2), (std::vector<std::vector<std::size_t>>{{0, 1, 2}, {3}}));
}

TEST(Divide, RowsNeedNotStandTogether) {
  Table table{"t.csv", 4, {{"group", false, {}, {"b", "a", "b", "a"}}}};
  const auto groups = groups_of(table, "group");
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].name, "b");
  EXPECT_EQ(groups[0].rows, (std::vector<std::size_t>{0, 2}));
}

class EitherLaw : public testing::TestWithParam<const char*> {};

TEST_P(EitherLaw, GradientsAreThoseOfDifferences) {
  const Table table = test::logistic_groups(5, 6, test::seed_from_name());
  const auto model = make_divided_model(GetParam(), table, by_group(2));
  const std::size_t n = model->dimension();
  std::vector<double> x = normals(n, 1);
  std::vector<double> prior(n), likelihood(n);
  const LogDensity here = model->log_density_gradient(x, prior, likelihood);
  const LogDensity again = model->log_density(x);
  EXPECT_EQ(here.prior, again.prior);
  EXPECT_EQ(here.likelihood, again.likelihood);
  constexpr double kStep = 1e-5;
  for (std::size_t i = 0; i < n; ++i) {
    const double middle = x[i];
    x[i] = middle + kStep;
    const LogDensity up = model->log_density(x);
    x[i] = middle - kStep;
    const LogDensity down = model->log_density(x);
    x[i] = middle;
    EXPECT_NEAR(prior[i], (up.prior - down.prior) / (2 * kStep), 1e-7);
    EXPECT_NEAR(likelihood[i], (up.likelihood - down.likelihood) / (2 * kStep), 1e-6);
  }
}

TEST_P(EitherLaw, TheWholeIsTheSameHoweverRowsAreDivided) {
  const Table table = test::logistic_groups(5, 6, test::seed_from_name());
  const auto one = make_divided_model(GetParam(), table, by_group(1));
  const auto five = make_divided_model(GetParam(), table, by_group(5));
  const std::vector<double> x = normals(one->dimension(), 1);
  EXPECT_NEAR(one->log_density(x).likelihood, five->log_density(x).likelihood, 1e-11);
}

TEST_P(EitherLaw, SigmasAboveTheirLargestAreOutsideAndNothingIsNaN) {
  const Table table = test::logistic_groups(5, 6, test::seed_from_name());
  const auto model = make_divided_model(GetParam(), table, by_group(2));
  const std::size_t n = model->dimension();
  std::vector<double> prior(n), likelihood(n);
  for (const double log_sigma : {-1e4, -400.0, -100.0, 0.0, 30.0, 100.0, 138.0, 140.0, 200.0, 400.0, 1e4}) {
    for (std::size_t j = model->shared() / 2; j < model->shared(); ++j) {
      std::vector<double> x = normals(n, 1);
      x[j] = log_sigma;
      const LogDensity log = model->log_density_gradient(x, prior, likelihood);
      EXPECT_EQ(std::isfinite(log.likelihood), log_sigma < 139) << log.likelihood << " at " << log_sigma;
      EXPECT_FALSE(std::isnan(log.likelihood)) << log_sigma;
      for (const double each : likelihood) EXPECT_TRUE(std::isfinite(each)) << log_sigma;
      const double marginal = model->site_log_marginal(0, Point(x).first(model->shared())).log;
      EXPECT_EQ(std::isfinite(marginal), log_sigma < 139) << marginal << " at " << log_sigma;
      EXPECT_FALSE(std::isnan(marginal)) << log_sigma;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Divided, EitherLaw,
                         testing::Values("builtin:hierarchical_logistic", "builtin:hierarchical_normal,sd=0.7"),
                         [](const auto& each) { return each.index == 0 ? "logistic" : "normal"; });

TEST(SiteScore, OfANormalModelIsTheMarginalGradientWithoutNoise) {
  // group means ~ N(mu, tau^2 + 1/n): the gradient of log N in mu and log tau, whatever u
  constexpr std::size_t kGroups = 6, kRows = 4;
  const Table table = test::quantile_groups(kGroups, kRows, 1, 1);
  const auto model = make_divided_model("builtin:hierarchical_normal", table, by_group(1));
  const std::vector<double> x = {0.3, -0.4};
  const double tau2 = math::exp(2 * x[1]);
  const double spread = tau2 + 1.0 / kRows;
  double in_mu = 0, in_log_tau = 0;
  for (std::size_t j = 0; j < kGroups; ++j) {
    const auto first = table.columns[1].numbers.begin() + static_cast<std::ptrdiff_t>(kRows * j);
    const double away = std::accumulate(first, first + kRows, 0.0) / kRows - x[0];
    in_mu += away / spread;
    in_log_tau += (away * away / spread - 1) * tau2 / spread;
  }
  for (const std::uint64_t index : {1, 2, 3}) {
    std::vector<double> score(2);
    model->site_score(0, x, normals(kGroups, index), score);
    EXPECT_NEAR(score[0], in_mu, 1e-9);
    EXPECT_NEAR(score[1], in_log_tau, 1e-9);
  }
}

/// Mean over u given x, by quadrature over the one local parameter: of the score, and the gradient of the log integral.
TEST(SiteScore, OfALogisticModelHasTheMarginalGradientAsItsMean) {
  Table table{"one.csv", 5, {{"group", false, {}, {"g", "g", "g", "g", "g"}}, {"y", true, {1, 1, 0, 1, 1}, {}}}};
  const auto model = make_divided_model("builtin:hierarchical_logistic", table, by_group(1));
  const std::vector<double> x = {0.4, 0.6};
  constexpr double kWidth = 0.01;
  std::vector<double> mean(2), gradient(2), in_shared(2), in_local(1), score(2);
  double total = 0;
  for (int i = -1000; i <= 1000; ++i) {
    const std::vector<double> u = {kWidth * i};
    const double weight = math::exp(model->site_gradient(0, x, u, in_shared, in_local));
    model->site_score(0, x, u, score);
    total += weight;
    for (std::size_t j = 0; j < 2; ++j) {
      mean[j] += weight * score[j];
      gradient[j] += weight * in_shared[j];  // Fisher's identity, u held fixed
    }
  }
  for (std::size_t j = 0; j < 2; ++j) EXPECT_NEAR(mean[j] / total, gradient[j] / total, 1e-9);
}

/// Of several columns: rows are normal, so that the score is the gradient of the integral whatever u is.
TEST(SiteScore, OfSeveralColumnsIsTheMarginalGradientWithoutNoise) {
  const auto model =
      make_divided_model("builtin:hierarchical_normal,sd=0.8", test::logistic_groups(3, 5, 1), by_group(1));
  const std::vector<double> x = {0.3, -0.5, 0.2, -0.4, 0.1, 0.6};
  std::vector<double> score(x.size());
  model->site_score(0, x, normals(model->locals(0), 1), score);
  for (std::size_t j = 0; j < x.size(); ++j) {
    constexpr double kReach = 1e-4;
    std::vector<double> up = x, down = x;
    up[j] += kReach;
    down[j] -= kReach;
    const double slope = (model->site_log_marginal(0, up).log - model->site_log_marginal(0, down).log) / (2 * kReach);
    EXPECT_NEAR(score[j], slope, 1e-6) << j;
  }
}

TEST(SiteScore, OfALogisticModelWithAPredictorHasTheMarginalGradientAsItsMean) {
  const Table table{"one.csv",
                    5,
                    {{"group", false, {}, {"g", "g", "g", "g", "g"}},
                     {"y", true, {1, 1, 0, 1, 1}, {}},
                     {"a", true, {0.3, -1.2, 0.8, 2, -0.4}, {}}}};
  const auto model = make_divided_model("builtin:hierarchical_logistic", table, by_group(1));
  const std::vector<double> x = {0.4, -0.2, 0.3, 0.1};
  constexpr double kWidth = 0.15;
  constexpr int kReach = 60;
  std::vector<double> mean(4), gradient(4), in_shared(4), in_local(2), score(4);
  double total = 0;
  for (int i = -kReach; i <= kReach; ++i) {
    for (int j = -kReach; j <= kReach; ++j) {
      const std::vector<double> u = {kWidth * i, kWidth * j};
      const double weight = math::exp(model->site_gradient(0, x, u, in_shared, in_local));
      model->site_score(0, x, u, score);
      total += weight;
      for (std::size_t c = 0; c < 4; ++c) {
        mean[c] += weight * score[c];
        gradient[c] += weight * in_shared[c];
      }
    }
  }
  for (std::size_t c = 0; c < 4; ++c) EXPECT_NEAR(mean[c] / total, gradient[c] / total, 1e-9) << c;
}

TEST(DividedModel, SaysWhatIsWrongWithRows) {
  Table table{"d.csv", 2, {{"group", false, {}, {"a", "b"}}, {"y", true, {1, 2}, {}}}};
  const auto expect = [&](const Division& division, const char* words) {
    try {
      (void)make_divided_model("builtin:hierarchical_logistic", table, division);
      FAIL();
    } catch (const ModelError& error) {
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
  };
  expect(by_group(9), "d.csv:3: y is 2");
  expect({.by = "site"}, "no column \"site\"; the columns are group, y");
  expect({.by = "group", .outcome = "z"}, "no column \"z\"");
  EXPECT_THROW((void)make_divided_model("builtin:mvn", table, by_group(9)), UsageError);
}

}  // namespace
}  // namespace dovetail
