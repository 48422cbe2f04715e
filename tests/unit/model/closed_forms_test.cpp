// The closed forms that models claim, against figures published elsewhere and against plain numerical integration.
#include <cmath>
#include <map>

#include "tests/unit/model/sample_models.hpp"

namespace dovetail::test {
namespace {

struct Published {
  const char* spec;
  const char* quantity;
  double value;
};

// Computed outside this project by enumeration (Ising L = 4, spike and slab), transfer matrices (Ising L = 5, 8), exact
// harmonic sums (unid) and elementary formulae; Ising L = 16 to 64 by Kaufman's formula.
constexpr Published kPublished[] = {
    {"builtin:mvn,d=1", "log_evidence", -1.151292546497023},
    {"builtin:mvn,d=2", "log_evidence", -2.302585092994046},
    {"builtin:mvn,d=100", "log_evidence", -115.12925464970229},
    {"builtin:unid", "log_evidence", -4.9745518713211965},
    {"builtin:unid", "mean(p1)", 0.7162572949525637},
    {"builtin:unid", "sd(p2)", 0.1497663849522882},
    {"builtin:unid", "mean(p1p2)", 0.4929778696573278},
    {"builtin:unid,n=100000,y=50000", "log_evidence", -11.879441172209583},
    {"builtin:unid,n=100000,y=50000", "mean(p2)", 0.7213423171376129},
    {"builtin:banana", "log_evidence", 1.8378770664093453},
    {"builtin:banana", "mean(x2)", 11},
    {"builtin:banana", "sd(x2)", 15.495160534825056},
    {"builtin:funnel", "log_evidence", 0},
    {"builtin:funnel", "sd(v)", 3},
    {"builtin:funnel", "sd(x[1])", 9.487735836358525},
    {"builtin:ising,L=4,beta=0.2", "log_evidence", 11.771470358541581 - 16 * 0.69314718055994530942},
    {"builtin:ising,L=4,beta=0.2", "mean(energy)", -7.29816591268556},
    {"builtin:ising,L=4,beta=0.2", "mean(abs_magnetisation)", 5.484250040857443},
    {"builtin:ising,L=4", "log_evidence", 15.52191545875528 - 16 * 0.69314718055994530942},
    {"builtin:ising,L=4", "mean(energy)", -25.049980602213132},
    {"builtin:ising,L=4", "mean(abs_magnetisation)", 13.501767117014737},
    {"builtin:ising,L=5,beta=0.2", "log_evidence", 1.0405247307808914},
    {"builtin:ising,L=5", "log_evidence", 6.557619265184279},
    {"builtin:ising,L=5,beta=1", "log_evidence", 33.37317482430507},
    {"builtin:ising,L=8,beta=0.2", "log_evidence", 2.6487278665517593},
    {"builtin:ising,L=8", "log_evidence", 15.780361233232647},
    {"builtin:ising,L=8,beta=1", "log_evidence", 84.35401778157191},
    {"builtin:ising,L=16", "log_evidence", 238.64225663513287 - 256 * 0.69314718055994530942},
    {"builtin:ising,L=64", "log_evidence", 3808.672283419809 - 4096 * 0.69314718055994530942},
    {"builtin:sky,kappa=1", "mean(cos_angle)", 0.31303528549933146},
    {"builtin:sky,kappa=5", "mean(cos_angle)", 0.8000908039820194},
    {"builtin:sky", "mean(cos_angle)", 0.9000000041223074},
    {"builtin:sky,kappa=1000", "mean(cos_angle)", 0.999},
    {"builtin:spike_slab", "log_evidence", -5.663746413257942},
    {"builtin:spike_slab", "mean(included[1])", 0.9871335924766118},
    {"builtin:spike_slab", "mean(included[2])", 0.25156489395996173},
    {"builtin:spike_slab", "mean(included[3])", 0.16604192633173592},
    {"builtin:spike_slab", "mean(active)", 0.621982115538599 + 2 * 0.3356350007419712 + 3 * 0.037162765248589344},
};

TEST(ClosedForms, MatchPublishedFigures) {
  for (const auto& [spec, quantity, value] : kPublished) {
    EXPECT_NEAR(closed_form(*make_model(spec), quantity), value, 1e-11 * std::max(1.0, std::fabs(value)))
        << spec << " " << quantity;
  }
}

/// A grid that holds nearly all mass of a model's prior and posterior, fine enough for both.
struct Grid {
  const char* spec;
  double low[2], high[2], step[2];
};

// Midpoint sums of smooth functions with fast tails are exact to rounding when the step is below the smallest width.
constexpr Grid kGrids[] = {
    {"builtin:mvn,d=2", {-9, -9}, {9, 9}, {0.05, 0.05}},
    {"builtin:unid", {-40, -40}, {40, 40}, {0.1, 0.1}},
    {"builtin:unid,n=7,y=7", {-40, -40}, {40, 40}, {0.1, 0.1}},
    {"builtin:galaxies,k=1", {-60, -1.5}, {100, 6.5}, {0.1, 0.02}},
    {"builtin:banana", {-25, -700}, {27, 750}, {0.25, 0.1}},
    {"builtin:rosenbrock,n1=2,n2=1", {-25, -700}, {27, 750}, {0.25, 0.2}},
    {"builtin:sky", {0, -40}, {2 * M_PI, 40}, {M_PI / 64, 0.05}},
    {"builtin:sky,kappa=1", {0, -40}, {2 * M_PI, 40}, {M_PI / 64, 0.05}},
    // half a step apart, so that the line x1 + x2 = 0, where upper_mode jumps, runs between the points
    {"builtin:modes,d=2", {-24.025, -24}, {24, 24}, {0.05, 0.05}},
    {"builtin:modes,d=2,centre=0.3,sd=0.5", {-24.025, -24}, {24, 24}, {0.05, 0.05}},
};

struct Integrals {
  double prior = 0;
  double evidence = 0;
  std::vector<double> mean, square;
};

Integrals integrate(const Model& model, const Grid& grid) {
  const std::size_t outputs = model.description().output_names.size();
  Integrals sums{0, 0, std::vector<double>(outputs), std::vector<double>(outputs)};
  std::vector<double> values(outputs);
  Rng rng = test_rng();
  const double area = grid.step[0] * grid.step[1];
  std::vector<double> x(2);
  for (x[0] = grid.low[0] + 0.5 * grid.step[0]; x[0] < grid.high[0]; x[0] += grid.step[0]) {
    for (x[1] = grid.low[1] + 0.5 * grid.step[1]; x[1] < grid.high[1]; x[1] += grid.step[1]) {
      const LogDensity parts = model.log_density(x);
      sums.prior += area * std::exp(parts.prior);
      const double weight = area * std::exp(parts.prior + parts.likelihood);
      if (weight < 1e-300) continue;
      sums.evidence += weight;
      model.output_values(x, rng, values);
      for (std::size_t i = 0; i < outputs; ++i) {
        sums.mean[i] += weight * values[i];
        sums.square[i] += weight * values[i] * values[i];
      }
    }
  }
  return sums;
}

TEST(ClosedForms, MatchQuadratureInThePlane) {
  for (const Grid& grid : kGrids) {
    const auto model = make_model(grid.spec);
    const Integrals sums = integrate(*model, grid);
    EXPECT_NEAR(sums.prior, 1, 1e-9) << grid.spec;
    std::map<std::string, double> numeric{{"log_evidence", std::log(sums.evidence)}};
    for (std::size_t i = 0; i < sums.mean.size(); ++i) {
      const std::string& name = model->description().output_names[i];
      const double mean = sums.mean[i] / sums.evidence;
      numeric["mean(" + name + ")"] = mean;
      numeric["sd(" + name + ")"] = std::sqrt(sums.square[i] / sums.evidence - mean * mean);
    }
    for (const ClosedForm& form : model->description().closed_forms) {
      // The indicator of a half plane is not smooth: its sum is as good as a midpoint rule on a jump.
      const bool jump = form.quantity.find("upper_mode") != std::string::npos;
      EXPECT_NEAR(numeric.at(form.quantity), form.value, jump ? 1e-4 : 1e-8) << grid.spec << " " << form.quantity;
    }
  }
}

// The funnel's width spans e^28 on any grid that holds v, so x moves on a grid of its own scale: x = z exp(v / 2).
TEST(ClosedForms, FunnelIntegratesToOneWithItsMoments) {
  const auto model = make_model("builtin:funnel,d=2");
  double evidence = 0, v2 = 0, x2 = 0;
  const double step = 0.1;
  for (double v = -30.05; v < 30; v += step) {
    for (double z = -11.95; z < 12; z += step) {
      const double x[] = {v, z * std::exp(0.5 * v)};
      const LogDensity parts = model->log_density(x);
      const double weight = step * step * std::exp(parts.prior + parts.likelihood + 0.5 * v);
      evidence += weight;
      v2 += weight * v * v;
      x2 += weight * x[1] * x[1];
    }
  }
  EXPECT_NEAR(std::log(evidence), closed_form(*model, "log_evidence"), 1e-9);
  EXPECT_NEAR(std::sqrt(v2), closed_form(*model, "sd(v)"), 1e-8);
  EXPECT_NEAR(std::sqrt(x2), closed_form(*model, "sd(x[1])"), 1e-7);
}

/// E_prior[likelihood] by plain Monte Carlo: an independent way to the evidence where the likelihood is not too sharp.
TEST(ClosedForms, EvidenceIsTheMeanLikelihoodUnderThePrior) {
  for (const char* spec :
       {"builtin:mvn,d=2", "builtin:unid", "builtin:eight_schools", "builtin:eight_schools,centred=1",
        "builtin:spike_slab", "builtin:ising,L=3", "builtin:modes,d=1", "builtin:sky", "builtin:nested"}) {
    const auto model = make_model(spec);
    const double log_evidence = closed_form(*model, "log_evidence");
    std::vector<double> x(model->dimension());
    Mean weight;
    Rng rng = test_rng();
    for (int i = 0; i < 50000; ++i) {
      model->draw_prior(rng, x);
      weight.add(std::exp(model->log_density(x).likelihood - log_evidence));
    }
    EXPECT_LT(std::fabs(weight.z(1)), z_threshold(9)) << spec;
    EXPECT_LT(weight.standard_error(), 0.06) << spec;
  }
}

}  // namespace
}  // namespace dovetail::test
