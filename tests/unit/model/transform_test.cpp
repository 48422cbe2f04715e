// Transforms against finite differences, round trips, and integrals of densities through them.
#include "dovetail/model/transform.hpp"

#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/kernel/presence.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/model/check.hpp"
#include "tests/unit/model/sample_models.hpp"

namespace dovetail::test {
namespace {

struct Case {
  std::string name;
  Parameter parameter;
};

std::vector<Case> cases() {
  return {{"real", {"x", real(), 3}},
          {"positive", {"x", positive(), 2}},
          {"above", {"x", above(-3.5)}},
          {"below", {"x", below(2), 2}},
          {"between", {"x", between(-1, 4), 2}},
          {"ordered", {"x", ordered(), 4}},
          {"positive_ordered", {"x", positive_ordered(), 3}},
          {"simplex2", {"x", simplex(), 2}},
          {"simplex5", {"x", simplex(), 5}},
          {"cyclic", {"x", cyclic(0, 2)}}};
}

class Transform : public ::testing::TestWithParam<Case> {
 protected:
  const ParameterSpace space_{{GetParam().parameter}};
  const std::size_t d_ = space_.dimension();
  const std::size_t n_ = space_.value_count();
};

double log_determinant(std::vector<std::vector<double>> a) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k; i < a.size(); ++i) {
      if (std::fabs(a[i][k]) > std::fabs(a[pivot][k])) pivot = i;
    }
    std::swap(a[k], a[pivot]);
    sum += std::log(std::fabs(a[k][k]));
    for (std::size_t i = k + 1; i < a.size(); ++i) {
      for (std::size_t j = a.size(); j-- > k;) a[i][j] -= a[i][k] / a[k][k] * a[k][j];
    }
  }
  return sum;
}

// A simplex of K values has K - 1 free ones: the determinant is that of the first d values.
TEST_P(Transform, JacobianMatchesDifferences) {
  Rng rng = test_rng();
  std::vector<double> u(d_), x(n_);
  for (int point = 0; point < 100; ++point) {
    for (double& v : u) v = GetParam().name == "cyclic" ? 2 * rng.uniform() : 1.5 * math::draw_normal(rng);
    std::vector<std::vector<double>> jacobian(d_, std::vector<double>(d_));
    for (std::size_t i = 0; i < d_; ++i) {
      for (std::size_t j = 0; j < d_; ++j) {
        jacobian[i][j] = difference(
                             [&](Point v) {
                               space_.constrain(v, x);
                               return x[i];
                             },
                             u, j)
                             .value;
      }
    }
    const double claimed = space_.constrain(u, x);
    EXPECT_NEAR(claimed, log_determinant(jacobian), 1e-6 * std::max(1.0, std::fabs(claimed)));
  }
}

TEST_P(Transform, RoundTripsToRounding) {
  Rng rng = test_rng();
  std::vector<double> u(d_), x(n_), v(d_), y(n_);
  for (int point = 0; point < 100; ++point) {
    for (double& w : u) w = GetParam().name == "cyclic" ? 2 * rng.uniform() : 1.5 * math::draw_normal(rng);
    space_.constrain(u, x);
    space_.unconstrain(x, v);
    space_.constrain(v, y);
    for (std::size_t i = 0; i < n_; ++i) EXPECT_NEAR(y[i], x[i], 1e-12 * std::max(1.0, std::fabs(x[i])));
    // Coordinates come back as far as the values determine them: near a bound, digits are gone in the value.
    for (std::size_t i = 0; i < d_; ++i) EXPECT_NEAR(v[i], u[i], 1e-12 * 300);
  }
}

TEST_P(Transform, PullsGradientsBack) {
  Rng rng = test_rng();
  std::vector<double> u(d_), x(n_), g(n_), back(d_), plain(d_), weight(n_);
  for (double& w : weight) w = math::draw_normal(rng);
  const auto log_p = [&](Point values) {  // any smooth function of the values
    double sum = 0;
    for (std::size_t i = 0; i < n_; ++i) sum += weight[i] * values[i] - 0.1 * values[i] * values[i];
    return sum;
  };
  for (int point = 0; point < 30; ++point) {
    for (double& v : u) v = GetParam().name == "cyclic" ? 2 * rng.uniform() : math::draw_normal(rng);
    space_.constrain(u, x);
    for (std::size_t i = 0; i < n_; ++i) g[i] = weight[i] - 0.2 * x[i];
    space_.pull_back(u, x, g, back, true);
    space_.pull_back(u, x, g, plain, false);
    for (std::size_t i = 0; i < d_; ++i) {
      const double whole = difference([&](Point v) { return space_.constrain(v, x) + log_p(x); }, u, i).value;
      EXPECT_NEAR(back[i], whole, 1e-6 * std::max(1.0, std::fabs(whole)));
      const double alone = difference(
                               [&](Point v) {
                                 space_.constrain(v, x);
                                 return log_p(x);
                               },
                               u, i)
                               .value;
      EXPECT_NEAR(plain[i], alone, 1e-6 * std::max(1.0, std::fabs(alone)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Transform, ::testing::ValuesIn(cases()),
                         [](const auto& row) { return row.param.name; });

/// Midpoint sum over [-reach, reach]^d of exp(log density): exact to rounding for smooth densities with exponential
/// tails.
double integral(const ParameterSpace& space, const std::function<double(Point)>& log_density, double step,
                double reach = 40) {
  std::vector<double> u(space.dimension()), x(space.value_count());
  const int half = static_cast<int>(reach / step);
  double sum = 0;
  const std::function<void(std::size_t)> loop = [&](std::size_t i) {
    if (i == u.size()) {
      const double log_jacobian = space.constrain(u, x);
      if (log_jacobian > -kInfinity) sum += std::exp(log_density(x) + log_jacobian);
      return;
    }
    for (int k = -half; k < half; ++k) {
      u[i] = step * (k + 0.5);  // off the origin, where a unit vector has no direction
      loop(i + 1);
    }
  };
  loop(0);
  return sum * std::pow(step, static_cast<double>(u.size()));
}

TEST(TransformIntegral, KeepsDensitiesNormalised) {
  EXPECT_NEAR(integral(
                  ParameterSpace{{{"x", positive()}}}, [](Point x) { return std::log(x[0]) - x[0]; }, 0.1),
              1, 1e-12);
  EXPECT_NEAR(integral(
                  ParameterSpace{{{"x", between(-1, 4)}}}, [](Point) { return -std::log(5.0); }, 0.1),
              1, 1e-12);
  EXPECT_NEAR(integral(
                  ParameterSpace{{{"x", below(1)}}}, [](Point x) { return x[0] - 1; }, 0.1),
              1, 1e-12);
  // Dirichlet(2, 1, 3): Gamma(6) / (Gamma(2) Gamma(1) Gamma(3)) x1 x3^2
  const ParameterSpace weights{{{"w", simplex(), 3}}};
  EXPECT_NEAR(integral(
                  weights, [](Point x) { return std::log(60 * x[0] * x[2] * x[2]); }, 0.2),
              1, 1e-9);
  // Two ordered exponentials: density 2 exp(-x1 - x2) on 0 < x1 < x2
  const ParameterSpace pair{{{"t", positive_ordered(), 2}}};
  EXPECT_NEAR(integral(
                  pair, [](Point x) { return std::log(2.0) - x[0] - x[1]; }, 0.1),
              1, 1e-12);
  // Uniform on the circle: 1 / (2 pi)
  const ParameterSpace circle{{{"n", unit_vector(), 2}}};
  EXPECT_NEAR(integral(
                  circle, [](Point) { return -std::log(2 * 3.14159265358979323846); }, 0.25),
              1, 1e-6);
  // ... and on the sphere: 1 / (4 pi)
  const ParameterSpace sphere{{{"n", unit_vector(), 3}}};
  EXPECT_NEAR(integral(
                  sphere, [](Point) { return -std::log(4 * 3.14159265358979323846); }, 0.25, 9),
              1, 1e-9);
}

TEST(UnitVector, LiesOnTheSphereAndPullsBack) {
  const ParameterSpace space{{{"n", unit_vector(), 3}}};
  Rng rng = test_rng();
  std::vector<double> u(3), x(3), back(3), round(3);
  const double g[] = {1, -2, 0.5};
  for (int point = 0; point < 30; ++point) {
    for (double& v : u) v = math::draw_normal(rng);
    space.constrain(u, x);
    EXPECT_NEAR(x[0] * x[0] + x[1] * x[1] + x[2] * x[2], 1, 1e-14);
    space.pull_back(u, x, g, back, true);
    for (std::size_t i = 0; i < 3; ++i) {
      const auto whole = [&](Point v) {
        const double log_radius = space.constrain(v, x);
        return log_radius + g[0] * x[0] + g[1] * x[1] + g[2] * x[2];
      };
      EXPECT_NEAR(back[i], difference(whole, u, i).value, 1e-6 * std::max(1.0, std::fabs(back[i])));
    }
    space.constrain(u, x);
    space.unconstrain(x, round);
    space.constrain(round, back);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(back[i], x[i], 1e-14);
  }
  const double zero[] = {0, 0, 0};
  EXPECT_EQ(space.constrain(zero, x), -kInfinity);
}

TEST(ParameterSpace, NamesAndCountsFollowTheDeclaration) {
  const ParameterSpace space{{{"mu"}, {"w", simplex(), 3}, {"n", integers(0, 9)}, {"phi", cyclic(0, 6.25)}}};
  const std::vector<std::string> names(space.names().begin(), space.names().end());
  EXPECT_EQ(names, (std::vector<std::string>{"mu", "w[1]", "w[2]", "w[3]", "n", "phi"}));
  EXPECT_EQ(space.dimension(), 5U);
  EXPECT_EQ(space.coordinates()[3].kind, CoordinateKind::integer);
  EXPECT_EQ(space.coordinates()[3].upper, 9);
  EXPECT_EQ(space.coordinates()[4].kind, CoordinateKind::cyclic);
  EXPECT_FALSE(space.is_identity());
  EXPECT_TRUE((ParameterSpace{{{"x", real(), 4}, {"n", integers(0, 1)}}}).is_identity());
}

TEST(ParameterSpace, CoordinatesCarryNameAndBoundsOfTheirValue) {
  const ParameterSpace space{{{"mu"},
                              {"s", above(2), 2},
                              {"t", below(-1)},
                              {"p", between(-1, 4)},
                              {"o", ordered(), 2},
                              {"q", positive_ordered(), 2},
                              {"w", simplex(), 3},
                              {"e", unit_vector(), 2},
                              {"n", integers(0, 9)},
                              {"phi", cyclic(0, 6.25)}}};
  std::vector<std::string> names;
  for (const Coordinate& c : space.coordinates()) names.push_back(c.name);
  EXPECT_EQ(names, (std::vector<std::string>{"mu", "s[1]", "s[2]", "t", "p", "o.1", "o.2", "q.1", "q.2", "w.1", "w.2",
                                             "e.1", "e.2", "n", "phi"}));
  const auto bounds = [&](std::size_t i, double lower, double upper) {
    EXPECT_EQ(space.coordinates()[i].lower, lower) << names[i];
    EXPECT_EQ(space.coordinates()[i].upper, upper) << names[i];
  };
  bounds(0, -kInfinity, kInfinity);
  bounds(2, 2, kInfinity);
  bounds(3, -kInfinity, -1);
  bounds(4, -1, 4);
  for (std::size_t joint = 5; joint < 13; ++joint) bounds(joint, -kInfinity, kInfinity);
  bounds(13, 0, 9);
  bounds(14, 0, 6.25);
}

/// What unconstrain says about one parameter with these values, or "accepted".
std::string complaint(Parameter parameter, const std::vector<double>& x) {
  std::vector<double> u(x.size());
  try {
    ParameterSpace{{std::move(parameter)}}.unconstrain(x, u);
  } catch (const ModelError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ParameterSpace, NamesTheValueThatIsOutside) {
  const auto says = [](const std::string& text, const char* words) { return text.find(words) != std::string::npos; };
  EXPECT_TRUE(says(complaint({"s", positive(), 3}, {1, 2, -1}), "\"s[3]\" cannot be -1"));
  EXPECT_TRUE(says(complaint({"s", positive()}, {0}), "a number above 0"));
  EXPECT_TRUE(says(complaint({"s", below(2)}, {2}), "a number below 2"));
  EXPECT_TRUE(says(complaint({"p", between(0, 1)}, {1.5}), "above 0 and below 1"));
  EXPECT_TRUE(says(complaint({"n", integers(0, 9)}, {2.5}), "a whole number from 0 to 9"));
  EXPECT_TRUE(says(complaint({"phi", cyclic(0, 2)}, {2}), "from 0 to below 2"));
  EXPECT_TRUE(says(complaint({"mu"}, {kInfinity}), "a finite number"));
  EXPECT_TRUE(says(complaint({"w", simplex(), 2}, {0.5, 0.6}), "\"w\" has values outside its domain"));
  EXPECT_TRUE(says(complaint({"w", simplex(), 2}, {0.5, 0.6}), "2 values must be positive with sum 1"));
}

TEST(ParameterSpace, IntegerCoordinatesPassThroughWithoutGradient) {
  const ParameterSpace space{{{"n", integers(0, 9)}, {"s", positive()}}};
  const double u[] = {4, 0}, g[] = {3, 5};
  double x[2], back[2];
  EXPECT_EQ(space.constrain(u, x), 0);
  EXPECT_EQ(x[0], 4);
  space.pull_back(u, x, g, back, true);
  EXPECT_EQ(back[0], 0);
  EXPECT_DOUBLE_EQ(back[1], 6);
}

TEST(ParameterSpace, AValueOnItsBoundIsOutside) {
  double x[3];
  const auto log_jacobian = [&](Domain domain, double u) {
    return ParameterSpace{{{"x", domain}}}.constrain(std::vector<double>{u}, x);
  };
  EXPECT_EQ(log_jacobian(above(100), -60), -kInfinity);
  EXPECT_EQ(log_jacobian(positive(), -800), -kInfinity);
  EXPECT_EQ(log_jacobian(positive(), 800), -kInfinity);
  EXPECT_EQ(log_jacobian(below(1), -60), -kInfinity);
  EXPECT_EQ(log_jacobian(between(1, 2), -60), -kInfinity);
  EXPECT_EQ(log_jacobian(between(1, 2), 60), -kInfinity);
  EXPECT_TRUE(std::isfinite(log_jacobian(between(0, 1), -600)));
  EXPECT_EQ((ParameterSpace{{{"w", simplex(), 3}}}.constrain(std::vector<double>{900, 0}, x)), -kInfinity);
  EXPECT_EQ((ParameterSpace{{{"t", ordered(), 2}}}.constrain(std::vector<double>{1, -60}, x)), -kInfinity);
}

/// A count of components with two values each, and switches for others.
const std::vector<Parameter> kComing{{"count", integers(0, 3)},
                                     {"on", integers(0, 1), 2},
                                     {"level"},
                                     {"pair", positive(), 6, ComesWith{"count", born_lognormal(2, 1)}},
                                     {"share", between(2, 4), 2, ComesWith{"on"}}};

TEST(ParameterSpace, SharesValuesOutAmongTheComponentsThatBringThem) {
  const ParameterSpace space(kComing);
  const auto c = space.coordinates();
  EXPECT_TRUE(c[0].switches && c[1].switches && c[2].switches && !c[3].switches);
  EXPECT_FALSE(c[0].presence || c[3].presence);
  for (std::size_t i = 0; i < 6; ++i) {
    ASSERT_TRUE(c[4 + i].presence);
    EXPECT_EQ(c[4 + i].presence->by, 0U);
    EXPECT_EQ(c[4 + i].presence->from, 1 + static_cast<double>(i / 2));
    EXPECT_EQ(c[4 + i].presence->birth, born_lognormal(2, 1));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(c[10 + i].presence->by, 1 + i);
    EXPECT_EQ(c[10 + i].presence->from, 1);
  }
  EXPECT_NO_THROW(check_presence(c));
  EXPECT_EQ(components_of(c).size(), 5U);
}

TEST(ParameterSpace, WhatIsNotThereIsNaNWithoutJacobianAndGradient) {
  const ParameterSpace space(kComing);
  EXPECT_FALSE(space.is_identity());
  const std::vector<double> u{1, 0, 1, 0.3, 0.5, -0.7, 9, 9, 9, 9, 9, 0.4};
  std::vector<double> x(12), back(12), gradient(12, 1), pulled(12, 7);
  const double log_jacobian = space.constrain(u, x);
  EXPECT_NEAR(log_jacobian, 0.5 - 0.7 + std::log(2) - 2 * std::log1p(std::exp(-0.4)) - 0.4, 1e-14);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(std::isnan(x[i]), i >= 6 && i <= 10) << i;
  space.pull_back(u, x, gradient, pulled, true);
  for (std::size_t i = 6; i <= 10; ++i) EXPECT_EQ(pulled[i], 0) << i;
  EXPECT_NE(pulled[5], 0);
  EXPECT_NE(pulled[11], 0);
  space.unconstrain(x, back);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_NEAR(back[i], i >= 6 && i <= 10 ? 0 : u[i], 1e-14) << i;
}

TEST(ParameterSpace, RefusesComponentsThatMakeNoSense) {
  const auto refusal = [](const std::vector<Parameter>& parameters) -> std::string {
    try {
      (void)ParameterSpace(parameters);
    } catch (const ModelError& error) {
      return error.what();
    }
    return "";
  };
  const auto with = [](const Parameter& by, const Parameter& coming) { return std::vector<Parameter>{by, coming}; };
  const ComesWith k{"k"};
  const Parameter count{"k", integers(0, 2)};
  EXPECT_EQ(refusal(with(count, {"a", real(), 4, k})), "");
  EXPECT_NE(refusal(with(count, {"a", real(), 3, k})).find("3 values for 2 components"), std::string::npos);
  EXPECT_NE(refusal(with(count, {"a", ordered(), 2, k})).find("binds its values"), std::string::npos);
  EXPECT_NE(refusal(with({"k"}, {"a", real(), 2, k})).find("no integer parameter"), std::string::npos);
  EXPECT_NE(refusal({{"a", real(), 2, k}, count}).find("declared before"), std::string::npos);
  EXPECT_NE(refusal(with({"k", integers(0, kInfinity)}, {"a", real(), 2, k})).find("neither a count"),
            std::string::npos);
  EXPECT_NE(refusal(with({"k", integers(-1, 2)}, {"a", real(), 2, k})).find("neither a count"), std::string::npos);
  EXPECT_NE(refusal(with({"k", integers(0, 2), 2}, {"a", real(), 2, k})).find("neither a count"), std::string::npos);
  EXPECT_NE(refusal({count, {"j", integers(0, 1), 2, k}, {"a", real(), 1, ComesWith{"j"}}}).find("always there"),
            std::string::npos);
}

TEST(Presence, IsCheckedForModelsThatWriteTheirOwn) {
  const auto refusal = [](std::vector<Coordinate> coordinates) -> std::string {
    try {
      check_presence(coordinates);
    } catch (const ModelError& error) {
      return error.what();
    }
    return "";
  };
  const Coordinate count{CoordinateKind::integer, 0, 2, "k", std::nullopt, true};
  const Coordinate coming{CoordinateKind::real, -kInfinity, kInfinity, "a", Presence{0, 1}};
  EXPECT_EQ(refusal({count, coming}), "");
  Coordinate unmarked = count;
  unmarked.switches = false;
  EXPECT_NE(refusal({unmarked, coming}).find("not marked"), std::string::npos);
  EXPECT_NE(refusal({count}).find("switches nothing"), std::string::npos);
  Coordinate far = coming;
  far.presence->by = 7;
  EXPECT_NE(refusal({count, far}).find("not told by an integer"), std::string::npos);
  Coordinate by_real = coming;
  by_real.presence->by = 1;
  EXPECT_NE(refusal({count, coming, by_real}).find("not told by an integer"), std::string::npos);
}

TEST(ParameterSpace, RefusesDeclarationsThatMakeNoSense) {
  const auto declare = [](const std::vector<Parameter>& parameters) { return ParameterSpace(parameters); };
  EXPECT_THROW(declare({{"a"}, {"a"}}), ModelError);
  EXPECT_THROW(declare({{"a", real(), 2}, {"a[2]"}}), ModelError);
  EXPECT_THROW(declare({{"w", simplex(), 3}, {"w.2"}}), ModelError);  // two coordinates of one name
  EXPECT_THROW(declare({{""}}), ModelError);
  EXPECT_THROW(declare({{"a", between(2, 1)}}), ModelError);
  EXPECT_THROW(declare({{"a", between(0, kInfinity)}}), ModelError);
  EXPECT_THROW(declare({{"a", above(-kInfinity)}}), ModelError);
  EXPECT_THROW(declare({{"a", integers(0.5, 2)}}), ModelError);
  EXPECT_THROW(declare({{"a", simplex()}}), ModelError);
  EXPECT_THROW(declare({{"a", real(), 0}}), ModelError);
}

TEST(ParameterSpace, RefusesValuesOutsideTheDomain) {
  double u[3];
  const auto accepts = [&](Parameter parameter, std::vector<double> x) {
    try {
      ParameterSpace{{std::move(parameter)}}.unconstrain(x, u);
    } catch (const ModelError&) {
      return false;
    }
    return true;
  };
  EXPECT_FALSE(accepts({"x", positive()}, {0}));
  EXPECT_FALSE(accepts({"x", positive()}, {std::nan("")}));
  EXPECT_FALSE(accepts({"x", between(0, 1)}, {1}));
  EXPECT_FALSE(accepts({"x", integers(0, 3)}, {1.5}));
  EXPECT_FALSE(accepts({"x", cyclic(0, 1)}, {1}));
  EXPECT_TRUE(accepts({"x", cyclic(0, 1)}, {0}));
  EXPECT_FALSE(accepts({"x", ordered(), 2}, {1, 1}));
  EXPECT_FALSE(accepts({"x", simplex(), 2}, {0.5, 0.6}));
  EXPECT_TRUE(accepts({"x", simplex(), 2}, {0.4, 0.6}));
}

}  // namespace
}  // namespace dovetail::test
