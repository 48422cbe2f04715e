// Laws that every built-in model keeps: gradients, purity, agreement of prior draws and prior density, support edges.
#include <algorithm>
#include <bit>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/model/check.hpp"
#include "tests/unit/model/sample_models.hpp"

namespace dovetail::test {
namespace {

class ModelLaw : public ::testing::TestWithParam<std::string> {
 protected:
  const std::unique_ptr<Model> model_ = make_model(GetParam());
  const std::size_t d_ = model_->dimension();
};

TEST_P(ModelLaw, PassesThePreflight) {
  const ModelCheck check = check_model(*model_, {.seed = seed_from_name(), .points = 10});
  for (const ModelFinding& finding : check.findings) ADD_FAILURE() << finding.id << ": " << finding.text;
  EXPECT_EQ(check.finite, check.points);
  EXPECT_TRUE(check.pure);
  if (model_->description().transdimensional()) return;  // how many derivatives there are depends on the points
  EXPECT_TRUE(check.thread_safe);
  std::size_t reals = 0;
  for (std::size_t i = 0; i < d_; ++i) reals += is_real(*model_, i) ? 1 : 0;
  // Differences that never settle would compare nothing: at least half must count.
  if (model_->description().gradient) {
    EXPECT_GE(check.gradients, std::min<std::size_t>(reals, 32) * check.points);
  }
}

TEST_P(ModelLaw, DescribesItself) {
  const ModelDescription& about = model_->description();
  EXPECT_EQ(about.name, GetParam());
  EXPECT_FALSE(about.summary.empty());
  EXPECT_FALSE(about.source.empty());
  EXPECT_TRUE(about.parts);
  EXPECT_TRUE(about.prior_draws);
  const std::set<std::string> names(about.output_names.begin(), about.output_names.end());
  EXPECT_EQ(names.size(), about.output_names.size()) << "two outputs share a name";
  for (const ClosedForm& form : about.closed_forms) {
    if (form.quantity == "log_evidence") continue;
    const std::size_t open = form.quantity.find('(');
    ASSERT_NE(open, std::string::npos) << form.quantity;
    EXPECT_TRUE(std::isfinite(form.value)) << form.quantity;
    if (form.quantity.starts_with("P(")) continue;
    EXPECT_TRUE(form.quantity.substr(0, open) == "mean" || form.quantity.substr(0, open) == "sd") << form.quantity;
    EXPECT_TRUE(names.count(form.quantity.substr(open + 1, form.quantity.size() - open - 2))) << form.quantity;
  }
}

TEST_P(ModelLaw, NamesAndBoundsItsCoordinates) {
  const ModelDescription& about = model_->description();
  const auto parameters = about.parameter_names();
  EXPECT_GT(parameters.size(), 0U);
  EXPECT_LE(parameters.size(), about.output_names.size());
  std::set<std::string> names;
  std::vector<double> x(d_), values(about.output_names.size());
  Rng rng = test_rng();
  for (const Coordinate& c : about.coordinates) EXPECT_TRUE(names.insert(c.name).second) << c.name;
  for (int point = 0; point < 20; ++point) {
    model_->draw_prior(rng, x);
    model_->output_values(x, rng, values);
    for (std::size_t i = 0; i < d_; ++i) {
      const Coordinate& c = about.coordinates[i];
      const auto found = std::find(parameters.begin(), parameters.end(), c.name);
      if (found == parameters.end()) {  // stands for no value alone
        EXPECT_NE(c.name.find('.'), std::string::npos) << c.name;
        EXPECT_TRUE(c.kind != CoordinateKind::real || (c.lower == -kInfinity && c.upper == kInfinity)) << c.name;
        continue;
      }
      const bool below = c.lower > -kInfinity, above = c.upper < kInfinity;
      double expected = x[i];
      if (c.kind == CoordinateKind::real) {
        if (below && above) expected = c.lower + (c.upper - c.lower) / (1 + std::exp(-x[i]));
        if (below && !above) expected = c.lower + std::exp(x[i]);
        if (above && !below) expected = c.upper - std::exp(x[i]);
      } else {
        EXPECT_GE(x[i], c.lower) << c.name;
        EXPECT_LE(x[i], c.upper) << c.name;
      }
      const double value = values[static_cast<std::size_t>(found - parameters.begin())];
      if (std::isnan(value)) continue;  // is not there
      EXPECT_NEAR(value, expected, 1e-12 * std::max(1.0, std::fabs(expected))) << c.name;
    }
  }
}

TEST_P(ModelLaw, ParametersLeadBackToTheirCoordinates) {
  const std::size_t parameters = model_->description().parameter_count;
  std::vector<double> x(d_), back(d_), values(model_->description().output_names.size()), again(values.size());
  Rng rng = test_rng();
  for (int point = 0; point < 100; ++point) {
    model_->draw_prior(rng, x);
    model_->output_values(x, rng, values);
    model_->unconstrain(values, back);
    for (std::size_t i = 0; i < d_; ++i) EXPECT_NEAR(back[i], x[i], 1e-10 * std::max(1.0, std::fabs(x[i]))) << i;
    model_->output_values(back, rng, again);
    for (std::size_t i = 0; i < parameters; ++i) {
      EXPECT_EQ(std::isnan(again[i]), std::isnan(values[i])) << i;
      if (std::isnan(values[i])) continue;
      EXPECT_NEAR(again[i], values[i], 1e-10 * std::max(1.0, std::fabs(values[i]))) << i;
    }
  }
}

TEST_P(ModelLaw, RefusesToStartOutsideADomainAndNamesTheParameter) {
  const auto names = model_->description().parameter_names();
  std::vector<double> x(d_), back(d_), values(model_->description().output_names.size());
  Rng rng = test_rng();
  model_->draw_prior(rng, x);
  model_->output_values(x, rng, values);
  for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 200); ++i) {
    if (std::isnan(values[i])) continue;  // is not there: what stands in its place is not read
    std::vector<double> bad = values;
    bad[i] = kInfinity;
    try {
      model_->unconstrain(bad, back);
      ADD_FAILURE() << names[i] << " may be infinite";
    } catch (const ModelError& error) {  // values under a joint constraint are refused together
      const std::string base = names[i].substr(0, names[i].find('['));
      EXPECT_NE(std::string(error.what()).find('"' + base), std::string::npos) << error.what();
    }
  }
}

// Stein: for x from density p on R, E[d log p/dx] = 0 and E[x d log p/dx] = -1; on a circle of length L the second is
// E[sin(2 pi x/L) d log p/dx + 2 pi/L cos(2 pi x/L)] = 0. For an integer with two values, given the rest, P(x = 1) is
// the share of that value in the two densities. A coordinate that is not always there keeps its laws where it is; the
// integers that decide so are tested with their model.
void expect_draws_of(const Model& model, double beta, std::size_t n, std::size_t checks,
                     const std::function<void(Rng&, PointOut)>& draw) {
  const std::size_t d = model.dimension();
  std::vector<double> x(d), prior(d), likelihood(d);
  std::vector<Mean> score(d), moment(d);
  const auto log_at = [&](Point p) {
    const LogDensity parts = model.log_density(p);
    return parts.prior + (beta > 0 ? beta * parts.likelihood : 0);
  };
  Rng rng = test_rng(std::bit_cast<std::uint64_t>(beta) >> 52);
  for (std::size_t draws = 0; draws < n; ++draws) {
    draw(rng, x);
    if (model.description().gradient) (void)model.log_density_gradient(x, prior, likelihood);
    const std::vector<bool> there = present(model, x);
    for (std::size_t i = 0; i < d; ++i) {
      if (!there[i]) continue;
      const Coordinate& c = model.description().coordinates[i];
      const double slope = prior[i] + beta * likelihood[i];
      if (c.kind == CoordinateKind::real) {
        score[i].add(slope);
        moment[i].add(x[i] * slope + 1);
      } else if (c.kind == CoordinateKind::cyclic) {
        const double turn = 2 * M_PI / (c.upper - c.lower);
        moment[i].add(std::sin(turn * x[i]) * slope + turn * std::cos(turn * x[i]));
        score[i].add(std::cos(turn * x[i]) * slope - turn * std::sin(turn * x[i]));
      } else if (!model.description().transdimensional()) {
        const double value = x[i];
        x[i] = 1;
        const double one = log_at(x);
        x[i] = 0;
        const double zero = log_at(x);
        x[i] = value;
        score[i].add(value - 1 / (1 + std::exp(zero - one)));
      }
    }
  }
  for (std::size_t i = 0; i < d; ++i) {
    const bool integer = model.description().coordinates[i].kind == CoordinateKind::integer;
    if (integer && model.description().transdimensional()) continue;
    // An integer whose conditional is 1/2 everywhere still has a varying indicator, so no standard error is 0.
    EXPECT_LT(std::fabs(score[i].z(0)), z_threshold(checks)) << "coordinate " << i << " at beta " << beta;
    if (integer) continue;
    EXPECT_LT(std::fabs(moment[i].z(0)), z_threshold(checks)) << "coordinate " << i << " at beta " << beta;
  }
}

TEST_P(ModelLaw, PriorDrawsFollowThePriorDensity) {
  const std::size_t n = d_ > 20 ? 4000 : 20000;
  expect_draws_of(*model_, 0, n, 2 * d_, [&](Rng& rng, PointOut x) { model_->draw_prior(rng, x); });
}

TEST_P(ModelLaw, ExactDrawsFollowEveryTemperature) {
  if (!model_->description().exact_draws) return;  // the law is about those that claim it
  const std::size_t n = d_ > 20 ? 4000 : 20000;
  for (const double beta : {0.0, 0.25, 1.0}) {
    expect_draws_of(*model_, beta, n, 6 * d_, [&](Rng& rng, PointOut x) { model_->draw_exact(beta, rng, x); });
  }
}

/// log q and draws of a narrower law near the prior, for the importance identity E_prior[q / prior] = integral of q.
struct Companion {
  std::vector<double> mean, sd;
  [[nodiscard]] double log_density(const Model& model, Point x) const {
    double sum = 0;
    const std::vector<bool> there = present(model, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!there[i]) continue;
      const Coordinate& c = model.description().coordinates[i];
      const double z = (x[i] - mean[i]) / sd[i];
      sum += c.kind == CoordinateKind::real     ? -0.5 * z * z - std::log(sd[i]) - 0.91893853320467274178
             : c.kind == CoordinateKind::cyclic ? -std::log(c.upper - c.lower)
                                                : -std::log(2.0);
    }
    return sum;
  }
};

TEST_P(ModelLaw, PriorIntegratesToOne) {
  std::size_t reals = 0;
  for (std::size_t i = 0; i < d_; ++i) reals += is_real(*model_, i) ? 1 : 0;
  // Where the weights of the identity get too uneven: large d runs the same code as small d, and the centred eight
  // schools are the other ones with a substitution (EightSchools.CentringIsASubstitution).
  static const std::set<std::string> uneven = {"builtin:eight_schools,centred=1"};
  // years of coal exclude each other, which the companion does not know; its test spells the prior out
  if (reals > 17 || uneven.contains(GetParam()) || GetParam().starts_with("builtin:coal")) return;
  std::vector<double> x(d_);
  std::vector<Mean> spread(d_);
  Rng pilot = test_rng(1);
  for (int i = 0; i < 4000; ++i) {
    model_->draw_prior(pilot, x);
    const std::vector<bool> there = present(*model_, x);
    for (std::size_t j = 0; j < d_; ++j) {
      if (there[j]) spread[j].add(x[j]);
    }
  }
  Companion companion;
  for (std::size_t j = 0; j < d_; ++j) {
    companion.mean.push_back(spread[j].mean());
    // 0.8 of the spread keeps the weights' variance finite and small for every prior here
    companion.sd.push_back(0.8 * spread[j].sd());
  }
  Mean weight;
  Rng rng = test_rng(2);
  for (int i = 0; i < 20000; ++i) {
    model_->draw_prior(rng, x);
    weight.add(std::exp(companion.log_density(*model_, x) - model_->log_density(x).prior));
  }
  if (reals == 0) {  // uniform over states: every weight is exactly 1
    EXPECT_NEAR(weight.mean(), 1, 1e-12);
    return;
  }
  EXPECT_LT(std::fabs(weight.z(1)), z_threshold(1));
  EXPECT_LT(weight.standard_error(), 0.05);
}

TEST_P(ModelLaw, IntegerCoordinatesHaveAnEdge) {
  std::vector<double> x(d_);
  Rng rng = test_rng();
  model_->draw_prior(rng, x);
  for (std::size_t i = 0; i < d_; ++i) {
    const Coordinate& c = model_->description().coordinates[i];
    if (c.kind != CoordinateKind::integer || !is_there(c, x)) continue;
    for (const double bad : {c.lower - 1, c.upper + 1, c.lower + 0.5, std::nan("")}) {
      std::vector<double> y = x;
      y[i] = bad;
      EXPECT_EQ(model_->log_density(y).prior, -kInfinity) << "coordinate " << i << " at " << bad;
    }
  }
}

TEST_P(ModelLaw, FarPointsAreNumbersOrMinusInfinity) {
  std::vector<double> x(d_), centre(d_);
  Rng rng = test_rng();
  model_->draw_prior(rng, centre);
  for (std::size_t i = 0; i < std::min<std::size_t>(d_, 40); ++i) {
    if (!is_real(*model_, i)) continue;
    for (const double far : {-1e8, -1000.0, -300.0, -40.0, 40.0, 300.0, 1000.0, 1e8}) {
      x = centre;
      x[i] = far;
      const LogDensity parts = model_->log_density(x);
      EXPECT_LT(parts.prior + parts.likelihood, kInfinity) << "coordinate " << i << " at " << far;
      EXPECT_LT(parts.prior, kInfinity) << "coordinate " << i << " at " << far;
      EXPECT_LT(parts.likelihood, kInfinity) << "coordinate " << i << " at " << far;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Builtin, ModelLaw, ::testing::ValuesIn(model_specs()), spec_name);

}  // namespace
}  // namespace dovetail::test
