// Families of blocks: what users write, and runs whose fixed points are known.
#include "dovetail/jobs/ep_family.hpp"

#include <gtest/gtest.h>

#include <array>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/ep.hpp"
#include "dovetail/jobs/ep_record.hpp"
#include "dovetail/jobs/ep_summary.hpp"
#include "tests/support/divided_tables.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

constexpr std::size_t kGroups = 7;
constexpr std::size_t kRows = 6;

Table table() { return test::logistic_groups(kGroups, kRows, 11); }

/// mu and sigma of intercept, a and b.
std::unique_ptr<DividedModel> scales_and_means() {
  return make_divided_model("builtin:hierarchical_logistic", table(), {.by = "group"});
}

std::string text_of(const char* text, const DividedModel& model) {
  return words(family_of(parse_family(text), model), model);
}

std::string refusal(const char* text, const DividedModel& model) {
  try {
    (void)family_of(parse_family(text), model);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(NamedFamilies, AreReadBackAsTheyWereWritten) {
  for (const char* text : {"dense", "diagonal", "blocks:mu", "blocks:mu[a,b]+sigma,tau"}) {
    EXPECT_EQ(words(parse_family(text)), text);
  }
  EXPECT_EQ(parse_family("blocks: mu[a,b] + sigma , tau").blocks,
            (std::vector<std::vector<std::string>>{{"mu[a,b]", "sigma"}, {"tau"}}));
}

TEST(NamedFamilies, AreBlocksOfTheModelsParameters) {
  const auto model = scales_and_means();
  const auto blocks = [&](const char* text) { return family_of(parse_family(text), *model).blocks; };
  using Blocks = std::vector<ep::Family::Block>;
  EXPECT_EQ(blocks("dense"), (Blocks{{0, 1, 2, 3, 4, 5}}));
  EXPECT_EQ(blocks("diagonal"), (Blocks{{0}, {1}, {2}, {3}, {4}, {5}}));
  EXPECT_EQ(blocks("blocks:sigma,mu"), (Blocks{{0, 1, 2}, {3, 4, 5}}));
  EXPECT_EQ(blocks("blocks:sigma[b]+mu[a]"), (Blocks{{0}, {1, 5}, {2}, {3}, {4}}));
  EXPECT_EQ(blocks("blocks:mu[intercept]+sigma"), (Blocks{{0, 3, 4, 5}, {1}, {2}}));
}

TEST(NamedFamilies, HaveOneTextForOnePartition) {
  const auto model = scales_and_means();
  EXPECT_EQ(text_of("blocks:sigma+mu", *model), "dense");
  EXPECT_EQ(text_of("blocks:mu[a]", *model), "diagonal");
  EXPECT_EQ(text_of("blocks:sigma,mu[b]+mu[a]", *model), "blocks:mu[a]+mu[b],sigma[intercept]+sigma[a]+sigma[b]");
  EXPECT_EQ(text_of("blocks:mu[a]+mu[b],sigma[intercept]+sigma[a]+sigma[b]", *model),
            text_of("blocks:sigma,mu[b]+mu[a]", *model));
}

TEST(NamedFamilies, ThatCannotBeAreRefusedWithTheCure) {
  const auto model = scales_and_means();
  const auto says = [&](const char* text, const char* part) {
    EXPECT_NE(refusal(text, *model).find(part), std::string::npos) << text << ": " << refusal(text, *model);
  };
  says("diagnal", "did you mean diagonal?");
  says("mu,sigma", "write dense, diagonal, or blocks:");
  says("blocks:", "has an empty name");
  says("blocks:mu+,sigma", "has an empty name");
  says("blocks:mu,sigm", "sigm is no parameter that sites share; did you mean sigma?");
  says("blocks:mu[aa]+sigma", "mu[aa] is no parameter that sites share; did you mean mu[a]?");
  says("blocks:mu+mu[a]", "mu[a] stands twice");
  says("blocks:mu,sigma+mu[b]", "mu[b] stands twice");
}

/// y ~ N(X beta, .49): the factor of one group's rows, which are normal in beta.
std::vector<ep::Natural> factors_of_groups() {
  constexpr std::size_t kD = 3;
  const Table rows = table();
  std::vector<ep::Natural> factors(kGroups, ep::flat(kD));
  for (std::size_t i = 0; i < rows.rows; ++i) {
    ep::Natural& factor = factors[i / kRows];
    const std::array<double, kD> x = {1, rows.columns[2].numbers[i], rows.columns[3].numbers[i]};
    for (std::size_t a = 0; a < kD; ++a) {
      factor.shift[a] += x[a] * rows.columns[1].numbers[i] / 0.49;
      for (std::size_t b = 0; b < kD; ++b) factor.precision[a * kD + b] += x[a] * x[b] / 0.49;
    }
  }
  return factors;
}

/// The fixed point of projections of whole sites, prior N(0, 16).
ep::Natural fixed_point(const ep::Family& family, const std::vector<ep::Natural>& whole) {
  ep::Natural prior = ep::flat(3);
  for (std::size_t a = 0; a < 3; ++a) prior.precision[a * 4] = 1.0 / 16;
  std::vector<ep::Natural> sites(whole.size(), ep::flat(3));
  for (int round = 0; round < 500; ++round) {
    const ep::Natural global = ep::combine(prior, sites);
    for (std::size_t k = 0; k < sites.size(); ++k) {
      const auto target = ep::project(family, whole[k], ep::cavity(global, sites[k], 1), 1);
      sites[k] = ep::step_towards(sites[k], target.value(), 0.5);
    }
  }
  return ep::combine(prior, sites);
}

class BlocksOfSites : public testing::TestWithParam<std::pair<std::size_t, SiteEstimator>> {
 protected:
  static constexpr const char* kBlocks = "blocks:beta[intercept]+beta[b]";
};

TEST_P(BlocksOfSites, ReachTheFixedPointOfProjections) {
  const auto [sites, estimator] = GetParam();
  const auto model = make_divided_model("builtin:pooled_normal,sd=0.7", table(), {.by = "group", .sites_max = sites});
  std::vector<ep::Natural> whole = factors_of_groups();
  if (sites == 1) whole = {ep::combine(ep::flat(3), whole)};
  EpOptions options;
  options.seed = test::seed_from_name();
  options.family = parse_family(kBlocks);
  options.estimator = estimator;
  options.draws = 2000;
  options.rounds = 60;
  options.tolerance = estimator == SiteEstimator::laplace ? 1e-24 : 1e-3;
  EpObserver quiet;
  const EpResult result = expectation_propagation(*model, options, {"threads", 2}, quiet);
  const EpSummary& ep = *result.summary.ep;
  EXPECT_EQ(ep.family, kBlocks);
  EXPECT_EQ(ep.covariance[1], 0);
  EXPECT_EQ(ep.covariance[5], 0);
  EXPECT_NE(ep.covariance[2], 0);
  const ep::Natural wanted = fixed_point(family_of(options.family, *model), whole);
  const auto found = ep::natural_of({ep.mean, ep.covariance});
  ASSERT_TRUE(found);
  // a chi-square of 7 figures, over 7, is above 6 once in a million; noise is told to a third
  const double far = estimator == SiteEstimator::laplace ? 1e-20 : 8 * ep.answer_noise;
  EXPECT_LT(0.5 * ep::squared_size(ep::add_scaled(*found, -1, wanted), *ep::normal_of(wanted)), far);
  EXPECT_LT(far, 0.05);
}

INSTANTIATE_TEST_SUITE_P(All, BlocksOfSites,
                         testing::Values(std::pair(1UL, SiteEstimator::laplace), std::pair(7UL, SiteEstimator::laplace),
                                         std::pair(7UL, SiteEstimator::score), std::pair(7UL, SiteEstimator::gradient),
                                         std::pair(7UL, SiteEstimator::moments)),
                         [](const auto& each) {
                           return std::string(word(each.param.second)) + std::to_string(each.param.first);
                         });

/// One site's blocks have the marginals of its posterior.
TEST(BlocksOfOneSite, AreMarginalsOfThePosterior) {
  const auto model = make_divided_model("builtin:pooled_normal,sd=0.7", table(), {.by = "group", .sites_max = 1});
  ep::Natural posterior = ep::combine(ep::flat(3), factors_of_groups());
  for (std::size_t a = 0; a < 3; ++a) posterior.precision[a * 4] += 1.0 / 16;
  const ep::Normal exact = *ep::normal_of(posterior);
  EpOptions options;
  options.family = parse_family("blocks:beta[intercept]+beta[b]");
  options.estimator = SiteEstimator::laplace;
  options.rounds = 1;
  EpObserver quiet;
  const EpSummary found = *expectation_propagation(*model, options, {"serial"}, quiet).summary.ep;
  for (std::size_t a = 0; a < 3; ++a) EXPECT_NEAR(found.mean[a], exact.mean[a], 1e-12);
  for (const std::size_t i : {0U, 2U, 4U, 8U}) EXPECT_NEAR(found.covariance[i], exact.covariance[i], 1e-12);
}

TEST(BlocksOfRuns, AreTheSameOnEveryLayoutAndByEveryName) {
  const auto model = scales_and_means();
  EpOptions options;
  options.rounds = 2;
  options.draws = 80;
  options.warmup = 40;
  const auto digest = [&](const char* family, const Layout& layout) {
    options.family = parse_family(family);
    EpObserver quiet;
    return expectation_propagation(*model, options, layout, quiet).summary.digest;
  };
  const std::string blocks = digest("blocks:mu[a]+sigma[a],mu[b]+sigma[b]", {"serial"});
  EXPECT_EQ(digest("blocks:sigma[b]+mu[b],sigma[a]+mu[a]", {"threads", 3}), blocks);
  const std::string dense = digest("dense", {"serial"});
  EXPECT_NE(dense, blocks);
  EXPECT_EQ(digest("blocks:mu+sigma", {"threads", 2}), dense);
  // so the runs are one
  const auto identity = [&](const char* family) {
    options.family = parse_family(family);
    const EpJob job(*model, options);
    return EpRecording(job).manifest({}).identity.options;
  };
  EXPECT_EQ(identity("blocks:sigma[b]+mu[b],sigma[a]+mu[a]"), identity("blocks:mu[a]+sigma[a],mu[b]+sigma[b]"));
  EXPECT_EQ(identity("blocks:mu+sigma"), identity("dense"));
  EXPECT_NE(identity("blocks:mu,sigma"), identity("dense"));
}

/// A caller's target may have all correlations.
TEST(BlocksOfRuns, TakeTheProjectionOfWhatACallerTells) {
  const auto model = make_divided_model("builtin:pooled_normal,sd=0.7", table(), {.by = "group"});
  const std::vector<ep::Natural> whole = factors_of_groups();
  EpOptions options;
  options.family = parse_family("diagonal");
  options.rounds = 200;
  options.draws = 20;
  options.warmup = 10;
  options.tolerance = 1e-24;
  options.estimator = SiteEstimator::own;
  options.own.name = "the rows themselves";
  options.own.estimate = [&](const ep::TiltedDraws&, const ep::Natural&) -> std::optional<ep::Estimate> {
    return ep::Estimate{whole[0], 0, 0};
  };
  EpObserver quiet;
  const EpSummary found = *expectation_propagation(*model, options, {"serial"}, quiet).summary.ep;
  const ep::Natural wanted = fixed_point(ep::Family::diagonal(3), std::vector<ep::Natural>(kGroups, whole[0]));
  const auto told = ep::natural_of({found.mean, found.covariance});
  ASSERT_TRUE(told);
  EXPECT_LT(ep::squared_size(ep::add_scaled(*told, -1, wanted), *ep::normal_of(wanted)), 1e-20);
}

TEST(BlocksOfRuns, NeedDrawsForTheirLargestBlock) {
  const auto model = scales_and_means();
  EpOptions options;
  options.draws = 20;
  options.family = parse_family("blocks:mu");
  EXPECT_NO_THROW(check_options(options, *model));
  options.family = parse_family("blocks:mu+sigma[a]+sigma[b]");
  EXPECT_THROW(check_options(options, *model), UsageError);
  options.family = parse_family("blocks:nu");
  EXPECT_THROW(check_options(options, *model), UsageError);
}

}  // namespace
}  // namespace dovetail
