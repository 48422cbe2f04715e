// What certifies a corrected answer: every condition by itself on weights made for it, and the integrals that weights
// are made of against quadrature.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dovetail/diagnose/psis.hpp"
#include "dovetail/jobs/ep.hpp"
#include "dovetail/jobs/ep_correction.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

constexpr double kNats = 0.01;

/// One parameter with prior N(0, 1), and points of one proposal a round, with log likelihoods such that point i has the
/// weight `weights[i]` over the proposal of its round.
class Certificate : public ::testing::Test {
 protected:
  void add_round(std::size_t made, const std::vector<double>& weights) {
    Rng rng({test::seed_from_name(), Purpose::test, ItemId(static_cast<std::uint32_t>(made))});
    const ep::Normal guess{{0}, {1}};
    correction_.proposed.push_back({ep::proposal_of(std::vector<std::vector<double>>(), {}, guess),
                                    ep::make_lattice(static_cast<std::uint32_t>(weights.size()), 1, rng)});
    const ep::Proposed& round = correction_.proposed.back();
    const auto points = ep::points_of(std::span(correction_.proposed).last(1), 1);
    std::vector<double> work(1);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const auto x = std::span(points).subspan(i, 1);
      const double prior = -0.5 * (x[0] * x[0] + math::log(2 * 3.14159265358979324));
      correction_.log_likelihoods.push_back(round.proposal.log_density(x, work) + math::log(weights[i]) - prior);
    }
  }
  /// Errors of integrals at all points checked: `mean` plus and minus `away` by turns, each with that variance.
  void check(double mean, double away, double variance) {
    for (std::size_t i = 0; i < kPointsChecked; ++i) {
      correction_.errors.push_back(mean + (i % 2 == 0 ? away : -away));
      correction_.error_variances.push_back(variance);
    }
  }
  [[nodiscard]] EpCertificate certificate() const {
    const ep::Natural prior{{1}, {0}};
    return weigh(correction_, prior, prior, kNats).certificate;
  }

  EpCorrection correction_;
};

const std::vector<double> kEven(2003, 3.0);

TEST_F(Certificate, HoldsWhereWeightsAreEvenAndIntegralsRight) {
  add_round(0, kEven);
  check(0, 0, 0);
  const EpCertificate found = certificate();
  EXPECT_TRUE(found.weights_hold);
  EXPECT_TRUE(found.holds);
  EXPECT_EQ(*found.doubt, 0);
  EXPECT_NEAR(found.effective, 2003, 1e-6);
  ASSERT_TRUE(found.log_evidence);
  EXPECT_NEAR(*found.log_evidence, math::log(3.0), 1e-9);
}

TEST_F(Certificate, HoldsNotBeforeIntegralsAreLookedAt) {
  add_round(0, kEven);
  EXPECT_TRUE(certificate().weights_hold);
  EXPECT_FALSE(certificate().doubt);
  EXPECT_FALSE(certificate().holds);
}

TEST_F(Certificate, HoldsNotWithFewerThanAThousandEffectivePoints) {
  std::vector<double> weights(2003, 1e-9);
  for (std::size_t i = 0; i < weights.size(); i += 2) weights[i] = 1;  // 1002 alike: enough
  add_round(0, weights);
  check(0, 0, 0);
  EXPECT_TRUE(certificate().holds);
  for (std::size_t i = 0; i < 20; i += 2) correction_.log_likelihoods[i] -= 50;
  const EpCertificate fewer = certificate();
  EXPECT_NEAR(fewer.effective, 992, 0.1);
  EXPECT_FALSE(fewer.weights_hold);
  EXPECT_FALSE(fewer.holds);
}

/// Points for the noise of moments: d (d + 3) / 4n nats from n of them.
TEST_F(Certificate, WantsMorePointsForMoreParametersAndLessNoise) {
  EXPECT_DOUBLE_EQ(wanted_points(34, 0.05), 6290);
  EXPECT_DOUBLE_EQ(wanted_points(34, 0.01), 31450);
  EXPECT_DOUBLE_EQ(wanted_points(1, 0.01), 1000);
}

TEST_F(Certificate, HoldsNotWhereTheApproximationIsNoDistribution) {
  add_round(0, kEven);
  check(0, 0, 0);
  const EpCertificate found = weigh(correction_, {{1}, {0}}, {{-1}, {0}}, kNats).certificate;
  EXPECT_FALSE(found.weights_hold);
  EXPECT_FALSE(found.holds);
}

/// One point in fifteen has a weight with a tail of shape 1.2, though too light to cost effective points.
TEST_F(Certificate, HoldsNotWhereTheTailOfWeightsIsHeavy) {
  std::vector<double> weights = kEven;
  for (std::size_t i = 0; i < 134; ++i) {
    weights[15 * i] *= 1 + 0.001 * math::expm1(-1.2 * math::log((static_cast<double>(i) + 0.5) / 134));
  }
  add_round(0, weights);
  check(0, 0, 0);
  const EpCertificate found = certificate();
  EXPECT_GT(found.effective, 1900);
  ASSERT_TRUE(found.k_hat);
  EXPECT_GT(*found.k_hat, diagnose::k_hat_limit(weights.size()));
  EXPECT_FALSE(found.weights_hold);
  EXPECT_FALSE(found.log_evidence);
}

TEST_F(Certificate, HoldsNotWhereAnIntegralIsNoNumber) {
  add_round(0, kEven);
  check(0, 0, 0);
  correction_.log_likelihoods[7] = -kInfinity;  // outside of the support, which is known
  EXPECT_TRUE(certificate().holds);
  EXPECT_EQ(certificate().unknown, 0U);
  correction_.log_likelihoods[9] = std::nan("");
  EXPECT_EQ(certificate().unknown, 1U);
  EXPECT_FALSE(certificate().holds);
  EXPECT_NEAR(certificate().effective, 2001, 1e-6);
}

/// KL of an answer whose log density is off by e is half of e's variance; noise of estimates of e is none of it, and
/// two standard errors are added.
TEST_F(Certificate, ErrorsOfIntegralsAreToldInNats) {
  add_round(0, kEven);
  check(-2.4, 0.1, 0.004);
  const auto n = static_cast<double>(kPointsChecked);
  const double spread = 0.01 * n / (n - 1);
  const double upper = spread - 0.004 + 2 * spread * std::sqrt(2 / (n - 1));
  const EpCertificate found = certificate();
  EXPECT_NEAR(*found.doubt, 0.5 * upper, 1e-12);
  EXPECT_TRUE(found.holds);
  EXPECT_NEAR(*found.log_evidence, math::log(3.0) - 2.4 + 0.5 * (spread - 0.004), 1e-9);
  EXPECT_NEAR(found.log_evidence_se, std::sqrt(spread / n), 1e-9);  // even weights have no error of their own
}

TEST_F(Certificate, HoldsNotWhereErrorsOfIntegralsVary) {
  add_round(0, kEven);
  check(0, 0.16, 0);  // half of .0256 is more than .01
  EXPECT_GT(*certificate().doubt, kNats);
  EXPECT_TRUE(certificate().weights_hold);
  EXPECT_FALSE(certificate().holds);
}

TEST_F(Certificate, HoldsNotWhereTheModelCannotTellErrors) {
  add_round(0, kEven);
  check(0, 0, kInfinity);
  EXPECT_TRUE(certificate().weights_hold);
  EXPECT_FALSE(certificate().holds);
}

/// Proposals are fitted to the points before them: those of earlier rounds say nothing about the evidence.
TEST_F(Certificate, EvidenceIsThatOfTheLastRound) {
  add_round(0, std::vector<double>(2003, 5.0));
  add_round(1, std::vector<double>(1009, 3.0));
  EXPECT_NEAR(*certificate().log_evidence, math::log(3.0), 1e-9);
}

TEST_F(Certificate, EvidenceNeedsEffectivePointsOfTheLastRound) {
  add_round(0, std::vector<double>(2003, 3.0));
  std::vector<double> uneven(1009, 1e-9);
  std::fill_n(uneven.begin(), 90, 3.0);
  add_round(1, uneven);
  check(0, 0, 0);
  EXPECT_TRUE(certificate().holds);
  EXPECT_FALSE(certificate().log_evidence);
}

constexpr std::size_t kRows = 4;

/// Groups of four rows, logits N(0.5, 1.9^2). With `predictor` every row has one that is 0: no information, but the
/// integrals over two local parameters are by Laplace's expansion.
std::unique_ptr<DividedModel> few_rows(const std::vector<std::size_t>& ones, bool predictor) {
  Table table{"few.csv", 0, {{"group", false, {}, {}}, {"y", true, {}, {}}}};
  for (std::size_t j = 0; j < ones.size(); ++j) {
    for (std::size_t i = 0; i < kRows; ++i) {
      table.columns[0].texts.push_back("g" + std::to_string(j));
      table.columns[1].numbers.push_back(i < ones[j] ? 1 : 0);
      ++table.rows;
    }
  }
  if (predictor) table.columns.push_back({"nought", true, std::vector<double>(table.rows, 0.0), {}});
  return make_divided_model("builtin:hierarchical_logistic", table, {.by = "group", .sites_max = 8});
}

std::vector<std::size_t> simulated_ones(std::size_t groups) {
  Rng rng({test::seed_from_name(), Purpose::test});
  std::vector<std::size_t> ones(groups);
  for (std::size_t& each : ones) {
    const double p = 1 / (1 + math::exp(-0.5 - 1.9 * math::normal_quantile(rng.uniform_open())));
    for (std::size_t i = 0; i < kRows; ++i) each += rng.uniform() < p ? 1 : 0;
  }
  return ones;
}

/// Of mu and log sigma, by quadrature over both and over the logit of every kind of group.
struct Truth {
  double log_evidence, mean, sd;  ///< the last two of log sigma
};
Truth truth_of(const std::vector<std::size_t>& ones) {
  std::vector<double> count(kRows + 1);
  for (const std::size_t each : ones) count[each] += 1;
  constexpr double kWidth = 0.02, kNode = 0.05;
  std::vector<double> log_sigmas, logs;
  for (double log_sigma = -0.2; log_sigma < 1.5; log_sigma += kWidth) {
    for (double mu = -0.5; mu < 1.5; mu += kWidth) {
      std::vector<double> integral(kRows + 1);
      for (double u = -9; u < 9; u += kNode) {
        const double eta = mu + math::exp(log_sigma) * u;
        const double p = 1 / (1 + math::exp(-eta));
        double term = kNode * math::exp(-0.5 * u * u) / std::sqrt(2 * 3.14159265358979324);
        for (std::size_t i = 0; i < kRows; ++i) term *= 1 - p;
        for (double& each : integral) {
          each += term;
          term *= math::exp(eta);
        }
      }
      double log = -0.5 * (mu * mu / 16 + log_sigma * log_sigma / 4) - math::log(2 * 3.14159265358979324 * 4 * 2);
      for (std::size_t k = 0; k <= kRows; ++k) log += count[k] * math::log(integral[k]);
      log_sigmas.push_back(log_sigma);
      logs.push_back(log);
    }
  }
  const std::vector<double> weights = ep::normalised(logs);
  const double mean = math::dot(weights, log_sigmas);
  double square = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) square += weights[i] * log_sigmas[i] * log_sigmas[i];
  const double total = ep::log_mean_exp(logs) + math::log(static_cast<double>(logs.size()) * kWidth * kWidth);
  return {total, mean, std::sqrt(square - mean * mean)};
}

EpResult corrected(const DividedModel& model, double nats, std::uint64_t seed) {
  EpOptions options;
  options.seed = seed;
  options.rounds = 3;
  options.draws = 120;
  options.warmup = 60;
  options.correct = nats;
  EpObserver quiet;
  return expectation_propagation(model, options, {"threads", 2}, quiet);
}

/// What Laplace's expansion leaves out has the same sign in nearly all groups: over 600 of them 2.4 nats of evidence,
/// and a third of a standard deviation of log sigma. One local parameter needs no expansion.
TEST(CorrectedLogistic, IsThePosteriorOfManySmallGroups) {
  const std::vector<std::size_t> ones = simulated_ones(600);
  const Truth truth = truth_of(ones);
  const EpResult result = corrected(*few_rows(ones, false), kNats, test::seed_from_name());
  const EpCorrectionSummary& found = *result.summary.ep->correction;
  ASSERT_EQ(found.certified, 1U);
  const double far = 4 / std::sqrt(found.effective);
  EXPECT_NEAR(found.mean[1], truth.mean, far * truth.sd);
  EXPECT_NEAR(std::sqrt(found.covariance[3]) / truth.sd, 1, far);
  EXPECT_NEAR(*found.log_evidence, truth.log_evidence, 4 * *found.log_evidence_se);
  EXPECT_LT(*found.log_evidence_se, 0.02);
  EXPECT_LT(*found.integral_doubt, 1e-6);
}

/// By an expansion the answer is off. Asked for a hundredth of a nat it is refused, by name.
TEST(CorrectedLogistic, IsRefusedWhereErrorsOfIntegralsAddUp) {
  const EpResult result = corrected(*few_rows(simulated_ones(300), true), kNats, test::seed_from_name());
  const EpCorrectionSummary& found = *result.summary.ep->correction;
  EXPECT_EQ(found.certified, 0U);
  EXPECT_GT(found.effective, 1000);
  EXPECT_GT(*found.integral_doubt, kNats);
  EXPECT_FALSE(found.log_evidence);
  EXPECT_TRUE(result.draws.empty());
  const auto& warnings = result.summary.warnings;
  const auto failed = std::find_if(warnings.begin(), warnings.end(), [](const Warning& w) { return w.id == "W308"; });
  ASSERT_NE(failed, warnings.end());
  EXPECT_NE(failed->text.find("errors of sites' integrals move the answer by up to"), std::string::npos)
      << failed->text;
  EXPECT_EQ(failed->text.find("effective points"), std::string::npos) << failed->text;
}

/// Asked for no more than it can reach it holds what it promises: nats of the answer, and the evidence without the sum
/// of errors.
TEST(CorrectedLogistic, IsAsFarOffAsItTells) {
  const std::vector<std::size_t> ones = simulated_ones(300);
  const Truth truth = truth_of(ones);
  const EpResult result = corrected(*few_rows(ones, true), 1, test::seed_from_name());
  const EpCorrectionSummary& found = *result.summary.ep->correction;
  ASSERT_EQ(found.certified, 1U);
  EXPECT_NEAR(*found.log_evidence, truth.log_evidence, 4 * *found.log_evidence_se);
  EXPECT_LT(*found.log_evidence_se, 0.1);
  const double off = std::fabs(found.mean[2] - truth.mean) / truth.sd;
  EXPECT_GT(off, 0.1);  // the expansion's
  EXPECT_LT(off, std::sqrt(2 * *found.integral_doubt) + 4 / std::sqrt(found.effective));
  EXPECT_LT(*found.integral_doubt, 0.2);
}

}  // namespace
}  // namespace dovetail
