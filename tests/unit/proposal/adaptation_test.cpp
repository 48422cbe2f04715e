// Rules of adaptation: their updates by hand, their targets, their end.
#include "dovetail/kernel/proposal/adaptation.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "chain.hpp"
#include "dovetail/core/codec.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::test {
namespace {

constexpr double kTolerance = 1e-12;

double gain(double k, double until) { return std::pow(k, -0.6) - std::pow(until, -0.6); }

TEST(Gain, FallsToExactlyZeroAtT) {
  EXPECT_EQ(adaptation_gain(0, 100), 0);
  EXPECT_NEAR(adaptation_gain(1, 100), gain(1, 100), kTolerance);
  EXPECT_NEAR(adaptation_gain(99, 100), gain(99, 100), kTolerance);
  EXPECT_EQ(adaptation_gain(100, 100), 0);
  EXPECT_EQ(adaptation_gain(5000, 100), 0);
}

/// A proposal with its rule, told one decision after the other.
struct Learner {
  MovingBlock block;
  ProposalTuning tuning;
  std::vector<double> scratch;
  Learner(const ProposalSpec& s, const std::vector<Coordinate>& coordinates, std::uint64_t until = 100)
      : block(make_proposal(s, coordinates, {coordinates.size(), until})),
        tuning(block.start),
        scratch(2 * coordinates.size()) {}
  void tell(const std::vector<double>& before, const std::vector<double>& proposed, bool accepted, double acceptance,
            const std::vector<double>& alone = {}) {
    adapt(block.adaptation, *block.proposal, {before, proposed, accepted, acceptance, alone}, scratch, tuning);
  }
};

TEST(Veitch, MovesEveryDeviationByItsPriorWidth) {
  const ProposalSpec s = spec("normal", {"x", "y"}, {{"width", {10, 2}}, {"target", {0.25}}}, {{"adapt", "veitch"}});
  Learner learner(s, {real("x"), real("y")});
  const auto expect = [&](double factor) {
    EXPECT_NEAR(learner.tuning.scale[0], 10 * factor, kTolerance);
    EXPECT_NEAR(learner.tuning.scale[1], 2 * factor, kTolerance);
  };
  double factor = 0.09 * 0.75;
  expect(factor);
  // T = 100: b = 1 / log10 T = 1/2
  for (double k = 1; k < 100; ++k) {
    const bool accepted = static_cast<int>(k) % 3 == 0;
    learner.tell({0, 0}, {1, 1}, accepted, 0.5);
    const double next = factor + (accepted ? 0.75 : -0.25) * (1 / std::sqrt(k) - 0.1) / 10;
    if (next > 0) factor = next;
    expect(factor);
  }
  const ProposalTuning settled = learner.tuning;
  for (int n = 0; n < 50; ++n) learner.tell({0, 0}, {1, 1}, true, 1);
  EXPECT_EQ(learner.tuning, settled);
}

TEST(Veitch, KeepsADeviationThatWouldLeaveThePositiveNumbers) {
  const ProposalSpec s =
      spec("normal", {"x"}, {{"width", {10}}, {"scale", {0.01}}, {"target", {0.25}}}, {{"adapt", "veitch"}});
  Learner learner(s, {real("x")});
  learner.tell({0}, {1}, false, 0);
  EXPECT_NEAR(learner.tuning.scale[0], 0.01, kTolerance);
}

TEST(SiviaSkilling, FollowsTheShareAcceptedOfAWindow) {
  const ProposalSpec s = spec("bounded_normal", {"x"}, {{"scale", {1}}, {"width", {1000}}, {"target", {0.3}}},
                              {{"adapt", "sivia_skilling"}});
  Learner learner(s, {real("x")}, 400);
  double log_scale = 0, n = 0, accepted = 0;
  for (double k = 1; k < 400; ++k) {
    const bool yes = static_cast<int>(k * k) % 7 < 3;
    if (n == 100) n = accepted = 0;
    ++n;
    accepted += yes ? 1 : 0;
    const double damping = gain(k, 400) / gain(1, 400);
    if (accepted > 0.3 * n) log_scale += damping / (2 * accepted);
    if (accepted < 0.3 * n) log_scale -= damping / (2 * (n - accepted));
    learner.tell({0}, {1}, yes, 0.5);
    ASSERT_NEAR(learner.tuning.scale[0], std::exp(log_scale), 1e-9) << k;
  }
}

TEST(SiviaSkilling, GrowsNoWiderThanThePrior) {
  const ProposalSpec s = spec("bounded_normal", {"x"}, {{"scale", {1}}}, {{"adapt", "sivia_skilling"}});
  Learner learner(s, {real("x", -1, 1)}, 100000);
  for (int n = 0; n < 5000; ++n) learner.tell({0}, {0.1}, true, 1);
  EXPECT_LE(learner.tuning.scale[0], 1.49 * 2);
  EXPECT_GT(learner.tuning.scale[0], 1.49 * 2 * std::exp(-0.5));
}

// Old mean in both updates, the point after the decision, the mean from the point before the first.
TEST(AndrieuThoms, UpdatesByHand) {
  const ProposalSpec s = spec("normal", {"x", "y"}, {{"covariance", {4, 1, 1, 2}}, {"target", {0.2}}});
  Learner learner(s, {real("x"), real("y")});
  const double lambda = 2.38 * 2.38 / 2;
  double log_lambda = std::log(lambda);
  std::vector<double> mean{5, 6}, covariance{4 / lambda, 1 / lambda, 1 / lambda, 2 / lambda};
  std::vector<double> point{5, 6};
  for (double k = 1; k < 100; ++k) {
    const std::vector<double> proposed{point[0] + std::sin(k), point[1] - std::cos(2 * k)};
    const double acceptance = 0.5 + 0.5 * std::sin(3 * k);
    const bool accepted = static_cast<int>(k) % 3 != 0;
    learner.tell(point, proposed, accepted, acceptance);
    if (accepted) point = proposed;
    const double g = gain(k, 100);
    log_lambda += g * (acceptance - 0.2);
    const double e0 = point[0] - mean[0], e1 = point[1] - mean[1];
    mean = {mean[0] + g * e0, mean[1] + g * e1};
    covariance = {covariance[0] + g * (e0 * e0 - covariance[0]), covariance[1] + g * (e0 * e1 - covariance[1]),
                  covariance[2] + g * (e0 * e1 - covariance[2]), covariance[3] + g * (e1 * e1 - covariance[3])};
    for (std::size_t i = 0; i < 2; ++i) ASSERT_NEAR(learner.tuning.mean[i], mean[i], 1e-10);
    for (std::size_t i = 0; i < 4; ++i) ASSERT_NEAR(learner.tuning.covariance[i], covariance[i], 1e-10);
    ASSERT_NEAR(learner.tuning.scale[0], std::exp(0.5 * log_lambda), 1e-10);
  }
  const std::vector<double>& l = learner.tuning.factor;
  const double ridge = 1e-10 * (covariance[0] + covariance[3]) / 2;
  EXPECT_NEAR(l[0] * l[0], covariance[0] + ridge, 1e-10);
  EXPECT_NEAR(l[0] * l[2], covariance[1], 1e-10);
  EXPECT_NEAR(l[2] * l[2] + l[3] * l[3], covariance[3] + ridge, 1e-10);
}

TEST(AndrieuThoms, TakesTheShortWayAroundCircles) {
  Learner learner(spec("angular", {"x"}, {{"scale", {1}}}), {cyclic("x", 0, 10)});
  learner.tell({9.5}, {0.5}, true, 0.3);
  const double g = gain(1, 100);
  EXPECT_NEAR(learner.tuning.mean[0], 9.5 + g * 1, kTolerance);
  const double start = 1 / (2.38 * 2.38);
  EXPECT_NEAR(learner.tuning.covariance[0], start + g * (1 - start), kTolerance);
}

TEST(Concentration, GrowsWhereTooLittleIsAccepted) {
  Learner learner(spec("solid_angle", {"a", "b"}, {{"kappa", {7}}, {"target", {0.3}}}),
                  {cyclic("a", 0, 360), real("b", 0, 180)});
  learner.tell({0, 0}, {1, 1}, false, 0.1);
  EXPECT_NEAR(learner.tuning.scale[0], 7 * std::exp(gain(1, 100) * 0.2), 1e-10);
  learner.tell({0, 0}, {1, 1}, true, 0.9);
  EXPECT_NEAR(learner.tuning.scale[0], 7 * std::exp(gain(1, 100) * 0.2 - gain(2, 100) * 0.6), 1e-10);
}

TEST(Vihola, StretchesTheCovarianceAlongTheJump) {
  Learner learner(spec("normal", {"x", "y"}, {{"scale", {2, 1}}, {"target", {0.2}}}, {{"adapt", "vihola"}}),
                  {real("x"), real("y")});
  learner.tell({0, 0}, {3, -1}, false, 0.7);  // z = L^-1 jump = (1.5, -1)
  const double weight = gain(1, 100) * 0.5 / (1.5 * 1.5 + 1);
  EXPECT_NEAR(learner.tuning.covariance[0], 4 + weight * 9, 1e-8);
  EXPECT_NEAR(learner.tuning.covariance[1], -weight * 3, 1e-8);
  EXPECT_NEAR(learner.tuning.covariance[3], 1 + weight, 1e-8);
}

// The factor follows by one rank at a time what the covariance says after hundreds of moves.
TEST(Vihola, KeepsTheFactorOfItsCovariance) {
  constexpr std::size_t kSize = 5;
  std::vector<Coordinate> coordinates;
  ProposalSpec one = spec("normal", {}, {{"scale", {2, 1, 3, 1, 1}}}, {{"adapt", "vihola"}});
  for (std::size_t i = 0; i < kSize; ++i) {
    one.parameters.push_back("x" + std::to_string(i));
    coordinates.push_back(real(one.parameters.back()));
  }
  Learner learner(one, coordinates, 1000);
  Rng rng({seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  const std::vector<double> origin(kSize);
  std::vector<double> z(kSize), jump(kSize);
  for (int n = 0; n < 900; ++n) {
    math::draw_normals(rng, z);
    math::multiply_lower(learner.tuning.factor, z, jump);
    learner.tell(origin, jump, false, rng.uniform());
  }
  EXPECT_EQ(learner.tuning.failures, 0U);
  EXPECT_EQ(learner.tuning.moves, 900U);
  ProposalTuning fresh = learner.tuning;
  refresh(fresh);
  // up to the 1e-10 of the mean variance that are added to every variance before it is factorised
  for (std::size_t i = 0; i < kSize * kSize; ++i) EXPECT_NEAR(learner.tuning.factor[i], fresh.factor[i], 1e-7) << i;
}

// EPSIE moves single coordinates from the point after acceptance, where every one of them has acceptance 1.
TEST(Componentwise, EpsieDefectO_SingleCoordinatesMoveFromThePointBeforeTheDecision) {
  std::vector<std::vector<double>> looks;
  const SimplePath path({real("x"), real("y")}, [&](Point p) {
    looks.emplace_back(p.begin(), p.end());
    return log_normal(p);
  });
  Chain chain(path, {spec("normal", {"x", "y"}, {{"scale", {0.1}}}, {{"adapt", "componentwise"}})}, {0.5, -0.5});
  bool met_accepted = false;
  for (int n = 0; n < 400; ++n) {
    const std::vector<double> before = chain.state.x;
    looks.clear();
    chain.adapting_step();
    const bool accepted = chain.state.x != before;
    if (chain.tuning.proposals[0].moves % 10 != 0) {
      ASSERT_EQ(looks.size(), 1U);
      continue;
    }
    ASSERT_EQ(looks.size(), 3U);  // d more
    const std::vector<double> proposed = looks[0];
    EXPECT_EQ(looks[1], (std::vector<double>{proposed[0], before[1]}));
    EXPECT_EQ(looks[2], (std::vector<double>{before[0], proposed[1]}));
    met_accepted = met_accepted || accepted;
  }
  EXPECT_TRUE(met_accepted);
  EXPECT_EQ(chain.record.evaluations, path.looks - 1);
}

TEST(Componentwise, UpdatesEachScaleByItsOwnAcceptance) {
  Learner learner(spec("bounded_normal", {"x", "y"}, {{"scale", {1}}, {"target", {0.4}}}, {{"adapt", "componentwise"}}),
                  {real("x"), real("y")});
  const double lambda = 2.38 * 2.38 / 2;
  learner.tell({0, 0}, {1, 1}, false, 0.5);
  EXPECT_NEAR(learner.tuning.log_scale[0], 0.5 * std::log(lambda), kTolerance);
  learner.tell({0, 0}, {1, 1}, false, 0.5, {1, 0.1});
  EXPECT_NEAR(learner.tuning.log_scale[0], 0.5 * std::log(lambda) + 0.5 * gain(2, 100) * 0.6, kTolerance);
  EXPECT_NEAR(learner.tuning.log_scale[1], 0.5 * std::log(lambda) - 0.5 * gain(2, 100) * 0.3, kTolerance);
}

// ---- chains ----

struct Target {
  const char* name;
  ProposalSpec spec;
  std::vector<Coordinate> coordinates;
  double acceptance;
};

std::vector<Target> targets() {
  const std::vector<Coordinate> three{real("a"), real("b"), real("c")};
  const std::vector<Coordinate> one{real("a")};
  const std::vector<Coordinate> bounded{real("a", 0), real("b", -8, 8), real("c", -8, 8)};
  const std::vector<std::string> abc{"a", "b", "c"};
  std::vector<Target> all;
  for (const char* rule : {"veitch", "sivia_skilling", "andrieu_thoms", "vihola"}) {
    all.push_back({rule, spec("normal", abc, {{"width", {10}}, {"target", {0.3}}}, {{"adapt", rule}}), three, 0.3});
  }
  all.push_back({"one", spec("normal", {"a"}, {{"scale", {90}}}), one, 0.44});
  all.push_back({"bounded", spec("bounded_normal", abc, {{"scale", {0.01}}, {"target", {0.3}}}), bounded, 0.3});
  all.push_back({"eigenvector", spec("eigenvector", abc, {{"scale", {30}}}), three, 0.44});
  return all;
}

class AdaptationTarget : public ::testing::TestWithParam<Target> {};

// After 5000 adapting moves the frozen kernel accepts what it was told to. The rules' own noise at a gain of
// k^-0.6 - T^-0.6 moves the logarithm of a scale by about 0.1, and that the acceptance by 0.03.
TEST_P(AdaptationTarget, IsReachedAndKept) {
  const SimplePath path(GetParam().coordinates, [](Point x) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * x[i] / (1 + static_cast<double>(i));
    return -0.5 * sum;
  });
  Chain chain(path, {GetParam().spec}, std::vector<double>(path.dimension(), 0.1), 5000);
  for (int n = 0; n < 4999; ++n) chain.adapting_step();
  const Bytes settled = pack(chain.tuning);
  for (int n = 0; n < 100; ++n) chain.adapting_step();
  EXPECT_EQ(pack(chain.tuning), settled);  // the gain is 0 from move T on
  chain.record = {};
  for (int n = 0; n < 50000; ++n) chain.step();
  EXPECT_EQ(pack(chain.tuning), settled);
  EXPECT_NEAR(chain.acceptance(), GetParam().acceptance, 0.08);
}

INSTANTIATE_TEST_SUITE_P(Rules, AdaptationTarget, ::testing::ValuesIn(targets()),
                         [](const auto& named) { return std::string(named.param.name); });

// EPSIE's second reset finds the arrays of the first, changed in place (deviations 1, 25.5, 33.0).
TEST(Adaptation, EpsieDefectI_ResetWorksAgainAndAgain) {
  const SimplePath path({real("x"), real("y")}, log_normal);
  Chain chain(path,
              {
                  spec("normal", {"x", "y"}),
              },
              {0, 0});
  const Bytes fresh = pack(chain.tuning);
  for (int again = 0; again < 3; ++again) {
    for (int n = 0; n < 200; ++n) chain.adapting_step();
    EXPECT_NE(pack(chain.tuning), fresh);
    chain.kernel.begin_tuning(chain.tuning, path.coordinates());
    EXPECT_EQ(pack(chain.tuning), fresh);
  }
}

TEST(Adaptation, LearnsTheShapeOfTheTarget) {
  const SimplePath path({real("x"), real("y")}, [](Point x) {  // covariance (1, 0.95; 0.95, 1) times (100, 1)
    const double a = x[0] / 10, b = x[1];
    return -0.5 * (a * a - 1.9 * a * b + b * b) / (1 - 0.95 * 0.95);
  });
  Chain chain(path, {spec("normal", {"x", "y"})}, {0, 0}, 20000);
  for (int n = 0; n < 19999; ++n) chain.adapting_step();
  const std::vector<double>& c = chain.tuning.proposals[0].covariance;
  EXPECT_NEAR(c[1] / std::sqrt(c[0] * c[3]), 0.95, 0.05);
  EXPECT_NEAR(std::sqrt(c[0] / c[3]), 10, 3);
  EXPECT_EQ(chain.tuning.proposals[0].failures, 0U);
}

TEST(Adaptation, AFactorThatCannotBeMadeKeepsTheOldOneAndCounts) {
  Learner learner(spec("normal", {"x", "y"}), {real("x"), real("y")});
  const std::vector<double> factor = learner.tuning.factor;
  learner.tell({0, 0}, {1e200, -1e200}, true, 1);
  EXPECT_EQ(learner.tuning.factor, factor);
  EXPECT_EQ(learner.tuning.failures, 1U);
}

}  // namespace
}  // namespace dovetail::test
