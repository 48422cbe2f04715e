// Draws of local parameters given shared ones: the law of a hierarchical normal model in closed form.
#include "dovetail/jobs/ep_locals.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/output/draws.hpp"
#include "tests/support/divided_tables.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/goodness_of_fit.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/site_programs.hpp"

namespace dovetail {
namespace {

constexpr std::size_t kGroups = 6;
constexpr std::size_t kRows = 5;
constexpr std::size_t kDraws = 1500;

/// Draws of mu and log tau from far apart, so that a chain that forgets to look anew is noticed.
std::vector<double> points() {
  Rng rng({test::seed_from_name(), Purpose::test});
  std::vector<double> x(2 * kDraws);
  math::draw_normals(rng, x);
  for (double& value : x) value *= 0.8;
  return x;
}

class Locals : public testing::TestWithParam<bool> {
 protected:
  Table table_ = test::quantile_groups(kGroups, kRows, 1, 1);
  [[nodiscard]] std::unique_ptr<DividedModel> model() const {
    if (GetParam()) return test::group_means(table_, 2, test::Written::centred);
    return make_divided_model("builtin:hierarchical_normal", table_, {.by = "group", .sites_max = 2});
  }
};

/// theta_j given (mu, tau) and n rows of sd 1 with mean m: precision 1/tau^2 + n, mean (mu/tau^2 + n m) over it.
/// Standardised they are N(0, 1), and know nothing of mu.
TEST_P(Locals, HaveTheirLawGivenTheSharedParameters) {
  const auto model = this->model();
  const std::vector<double> x = points();
  EpOptions options;
  options.seed = test::seed_from_name(1);
  std::size_t group = 0;
  for (std::size_t k = 0; k < model->sites(); ++k) {
    const std::vector<double> draws = draw_locals(*model, k, x, options);
    const std::size_t m = model->locals(k);
    ASSERT_EQ(draws.size(), kDraws * m);
    for (std::size_t j = 0; j < m; ++j, ++group) {
      const auto first = table_.columns[1].numbers.begin() + static_cast<std::ptrdiff_t>(kRows * group);
      const double rows = std::accumulate(first, first + kRows, 0.0);
      std::vector<double> standardised;
      double with_mu = 0;
      for (std::size_t s = 0; s < kDraws; ++s) {
        const double inverse = math::exp(-2 * x[2 * s + 1]);
        const double precision = inverse + kRows;
        std::vector<double> shown(m);
        Rng rng({1, Purpose::outputs});
        model->site_output_values(k, std::span(x).subspan(2 * s, 2), std::span(draws).subspan(s * m, m), rng, shown);
        standardised.push_back((shown[j] - (inverse * x[2 * s] + rows) / precision) * std::sqrt(precision));
        with_mu += standardised.back() * x[2 * s] / 0.8;
      }
      const double distance = test::ks_distance(standardised, [](double v) { return math::normal_cdf(v); });
      EXPECT_LT(distance, test::ks_threshold(kDraws, test::kAlpha / (2 * kGroups)));
      EXPECT_LT(std::fabs(with_mu), 6 * std::sqrt(double(kDraws)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Locals, testing::Bool(),
                         [](const auto& each) { return each.param ? "a_program" : "the_built_in_model"; });

TEST(LocalDraws, OfFewerPointsAreTheFirst) {
  const auto model = make_divided_model("builtin:hierarchical_logistic", test::logistic_groups(4, 6, 3),
                                        {.by = "group", .sites_max = 2});
  std::vector<double> x(20 * model->shared());
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.01 * static_cast<double>(i % 17);
  const std::vector<double> twenty = draw_locals(*model, 1, x, {});
  x.resize(7 * model->shared());
  const std::vector<double> seven = draw_locals(*model, 1, x, {});
  ASSERT_EQ(seven.size(), 7 * model->locals(1));
  EXPECT_TRUE(std::equal(seven.begin(), seven.end(), twenty.begin()));
}

TEST(LocalDraws, OfARunGoWithItsOwnDrawsOfSharedParameters) {
  const auto model = make_divided_model("builtin:hierarchical_normal", test::quantile_groups(8, 5, 1, 4),
                                        {.by = "group", .sites_max = 4});
  EpOptions options;
  options.seed = test::seed_from_name();
  options.correct = 0.05;
  const test::TemporaryFolder place;
  const RunFolder folder = RunFolder::create(place.path() / "run", "ep", Existing::refuse);
  EpObserver quiet;
  const EpResult result = expectation_propagation(*model, options, {"threads", 2}, quiet, {folder, ""});
  ASSERT_EQ(result.summary.ep->correction->certified, 1U);
  const LocalDraws all = local_draws(*model, options, folder, {0, 1, 2, 3}, 50);
  const LocalDraws one = local_draws(*model, options, folder, {2}, 50);
  EXPECT_EQ(one.columns, (std::vector<std::string>{"mu[intercept]", "sigma[intercept]", "theta[g3,intercept]",
                                                   "theta[g7,intercept]"}));
  ASSERT_EQ(all.columns.size(), 10U);
  const DrawsReader kept(folder.draws());
  const Round last = kept.rounds().back();
  for (std::size_t s = 0; s < 50; ++s) {
    for (std::size_t j = 0; j < 2; ++j) {
      EXPECT_EQ(all.values[10 * s + j], kept.chains(last, j).front()[s]);
      EXPECT_EQ(one.values[4 * s + j], all.values[10 * s + j]);
      EXPECT_EQ(one.values[4 * s + 2 + j], all.values[10 * s + 6 + j]);  // whoever else is asked
    }
  }
  EXPECT_THROW((void)local_draws(*model, options, folder, {0}, 5000), UsageError);
  options.seed = 99;
  EXPECT_THROW((void)local_draws(*model, options, folder, {0}, 5), CheckpointError);
}

/// Without a correction draws of the shared parameters are of the normal approximation.
TEST(LocalDraws, OfAnUncorrectedRunHaveTheApproximationsMoments) {
  const auto model = make_divided_model("builtin:hierarchical_normal", test::quantile_groups(8, 5, 1, 4),
                                        {.by = "group", .sites_max = 4});
  EpOptions options;
  options.rounds = 2;
  options.draws = 80;
  const test::TemporaryFolder place;
  const RunFolder folder = RunFolder::create(place.path() / "run", "ep", Existing::refuse);
  EpObserver quiet;
  const EpSummary ep = *expectation_propagation(*model, options, {"serial"}, quiet, {folder, ""}).summary.ep;
  constexpr std::size_t kCount = 4000;
  const LocalDraws draws = local_draws(*model, options, folder, {}, kCount);
  ASSERT_EQ(draws.columns.size(), 2U);
  double mean = 0, product = 0, square = 0;
  for (std::size_t s = 0; s < kCount; ++s) {
    const double a = (draws.values[2 * s] - ep.mean[0]) / std::sqrt(ep.covariance[0]);
    const double b = (math::log(draws.values[2 * s + 1]) - ep.mean[1]) / std::sqrt(ep.covariance[3]);
    mean += a / kCount;
    square += b * b / kCount;
    product += a * b / kCount;
  }
  const double error = 5 / std::sqrt(double(kCount));
  EXPECT_NEAR(mean, 0, error);
  EXPECT_NEAR(square, 1, std::sqrt(2.0) * error);
  EXPECT_NEAR(product, ep.covariance[1] / std::sqrt(ep.covariance[0] * ep.covariance[3]), std::sqrt(2.0) * error);
}

}  // namespace
}  // namespace dovetail
