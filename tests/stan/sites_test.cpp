// A Stan program as the model of every site: against quadrature of the same model, and expectation propagation with it.
#include <gtest/gtest.h>

#include <cmath>

#include "dovetail/jobs/ep.hpp"
#include "dovetail/jobs/open_model.hpp"
#include "dovetail/jobs/read_table.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/divided/site_models.hpp"
#include "tests/stan/library.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

const std::string kRows = std::string(DOVETAIL_PROJECT) + "/examples/ep/clinics.csv";

std::unique_ptr<DividedModel> clinics(const std::string& program, std::size_t sites) {
  ModelSource source;
  source.spec = test::compiled("examples/ep/" + program);
  source.data = kRows;
  return open_divided_model(source,
                            {.by = "clinic",
                             .sites_max = sites,
                             .shared = parse_shared("mu ~ normal(0, 4), slope ~ normal(0, 4), tau ~ lognormal(0, 2)")});
}

/// log of the integral over u of one clinic's rows, by the trapezoid.
double integral(const Table& table, const RowGroup& clinic, Point x) {
  constexpr double kWidth = 0.01;
  double total = 0;
  for (double u = -9; u <= 9; u += kWidth) {
    double log = -0.5 * (u * u + 1.8378770664093454836);
    for (const std::size_t row : clinic.rows) {
      const double logit = x[0] + math::exp(x[2]) * u + x[1] * table.column("dose").numbers[row];
      const double own = table.column("y").numbers[row] == 1 ? logit : -logit;
      log -= math::log(1 + math::exp(-own));
    }
    total += kWidth * math::exp(log);
  }
  return math::log(total);
}

TEST(StanSites, HaveTheIntegralsOfTheirRows) {
  const auto model = clinics("clinics.stan", 16);
  ASSERT_EQ(model->sites(), 16U);
  ASSERT_EQ(model->shared(), 3U);
  EXPECT_EQ(model->description().coordinates[2].lower, 0);
  EXPECT_EQ(model->description().kind, "library");
  const Table table = read_table(kRows, "clinic").table;
  const auto groups = groups_of(table, "clinic");
  for (const std::vector<double>& x : {std::vector<double>{0.1, 0.5, -0.3}, {-1, 0.2, 0.6}}) {
    for (std::size_t k = 0; k < 16; k += 5) {
      const SiteMarginal found = model->site_log_marginal(k, x);
      EXPECT_EQ(model->site_name(k), groups[k].name);
      EXPECT_NEAR(found.log, integral(table, groups[k], x), 5 * found.worst_correction + 1e-6);
      EXPECT_LT(found.worst_correction, 0.05);
    }
  }
}

/// The same posterior from a Stan program and from a plug-in.
TEST(StanSites, ReachTheAnswerOfThePlugIn) {
  EpOptions options;
  options.seed = test::seed_from_name();
  options.draws = 800;
  EpObserver quiet;
  const EpSummary stan =
      *expectation_propagation(*clinics("clinics.stan", 8), options, {"threads", 2}, quiet).summary.ep;
  options.seed = test::seed_from_name(1);
  const EpSummary own = *expectation_propagation(*clinics("clinics.cpp", 8), options, {"threads", 2}, quiet).summary.ep;
  EXPECT_EQ(stan.names, (std::vector<std::string>{"mu", "slope", "log tau"}));
  EXPECT_EQ(stan.converged + own.converged, 2U);
  const auto distance =
      ep::divergence(*ep::natural_of({stan.mean, stan.covariance}), *ep::natural_of({own.mean, own.covariance}));
  EXPECT_LT(*distance, 8 * (stan.answer_noise + own.answer_noise));
}

}  // namespace
}  // namespace dovetail
