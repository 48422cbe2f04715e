// Each built-in against its definition spelled out plainly, and its prior draws against known laws.
#include <array>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <numeric>

#include "tests/support/goodness_of_fit.hpp"
#include "tests/unit/model/sample_models.hpp"

namespace dovetail::test {
namespace {

double log_normal(double x, double mean, double sd) {
  const double z = (x - mean) / sd;
  return -0.5 * z * z - std::log(sd) - 0.5 * std::log(2 * M_PI);
}
double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

/// The values of `outputs` and the density at a few prior draws, handed to `expect(x, values, parts)`.
template <class Expect>
void at_prior_draws(const std::string& spec, Expect&& expect, int points = 20) {
  const auto model = make_model(spec);
  std::vector<double> x(model->dimension()), values(model->description().output_names.size());
  Rng rng = test_rng();
  for (int i = 0; i < points; ++i) {
    model->draw_prior(rng, x);
    model->output_values(x, rng, values);
    expect(Point(x), Point(values), model->log_density(x));
  }
}

void expect_close(double actual, double expected) {
  EXPECT_NEAR(actual, expected, 1e-10 * std::max(1.0, std::fabs(expected)));
}

TEST(Unid, IsTheBinomialOfTheProductOnTheLogitScale) {
  at_prior_draws("builtin:unid,n=12,y=5", [](Point, Point p, LogDensity parts) {
    expect_close(parts.prior, std::log(p[0] * (1 - p[0])) + std::log(p[1] * (1 - p[1])));
    expect_close(parts.likelihood, std::log(792 * std::pow(p[0] * p[1], 5) * std::pow(1 - p[0] * p[1], 7)));
    EXPECT_EQ(p[2], p[0] * p[1]);
  });
}

TEST(Unid, KeepsItsDigitsWhereBothProbabilitiesAreNearOne) {
  const auto model = make_model("builtin:unid,n=100,y=50");
  // 1 - p1 p2 is about 2 exp(-u): subtracting from 1 would leave few digits at u = 30 and none beyond 37
  for (const double u : {30.0, 35.0, 50.0, 300.0, 740.0, 800.0}) {
    const double x[] = {u, u};
    expect_close(model->log_density(x).likelihood - model->log_density(std::array{40.0, 40.0}).likelihood,
                 50 * (40 - u));
    double prior[2], likelihood[2];
    model->log_density_gradient(x, prior, likelihood);
    EXPECT_NEAR(likelihood[0], -25, 1e-10);
  }
}

const std::array<double, 82> kVelocities = {
    9172,  9350,  9483,  9558,  9775,  10227, 10406, 16084, 16170, 18419, 18552, 18600, 18927, 19052,
    19070, 19330, 19343, 19349, 19440, 19473, 19529, 19541, 19547, 19663, 19846, 19856, 19863, 19914,
    19918, 19973, 19989, 20166, 20175, 20179, 20196, 20215, 20221, 20415, 20629, 20795, 20821, 20846,
    20875, 20986, 21137, 21492, 21701, 21814, 21921, 21960, 22185, 22209, 22242, 22249, 22314, 22374,
    22495, 22746, 22747, 22888, 22914, 23206, 23241, 23263, 23484, 23538, 23542, 23666, 23706, 23711,
    24129, 24285, 24289, 24366, 24717, 24990, 25633, 26960, 26995, 32065, 32789, 34279};

TEST(Galaxies, IsTheMixtureWithAllocationsSummedOut) {
  for (const std::size_t k : {1U, 3U, 6U}) {
    at_prior_draws("builtin:galaxies,k=" + std::to_string(k), [k](Point x, Point values, LogDensity parts) {
      const Point weight = values.first(k), mean = values.subspan(k, k), sd = values.subspan(2 * k, k);
      double likelihood = 0;
      for (const double velocity : kVelocities) {
        double highest = -kInfinity, sum = 0;
        for (std::size_t j = 0; j < k; ++j) {
          highest = std::max(highest, std::log(weight[j]) + log_normal(velocity / 1000, mean[j], sd[j]));
        }
        for (std::size_t j = 0; j < k; ++j) {
          sum += std::exp(std::log(weight[j]) + log_normal(velocity / 1000, mean[j], sd[j]) - highest);
        }
        likelihood += highest + std::log(sum);
      }
      expect_close(parts.likelihood, likelihood);
      // Dirichlet(1, ..., 1), N(20, 100), inverse gamma (3, 20) on the variance; coordinates are log sd: dv = 2 v d(log
      // sd)
      double prior = std::lgamma(static_cast<double>(k));
      double left = 1;
      for (std::size_t j = 0; j + 1 < k; ++j) {  // stick breaking: dw = z (1 - z) left du
        prior += std::log(weight[j] * (1 - weight[j] / left));
        left -= weight[j];
      }
      for (std::size_t j = 0; j < k; ++j) {
        const double v = sd[j] * sd[j];
        prior += log_normal(mean[j], 20, 10) + 3 * std::log(20.0) - std::log(2.0) - 4 * std::log(v) - 20 / v +
                 std::log(2 * v);
      }
      EXPECT_NEAR(parts.prior, prior,
                  1e-7 * std::max(1.0, std::fabs(prior)));  // weights by subtraction lose digits here
      EXPECT_EQ(x.size(), 3 * k - 1);
      EXPECT_NEAR(std::accumulate(weight.begin(), weight.end(), 0.0), 1, 1e-12);
    });
  }
}

TEST(Galaxies, OrderedOutputsAndDensityDoNotSeeTheLabels) {
  const auto model = make_model("builtin:galaxies,k=2");
  Rng rng = test_rng();
  std::vector<double> x(5), a(13), b(13);
  for (int i = 0; i < 50; ++i) {
    model->draw_prior(rng, x);
    const std::vector<double> swapped = {-x[0], x[2], x[1], x[4], x[3]};  // w2 = 1 - w1
    expect_close(model->log_density(swapped).prior, model->log_density(x).prior);
    expect_close(model->log_density(swapped).likelihood, model->log_density(x).likelihood);
    model->output_values(x, rng, a);
    model->output_values(swapped, rng, b);
    EXPECT_NEAR(a[0], b[1], 1e-12);
    for (std::size_t j = 6; j < 12; ++j) EXPECT_NEAR(a[j], b[j], 1e-12 * std::max(1.0, std::fabs(a[j])));
    EXPECT_LE(a[6], a[7]);
    EXPECT_TRUE(a[12] == 1 || a[12] == 2);
  }
}

TEST(Galaxies, OccupiedCountsComponentsThatOwnGalaxies) {
  const auto model = make_model("builtin:galaxies,k=3");
  Rng rng = test_rng();
  std::vector<double> values(19);
  // Groups at 9.7, 21 and 33 with widths that fit own galaxies each; a third component far away owns none.
  model->output_values(std::vector<double>{-1, 1, 9.7, 21, 33, -0.7, 0.8, 0.0}, rng, values);
  EXPECT_EQ(values[18], 3);
  model->output_values(std::vector<double>{-1, 1, 9.7, 21, 500, -0.7, 1.3, 0.0}, rng, values);
  EXPECT_EQ(values[18], 2);
}

TEST(Galaxies, PriorDrawsFollowTheirLaws) {
  const auto model = make_model("builtin:galaxies,k=4");
  const std::size_t n = 20000;
  std::vector<std::vector<double>> columns(12);
  std::vector<double> x(11), values(25);
  Rng rng = test_rng();
  for (std::size_t i = 0; i < n; ++i) {
    model->draw_prior(rng, x);
    model->output_values(x, rng, values);
    for (std::size_t j = 0; j < 12; ++j) columns[j].push_back(values[j]);
  }
  const double alpha = kAlpha / 12;
  for (std::size_t j = 0; j < 4; ++j) {
    expect_law(
        columns[j], [](double w) { return 1 - std::pow(1 - w, 3); }, alpha);  // Beta(1, 3)
    expect_law(
        columns[4 + j], [](double m) { return normal_cdf((m - 20) / 10); }, alpha);
    expect_law(
        columns[8 + j], [](double sd) { return boost::math::gamma_q(3, 20 / (sd * sd)); }, alpha);
  }
}

TEST(EightSchools, IsTheHierarchySpelledOut) {
  constexpr double y[] = {28, 8, -3, 7, -1, 1, 18, 12}, sigma[] = {15, 10, 16, 11, 9, 11, 10, 18};
  for (const bool centred : {false, true}) {
    at_prior_draws(centred ? "builtin:eight_schools,centred=1" : "builtin:eight_schools",
                   [&](Point x, Point out, LogDensity parts) {
                     const double mu = out[8], tau = out[9];
                     double likelihood = 0;
                     // half-Cauchy(0, 5), times tau for the coordinate log tau
                     double prior = log_normal(mu, 0, 5) + std::log(2 / (M_PI * 5) / (1 + tau * tau / 25) * tau);
                     for (std::size_t j = 0; j < 8; ++j) {
                       likelihood += log_normal(y[j], out[j], sigma[j]);
                       prior += centred ? log_normal(out[j], mu, tau) : log_normal(x[j], 0, 1);
                     }
                     EXPECT_NEAR(parts.prior, prior, 1e-8 * std::max(1.0, std::fabs(prior)));
                     expect_close(parts.likelihood, likelihood);
                   });
  }
}

TEST(EightSchools, CentringIsASubstitution) {
  const auto plain = make_model("builtin:eight_schools");
  const auto centred = make_model("builtin:eight_schools,centred=1");
  Rng rng = test_rng();
  std::vector<double> x(10);
  for (int i = 0; i < 50; ++i) {
    plain->draw_prior(rng, x);
    std::vector<double> theta = x;
    for (std::size_t j = 0; j < 8; ++j) theta[j] = x[8] + std::exp(x[9]) * x[j];
    const LogDensity a = plain->log_density(x), b = centred->log_density(theta);
    EXPECT_NEAR(b.prior, a.prior - 8 * x[9], 1e-6 * std::max(1.0, std::fabs(b.prior)));
    expect_close(b.likelihood, a.likelihood);
  }
}

// posteriordb, eight_schools-eight_schools_noncentered: means of 10,000 reference draws and their Monte Carlo errors
// (BSD-3).
TEST(EightSchools, FiguresAgreeWithPosteriordb) {
  constexpr double kMean[] = {6.15050229334425, 4.9395811407422,  3.90590609001582, 4.79601675138494, 3.6144363246799,
                              4.0511475789675,  6.31716975886893, 4.88399694353288, 4.41051833695493, 3.60205952364059};
  constexpr double kError[] = {0.0557375282295219, 0.0462293788624847, 0.0542313705632124, 0.0474935816762281,
                               0.0461450610244603, 0.0485195392528031, 0.0498766794075794, 0.0542511606560972,
                               0.0330374705950917, 0.0318615135640706};
  const auto model = make_model("builtin:eight_schools,centred=1");
  for (std::size_t i = 0; i < 10; ++i) {
    const double mean = closed_form(*model, "mean(" + model->description().output_names[i] + ")");
    EXPECT_LT(std::fabs(mean - kMean[i]) / kError[i], 5) << i;
  }
}

/// Everything by sums on a grid of mu, log tau and each school's own theta: no algebra of normal laws.
TEST(EightSchools, FiguresAgreeWithQuadratureWithoutConjugacy) {
  constexpr double y[] = {28, 8, -3, 7, -1, 1, 18, 12}, sigma[] = {15, 10, 16, 11, 9, 11, 10, 18};
  double total = 0, mu1 = 0, tau1 = 0, tau2 = 0, theta1 = 0;
  const double step = 0.25;
  for (double log_tau = -24; log_tau < 12; log_tau += step) {
    const double tau = std::exp(log_tau);
    const double log_prior_tau = std::log(2 / (M_PI * 5) / (1 + tau * tau / 25) * tau);
    for (double mu = -40; mu <= 40; mu += 1.0) {
      double log_weight = log_prior_tau + log_normal(mu, 0, 5);
      double mean_first = 0;
      for (std::size_t j = 0; j < 8; ++j) {
        double sum = 0, first = 0;
        // the narrower of prior and likelihood sets the scale of theta's grid
        const double width = 1 / std::sqrt(1 / (tau * tau) + 1 / (sigma[j] * sigma[j]));
        const double centre = width * width * (mu / (tau * tau) + y[j] / (sigma[j] * sigma[j]));
        for (double z = -9; z <= 9; z += 0.5) {
          const double theta = centre + width * z;
          const double term = 0.5 * width * std::exp(log_normal(theta, mu, tau) + log_normal(y[j], theta, sigma[j]));
          sum += term;
          first += term * theta;
        }
        log_weight += std::log(sum);
        if (j == 0) mean_first = first / sum;
      }
      const double weight = step * 1.0 * std::exp(log_weight);
      total += weight;
      mu1 += weight * mu;
      tau1 += weight * tau;
      tau2 += weight * tau * tau;
      theta1 += weight * mean_first;
    }
  }
  const auto model = make_model("builtin:eight_schools");
  EXPECT_NEAR(std::log(total), closed_form(*model, "log_evidence"), 1e-7);
  EXPECT_NEAR(mu1 / total, closed_form(*model, "mean(mu)"), 1e-6);
  EXPECT_NEAR(tau1 / total, closed_form(*model, "mean(tau)"), 1e-6);
  EXPECT_NEAR(std::sqrt(tau2 / total - tau1 * tau1 / total / total), closed_form(*model, "sd(tau)"), 1e-6);
  EXPECT_NEAR(theta1 / total, closed_form(*model, "mean(theta[1])"), 1e-6);
}

TEST(EightSchools, PriorDrawsFollowTheirLaws) {
  for (const bool centred : {false, true}) {
    const auto model = make_model(centred ? "builtin:eight_schools,centred=1" : "builtin:eight_schools");
    std::vector<double> x(10), values(10);
    std::vector<double> mu, tau, standard;
    Rng rng = test_rng(centred ? 1 : 0);
    for (int i = 0; i < 20000; ++i) {
      model->draw_prior(rng, x);
      model->output_values(x, rng, values);
      mu.push_back(values[8]);
      tau.push_back(values[9]);
      standard.push_back((values[3] - values[8]) / values[9]);
    }
    expect_law(
        mu, [](double m) { return normal_cdf(m / 5); }, kAlpha / 6);
    expect_law(
        tau, [](double t) { return 2 / M_PI * std::atan(t / 5); }, kAlpha / 6);
    expect_law(standard, normal_cdf, kAlpha / 6);
  }
}

TEST(Modes, PosteriorIsTheMixtureItClaims) {
  // 0.3 N(-m, v) + 0.7 N(m, v) with m = 2 * 9 / 9.01, v = 9 * 0.01 / 9.01, times the evidence
  const double m = 18 / 9.01, sd = std::sqrt(0.09 / 9.01);
  const auto model = make_model("builtin:modes,d=1");
  for (const double x : {-2.2, -2.0, -1.9, -0.5, 0.0, 1.0, 1.95, 2.3}) {
    const LogDensity parts = model->log_density(std::array{x});
    const double lower = std::log(0.3) + log_normal(x, -m, sd), upper = std::log(0.7) + log_normal(x, m, sd);
    const double high = std::max(lower, upper);
    const double expected = high + std::log(std::exp(lower - high) + std::exp(upper - high));
    expect_close(parts.prior + parts.likelihood - closed_form(*model, "log_evidence"), expected);
  }
}

TEST(Funnel, IsNealsDensityOverAWidePrior) {
  at_prior_draws("builtin:funnel,d=4", [](Point x, Point, LogDensity parts) {
    double target = log_normal(x[0], 0, 3), prior = log_normal(x[0], 0, 3);
    for (std::size_t i = 1; i < 4; ++i) {
      target += log_normal(x[i], 0, std::exp(0.5 * x[0]));
      prior += log_normal(x[i], 0, 30);
    }
    expect_close(parts.prior, prior);
    expect_close(parts.likelihood, target - prior);
  });
}

TEST(Funnel, CentringIsASubstitutionInTheTarget) {
  const auto centred = make_model("builtin:funnel,d=4"), plain = make_model("builtin:funnel,d=4,centered=false");
  Rng rng = test_rng();
  std::vector<double> x(4), values(4);
  for (int i = 0; i < 50; ++i) {
    plain->draw_prior(rng, x);
    plain->output_values(x, rng, values);
    for (std::size_t j = 1; j < 4; ++j)
      EXPECT_NEAR(values[j], std::exp(0.5 * x[0]) * x[j], 1e-12 * std::fabs(values[j]));
    const LogDensity a = plain->log_density(x), b = centred->log_density(values);
    const double target = b.prior + b.likelihood + 1.5 * x[0];
    EXPECT_NEAR(a.prior + a.likelihood, target, 1e-9 * std::max(1.0, std::fabs(b.prior)));
    const double prior =
        log_normal(x[0], 0, 3) + log_normal(x[1], 0, 2) + log_normal(x[2], 0, 2) + log_normal(x[3], 0, 2);
    EXPECT_NEAR(a.prior, prior, 1e-12 * std::fabs(prior));
  }
}

// A slice sampler looks far away: nothing may cancel there.
TEST(Funnel, WithoutItsFunnelItIsNormalAtAnyDistance) {
  const auto model = make_model("builtin:funnel,d=4,centered=false");
  for (const double v : {-500.0, -50.0, 0.0, 50.0, 500.0}) {
    for (const double z : {-1e3, 0.0, 1e3}) {
      const LogDensity parts = model->log_density(std::vector<double>{v, z, z, z});
      const double normal = log_normal(v, 0, 3) + 3 * log_normal(z, 0, 1);
      EXPECT_NEAR(parts.prior + parts.likelihood, normal, 1e-12 * std::fabs(normal)) << v << " " << z;
    }
  }
}

TEST(Rosenbrock, IsTheProductOfItsConditionals) {
  for (const std::size_t length : {2U, 3U, 4U}) {
    for (const std::size_t blocks : {1U, 3U}) {
      const std::string spec = "builtin:rosenbrock,n1=" + std::to_string(length) + ",n2=" + std::to_string(blocks);
      const double log_evidence = closed_form(*make_model(spec), "log_evidence");
      at_prior_draws(spec, [&](Point, Point x, LogDensity parts) {
        double target = log_normal(x[0], 1, std::sqrt(10.0));
        for (std::size_t j = 0; j < blocks; ++j) {
          double before = x[0];
          for (std::size_t i = 0; i + 1 < length; ++i) {
            const double value = x[1 + j * (length - 1) + i];
            target += log_normal(value, before * before, std::sqrt(0.1));
            before = value;
          }
        }
        EXPECT_NEAR(parts.prior + parts.likelihood - log_evidence, target, 1e-9 * std::max(1.0, std::fabs(target)));
      });
    }
  }
}

/// Moments of x_3 by sums over x_1 and x_2 given x_1; of x_4 by its conditional moments given x_3.
TEST(Rosenbrock, MomentsAgreeWithQuadratureAlongTheRidge) {
  const auto model = make_model("builtin:rosenbrock,n1=3,n2=1");
  double total = 0, first2 = 0, second2 = 0, first3 = 0, second3 = 0;
  const double s1 = std::sqrt(10.0), s2 = std::sqrt(0.1);
  for (double z1 = -12; z1 <= 12; z1 += 0.1) {
    for (double z2 = -12; z2 <= 12; z2 += 0.1) {
      const double x1 = 1 + s1 * z1, x2 = x1 * x1 + s2 * z2;
      const double weight = std::exp(-0.5 * (z1 * z1 + z2 * z2));
      total += weight;
      first2 += weight * x2;
      second2 += weight * x2 * x2;
      first3 += weight * x2 * x2;
      second3 += weight * (x2 * x2 * x2 * x2 + 0.1);
    }
  }
  const auto expect = [&](const char* name, double first, double second) {
    const double sd = std::sqrt(second / total - first * first / total / total);
    EXPECT_NEAR(first / total, closed_form(*model, std::string("mean(") + name + ")"), 1e-9 * first / total) << name;
    EXPECT_NEAR(sd, closed_form(*model, std::string("sd(") + name + ")"), 1e-9 * sd) << name;
  };
  expect("x[1,2]", first2, second2);
  expect("x[1,3]", first3, second3);
  // E x_4 = E x_3^2, and Var x_4 = E x_3^4 - (E x_3^2)^2 + 1/10 with x_3 ~ N(x_2^2, 1/10) given x_2
  const auto longer = make_model("builtin:rosenbrock,n1=4,n2=1");
  double first4 = 0, second4 = 0;
  for (double z1 = -14; z1 <= 14; z1 += 0.1) {
    for (double z2 = -14; z2 <= 14; z2 += 0.1) {
      const double x1 = 1 + s1 * z1, x2 = x1 * x1 + s2 * z2, m = x2 * x2;
      const double weight = std::exp(-0.5 * (z1 * z1 + z2 * z2)) * 0.01 / (2 * M_PI);
      first4 += weight * (m * m + 0.1);
      second4 += weight * (m * m * m * m + 6 * m * m * 0.1 + 3 * 0.01 + 0.1);
    }
  }
  const double sd = std::sqrt(second4 - first4 * first4);
  EXPECT_NEAR(first4, closed_form(*longer, "mean(x[1,4])"), 1e-9 * first4);
  EXPECT_NEAR(sd, closed_form(*longer, "sd(x[1,4])"), 1e-9 * sd);
}

TEST(Sky, IsTheSphereInTwoAngles) {
  at_prior_draws("builtin:sky,kappa=7,azimuth=6,polar=2", [](Point x, Point values, LogDensity parts) {
    const double azimuth = values[0], polar = values[1];
    const double n[] = {std::sin(polar) * std::cos(azimuth), std::sin(polar) * std::sin(azimuth), std::cos(polar)};
    const double m[] = {std::sin(2.0) * std::cos(6.0), std::sin(2.0) * std::sin(6.0), std::cos(2.0)};
    const double cosine = n[0] * m[0] + n[1] * m[1] + n[2] * m[2];
    EXPECT_NEAR(values[2], cosine, 1e-12);
    expect_close(parts.likelihood, std::log(7 / (4 * M_PI * std::sinh(7.0))) + 7 * cosine);
    const double s = 1 / (1 + std::exp(-x[1]));
    expect_close(parts.prior, std::log(std::sin(polar) / (4 * M_PI)) + std::log(M_PI * s * (1 - s)));
  });
}

TEST(Sky, ExactDrawsLieAboutTheMeasurementAsFisherSays) {
  for (const double beta : {0.0, 0.2, 1.0}) {
    const auto model = make_model("builtin:sky,kappa=7,azimuth=0.2,polar=0.3");  // pole and seam are near
    std::vector<double> x(2), values(3), cosine, turn;
    Rng rng = test_rng(static_cast<std::uint64_t>(10 * beta));
    for (int i = 0; i < 20000; ++i) {
      model->draw_exact(beta, rng, x);
      model->output_values(x, rng, values);
      ASSERT_TRUE(values[0] >= 0 && values[0] < 2 * M_PI);
      cosine.push_back(values[2]);
      // components across the measured direction: along its meridian (southwards), and east
      const double east = std::sin(values[1]) * std::sin(values[0] - 0.2);
      const double outward = std::sin(values[1]) * std::cos(values[0] - 0.2);
      turn.push_back(std::atan2(east, outward * std::cos(0.3) - std::cos(values[1]) * std::sin(0.3)));
    }
    const double k = 7 * beta;
    expect_law(
        cosine, [k](double c) { return k > 0 ? std::expm1(k * (c + 1)) / std::expm1(2 * k) : 0.5 * (c + 1); },
        kAlpha / 6);
    expect_law(
        turn, [](double t) { return 0.5 + t / (2 * M_PI); }, kAlpha / 6);
  }
}

TEST(Ising, EnergyIsTheSumOverNeighbours) {
  for (const std::size_t side : {3U, 4U, 5U, 8U}) {
    at_prior_draws("builtin:ising,beta=0.5,L=" + std::to_string(side), [side](Point, Point values, LogDensity parts) {
      double sum = 0, magnetisation = 0;
      for (std::size_t i = 0; i < side; ++i) {
        for (std::size_t j = 0; j < side; ++j) {
          const double spin = values[i * side + j];
          sum += spin * values[(i + 1) % side * side + j] + spin * values[i * side + (j + 1) % side];
          magnetisation += spin;
        }
      }
      EXPECT_EQ(parts.likelihood, 0.5 * sum);
      EXPECT_EQ(values[side * side], -sum);
      EXPECT_EQ(values[side * side + 1], std::fabs(magnetisation));
      EXPECT_DOUBLE_EQ(parts.prior, -static_cast<double>(side * side) * std::log(2.0));
    });
  }
}

TEST(Ising, EnumerationGivesTheEvidenceAndMoments) {
  for (const char* spec :
       {"builtin:ising,L=3", "builtin:ising,L=4", "builtin:ising,L=3,beta=1.5", "builtin:ising,L=3,beta=0"}) {
    const auto model = make_model(spec);
    const std::size_t sites = model->dimension();
    std::vector<double> x(sites), values(sites + 2);
    double evidence = 0, energy = 0, energy2 = 0;
    Rng rng = test_rng();
    for (std::uint32_t state = 0; state < 1U << sites; ++state) {
      for (std::size_t i = 0; i < sites; ++i) x[i] = state >> i & 1U;
      const LogDensity parts = model->log_density(x);
      const double weight = std::exp(parts.prior + parts.likelihood);
      model->output_values(x, rng, values);
      evidence += weight;
      energy += weight * values[sites];
      energy2 += weight * values[sites] * values[sites];
    }
    EXPECT_NEAR(std::log(evidence), closed_form(*model, "log_evidence"), 1e-10) << spec;
    EXPECT_NEAR(energy / evidence, closed_form(*model, "mean(energy)"), 1e-9) << spec;
    EXPECT_NEAR(std::sqrt(energy2 / evidence - energy * energy / evidence / evidence),
                closed_form(*model, "sd(energy)"), 1e-7)
        << spec;
  }
}

constexpr double kDesign[5][3] = {
    {1.0, 0.5, -0.3}, {0.2, -1.0, 0.7}, {-0.8, 0.1, 1.1}, {0.4, 0.9, -0.6}, {1.2, -0.4, 0.3}};
constexpr double kResponse[5] = {1.1, -0.4, -0.7, 0.9, 1.3};

TEST(SpikeSlab, IsTheRegressionSpelledOut) {
  at_prior_draws("builtin:spike_slab", [](Point x, Point, LogDensity parts) {
    double prior = 0, likelihood = 0;
    for (std::size_t j = 0; j < 3; ++j) prior += std::log(x[j] == 1 ? 0.3 : 0.7) + log_normal(x[3 + j], 0, 1);
    for (std::size_t i = 0; i < 5; ++i) {
      double mean = 0;
      for (std::size_t j = 0; j < 3; ++j) mean += kDesign[i][j] * x[j] * x[3 + j];
      likelihood += log_normal(kResponse[i], mean, 0.5);
    }
    expect_close(parts.prior, prior);
    expect_close(parts.likelihood, likelihood);
  });
}

/// log N(y; 0, C) by Gaussian elimination, C = I / 4 + sum of x_j x_j^T over the included terms.
double log_marginal(std::size_t included) {
  double a[5][6];
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t k = 0; k < 5; ++k) {
      a[i][k] = i == k ? 0.25 : 0;
      for (std::size_t j = 0; j < 3; ++j) a[i][k] += (included >> j & 1U) != 0 ? kDesign[i][j] * kDesign[k][j] : 0;
    }
    a[i][5] = kResponse[i];
  }
  double log_determinant = 0, square = 0;
  for (std::size_t k = 0; k < 5; ++k) {  // C = L D L^T, so y' C^-1 y is the sum of squared eliminated y over the pivots
    log_determinant += std::log(a[k][k]);
    square += a[k][5] * a[k][5] / a[k][k];
    for (std::size_t i = k + 1; i < 5; ++i) {
      const double factor = a[i][k] / a[k][k];
      for (std::size_t j = k; j < 6; ++j) a[i][j] -= factor * a[k][j];
    }
  }
  return -0.5 * (5 * std::log(2 * M_PI) + log_determinant + square);
}

TEST(SpikeSlab, EnumerationOverModelsGivesTheFigures) {
  double evidence = 0;
  std::array<double, 3> included{};
  for (std::size_t g = 0; g < 8; ++g) {
    double weight = std::exp(log_marginal(g));
    for (std::size_t j = 0; j < 3; ++j) weight *= (g >> j & 1U) != 0 ? 0.3 : 0.7;
    evidence += weight;
    for (std::size_t j = 0; j < 3; ++j) included[j] += (g >> j & 1U) != 0 ? weight : 0;
  }
  const auto model = make_model("builtin:spike_slab");
  EXPECT_NEAR(std::log(evidence), closed_form(*model, "log_evidence"), 1e-12);
  for (std::size_t j = 0; j < 3; ++j) {
    EXPECT_NEAR(included[j] / evidence, closed_form(*model, "mean(included[" + std::to_string(j + 1) + "])"), 1e-12);
  }
}

TEST(SpikeSlab, ExactDrawsHaveTheModelProbabilities) {
  const auto model = make_model("builtin:spike_slab");
  std::array<double, 8> probability{};
  for (std::size_t g = 0; g < 8; ++g) {
    probability[g] = std::exp(log_marginal(g));
    for (std::size_t j = 0; j < 3; ++j) probability[g] *= (g >> j & 1U) != 0 ? 0.3 : 0.7;
  }
  const double total = std::accumulate(probability.begin(), probability.end(), 0.0);
  for (double& p : probability) p /= total;
  std::array<std::int64_t, 8> count{};
  std::vector<double> x(6);
  Rng rng = test_rng();
  for (int i = 0; i < 20000; ++i) {
    model->draw_exact(1, rng, x);
    ++count[static_cast<std::size_t>(x[0] + 2 * x[1] + 4 * x[2])];
  }
  expect_frequencies(count, probability);
}

TEST(Mvn, ExactDrawsAreNormalWithTheRightWidth) {
  const auto model = make_model("builtin:mvn,d=1");
  for (const double beta : {0.0, 0.3, 1.0}) {
    std::vector<double> sample, x(1);
    Rng rng = test_rng(static_cast<std::uint64_t>(10 * beta));
    for (int i = 0; i < 20000; ++i) {
      model->draw_exact(beta, rng, x);
      sample.push_back(x[0] * std::sqrt(1 + 9 * beta));
    }
    expect_law(sample, normal_cdf, kAlpha / 3);
  }
}

TEST(SimplePriors, DrawsFollowTheirLaws) {
  const auto sample = [](const char* spec, std::size_t coordinate) {
    const auto model = make_model(spec);
    std::vector<double> x(model->dimension()), drawn;
    Rng rng = test_rng(coordinate);
    for (int i = 0; i < 20000; ++i) {
      model->draw_prior(rng, x);
      drawn.push_back(x[coordinate]);
    }
    return drawn;
  };
  const double alpha = kAlpha / 7;
  expect_law(sample("builtin:mvn,d=3", 2), normal_cdf, alpha);
  expect_law(
      sample("builtin:unid", 1), [](double u) { return 1 / (1 + std::exp(-u)); }, alpha);
  expect_law(
      sample("builtin:funnel", 0), [](double v) { return normal_cdf(v / 3); }, alpha);
  expect_law(
      sample("builtin:modes", 1), [](double v) { return normal_cdf(v / 3); }, alpha);
  expect_law(
      sample("builtin:banana", 0), [](double v) { return normal_cdf((v - 1) / std::sqrt(10.0)); }, alpha);
  expect_law(
      sample("builtin:banana", 1), [](double v) { return normal_cdf((v - 11) / 100); }, alpha);
}

}  // namespace
}  // namespace dovetail::test
