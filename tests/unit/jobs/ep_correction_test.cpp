// The corrected answer of expectation propagation: a posterior known by quadrature, and runs that stop in the middle.
#include <gtest/gtest.h>

#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/diagnose/warnings.hpp"
#include "dovetail/jobs/ep.hpp"
#include "dovetail/math/functions.hpp"
#include "tests/support/divided_tables.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

constexpr std::size_t kGroups = 32;
constexpr std::size_t kRows = 5;

std::unique_ptr<DividedModel> collapsing_scale(std::size_t sites) {
  return make_divided_model("builtin:hierarchical_normal", test::quantile_groups(kGroups, kRows, 0.1, sites),
                            {.by = "group", .sites_max = sites});
}

EpResult run_ep(const DividedModel& model, const EpOptions& options, const Layout& layout = {"threads", 2}) {
  EpObserver quiet;
  return expectation_propagation(model, options, layout, quiet);
}

EpOptions quick() {
  EpOptions options;
  options.rounds = 2;
  options.draws = 80;
  options.warmup = 40;
  options.correct = 0.05;
  return options;
}

/// docs/maths/ep.md section 8: the posterior by quadrature, of which EP's own fixed point has an sd of log tau 11 % too
/// small.
TEST(EpCorrection, IsThePosteriorWhereEpIsNot) {
  EpOptions options;
  options.seed = test::seed_from_name();
  options.correct = 5e-4;  // 5000 effective points
  const EpResult result = run_ep(*collapsing_scale(8), options);
  ASSERT_TRUE(result.summary.ep && result.summary.ep->correction);
  const EpCorrectionSummary& found = *result.summary.ep->correction;
  EXPECT_EQ(found.certified, 1U);
  EXPECT_GE(found.effective, 5000);
  const double far = 4 / std::sqrt(found.effective);
  EXPECT_NEAR(found.mean[0], .999494, far * .089975);
  EXPECT_NEAR(found.mean[1], -1.608285, far * .493179);
  // sd(sd) / sd = sqrt((kurtosis - 1) / 4n), and the long tail has a kurtosis near 5
  EXPECT_NEAR(std::sqrt(found.covariance[0]) / .089975, 1, far);
  EXPECT_NEAR(std::sqrt(found.covariance[3]) / .493179, 1, far);
  EXPECT_LT(std::sqrt(result.summary.ep->covariance[3]) / .493179, 1 - far);  // EP itself
  EXPECT_GT(found.bias, 0.005);
}

/// A normal proposal whose sd is a tenth too large loses 1.5 % of the points, sqrt(2 s^2 - 1) / s^2 at s = 1.1, and its
/// longer tails some more, in each of two coordinates. One that is sqrt(2) too narrow loses all but a few.
TEST(EpCorrection, MarginalsMakeAGoodFirstProposal) {
  EpOptions options;
  options.seed = test::seed_from_name();
  options.correct = 0.05;
  const EpResult result = run_ep(*collapsing_scale(8), options);
  for (const EpRow& row : result.rounds) {
    if (row.phase != "importance") continue;
    EXPECT_GT(*row.effective, 0.8 * static_cast<double>(row.points));
    return;
  }
  ADD_FAILURE() << "there was no round of importance sampling";
}

TEST(EpCorrection, DrawsAreThoseOfTheAnswer) {
  EpOptions options;
  options.seed = test::seed_from_name();
  options.correct = 0.05;
  const EpResult result = run_ep(*collapsing_scale(8), options);
  ASSERT_EQ(result.draws.size(), 1U);
  const std::vector<double>& draws = result.draws.front();
  // no more than there are effective points: whoever takes them for independent has errors that are right
  const auto count = static_cast<std::size_t>(result.summary.ep->correction->effective);
  ASSERT_LT(count, 4000U);
  ASSERT_EQ(draws.size(), 2 * count);
  const auto& parameters = result.summary.parameters;
  for (std::size_t j = 0; j < 2; ++j) {
    double mean = 0;
    for (std::size_t i = 0; i < count; ++i) mean += draws[2 * i + j] / static_cast<double>(count);
    EXPECT_NEAR(mean, parameters[j].mean, 4 * parameters[j].sd / std::sqrt(static_cast<double>(count)));
  }
}

TEST(EpCorrection, WithoutOneNothingFollowsTheRounds) {
  EpOptions options = quick();
  options.correct.reset();
  const EpResult result = run_ep(*collapsing_scale(4), options);
  EXPECT_EQ(result.rounds.size(), 2U);
  EXPECT_FALSE(result.summary.ep->correction);
  EXPECT_TRUE(result.draws.empty());
}

/// Whether a run that is stopped again and again, in its correction too, ends with this digest.
void expect_the_same_after_any_stop(const DividedModel& model, const EpOptions& options, const std::string& wanted) {
  class Stops final : public EpObserver {
   public:
    StopReason should_stop() override { return left_-- > 0 ? StopReason::finished : StopReason::interrupted; }

   private:
    int left_ = 3;
  };
  const test::TemporaryFolder place;
  const RunFolder folder = RunFolder::create(place.path() / "run", "ep", Existing::refuse);
  Stops stops;
  EpResult result = expectation_propagation(model, options, {"threads", 2}, stops, {folder, ""});
  for (int resumes = 0; result.stop != StopReason::finished && resumes < 1000; ++resumes) {
    Stops again;
    result = expectation_propagation(model, options, {"serial"}, again,
                                     {folder, "", false, 60, RunFiles::Start::from_checkpoint});
  }
  EXPECT_EQ(result.stop, StopReason::finished) << result.summary.status_reason;
  EXPECT_EQ(result.summary.digest, wanted);
}

TEST(EpCorrection, IsTheSameOnEveryLayoutAndAfterAnyStop) {
  const auto model = collapsing_scale(5);
  const std::string wanted = run_ep(*model, quick(), {"serial"}).summary.digest;
  for (const unsigned threads : {2U, 5U}) {
    EXPECT_EQ(run_ep(*model, quick(), {"threads", threads}).summary.digest, wanted);
  }
  expect_the_same_after_any_stop(*model, quick(), wanted);
}

/// Of consensus one round is all there is, whatever number was asked for.
TEST(EpCorrection, OfConsensusGoesOnAfterAnyStop) {
  const auto model = make_divided_model("builtin:hierarchical_normal", test::quantile_groups(kGroups, kRows, 1, 4),
                                        {.by = "group", .sites_max = 4});
  EpOptions options = quick();
  options.estimator = SiteEstimator::consensus;
  options.rounds = 5;
  const EpResult whole = run_ep(*model, options, {"serial"});
  ASSERT_TRUE(whole.summary.ep->correction);
  for (const Warning& warning : whole.summary.warnings) EXPECT_NE(warning.id, diagnose::warning::kEpNotConverged);
  expect_the_same_after_any_stop(*model, options, whole.summary.digest);
}

TEST(EpCorrection, AnAnswerThatIsBeingCorrectedTakesNoMoreRounds) {
  const auto model = collapsing_scale(4);
  EpOptions options = quick();
  options.tolerance = 1e-9;
  const test::TemporaryFolder place;
  const RunFolder folder = RunFolder::create(place.path() / "run", "ep", Existing::refuse);
  EpObserver quiet;
  (void)expectation_propagation(*model, options, {"serial"}, quiet, {folder, ""});
  options.rounds = 3;
  EXPECT_THROW((void)expectation_propagation(*model, options, {"serial"}, quiet,
                                             {folder, "", false, 60, RunFiles::Start::from_checkpoint}),
               UsageError);
}

}  // namespace
}  // namespace dovetail
