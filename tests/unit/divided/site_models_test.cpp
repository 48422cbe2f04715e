// Any model as a site: against the built-in model of the same posterior, closed forms and quadrature; what is refused.
#include "dovetail/model/divided/site_models.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/model/divided/local_expansion.hpp"
#include "tests/support/divided_tables.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/site_programs.hpp"

namespace dovetail {
namespace {

using test::Written;

std::vector<double> normals(std::size_t n, std::uint64_t index) {
  Rng rng({test::seed_from_name(index), Purpose::test});
  std::vector<double> x(n);
  math::draw_normals(rng, x);
  return x;
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was refused";
}

class SitePrograms : public testing::TestWithParam<Written> {
 protected:
  Table table_ = test::quantile_groups(7, 4, 1, 1);
  std::unique_ptr<DividedModel> program_ = test::group_means(table_, 3, GetParam());
  std::unique_ptr<DividedModel> built_in_ =
      make_divided_model("builtin:hierarchical_normal", table_, {.by = "group", .sites_max = 3});
};

TEST_P(SitePrograms, HaveTheIntegralsOfTheBuiltInModel) {
  ASSERT_EQ(program_->sites(), built_in_->sites());
  EXPECT_EQ(program_->shared(), 2U);
  EXPECT_EQ(program_->site_name(0), built_in_->site_name(0));
  for (const std::vector<double>& x : {std::vector<double>{0.3, -0.4}, {2.0, 0.7}, {-1.0, -2.5}}) {
    for (std::size_t k = 0; k < program_->sites(); ++k) {
      const SiteMarginal found = program_->site_log_marginal(k, x);
      EXPECT_NEAR(found.log, built_in_->site_log_marginal(k, x).log, 1e-8);
      EXPECT_LT(found.worst_correction, 1e-8);  // u given x is normal: every point weighs the same
    }
  }
}

TEST_P(SitePrograms, HaveScoresWithoutNoiseWhereLocalsAreNormal) {
  const std::vector<double> x = {0.3, -0.4};
  for (std::size_t k = 0; k < program_->sites(); ++k) {
    std::vector<double> exact(2), score(2);
    built_in_->site_score(k, x, std::vector<double>(built_in_->locals(k)), exact);
    for (const std::uint64_t draw : {1, 2, 3}) {
      program_->site_score(k, x, normals(program_->locals(k), draw), score);
      for (std::size_t j = 0; j < 2; ++j) EXPECT_NEAR(score[j], exact[j], 1e-6 * (1 + std::fabs(exact[j])));
    }
  }
}

TEST_P(SitePrograms, HaveTheGradientsOfDifferences) {
  std::vector<double> x = normals(program_->dimension(), 1);
  std::vector<double> prior(x.size()), likelihood(x.size());
  (void)program_->log_density_gradient(x, prior, likelihood);
  constexpr double kStep = 1e-5;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double middle = x[i];
    x[i] = middle + kStep;
    const LogDensity up = program_->log_density(x);
    x[i] = middle - kStep;
    const LogDensity down = program_->log_density(x);
    x[i] = middle;
    EXPECT_NEAR(prior[i], (up.prior - down.prior) / (2 * kStep), 1e-6);
    EXPECT_NEAR(likelihood[i], (up.likelihood - down.likelihood) / (2 * kStep), 1e-5 * (1 + std::fabs(likelihood[i])));
  }
}

INSTANTIATE_TEST_SUITE_P(As, SitePrograms,
                         testing::Values(Written::centred, Written::non_centred, Written::positive_scale),
                         [](const auto& each) { return test::name_of(each.param); });

TEST(SiteModels, ShowSharedParametersAndThoseOfEverySite) {
  const Table table = test::quantile_groups(3, 2, 1, 1);
  const auto model = test::group_means(table, 2, Written::positive_scale);
  const ModelDescription& about = model->description();
  EXPECT_EQ(about.output_names, (std::vector<std::string>{"mu", "tau", "g1..g2:u[1]", "g1..g2:u[2]", "g3:u[1]"}));
  EXPECT_EQ(about.coordinates[1].lower, 0);
  EXPECT_EQ(about.coordinates[0].lower, -kInfinity);
  std::vector<double> values(5);
  Rng rng({1, Purpose::outputs});
  model->output_values(std::vector<double>{1, math::log(2), 3, 4, 5}, rng, values);
  EXPECT_EQ(values, (std::vector<double>{1, math::exp(math::log(2)), 3, 4, 5}));
}

/// One local parameter whose law given x is far from normal: score and integral against quadrature.
TEST(LocalExpansion, OfALogisticModelHasTheRightMeanAndIntegral) {
  const std::vector<double> x = {0.4, 0.6};
  const double sigma = math::exp(x[1]);
  const divided::LocalDensity density = [&](Point u, PointOut in_shared, PointOut in_local) {
    const double theta = x[0] + sigma * u[0];
    const double p = 1 / (1 + math::exp(-theta));
    const double in_theta = 4 * (1 - p) - p;  // four of five
    in_shared[0] = in_theta;
    in_shared[1] = in_theta * sigma * u[0];
    in_local[0] = in_theta * sigma - u[0];
    return 4 * math::log(p) + math::log(1 - p) - 0.5 * (u[0] * u[0] + 1.8378770664093454836);
  };
  const auto at = divided::expand(density, 2, 1);
  ASSERT_TRUE(at);
  constexpr double kWidth = 0.01;
  std::vector<double> u(1), gradient(2), in_local(1), score(2);
  std::vector<double> mean(2), raw(2), score_squares(2), raw_squares(2);
  double total = 0;
  for (int i = -1000; i <= 1000; ++i) {
    u[0] = kWidth * i;
    const double weight = math::exp(density(u, gradient, in_local));
    divided::steady_score(density, *at, u, score);
    total += weight;
    for (std::size_t j = 0; j < 2; ++j) {
      mean[j] += weight * score[j];
      raw[j] += weight * gradient[j];
      score_squares[j] += weight * score[j] * score[j];
      raw_squares[j] += weight * gradient[j] * gradient[j];
    }
  }
  for (std::size_t j = 0; j < 2; ++j) {
    EXPECT_NEAR(mean[j] / total, raw[j] / total, 1e-9);
    const double variance = score_squares[j] / total - mean[j] * mean[j] / (total * total);
    EXPECT_LT(variance, 0.2 * (raw_squares[j] / total - raw[j] * raw[j] / (total * total)));
  }
  const SiteMarginal marginal = divided::integrate(density, *at, 2);
  EXPECT_NEAR(marginal.log, math::log(total * kWidth), 5 * marginal.worst_correction);
  EXPECT_LT(marginal.worst_correction, 0.02);
  Rng rng({test::seed_from_name(), Purpose::test});
  const IntegralError error = divided::integral_error(density, *at, 2, rng);
  EXPECT_NEAR(marginal.log + error.error, math::log(total * kWidth), 5 * std::sqrt(error.variance));
  EXPECT_LT(error.variance, 0.3 * marginal.worst_correction * marginal.worst_correction);
}

TEST(LocalExpansion, IsEmptyWhereTheLawHasNoMode) {
  const divided::LocalDensity flat = [](Point, PointOut in_shared, PointOut in_local) {
    in_shared[0] = in_local[0] = 0;
    return 0.0;
  };
  EXPECT_FALSE(divided::expand(flat, 1, 1));
}

TEST(Shared, IsReadWithItsPriorsAndWrittenTheSameWay) {
  const auto shared = parse_shared(" mu~normal(0,4) ,  tau ~ lognormal( -1.5 , 0.25 )");
  ASSERT_EQ(shared.size(), 2U);
  EXPECT_EQ(shared[0].name, "mu");
  EXPECT_FALSE(shared[0].positive);
  EXPECT_TRUE(shared[1].positive);
  EXPECT_EQ(shared[1].mean, -1.5);
  EXPECT_EQ(words(shared), "mu ~ normal(0, 4), tau ~ lognormal(-1.5, 0.25)");
  EXPECT_EQ(words(parse_shared(words(shared))), words(shared));
  EXPECT_TRUE(parse_shared("").empty());
  const auto says = [](const char* text, const char* wanted) {
    const std::string message = message_of([&] { (void)parse_shared(text); });
    EXPECT_NE(message.find(wanted), std::string::npos) << message;
  };
  says("mu, tau", "\"mu, tau\" has no prior");
  says("mu ~ normal(0, 4), tau", "\"tau\" has no prior");
  says("mu ~ cauchy(0, 1)", "the prior cauchy");
  says("mu ~ normal(0)", "is no declaration");
  says("mu ~ normal(0, x)", "\"x\" for a number");
  says("mu ~ normal(0, 0)", "sd that is not above 0");
  says("mu ~ normal(0, 1), mu ~ normal(0, 2)", "mu a second time");
  says("mu ~ normal(0, 1) tau ~ normal(0, 2)", "does not begin with a comma");
  says("mu ~ normal(0, 1),", "followed by nothing");
}

/// A model of n shared elements called by any name, or of one on a bounded scale.
class Named final : public Model {
 public:
  Named(const std::string& name, int elements, bool gradient = true) {
    for (int i = 1; i <= elements; ++i) {
      description_.coordinates.push_back({.name = name + "[" + std::to_string(i) + "]"});
      description_.output_names.push_back(description_.coordinates.back().name);
    }
    description_.parameter_count = description_.output_names.size();
    description_.gradient = gradient;
  }
  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] LogDensity log_density(Point) const override { return {}; }
  void output_values(Point x, Rng&, PointOut values) const override { std::copy(x.begin(), x.end(), values.begin()); }

 private:
  ModelDescription description_;
};

TEST(SiteModels, RefuseSitesThatDifferAndNameThem) {
  const auto of = [](std::unique_ptr<Model> second, bool positive = false) {
    return message_of([&] {
      std::vector<SiteModel> sites;
      sites.push_back({"north", std::make_unique<Named>("beta", 3)});
      sites.push_back({"south", std::move(second)});
      (void)make_site_models(std::move(sites), {{"beta", positive, 0, 1}}, {});
    });
  };
  EXPECT_EQ(of(std::make_unique<Named>("beta", 3)), "nothing was refused");
  const auto has = [](const std::string& message, const char* wanted) {
    EXPECT_NE(message.find(wanted), std::string::npos) << message;
  };
  has(of(std::make_unique<Named>("bata", 3)), "site \"south\" has no parameter beta to share; did you mean bata?");
  has(of(std::make_unique<Named>("beta", 2)),
      "site \"south\" shares beta[1], beta[2], and site \"north\" shares beta[1], beta[2], beta[3]");
  has(of(std::make_unique<Named>("beta", 3, false)), "site \"south\" has no gradients");
  has(of(std::make_unique<Named>("beta", 3), true), "site \"north\" has another constraint on beta");
  const Table table = test::quantile_groups(2, 2, 1, 1);
  const std::string bounded = message_of([&] {
    std::vector<SiteModel> sites;
    sites.push_back({"west", std::make_unique<test::GroupMeans>(std::vector<std::vector<double>>{{1, 2}}, 1,
                                                                Written::positive_scale)});
    (void)make_site_models(std::move(sites), {{"mu", false, 0, 1}, {"tau", false, 0, 1}}, {});
  });
  has(bounded, "site \"west\" has another constraint on tau");
}

TEST(SiteData, AreTheRowsOfTheGroupsOfASite) {
  const Table table{"t.csv",
                    5,
                    {{"clinic", false, {}, {"b", "a", "b", "c", "a"}},
                     {"y", true, {1, 0, 1, 1, 0}, {}},
                     {"dose", true, {0.5, 1, 2, 3, 4}, {}}}};
  const auto groups = groups_of(table, "clinic");
  EXPECT_EQ(site_data(table, "clinic", groups, {0, 1}),
            "{\"N\": 4,\n \"J\": 2,\n \"clinic\": [1, 1, 2, 2],\n \"y\": [1, 1, 0, 0],\n \"dose\": [0.5, 2, 1, 4]}\n");
  EXPECT_EQ(site_data(table, "clinic", groups, {2}),
            "{\"N\": 1,\n \"J\": 1,\n \"clinic\": [1],\n \"y\": [1],\n \"dose\": [3]}\n");
  Table wrong = table;
  wrong.columns[2].name = "J";
  EXPECT_NE(message_of([&] { (void)site_data(wrong, "clinic", groups, {0}); }).find("a column is called J"),
            std::string::npos);
}

}  // namespace
}  // namespace dovetail
