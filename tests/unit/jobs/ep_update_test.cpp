// What a round of sites makes of the approximation, from reports made by hand: whom it believes, how far it steps, and
// what errors it tells.
#include <gtest/gtest.h>

#include <cmath>

#include "dovetail/jobs/ep_job.hpp"
#include "dovetail/math/functions.hpp"
#include "tests/support/divided_tables.hpp"

namespace dovetail {
namespace {

/// K groups of normal outcomes, one at each site; x = (mu, log tau).
class EpUpdate : public ::testing::Test {
 protected:
  void make(std::size_t sites, const EpOptions& options = {}) {
    model_ = make_divided_model("builtin:hierarchical_normal", test::quantile_groups(sites, 5, 1, sites),
                                {.by = "group", .sites_max = sites});
    job_ = std::make_unique<EpJob>(*model_, options);
    shared_ = job_->begin_shared();
  }
  /// What a site tells whose factor ought to have this precision, about 0.
  static SiteReport report(double precision, double noise = 0) {
    SiteReport report;
    report.target = ep::Natural{{precision, 0, 0, precision}, {0, 0}};
    report.noise = noise;
    return report;
  }
  const EpRow& update(std::vector<SiteReport> reports) {
    shared_ = job_->update(shared_, {std::move(reports), {}, {}});
    return *shared_.last;
  }

  std::unique_ptr<DividedModel> model_;
  std::unique_ptr<EpJob> job_;
  EpShared shared_;
};

/// docs/maths/ep.md section 3: what misses Stein's identity by six standard errors is not taken.
TEST_F(EpUpdate, ADoubtfulSiteKeepsItsFactor) {
  EpOptions options;
  options.step = 1;
  make(2, options);
  (void)update({report(2), report(3)});
  SiteReport doubtful = report(50, 0.5);
  doubtful.worst_z = 6.5;
  const EpRow& row = update({report(4, 0.25), doubtful});
  EXPECT_EQ(row.doubtful, 1U);
  EXPECT_EQ(row.answered, 1U);
  EXPECT_EQ(shared_.sites[0].precision, report(4).target->precision);
  EXPECT_EQ(shared_.sites[1].precision, report(3).target->precision);
  EXPECT_EQ(shared_.silent, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_DOUBLE_EQ(row.noise, 1.3 * 0.25);
  EXPECT_TRUE(shared_.targets.empty());  // no round of a silent site is part of an answer
  doubtful.worst_z = 5.5;
  EXPECT_EQ(update({report(4), doubtful}).answered, 2U);
  EXPECT_EQ(shared_.sites[1].precision, report(50).target->precision);
}

/// Batches of ten draws tell too little noise, by a quarter; the mean of n rounds has that of one over n.
TEST_F(EpUpdate, AnswersAreMeansOfRoundsThatArrived) {
  EpOptions options;
  options.step = 1;
  make(2, options);
  EXPECT_EQ(update({report(2, 0.01), report(3, 0.03)}).averaged, 0U);  // far away
  EXPECT_DOUBLE_EQ(shared_.answer_noise, 1.3 * 0.04);
  (void)update({report(2, 0.01), report(3, 0.03)});
  const EpRow& row = update({report(2, 0.02), report(3, 0.04)});
  EXPECT_EQ(row.averaged, 2U);
  EXPECT_DOUBLE_EQ(row.noise, 1.3 * 0.06);
  EXPECT_DOUBLE_EQ(row.answer_noise, 1.3 * (0.04 + 0.06) / 4);
  EXPECT_FALSE(shared_.converged);
}

/// Between rounds that arrive a step of d leaves d / (2 - d) of the noise of one.
TEST_F(EpUpdate, ShorterStepsLeaveLessNoise) {
  EpOptions options;
  options.step = 0.5;
  make(2, options);
  EXPECT_DOUBLE_EQ(update({report(2, 0.01), report(3, 0.03)}).answer_noise, 1.3 * 0.04 / 3);
}

TEST_F(EpUpdate, ARoundWithoutAnswersIsAsNoisyAsTheOneBefore) {
  make(2);
  const double noise = update({report(2, 0.01), report(3, 0.03)}).answer_noise;
  EXPECT_GT(noise, 0);
  const ep::Natural before = shared_.global;
  EXPECT_DOUBLE_EQ(update({SiteReport(), SiteReport()}).answer_noise, noise);
  EXPECT_EQ(shared_.global, before);
}

/// 1, then 0.7; 0.5 after the fourth round, whose distance is (90 - 20.4)^2 / (90 - 2)^2 of that of the second.
TEST_F(EpUpdate, StepsAreSlowerWhereTheDistanceStays) {
  make(2);
  EXPECT_DOUBLE_EQ(update({report(2), report(1000)}).wanted_step, 1);
  EXPECT_DOUBLE_EQ(update({report(90), report(1000)}).wanted_step, 0.7);
  EXPECT_DOUBLE_EQ(update({report(2), report(1000)}).wanted_step, 0.7);
  EXPECT_DOUBLE_EQ(update({report(90), report(1000)}).wanted_step, 0.7);
  EXPECT_DOUBLE_EQ(update({report(2), report(1000)}).wanted_step, 0.5);
  EXPECT_DOUBLE_EQ(update({report(2), report(1000)}).wanted_step, 0.5);  // for good
}

TEST_F(EpUpdate, StepsStayWhereNoiseIsAllThatIsLeft) {
  make(2);
  for (int round = 0; round < 6; ++round) {
    const double precision = round % 2 == 0 ? 2 : 90;
    EXPECT_DOUBLE_EQ(update({report(precision, 1), report(1000)}).wanted_step, round == 0 ? 1 : 0.7);
  }
}

TEST_F(EpUpdate, MomentsGoOneSiteWorthAtATime) {
  EpOptions options;
  options.estimator = SiteEstimator::moments;
  make(4, options);
  for (int round = 0; round < 3; ++round) {
    EXPECT_DOUBLE_EQ(update({report(2), report(2), report(2), report(2)}).wanted_step, 0.25);
  }
}

/// Vehtari et al. 2020, section 5: from 1/2 to min(1/K, 0.2), which is nine tenths of the way after K - 1 rounds.
TEST_F(EpUpdate, PublishedStepsFallToTheirLeast) {
  EpOptions options;
  options.step_rule = StepRule::published;
  make(4, options);
  const std::vector<SiteReport> same(4, report(2));
  for (int round = 0; round < 5; ++round) {
    EXPECT_NEAR(update(same).wanted_step, 0.2 + 0.3 * math::exp(-round * math::log(10.0) / 3), 1e-12) << round;
  }
  make(8, options);
  EXPECT_DOUBLE_EQ(update(std::vector<SiteReport>(8, report(2))).wanted_step, 0.5);
  EXPECT_NEAR(update(std::vector<SiteReport>(8, report(2))).wanted_step,
              0.125 + 0.375 * math::exp(-math::log(10.0) / 7), 1e-12);
  make(1, options);
  (void)update({report(2)});
  EXPECT_DOUBLE_EQ(update({report(2)}).wanted_step, 0.5);
}

}  // namespace
}  // namespace dovetail
