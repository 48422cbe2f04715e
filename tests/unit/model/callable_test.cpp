// C++ callables as models: what is detected, where the Jacobian goes, what is called when.
#include "dovetail/model/callable.hpp"

#include <array>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/dovetail.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/check.hpp"
#include "tests/unit/model/sample_models.hpp"

namespace dovetail::test {
namespace {

/// Everything a callable may have: y = 1 observed once from N(mu, sigma), mu ~ N(0, 1), sigma ~ Exponential(1).
struct Full {
  [[nodiscard]] std::vector<Parameter> parameters() const { return {{"mu"}, {"sigma", positive()}}; }
  [[nodiscard]] double log_prior(Point x) const { return -0.5 * x[0] * x[0] - 0.5 * std::log(2 * M_PI) - x[1]; }
  [[nodiscard]] double log_likelihood(Point x) const {
    const double z = (1 - x[0]) / x[1];
    return -0.5 * z * z - math::log(x[1]);
  }
  void log_prior_gradient(Point x, PointOut g) const {
    g[0] = -x[0];
    g[1] = -1;
  }
  void log_likelihood_gradient(Point x, PointOut g) const {
    const double z = (1 - x[0]) / x[1];
    g[0] = z / x[1];
    g[1] = (z * z - 1) / x[1];
  }
  void draw_prior(Rng& rng, PointOut x) const {
    x[0] = math::draw_normal(rng);
    x[1] = math::draw_exponential(rng);
  }
  [[nodiscard]] std::vector<std::string> derived_names() const { return {"variance"}; }
  void derived(Point x, PointOut values) const { values[0] = x[1] * x[1]; }
  [[nodiscard]] std::string name() const { return "one-observation"; }
  [[nodiscard]] bool thread_safe() const { return false; }
};

/// The least: R^2 and a value.
struct Least {
  [[nodiscard]] std::size_t dimension() const { return 2; }
  double operator()(Point x) const { return -0.5 * (x[0] * x[0] + x[1] * x[1]); }
};

TEST(CallableModel, FindsEverythingThatIsThere) {
  const CallableModel model(Full{});
  const ModelDescription& about = model.description();
  EXPECT_EQ(about.name, "one-observation");
  EXPECT_EQ(about.output_names, (std::vector<std::string>{"mu", "sigma", "variance"}));
  EXPECT_TRUE(about.parts);
  EXPECT_TRUE(about.gradient);
  EXPECT_TRUE(about.prior_draws);
  EXPECT_FALSE(about.exact_draws);
  EXPECT_FALSE(about.thread_safe);
  EXPECT_EQ(model.dimension(), 2U);
}

TEST(CallableModel, ClaimsNothingThatIsNotThere) {
  const CallableModel model(Least{});
  const ModelDescription& about = model.description();
  EXPECT_EQ(about.output_names, (std::vector<std::string>{"x[1]", "x[2]"}));
  EXPECT_FALSE(about.parts);
  EXPECT_FALSE(about.gradient);
  EXPECT_FALSE(about.prior_draws);
  EXPECT_TRUE(about.thread_safe);
  const std::array u{1.0, 2.0};
  EXPECT_EQ(model.log_density(u).prior, 0);
  EXPECT_EQ(model.log_density(u).likelihood, -2.5);
  std::array<double, 2> a{}, b{};
  EXPECT_THROW(model.log_density_gradient(u, a, b), UsageError);
  Rng rng = test_rng();
  EXPECT_THROW(model.draw_prior(rng, a), UsageError);
}

TEST(CallableModel, TheJacobianBelongsToThePrior) {
  const CallableModel model(Full{});
  for (const double u : {-3.0, 0.0, 1.5}) {
    const std::array x{0.3, std::exp(u)};
    const LogDensity parts = model.log_density(std::array{0.3, u});
    EXPECT_NEAR(parts.prior, Full{}.log_prior(x) + u, 1e-13);
    EXPECT_NEAR(parts.likelihood, Full{}.log_likelihood(x), 1e-13);
  }
}

TEST(CallableModel, PassesThePreflightWithItsGradient) {
  const ModelCheck check = check_model(CallableModel(Full{}), {.seed = seed_from_name()});
  for (const ModelFinding& finding : check.findings) ADD_FAILURE() << finding.id << ": " << finding.text;
  EXPECT_GE(check.gradients, 60U);
}

TEST(CallableModel, PriorDrawsArriveAsCoordinates) {
  const CallableModel model(Full{});
  Rng a = test_rng(), b = test_rng(), c = test_rng();
  std::array<double, 2> u{}, x{};
  std::array<double, 3> out{};
  for (int i = 0; i < 100; ++i) {
    model.draw_prior(a, u);
    Full{}.draw_prior(b, x);
    model.output_values(u, c, out);
    EXPECT_EQ(out[0], x[0]);
    EXPECT_NEAR(out[1], x[1], 1e-14 * x[1]);
    EXPECT_EQ(out[2], out[1] * out[1]);
  }
}

TEST(CallableModel, StartsFromValues) {
  const CallableModel model(Full{});
  EXPECT_EQ(model.description().parameter_count, 2U);
  EXPECT_EQ(model.description().coordinates[1].name, "sigma");
  EXPECT_EQ(model.description().coordinates[1].lower, 0);
  std::array<double, 2> u{};
  model.unconstrain(std::array{0.3, std::exp(1.5)}, u);
  EXPECT_EQ(u[0], 0.3);
  EXPECT_NEAR(u[1], 1.5, 1e-15);
  model.unconstrain(std::array{0.3, 2.0, 99.0}, u);  // as output_values writes them: derived quantities are not read
  EXPECT_NEAR(u[1], std::log(2.0), 1e-15);
  EXPECT_THROW(model.unconstrain(std::array{0.3, -1.0}, u), ModelError);
}

/// A model by hand that says nothing about the way back.
struct OneWay final : Model {
  ModelDescription about;
  [[nodiscard]] const ModelDescription& description() const override { return about; }
  [[nodiscard]] LogDensity log_density(Point) const override { return {}; }
  void output_values(Point, Rng&, PointOut) const override {}
};

TEST(Model, CannotStartFromValuesUnlessItSaysHow) {
  std::array<double, 1> u{};
  EXPECT_THROW(OneWay().unconstrain(std::array{1.0}, u), ModelError);
}

/// Counts its calls: density of a positive number.
struct Counting {
  int* priors;
  int* likelihoods;
  [[nodiscard]] std::vector<Parameter> parameters() const { return {{"s", positive()}}; }
  [[nodiscard]] double log_prior(Point x) const {
    ++*priors;
    return x[0] > 5 ? -kInfinity : 0;
  }
  [[nodiscard]] double log_likelihood(Point) const {
    ++*likelihoods;
    return std::nan("");
  }
};

TEST(CallableModel, CallsNothingBeyondTheSupport) {
  int priors = 0, likelihoods = 0;
  const CallableModel model(Counting{&priors, &likelihoods});
  EXPECT_EQ(model.log_density(std::array{2.0}).prior, -kInfinity);  // exp(2) > 5
  EXPECT_EQ(priors, 1);
  EXPECT_EQ(likelihoods, 0);
  EXPECT_EQ(model.log_density(std::array{-800.0}).prior, -kInfinity);  // exp(-800) is 0, the bound itself
  EXPECT_EQ(priors, 1);
  (void)model.log_density(std::array{0.0});
  EXPECT_EQ(likelihoods, 1);
}

TEST(Density, GivesALambdaItsParameters) {
  const CallableModel plain(density(3, [](Point x) { return x[0] + x[2]; }));
  EXPECT_EQ(plain.dimension(), 3U);
  EXPECT_EQ(plain.log_density(std::array{1.0, 9.0, 2.0}).likelihood, 3);
  const CallableModel bounded(density({{"p", between(0, 1)}}, [](Point x) { return math::log(x[0]); }));
  EXPECT_EQ(bounded.description().output_names[0], "p");
  // log p + log p (1 - p) at p = 1/2; without parts all of it is likelihood
  EXPECT_NEAR(bounded.log_density(std::array{0.0}).likelihood, std::log(0.125), 1e-14);
  EXPECT_EQ(bounded.log_density(std::array{0.0}).prior, 0);
  const CallableModel parts(density(
      1, [](Point x) { return -x[0]; }, [](Point x) { return 2 * x[0]; }));
  EXPECT_TRUE(parts.description().parts);
  EXPECT_EQ(parts.log_density(std::array{1.5}).prior, -1.5);
  EXPECT_EQ(parts.log_density(std::array{1.5}).likelihood, 3);
}

/// A predator's orbit, say: the density needs the energy, which is worth keeping.
struct Orbit {
  int* calls;
  [[nodiscard]] std::vector<Parameter> parameters() const { return {{"r", positive()}, {"v"}}; }
  double operator()(Point x, PointOut blobs) const {
    ++*calls;
    blobs[0] = 0.5 * x[1] * x[1] - 1 / x[0];
    blobs[1] = x[0] * x[1];
    return -blobs[0] * blobs[0] - x[0];
  }
  [[nodiscard]] std::vector<std::string> blob_names() const { return {"energy", "momentum"}; }
  [[nodiscard]] std::vector<std::string> derived_names() const { return {"area"}; }
  void derived(Point x, PointOut values) const {
    EXPECT_EQ(values.size(), 1U);
    values[0] = x[0] * x[0];
  }
};

TEST(CallableModel, BlobsAreTheLastColumnsAndOneCallEach) {
  int calls = 0;
  const CallableModel model(Orbit{&calls});
  EXPECT_EQ(model.description().output_names, (std::vector<std::string>{"r", "v", "area", "energy", "momentum"}));
  EXPECT_EQ(model.description().parameter_count, 2U);
  EXPECT_FALSE(model.description().parts);
  const std::array u{std::log(2.0), 3.0};
  EXPECT_NEAR(model.log_density(u).likelihood, -16 - 2 + std::log(2.0), 1e-13);  // the energy is 9/2 - 1/2
  EXPECT_EQ(calls, 1);
  std::array<double, 5> values{};
  Rng rng = test_rng();
  model.output_values(u, rng, values);
  EXPECT_EQ(calls, 2);
  EXPECT_NEAR(values[2], 4, 1e-14);
  EXPECT_NEAR(values[3], 4, 1e-14);
  EXPECT_NEAR(values[4], 6, 1e-14);
  EXPECT_EQ(rng.words_drawn(), 0U);
}

/// Parts, whose likelihood has blobs, and a form without them for speed.
struct Counts {
  double slope = -1;
  [[nodiscard]] std::size_t dimension() const { return 1; }
  [[nodiscard]] double log_prior(Point x) const { return -0.5 * x[0] * x[0]; }
  [[nodiscard]] double log_likelihood(Point x, PointOut blobs) const {
    blobs[0] = 10 * x[0];
    return slope * x[0];
  }
  [[nodiscard]] std::vector<std::string> blob_names() const { return {"ten"}; }
};
struct CountsTwice : Counts {
  using Counts::log_likelihood;
  [[nodiscard]] double log_likelihood(Point x) const { return slope * x[0]; }
};

TEST(CallableModel, ALikelihoodMayHaveBlobs) {
  const CallableModel one(Counts{});
  const CallableModel two(CountsTwice{});
  const std::array u{0.25};
  std::array<double, 2> values{};
  Rng rng = test_rng();
  for (const Model* model : {static_cast<const Model*>(&one), static_cast<const Model*>(&two)}) {
    EXPECT_TRUE(model->description().parts);
    EXPECT_EQ(model->log_density(u).prior, -0.03125);
    EXPECT_EQ(model->log_density(u).likelihood, -0.25);
    model->output_values(u, rng, values);
    EXPECT_EQ(values[0], 0.25);
    EXPECT_EQ(values[1], 2.5);
    EXPECT_TRUE(check_model(*model, {.seed = seed_from_name()}).passed());
  }
}

/// Whole density with a gradient, on a simplex: Dirichlet(2, 3, 4) without its constant.
struct OnSimplex {
  [[nodiscard]] std::vector<Parameter> parameters() const { return {{"w", simplex(), 3}}; }
  double operator()(Point w) const { return math::log(w[0]) + 2 * math::log(w[1]) + 3 * math::log(w[2]); }
  void gradient(Point w, PointOut g) const {
    g[0] = 1 / w[0];
    g[1] = 2 / w[1];
    g[2] = 3 / w[2];
  }
};

TEST(CallableModel, WholeGradientsGoThroughTheTransform) {
  const CallableModel model(OnSimplex{});
  EXPECT_EQ(model.dimension(), 2U);
  EXPECT_TRUE(model.description().gradient);
  const ModelCheck check = check_model(model, {.seed = seed_from_name()});
  for (const ModelFinding& finding : check.findings) ADD_FAILURE() << finding.id << ": " << finding.text;
}

/// A model that calls a model: both need scratch rows at once.
struct Nested {
  const CallableModel<Full>* inner;
  [[nodiscard]] std::vector<Parameter> parameters() const { return {{"a", positive()}, {"b", positive()}}; }
  double operator()(Point x) const {
    const LogDensity parts = inner->log_density(std::array{0.1, 0.2});
    return parts.prior + parts.likelihood + x[0] + 10 * x[1];
  }
};

TEST(CallableModel, ScratchRowsNest) {
  const CallableModel inner(Full{});
  const CallableModel outer(Nested{&inner});
  const LogDensity parts = inner.log_density(std::array{0.1, 0.2});
  const double u[] = {std::log(2.0), std::log(3.0)};
  EXPECT_NEAR(outer.log_density(u).likelihood, parts.prior + parts.likelihood + 32 + u[0] + u[1], 1e-12);
}

// `dovetail::temper(MyDensity{}, {.replicas = 12})` must compile; running it is jobs' test.
template <class F>
concept Temperable = requires(F f) {
  { temper(std::move(f), {.replicas = 12}) } -> std::same_as<TemperResult>;
};
struct Undeclared {
  double operator()(Point x) const { return -x[0]; }
};
static_assert(Temperable<Full> && Temperable<Least> && Temperable<Orbit>);
static_assert(!Temperable<Undeclared>, "a density must say its dimension");

}  // namespace
}  // namespace dovetail::test
