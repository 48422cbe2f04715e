// Runs of expectation propagation that begin with the factors of another: every site's rows count once, whoever comes
// and goes.
#include "dovetail/jobs/ep_start.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/ep/sites.hpp"
#include "dovetail/jobs/ep_job.hpp"
#include "tests/support/divided_tables.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

constexpr std::size_t kD = 3;
constexpr std::size_t kGroups = 4;

/// y ~ N(X beta, .7^2), a site for each of g1, g2, ...
struct Pooled {
  Table table = test::logistic_groups(kGroups, 6, 11);
  std::unique_ptr<DividedModel> model = make_divided_model("builtin:pooled_normal,sd=0.7", table, {.by = "group"});

  /// What a site says, exactly.
  [[nodiscard]] ep::Natural factor(const std::string& site) const {
    ep::Natural all = ep::flat(kD);
    for (std::size_t i = 0; i < table.rows; ++i) {
      if (table.columns[0].texts[i] != site) continue;
      const std::array<double, kD> x = {1, table.columns[2].numbers[i], table.columns[3].numbers[i]};
      for (std::size_t a = 0; a < kD; ++a) {
        all.shift[a] += x[a] * table.columns[1].numbers[i] / 0.49;
        for (std::size_t b = 0; b < kD; ++b) all.precision[a * kD + b] += x[a] * x[b] / 0.49;
      }
    }
    return all;
  }
};

EpOptions exact(std::uint64_t part) {
  EpOptions options;
  options.seed = test::seed_from_name(part);
  options.estimator = SiteEstimator::laplace;
  return options;
}

SiteFactor named(const std::string& site, const ep::Natural& factor) { return {site, factor.precision, factor.shift}; }

TEST(StartOfSites, TakesFactorsByNameAndLeavesOutWhoIsGone) {
  const Pooled pooled;
  const ep::Natural second = pooled.factor(pooled.model->site_name(1));
  ep::Natural gone = ep::flat(kD);
  gone.precision[0] = 1e6;
  EpOptions options = exact(0);
  options.start = {named("gone", gone), named(pooled.model->site_name(1), second)};
  const EpShared shared = EpJob(*pooled.model, options).begin_shared();
  EXPECT_EQ(shared.sites[0], ep::flat(kD));
  EXPECT_EQ(shared.sites[1], second);
  EXPECT_EQ(shared.global, ep::combine(prior_of(*pooled.model), {second}));
}

/// Whatever they began with: a start is replaced by the site's own rows, and never counts beside them.
TEST(StartOfSites, CountsEveryRowOnce) {
  const Pooled pooled;
  ep::Natural wanted = prior_of(*pooled.model);
  for (std::size_t k = 0; k < kGroups; ++k) {
    wanted = ep::add_scaled(wanted, 1, pooled.factor(pooled.model->site_name(k)));
  }
  const auto truth = ep::normal_of(wanted);
  EpOptions options = exact(0);
  options.rounds = 1;
  options.step = 1;
  const ep::Natural first = pooled.factor(pooled.model->site_name(0));
  options.start = {named(pooled.model->site_name(0), first),
                   named(pooled.model->site_name(2), ep::add_scaled(first, 5, first)), named("gone", first)};
  EpObserver quiet;
  const EpSummary found = *expectation_propagation(*pooled.model, options, {"threads", 2}, quiet).summary.ep;
  for (std::size_t a = 0; a < kD; ++a) {
    const double sd = std::sqrt(truth->covariance[a * (kD + 1)]);
    EXPECT_NEAR(found.mean[a], truth->mean[a], 1e-12 * sd);
    EXPECT_NEAR(found.covariance[a * (kD + 1)], truth->covariance[a * (kD + 1)], 1e-12 * sd * sd);
  }
}

/// A first undamped round is for sites that know nothing yet.
TEST(StartOfSites, IsDampedFromTheFirstRoundOn) {
  const Pooled pooled;
  EpOptions options = exact(0);
  options.rounds = 1;
  EpObserver quiet;
  const auto wanted_step = [&] {
    return expectation_propagation(*pooled.model, options, {"serial"}, quiet).rounds.front().wanted_step;
  };
  EXPECT_EQ(wanted_step(), 1);
  options.start = {named(pooled.model->site_name(0), pooled.factor(pooled.model->site_name(0)))};
  EXPECT_EQ(wanted_step(), 0.7);
}

TEST(StartOfSites, ThatMakesNoDistributionIsRefused) {
  const Pooled pooled;
  EpOptions options = exact(0);
  ep::Natural factor = ep::flat(kD);
  factor.precision[0] = -1;  // the prior has 1/16
  options.start = {named(pooled.model->site_name(0), factor)};
  EXPECT_THROW(check_options(options, *pooled.model), UsageError);
  options.start = {{pooled.model->site_name(0), {1}, {1}}};
  EXPECT_THROW(check_options(options, *pooled.model), UsageError);
  options.start = {named(pooled.model->site_name(0), pooled.factor(pooled.model->site_name(0)))};
  check_options(options, *pooled.model);
}

}  // namespace
}  // namespace dovetail
