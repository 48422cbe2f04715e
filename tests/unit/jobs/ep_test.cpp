// Expectation propagation end to end: fixed points known by quadrature, layouts, stopping and going on.
#include "dovetail/jobs/ep.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/ep_job.hpp"
#include "dovetail/jobs/ep_summary.hpp"
#include "tests/support/divided_tables.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

std::unique_ptr<DividedModel> normal_model(double tau, std::size_t sites) {
  return make_divided_model("builtin:hierarchical_normal", test::quantile_groups(32, 5, tau, sites),
                            {.by = "group", .sites_max = sites});
}

EpResult run_ep(const DividedModel& model, const EpOptions& options, const Layout& layout = {"threads", 2}) {
  EpObserver quiet;
  return expectation_propagation(model, options, layout, quiet);
}

struct FixedPoint {
  const char* name;
  double tau;
  std::size_t sites;
  double mean_mu, mean_lambda, sd_mu, sd_lambda;
};

/// docs/maths/ep.md section 8: fixed points by quadrature. Not the posterior, from which they are .001 to .02 nats
/// away.
constexpr FixedPoint kEightSites{"eight_sites", 1, 8, .997568, .002085, .192169, .151016};

/// KL = 1/2 (z^2 of means + 2 (relative error of sd)^2 + ...): four times what the told noise allows one figure, which
/// itself is at most `far_max`.
void expect_at(const FixedPoint& known, const EpSummary& ep, double far_max) {
  EXPECT_EQ(ep.converged, 1U);
  const double far = 4 * std::sqrt(2 * ep.answer_noise);
  EXPECT_NEAR(ep.mean[0], known.mean_mu, far * known.sd_mu);
  EXPECT_NEAR(ep.mean[1], known.mean_lambda, far * known.sd_lambda);
  EXPECT_NEAR(std::sqrt(ep.covariance[0]) / known.sd_mu, 1, far);
  EXPECT_NEAR(std::sqrt(ep.covariance[3]) / known.sd_lambda, 1, far);
  EXPECT_LT(far, far_max);
}

class HierarchicalNormal : public testing::TestWithParam<FixedPoint> {};

TEST_P(HierarchicalNormal, ReachesTheFixedPointOfExpectationPropagation) {
  const FixedPoint& known = GetParam();
  EpOptions options;
  options.seed = test::seed_from_name();
  options.draws = 2000;
  options.rounds = 30;
  options.tolerance = 1e-3;
  const EpResult result = run_ep(*normal_model(known.tau, known.sites), options);
  ASSERT_TRUE(result.summary.ep);
  expect_at(known, *result.summary.ep, 0.2);
}

INSTANTIATE_TEST_SUITE_P(Quantiles, HierarchicalNormal,
                         testing::Values(kEightSites,
                                         FixedPoint{"a_site_for_each_group", 1, 32, .997569, .002048, .191678, .150873},
                                         FixedPoint{"collapsing_scale", 0.1, 8, .999498, -1.598806, .088593, .437306}),
                         [](const auto& each) { return each.param.name; });

class Estimators : public testing::TestWithParam<SiteEstimator> {};

/// Whichever way a target is worked out, it is the same in expectation; docs/maths/ep.md section 8, tau = 1, 8 sites.
TEST_P(Estimators, ReachTheSameFixedPoint) {
  EpOptions options;
  options.seed = test::seed_from_name();
  options.estimator = GetParam();
  options.draws = 2000;
  options.rounds = 40;
  options.tolerance = 5e-3;
  const EpResult result = run_ep(*normal_model(1, 8), options);
  ASSERT_TRUE(result.summary.ep);
  expect_at(kEightSites, *result.summary.ep, 0.41);
  // rows are normal and have one column: neither score has noise given x, and gradients are as good as the other
  for (const EpRow& row : result.rounds) {
    EXPECT_LE(row.by_gradients, row.sites);
    if (options.estimator == SiteEstimator::gradient) {
      EXPECT_EQ(row.by_gradients, row.answered);
    } else if (options.estimator != SiteEstimator::score) {
      EXPECT_EQ(row.by_gradients, 0U);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Estimators,
                         testing::Values(SiteEstimator::score, SiteEstimator::lap, SiteEstimator::gradient,
                                         SiteEstimator::moments),
                         [](const auto& each) { return word(each.param); });

TEST(Ep, IsTheSameOnEveryLayout) {
  EpOptions options;
  options.rounds = 3;
  options.draws = 80;
  options.warmup = 40;
  const auto model = normal_model(1, 7);
  const EpResult serial = run_ep(*model, options, {"serial"});
  for (const unsigned threads : {1U, 2U, 3U, 5U}) {
    const EpResult other = run_ep(*model, options, {"threads", threads});
    EXPECT_EQ(other.summary.digest, serial.summary.digest);
    EXPECT_EQ(other.summary.rounds_sha256, serial.summary.rounds_sha256);
  }
  options.seed = 2;
  EXPECT_NE(run_ep(*model, options).summary.digest, serial.summary.digest);
}

/// The same fixed point as with even draws (docs/maths/ep.md section 8), by other draws of about the same cost, on any
/// layout.
TEST(Ep, DrawsByNoiseReachTheSameFixedPoint) {
  EpOptions options;
  options.seed = test::seed_from_name();
  options.draws = 1000;
  options.rounds = 30;
  options.tolerance = 2e-3;
  options.allocation = Allocation::noise;
  const auto model = normal_model(1, 8);
  const EpResult result = run_ep(*model, options);
  ASSERT_TRUE(result.summary.ep);
  expect_at(kEightSites, *result.summary.ep, 0.3);
  ASSERT_GE(result.rounds.size(), 2U);
  EXPECT_EQ(result.rounds[0].draws, 8 * options.draws);
  EXPECT_NE(result.rounds[1].draws, 8 * options.draws);
  for (const EpRow& row : result.rounds) {
    EXPECT_GE(row.draws, 2 * options.draws);
    EXPECT_LE(row.draws, 16 * options.draws);
  }
  EXPECT_EQ(run_ep(*model, options, {"serial"}).summary.digest, result.summary.digest);
}

TEST(Ep, GoesOnFromAnyStopToTheSameBytes) {
  EpOptions options;
  options.rounds = 3;
  options.draws = 80;
  options.warmup = 40;
  const auto model = normal_model(1, 4);
  const Layout layout{"threads", 2};
  const std::string wanted = run_ep(*model, options, layout).summary.digest;
  class Stops final : public EpObserver {
   public:
    explicit Stops(int calls) : left_(calls) {}
    StopReason should_stop() override { return left_-- > 0 ? StopReason::finished : StopReason::interrupted; }

   private:
    int left_;
  };
  for (const int calls : {0, 3}) {
    const test::TemporaryFolder place;
    const RunFolder folder = RunFolder::create(place.path() / "run", "ep", Existing::refuse);
    Stops stops(calls);
    EpResult result = expectation_propagation(*model, options, layout, stops, {folder, ""});
    for (int resumes = 0; result.stop != StopReason::finished && resumes < 1000; ++resumes) {
      Stops again(calls);
      result = expectation_propagation(*model, options, {"serial"}, again,
                                       {folder, "", false, 60, RunFiles::Start::from_checkpoint});
    }
    EXPECT_EQ(result.stop, StopReason::finished) << calls << " " << result.summary.status_reason;
    EXPECT_EQ(result.summary.digest, wanted);
  }
}

TEST(Ep, MoreRoundsAreThoseOfARunThatWasAskedForThemAtOnce) {
  EpOptions options;
  options.draws = 80;
  options.warmup = 40;
  options.rounds = 3;
  options.tolerance = 1e-9;
  const auto model = normal_model(1, 4);
  const std::string wanted = run_ep(*model, options).summary.digest;
  const test::TemporaryFolder place;
  const RunFolder folder = RunFolder::create(place.path() / "run", "ep", Existing::refuse);
  EpObserver quiet;
  options.rounds = 2;
  (void)expectation_propagation(*model, options, {"serial"}, quiet, {folder, ""});
  options.rounds = 3;
  const EpResult result = expectation_propagation(*model, options, {"serial"}, quiet,
                                                  {folder, "", false, 60, RunFiles::Start::from_checkpoint});
  EXPECT_EQ(result.summary.digest, wanted);
}

/// The function gets what the estimators of our own get: theirs, called so, is theirs.
TEST(Ep, AnEstimatorOfTheCallersIsAsked) {
  EpOptions options;
  options.rounds = 2;
  options.draws = 80;
  options.warmup = 40;
  options.estimator = SiteEstimator::moments;
  const auto model = normal_model(1, 4);
  const EpSummary ours = *run_ep(*model, options).summary.ep;
  options.estimator = SiteEstimator::own;
  EXPECT_THROW(run_ep(*model, options), UsageError);
  options.step = 0.25;  // of moments 1 / sites is the rule
  options.own.name = "moments again";
  options.own.estimate = [](const ep::TiltedDraws& draws, const ep::Natural& cavity) {
    EXPECT_EQ(draws.scores.size(), draws.points.size());
    return ep::match_moments(draws, cavity, 1, ep::Family::dense(2));
  };
  const EpSummary theirs = *run_ep(*model, options).summary.ep;
  EXPECT_EQ(theirs.mean, ours.mean);
  EXPECT_EQ(theirs.covariance, ours.covariance);
  options.own.estimate = [](const ep::TiltedDraws&, const ep::Natural&) -> std::optional<ep::Estimate> { return {}; };
  const EpResult silent = run_ep(*model, options);
  EXPECT_EQ(silent.rounds.front().answered, 0U);
}

TEST(Ep, OneSiteIsAPosteriorOfItsOwn) {
  EpOptions options;
  options.seed = test::seed_from_name();
  options.draws = 4000;
  options.tolerance = 2e-3;
  const EpResult result = run_ep(*normal_model(1, 1), options);
  const EpSummary& ep = *result.summary.ep;
  // the exact posterior's moments, by quadrature; errors of about 4000 / 2 independent draws
  const double far = 4 / std::sqrt(2000.0);
  EXPECT_NEAR(ep.mean[0], .997557, far * .197710);
  EXPECT_NEAR(ep.mean[1], .002590, far * .153361);
  EXPECT_NEAR(std::sqrt(ep.covariance[0]) / .197710, 1, far);
  EXPECT_NEAR(std::sqrt(ep.covariance[3]) / .153361, 1, far);
}

TEST(Ep, RefusesSettingsThatCannotWork) {
  const auto model = normal_model(1, 4);
  const auto refused = [&](auto change) {
    EpOptions options;
    change(options);
    EXPECT_THROW(check_options(options, *model), UsageError);
  };
  refused([](EpOptions& o) { o.draws = 401; });
  refused([](EpOptions& o) { o.draws = 8; });
  refused([](EpOptions& o) { o.rounds = 0; });
  refused([](EpOptions& o) { o.step = 0; });
  refused([](EpOptions& o) { o.step = 1.5; });
  refused([](EpOptions& o) { o.chains = 0; });
  EXPECT_NO_THROW(check_options({}, *model));
}

}  // namespace
}  // namespace dovetail
