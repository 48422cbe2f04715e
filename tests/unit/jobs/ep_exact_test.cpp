// Expectation propagation where the answer is known: conjugate sites of any power, fixed points of powers by
// quadrature, the mode that Laplace's rounds end at, the influence of sites, and sites that are models of a user's own.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/ep.hpp"
#include "dovetail/jobs/ep_summary.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "tests/support/divided_tables.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/site_programs.hpp"

namespace dovetail {
namespace {

EpResult run_ep(const DividedModel& model, const EpOptions& options) {
  EpObserver quiet;
  return expectation_propagation(model, options, {"threads", 2}, quiet);
}

std::unique_ptr<DividedModel> pooled(const char* spec, const Table& table, std::size_t sites) {
  return make_divided_model(spec, table, {.by = "group", .sites_max = sites});
}

/// 0 and 1 in groups, without predictors.
Table outcomes(const std::vector<std::pair<int, int>>& ones_and_zeros) {
  Table table{"outcomes.csv", 0, {{"group", false, {}, {}}, {"y", true, {}, {}}}};
  for (std::size_t g = 0; g < ones_and_zeros.size(); ++g) {
    for (int i = 0; i < ones_and_zeros[g].first + ones_and_zeros[g].second; ++i) {
      table.columns[0].texts.push_back("g" + std::to_string(g));
      table.columns[1].numbers.push_back(i < ones_and_zeros[g].first ? 1 : 0);
      ++table.rows;
    }
  }
  return table;
}

struct Exact {
  SiteEstimator estimator;
  double power;
};

class ConjugateSites : public testing::TestWithParam<Exact> {};

/// y ~ N(X beta, .7^2), beta ~ N(0, 16): precision I/16 + X'X/.49, whatever the sites.
TEST_P(ConjugateSites, AreExactInOneRound) {
  const Table table = test::logistic_groups(7, 6, 11);
  constexpr std::size_t kD = 3;
  ep::Natural wanted = ep::flat(kD);
  for (std::size_t i = 0; i < table.rows; ++i) {
    const std::array<double, kD> x = {1, table.columns[2].numbers[i], table.columns[3].numbers[i]};
    for (std::size_t a = 0; a < kD; ++a) {
      wanted.shift[a] += x[a] * table.columns[1].numbers[i] / 0.49;
      for (std::size_t b = 0; b < kD; ++b) wanted.precision[a * kD + b] += x[a] * x[b] / 0.49;
    }
  }
  for (std::size_t a = 0; a < kD; ++a) wanted.precision[a * (kD + 1)] += 1.0 / 16;
  const auto exact = ep::normal_of(wanted);
  for (const std::size_t sites : {1U, 3U, 7U}) {
    EpOptions options;
    options.seed = test::seed_from_name(sites);
    options.estimator = GetParam().estimator;
    options.power = GetParam().power;
    options.rounds = 1;
    options.draws = 40;
    options.warmup = 20;
    const EpSummary found = *run_ep(*pooled("builtin:pooled_normal,sd=0.7", table, sites), options).summary.ep;
    for (std::size_t a = 0; a < kD; ++a) {
      const double sd = std::sqrt(exact->covariance[a * (kD + 1)]);
      EXPECT_NEAR(found.mean[a], exact->mean[a], 1e-12 * sd);
      for (std::size_t b = 0; b < kD; ++b) {
        const double other = std::sqrt(exact->covariance[b * (kD + 1)]);
        EXPECT_NEAR(found.covariance[a * kD + b], exact->covariance[a * kD + b], 1e-12 * sd * other);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, ConjugateSites,
                         testing::Values(Exact{SiteEstimator::score, 1}, Exact{SiteEstimator::score, 0.5},
                                         Exact{SiteEstimator::score, 0.1}, Exact{SiteEstimator::gradient, 0.5},
                                         Exact{SiteEstimator::laplace, 1}, Exact{SiteEstimator::laplace, 0.5},
                                         Exact{SiteEstimator::laplace, 0.1}),
                         [](const auto& each) {
                           return std::string(word(each.param.estimator)) +
                                  std::to_string(static_cast<int>(each.param.power * 10));
                         });

/// The factor of one coordinate.
struct Factor {
  double precision = 0, shift = 0;
};

/// Of a tilted distribution, by quadrature: sum and ones-and-zeros of a common log odds, the cavity's factor.
Factor tilted_normal(const Factor& cavity, const std::pair<int, int>& site, double power) {
  double total = 0, first = 0, second = 0;
  for (double x = -30; x <= 30; x += 0.005) {
    const double log_one = -math::log(1 + math::exp(-x));
    const double log =
        x * (cavity.shift - 0.5 * cavity.precision * x) + power * (site.first * log_one + site.second * (log_one - x));
    const double weight = math::exp(log);
    total += weight;
    first += weight * x;
    second += weight * x * x;
  }
  const double mean = first / total;
  const double precision = 1 / (second / total - mean * mean);
  return {precision, precision * mean};
}

/// Fixed point of rounds with this power over outcomes with a common log odds ~ N(0, 16), by quadrature.
Factor fixed_point(const std::vector<std::pair<int, int>>& sites, double power) {
  const Factor prior{1.0 / 16, 0};
  std::vector<Factor> factors(sites.size());
  Factor global = prior;
  for (int round = 0; round < 200; ++round) {
    std::vector<Factor> next = factors;
    for (std::size_t k = 0; k < sites.size(); ++k) {
      const Factor cavity{global.precision - power * factors[k].precision, global.shift - power * factors[k].shift};
      const Factor normal = tilted_normal(cavity, sites[k], power);
      next[k] = {factors[k].precision + 0.5 * ((normal.precision - cavity.precision) / power - factors[k].precision),
                 factors[k].shift + 0.5 * ((normal.shift - cavity.shift) / power - factors[k].shift)};
    }
    factors = next;
    global = prior;
    for (const Factor& factor : factors) {
      global.precision += factor.precision;
      global.shift += factor.shift;
    }
  }
  return global;
}

TEST(PowerEp, ReachesTheFixedPointOfThePower) {
  const std::vector<std::pair<int, int>> sites = {{6, 0}, {5, 1}, {4, 0}};
  const auto model = pooled("builtin:pooled_logistic", outcomes(sites), 3);
  for (const SiteEstimator estimator : {SiteEstimator::score, SiteEstimator::moments}) {
    for (const double power : {1.0, 0.5, 0.2}) {
      const Factor wanted = fixed_point(sites, power);
      EpOptions options;
      options.seed = test::seed_from_name(static_cast<std::uint64_t>(100 * power));
      options.estimator = estimator;
      options.power = power;
      // moments have 1 / power^2 times the noise
      options.draws = estimator == SiteEstimator::moments && power < 0.5 ? 40000 : 8000;
      options.rounds = 40;
      options.tolerance = 1e-3;
      const EpSummary found = *run_ep(*model, options).summary.ep;
      EXPECT_EQ(found.converged, 1U);
      const double far = 4 * std::sqrt(2 * found.answer_noise);
      const double sd = 1 / std::sqrt(wanted.precision);
      EXPECT_NEAR(found.mean[0], wanted.shift / wanted.precision, far * sd) << power;
      EXPECT_NEAR(std::sqrt(found.covariance[0]) / sd, 1, far) << power;
      EXPECT_LT(far, 0.18);
    }
  }
}

/// Whatever the power, rounds of Laplace end where all sites expand at the posterior's own mode.
TEST(LaplaceSites, EndAtTheModeOfThePosterior) {
  const Table table = test::logistic_groups(6, 8, 5);
  const auto model = pooled("builtin:pooled_logistic", table, 4);
  for (const double power : {1.0, 0.4}) {
    EpOptions options;
    options.estimator = SiteEstimator::laplace;
    options.power = power;
    options.rounds = 100;
    options.tolerance = 1e-20;
    const EpResult result = run_ep(*model, options);
    const EpSummary& found = *result.summary.ep;
    EXPECT_EQ(found.converged, 1U);
    EXPECT_EQ(found.answer_noise, 0);
    EXPECT_EQ(result.rounds.front().draws, 0U);
    EXPECT_GT(result.rounds.front().gradient_evaluations, 0U);
    const ep::Natural law = *ep::natural_of({found.mean, found.covariance});
    std::vector<double> prior(3), likelihood(3), up(3), down(3), unused(3);
    (void)model->log_density_gradient(found.mean, prior, likelihood);
    for (std::size_t j = 0; j < 3; ++j) EXPECT_NEAR(prior[j] + likelihood[j], 0, 1e-8);
    for (std::size_t i = 0; i < 3; ++i) {
      constexpr double kStep = 1e-4;
      std::vector<double> x = found.mean;
      x[i] += kStep;
      (void)model->log_density_gradient(x, unused, up);
      x[i] -= 2 * kStep;
      (void)model->log_density_gradient(x, unused, down);
      for (std::size_t j = 0; j < 3; ++j) {
        const double curvature = (down[j] - up[j]) / (2 * kStep) + (i == j ? 1.0 / 16 : 0);
        EXPECT_NEAR(law.precision[i * 3 + j], curvature, 1e-5);
      }
    }
  }
}

TEST(LaplaceSites, ReachTheFixedPointWhateverLocalsTheyIntegrate) {
  // normal rows with local parameters: the same sites, divided otherwise, give nearly the same mode
  const Table table = test::quantile_groups(8, 5, 1, 4);
  EpOptions options;
  options.estimator = SiteEstimator::laplace;
  options.rounds = 100;
  options.tolerance = 1e-20;
  const EpSummary four = *run_ep(*pooled("builtin:hierarchical_normal", table, 4), options).summary.ep;
  options.power = 0.5;
  const EpSummary eight = *run_ep(*pooled("builtin:hierarchical_normal", table, 8), options).summary.ep;
  for (std::size_t j = 0; j < 2; ++j) EXPECT_NEAR(four.mean[j], eight.mean[j], 1e-8);
  for (std::size_t j = 0; j < 4; ++j) EXPECT_NEAR(four.covariance[j], eight.covariance[j], 1e-6);
}

TEST(Influence, IsTheDivergenceOfTheAnswerFromThatWithoutTheSite) {
  // y ~ N(beta, 1), beta ~ N(0, 16): precision 1/16 + N, shift the sum of y
  const std::vector<std::pair<int, int>> sites = {{6, 0}, {2, 9}, {3, 1}};
  EpOptions options;
  options.rounds = 2;
  options.draws = 40;
  options.warmup = 20;
  double rows = 0, ones = 0;
  for (const auto& [one, zero] : sites) {
    rows += one + zero;
    ones += one;
  }
  const EpSummary found = *run_ep(*pooled("builtin:pooled_normal", outcomes(sites), 3), options).summary.ep;
  EXPECT_EQ(found.site_names, (std::vector<std::string>{"g0", "g1", "g2"}));
  ASSERT_EQ(found.influence.size(), 3U);
  const double q = 1.0 / 16 + rows;
  for (std::size_t k = 0; k < 3; ++k) {
    const double without = q - sites[k].first - sites[k].second;
    const double away = ones / q - (ones - sites[k].first) / without;
    const double wanted = 0.5 * (without / q + without * away * away - 1 + math::log(q / without));
    EXPECT_NEAR(found.influence[k], wanted, 1e-10);
  }
}

class SitePrograms : public testing::TestWithParam<test::Written> {};

/// docs/maths/ep.md section 8, with programs in place of the built-in model.
TEST_P(SitePrograms, ReachTheFixedPointWhereTheScaleCollapses) {
  EpOptions options;
  options.seed = test::seed_from_name();
  options.draws = 2000;
  options.rounds = 30;
  options.tolerance = 2e-3;
  const auto model = test::group_means(test::quantile_groups(32, 5, 0.1, 8), 8, GetParam());
  const EpSummary ep = *run_ep(*model, options).summary.ep;
  EXPECT_EQ(ep.converged, 1U);
  const double far = 4 * std::sqrt(2 * ep.answer_noise);
  EXPECT_NEAR(ep.mean[0], .999498, far * .088593);
  EXPECT_NEAR(ep.mean[1], -1.598806, far * .437306);
  EXPECT_NEAR(std::sqrt(ep.covariance[0]) / .088593, 1, far);
  EXPECT_NEAR(std::sqrt(ep.covariance[3]) / .437306, 1, far);
  EXPECT_LT(far, 0.26);
}

INSTANTIATE_TEST_SUITE_P(As, SitePrograms, testing::Values(test::Written::non_centred, test::Written::positive_scale),
                         [](const auto& each) { return test::name_of(each.param); });

TEST(Ep, RefusesPowersAndModesThatItCannotDo) {
  const auto refused = [](const DividedModel& model, SiteEstimator estimator, double power) {
    EpOptions options;
    options.estimator = estimator;
    options.power = power;
    try {
      check_options(options, model);
    } catch (const UsageError&) {
      return true;
    }
    return false;
  };
  const Table table = test::logistic_groups(4, 5, 1);
  const auto logistic = pooled("builtin:hierarchical_logistic", table, 4);
  const auto normal = pooled("builtin:hierarchical_normal", table, 4);
  const auto shared = pooled("builtin:pooled_logistic", table, 4);
  EXPECT_TRUE(refused(*shared, SiteEstimator::score, 0));
  EXPECT_TRUE(refused(*shared, SiteEstimator::score, 1.5));
  EXPECT_TRUE(refused(*normal, SiteEstimator::score, 0.5));
  EXPECT_TRUE(refused(*logistic, SiteEstimator::laplace, 1));
  EXPECT_FALSE(refused(*shared, SiteEstimator::score, 0.5));
  EXPECT_FALSE(refused(*shared, SiteEstimator::laplace, 0.5));
  EXPECT_FALSE(refused(*normal, SiteEstimator::laplace, 0.5));
}

/// Every site's own posterior under the K-th root of the prior, by quadrature; precisions and shifts add up.
TEST(Consensus, IsTheProductOfTheSitesOwnPosteriors) {
  const std::vector<std::pair<int, int>> sites = {{1, 5}, {6, 1}, {3, 3}, {0, 4}};
  Factor wanted;
  for (const auto& site : sites) {
    const Factor own = tilted_normal({1.0 / static_cast<double>(sites.size()), 0}, site, 1);
    wanted.precision += own.precision;
    wanted.shift += own.shift;
  }
  const double sd = 1 / std::sqrt(wanted.precision);
  EpOptions options;
  options.seed = test::seed_from_name();
  options.estimator = SiteEstimator::consensus;
  options.rounds = 5;
  options.draws = 100000;
  const auto model = pooled("builtin:pooled_logistic,beta_sd=1", outcomes(sites), sites.size());
  const EpResult result = run_ep(*model, options);
  ASSERT_EQ(result.rounds.size(), 1U);
  const EpSummary& found = *result.summary.ep;
  // A round of plain EP from the same prior is .03 and .10 away.
  const double far = 4 * std::sqrt(2 * result.rounds[0].noise);
  EXPECT_NEAR(found.mean[0], wanted.shift / wanted.precision, far * sd);
  EXPECT_NEAR(std::sqrt(found.covariance[0]) / sd, 1, far);
  EXPECT_LT(far, 0.05);
  options.power = 0.5;
  EXPECT_THROW(run_ep(*model, options), UsageError);
}

}  // namespace
}  // namespace dovetail
