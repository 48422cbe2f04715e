// Regressions without local parameters: gradients, rows counted once, and the conjugate posterior.
#include <gtest/gtest.h>

#include <cmath>

#include "dovetail/core/error.hpp"
#include "tests/support/divided_tables.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

class Pooled : public testing::TestWithParam<const char*> {
 protected:
  Table table_ = test::logistic_groups(5, 6, 7);
  [[nodiscard]] std::unique_ptr<DividedModel> model(std::size_t sites) const {
    return make_divided_model(GetParam(), table_, {.by = "group", .sites_max = sites});
  }
};

TEST_P(Pooled, GradientsAreThoseOfDifferencesAndScores) {
  const auto model = this->model(2);
  EXPECT_EQ(model->dimension(), 3U);
  EXPECT_EQ(model->locals(1), 0U);
  EXPECT_TRUE(model->exact_scores());
  std::vector<double> x = {0.4, -0.7, 0.2};
  std::vector<double> gradient(3), score(3), unused(3);
  for (std::size_t k = 0; k < model->sites(); ++k) {
    const double log = model->site_gradient(k, x, {}, gradient, {});
    EXPECT_EQ(model->site_log_marginal(k, x).log, log);
    model->site_score(k, x, {}, score);
    EXPECT_EQ(score, gradient);
    constexpr double kStep = 1e-5;
    for (std::size_t j = 0; j < 3; ++j) {
      std::vector<double> up = x, down = x;
      up[j] += kStep;
      down[j] -= kStep;
      const double difference =
          (model->site_gradient(k, up, {}, unused, {}) - model->site_gradient(k, down, {}, unused, {})) / (2 * kStep);
      EXPECT_NEAR(gradient[j], difference, 1e-6);
    }
  }
}

TEST_P(Pooled, CountsEveryRowOnceHoweverTheyAreDivided) {
  const std::vector<double> x = {0.4, -0.7, 0.2};
  EXPECT_NEAR(model(1)->log_density(x).likelihood, model(5)->log_density(x).likelihood, 1e-11);
  EXPECT_NE(model(1)->description().identity, model(5)->description().identity);
}

INSTANTIATE_TEST_SUITE_P(Of, Pooled, testing::Values("builtin:pooled_logistic", "builtin:pooled_normal,sd=0.7"),
                         [](const auto& each) { return each.index == 0 ? "logistic" : "normal"; });

TEST(PooledModels, HaveNoSharedParametersToDeclare) {
  EXPECT_THROW((void)make_divided_model("builtin:pooled_normal", test::logistic_groups(2, 2, 1),
                                        {.by = "group", .shared = {{"mu"}}}),
               UsageError);
}

}  // namespace
}  // namespace dovetail
