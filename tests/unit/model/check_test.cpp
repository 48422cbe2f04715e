// The preflight finds what is wrong with models, and only that.
#include "dovetail/model/check.hpp"

#include <cmath>
#include <stdexcept>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/callable.hpp"
#include "tests/unit/model/sample_models.hpp"

namespace dovetail::test {
namespace {

/// Ids of the findings, in order.
std::vector<std::string> ids(const Model& model) {
  std::vector<std::string> found;
  for (const ModelFinding& finding : check_model(model, {.seed = seed_from_name()}).findings) {
    found.push_back(finding.id);
    EXPECT_FALSE(finding.text.empty());
    EXPECT_FALSE(finding.fix.empty());
  }
  return found;
}
using Ids = std::vector<std::string>;

template <class F>
Ids ids_of(F f) {
  return ids(CallableModel(density(2, std::move(f))));
}

// A lambda that changes itself is refused when compiling: calls must be const.
using Counter = decltype([calls = 0.0](Point x) mutable { return calls += x[0]; });
static_assert(!WholeDensity<Counter>);

double bell(Point x) { return -0.5 * (x[0] * x[0] + x[1] * x[1]); }

TEST(ModelCheck, PassesAGoodModel) { EXPECT_EQ(ids_of(bell), Ids{}); }

TEST(ModelCheck, NamesNan) {
  EXPECT_EQ(ids_of([](Point x) { return x[0] > 0 ? std::nan("") : bell(x); }), Ids{"nan"});
  EXPECT_EQ(ids_of([](Point x) { return x[0] > 0 ? kInfinity : bell(x); }), Ids{"nan"});
}

TEST(ModelCheck, NamesThrowing) {
  EXPECT_EQ(ids_of([](Point x) { return x[0] > 0 ? throw std::domain_error("no") : bell(x); }), Ids{"throws"});
}

TEST(ModelCheck, NamesAnEmptySupport) {
  EXPECT_EQ(ids_of([](Point) { return -kInfinity; }), Ids{"no-finite-point"});
}

TEST(ModelCheck, AcceptsASupportWithAnEdge) {
  EXPECT_EQ(ids_of([](Point x) { return x[0] > 0 ? -kInfinity : bell(x); }), Ids{});
}

TEST(ModelCheck, TriesCoordinatesNearZeroWhateverTheBoundsOfTheValue) {
  // s = 5 + exp u: beyond u = 2 the density is 0
  const auto near = [](Point x) { return x[0] < 5 + math::exp(2.0) ? -x[0] : -kInfinity; };
  const ModelCheck check = check_model(CallableModel(density({{"s", above(5)}}, near)), {.seed = seed_from_name()});
  EXPECT_EQ(check.finite, check.points);
  const auto counted = [](Point x) { return x[0] >= 5 && x[0] <= 9 ? 0.0 : -kInfinity; };
  const ModelCheck whole =
      check_model(CallableModel(density({{"n", integers(5, 9)}}, counted)), {.seed = seed_from_name()});
  EXPECT_EQ(whole.finite, whole.points);
}

/// Throws, as a program may, wherever it has no answer; a slope along the circle.
struct Strict {
  std::vector<Parameter> parameters() const { return {{"n", integers(5, 9)}, {"angle", cyclic(0, 1)}}; }
  double operator()(Point x) const {
    if (x[0] < 5 || x[0] > 9 || x[0] != std::floor(x[0]) || !(x[1] >= 0 && x[1] < 1)) throw std::out_of_range("no");
    return math::cos(6.283185307179586 * x[1]);
  }
  void gradient(Point x, PointOut g) const {
    g[0] = 0;
    g[1] = -6.283185307179586 * math::sin(6.283185307179586 * x[1]);
  }
};

TEST(ModelCheck, AsksForPointsOfTheModelAlone) {
  const CallableModel model(Strict{});
  EXPECT_EQ(ids(model), Ids{});
  EXPECT_GT(check_model(model, {.seed = seed_from_name()}).gradients, 0U);
}

/// A bell whose way back from values leads to the given coordinates, or is refused.
class Returning final : public Model {
 public:
  explicit Returning(double factor) : factor_(factor) {
    description_.name = "returning";
    description_.coordinates = {{.name = "a"}, {.name = "b"}};
    description_.output_names = {"a", "b"};
    description_.parameter_count = 2;
  }
  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] LogDensity log_density(Point x) const override {
    if (factor_ == kGone && ++calls_ == 11) throw ModelLost("nobody is there");  // and is there again
    return {0, bell(x)};
  }
  void output_values(Point x, Rng&, PointOut values) const override {
    values[0] = x[0];
    values[1] = math::exp(x[1]);
  }
  void unconstrain(Point values, PointOut x) const override {
    if (factor_ == kRefuses) return Model::unconstrain(values, x);
    x[0] = values[0];
    x[1] = (factor_ == kGone ? 1 : factor_) * math::log(values[1]);
  }

  static constexpr double kRefuses = -1;
  static constexpr double kGone = -2;

 private:
  double factor_;
  ModelDescription description_;
  mutable int calls_ = 0;
};

TEST(ModelCheck, NamesAWayBackThatLeadsElsewhere) {
  EXPECT_EQ(ids(Returning(1)), Ids{});
  EXPECT_EQ(ids(Returning(1 + 1e-6)), Ids{"round-trip"});
  const ModelCheck good = check_model(Returning(1), {.seed = seed_from_name()});
  EXPECT_EQ(good.round_trips, good.points);
  EXPECT_LT(good.round_trip_error, 1e-14);
}

TEST(ModelCheck, TakesNoWayBackForAnAnswer) {
  EXPECT_EQ(ids(Returning(Returning::kRefuses)), Ids{});
  const ModelCheck check = check_model(Returning(Returning::kRefuses), {.seed = seed_from_name()});
  EXPECT_EQ(check.round_trips, 0U);
  EXPECT_NE(check.round_trip_refusal.find("cannot start from values"), std::string::npos);
}

TEST(ModelCheck, EndsWithWhatItHasWhenTheModelIsLost) {
  EXPECT_EQ(ids(Returning(Returning::kGone)), Ids{"lost"});
  const ModelCheck check = check_model(Returning(Returning::kGone), {.seed = seed_from_name()});
  EXPECT_GT(check.finite, 0U);
  EXPECT_LT(check.finite, check.points);
}

TEST(ModelCheck, NamesAMemory) {
  struct Remembers {
    mutable double last = 0;
    [[nodiscard]] std::size_t dimension() const { return 1; }
    double operator()(Point x) const {
      const double before = last;
      last = x[0];
      return -0.5 * x[0] * x[0] + 1e-12 * before;
    }
  };
  EXPECT_EQ(ids(CallableModel(Remembers{})), Ids{"impure"});
}

/// A bell with a gradient that is wrong by a factor or in its value.
struct Skewed {
  double factor = 1;
  [[nodiscard]] std::size_t dimension() const { return 2; }
  double operator()(Point x) const { return bell(x); }
  void gradient(Point x, PointOut g) const {
    g[0] = -x[0];
    g[1] = -x[1] * factor;
  }
};

TEST(ModelCheck, NamesAWrongGradient) {
  EXPECT_EQ(ids(CallableModel(Skewed{1})), Ids{});
  EXPECT_EQ(ids(CallableModel(Skewed{1.00001})), Ids{"gradient"});
  EXPECT_EQ(ids(CallableModel(Skewed{-1})), Ids{"gradient"});
  EXPECT_EQ(ids(CallableModel(Skewed{std::nan("")})), Ids{"gradient"});
}

TEST(ModelCheck, ShowsFiguresToTheirLastDigit) {
  struct AlmostFlat {
    [[nodiscard]] std::size_t dimension() const { return 1; }
    double operator()(Point x) const { return -0.5 * x[0] * x[0]; }
    void gradient(Point, PointOut g) const { g[0] = 1.25e-9; }
  };
  const auto gradient = check_model(CallableModel(AlmostFlat{})).findings;
  ASSERT_EQ(gradient.size(), 1U);
  EXPECT_NE(gradient[0].text.find(" is 1.25e-09, differences give "), std::string::npos) << gradient[0].text;
  const auto no_number = check_model(CallableModel(density(2, [](Point) { return -std::nan(""); }))).findings;
  ASSERT_FALSE(no_number.empty());
  EXPECT_NE(no_number[0].text.find(" nan"), std::string::npos) << no_number[0].text;
}

TEST(ModelCheck, NamesAnOutputThatIsNoNumber) {
  struct BadOutput {
    [[nodiscard]] std::size_t dimension() const { return 2; }
    double operator()(Point x) const { return bell(x); }
    [[nodiscard]] std::vector<std::string> derived_names() const { return {"root"}; }
    void derived(Point x, PointOut values) const { values[0] = std::sqrt(x[0]); }
  };
  EXPECT_EQ(ids(CallableModel(BadOutput{})), Ids{"output-nan"});
}

/// A switch, and a normal that is there only where it is 1.
struct ComesAndGoes final : Model {
  ComesAndGoes() {
    about.coordinates = {{CoordinateKind::integer, 0, 1, "a", std::nullopt, true}, {.name = "b"}};
    about.coordinates[1].presence = Presence{0, 1};
    about.output_names = {"a", "b"};
    about.parameter_count = 2;
  }
  ModelDescription about;
  bool reads = false;
  double in_its_place = std::nan("");
  [[nodiscard]] const ModelDescription& description() const override { return about; }
  [[nodiscard]] LogDensity log_density(Point x) const override {
    if (x[0] == 0 && !reads) return {0, 0};
    return {0, -0.5 * x[0] * x[1] * x[1]};
  }
  void output_values(Point x, Rng&, PointOut values) const override {
    values[0] = x[0];
    values[1] = x[0] > 0 ? x[1] : in_its_place;
  }
};

TEST(ModelCheck, NamesACoordinateThatIsReadWhereItIsNotThere) {
  EXPECT_EQ(ids(ComesAndGoes()), Ids{});
  ComesAndGoes reading;  // 0 times NaN is NaN: even weight 0 is a reading
  reading.reads = true;
  EXPECT_EQ(ids(reading), Ids{"absent-read"});
  ComesAndGoes always;
  always.about.coordinates[1].presence.reset();
  EXPECT_EQ(ids(always), Ids{"output-nan"});
  ComesAndGoes claiming;
  claiming.in_its_place = 0;
  EXPECT_EQ(ids(claiming), Ids{"absent-output"});
}

TEST(Difference, IsSharpOnSmoothFunctionsAndHonestOnRoughOnes) {
  std::vector<double> x = {0.7};
  const auto at = [&](auto&& f) { return difference(f, x, 0); };
  EXPECT_NEAR(at([](Point p) { return std::sin(3 * p[0]); }).value, 3 * std::cos(2.1), 1e-10);
  EXPECT_NEAR(at([](Point p) { return std::exp(40 * p[0]); }).value / (40 * std::exp(28.0)), 1, 1e-7);
  EXPECT_EQ(x[0], 0.7);
  // all digits of sin are lost in 1e18: four equal values are no derivative of 0
  EXPECT_GT(at([](Point p) { return 1e18 + std::sin(3 * p[0]); }).error, 1e3);
  EXPECT_GT(at([](Point p) { return p[0] > 0.7 ? 1.0 : 0.0; }).error, 1);
  EXPECT_EQ(at([](Point p) { return p[0] > 0.7 ? -kInfinity : 0.0; }).error, kInfinity);
}

}  // namespace
}  // namespace dovetail::test
