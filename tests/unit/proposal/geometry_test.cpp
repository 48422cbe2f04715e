// Closed forms of single geometries: acceptance, angles on the sphere, poles, eigenvectors, boxes.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "chain.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/kernel/proposal/circle.hpp"
#include "dovetail/kernel/proposal/custom.hpp"
#include "dovetail/kernel/proposal/value_scale.hpp"
#include "dovetail/math/distributions.hpp"
#include "tests/support/goodness_of_fit.hpp"

namespace dovetail::test {
namespace {

using std::numbers::pi;
constexpr std::uint32_t kStarts = 200000;

double phi(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

// E min(1, pi(x')/pi(x)) from exact starts: (2/pi) atan(2/s) on N(0,1).
TEST(Normal, AcceptsTheKnownShareOnANormal) {
  const SimplePath path({real("x")}, log_normal);
  for (const double s : {0.3, 2.4, 9.0}) {
    Chain chain(path, {spec("normal", {"x"}, {{"scale", {s}}}, {{"adapt", "none"}})}, {0});
    std::uint64_t accepted = 0;
    for (std::uint32_t start = 0; start < kStarts; ++start) {
      Rng rng({chain.seed, Purpose::initial_point, ItemId(start), Step(0)});
      chain.place({math::draw_normal(rng)});
      chain.step();
    }
    accepted = chain.record.by_proposal[0].accepted;
    const double expected = 2 / pi * std::atan(2 / s);
    EXPECT_NEAR(chain.acceptance(), expected, ks_threshold(kStarts));
    EXPECT_NEAR(static_cast<double>(accepted) / kStarts, expected, ks_threshold(kStarts));
  }
}

TEST(Normal, JumpsHaveTheCovarianceThatWasGiven) {
  Jumps jumps(spec("normal", {"b", "a"}, {{"covariance", {4, -1.5, -1.5, 1}}}, {{"adapt", "none"}}),
              {real("a"), real("b")});
  double aa = 0, ab = 0, bb = 0;
  std::vector<double> to;
  for (std::uint32_t n = 0; n < kStarts; ++n) {
    EXPECT_EQ(jumps.from({10, 20}, to), 0);
    aa += (to[0] - 10) * (to[0] - 10);
    ab += (to[0] - 10) * (to[1] - 20);
    bb += (to[1] - 20) * (to[1] - 20);
  }
  // standard errors: sqrt(2/n) S_ii, sqrt((S_ab^2 + S_aa S_bb)/n); 5.5 of them
  const double root = std::sqrt(2.0 / kStarts);
  EXPECT_NEAR(aa / kStarts, 1, 5.5 * root);
  EXPECT_NEAR(bb / kStarts, 4, 5.5 * 4 * root);
  EXPECT_NEAR(ab / kStarts, -1.5, 5.5 * std::sqrt((2.25 + 4) / kStarts));
}

// EPSIE takes scales from an unordered set, so they can land on another parameter in another process.
TEST(Normal, EpsieDefectG_ScalesStayWithTheParametersTheyWereWrittenFor) {
  const std::vector<Coordinate> coordinates{real("a"), real("b"), real("c[1]"), real("c[2]")};
  Jumps jumps(spec("normal", {"c", "b", "a"}, {{"scale", {1, 1e3, 1e6, 1e9}}}, {{"adapt", "none"}}), coordinates);
  std::vector<double> to;
  std::vector<double> square(4);
  constexpr int kDraws = 1000;
  for (int n = 0; n < kDraws; ++n) {
    jumps.from({0, 0, 0, 0}, to);
    for (std::size_t i = 0; i < 4; ++i) square[i] += to[i] * to[i] / kDraws;
  }
  const std::vector<double> expected{1e9, 1e6, 1, 1e3};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(std::sqrt(square[i]) / expected[i], 1, 0.15) << i;
}

TEST(BoundedNormal, JumpsAreNormalGivenTheBox) {
  const double a = -1, b = 0.5, s = 0.8, x = 0.2;
  Jumps jumps(spec("bounded_normal", {"x"}, {{"scale", {s}}, {"lower", {a}}, {"upper", {b}}}, {{"adapt", "none"}}),
              {real("x")});
  std::vector<double> sample, to;
  const auto mass = [&](double at) { return phi((b - at) / s) - phi((a - at) / s); };
  for (int n = 0; n < 50000; ++n) {
    const double h = jumps.from({x}, to);
    sample.push_back(to[0]);
    EXPECT_NEAR(h, std::log(mass(x)) - std::log(mass(to[0])), 1e-12);
  }
  expect_law(sample, [&](double v) { return (phi((v - x) / s) - phi((a - x) / s)) / mass(x); });
}

// In values x = lower + (upper - lower) logistic(u): log q(u|u') - log q(u'|u), computed from the definitions.
TEST(BoundedNormal, HastingsTermsCarryTheJacobian) {
  const double s = 0.7;
  for (const auto& [lower, upper] : {std::pair(-2.0, 3.0), std::pair(1.0, kInfinity), std::pair(-kInfinity, 4.0)}) {
    const ValueScale scale(real("x", lower, upper));
    Jumps jumps(spec("bounded_normal", {"x"}, {{"scale", {s}}}), {real("x", lower, upper)});
    const auto log_q = [&](double u_to, double u_from) {
      const double from = scale.value(u_from);
      const double z = (scale.value(u_to) - from) / s;
      const double slope = (scale.value(u_to + 1e-5) - scale.value(u_to - 1e-5)) / 2e-5;
      return -0.5 * z * z - std::log(phi((upper - from) / s) - phi((lower - from) / s)) + std::log(std::fabs(slope));
    };
    std::vector<double> to;
    for (const double u : {-3.0, -0.5, 0.0, 1.5}) {
      for (int n = 0; n < 20; ++n) {
        const double h = jumps.from({u}, to);
        if (std::fabs(to[0]) > 12) continue;  // the difference quotient has no digits there
        EXPECT_NEAR(h, log_q(u, to[0]) - log_q(to[0], u), 1e-6) << u << " to " << to[0];
      }
    }
  }
}

TEST(BoundedNormal, WorksNextToABoundWhereTheValueHasNoDigitsLeft) {
  Jumps jumps(spec("bounded_normal", {"x"}, {{"scale", {0.1}}}), {real("x", 1, 2)});
  std::vector<double> to;
  for (const double u : {-60.0, 60.0}) {
    for (int n = 0; n < 100; ++n) {
      const double h = jumps.from({u}, to);
      EXPECT_TRUE(std::isfinite(h) && std::isfinite(to[0]));
      EXPECT_LT(std::fabs(to[0]), 15);  // a tenth of the range away from the bound
    }
  }
}

TEST(BoundedNormal, RefusesAStartOutsideItsBox) {
  Jumps jumps(spec("bounded_normal", {"x"}, {{"lower", {0}}}), {real("x")});
  std::vector<double> to;
  EXPECT_THROW(jumps.from({-0.1}, to), UsageError);
}

TEST(Angular, JumpsAreTruncatedToHalfACircleAndWrap) {
  const double s = 2.5;
  Jumps jumps(spec("angular", {"x"}, {{"scale", {s}}}), {cyclic("x", 1, 1 + 2 * pi)});
  std::vector<double> sample, to;
  const double x = 1.2;
  for (int n = 0; n < 50000; ++n) {
    EXPECT_EQ(jumps.from({x}, to), 0);
    ASSERT_TRUE(to[0] >= 1 && to[0] < 1 + 2 * pi);
    sample.push_back(shortest(to[0] - x, 2 * pi));
  }
  expect_law(sample, [&](double v) { return (phi(v / s) - phi(-pi / s)) / (phi(pi / s) - phi(-pi / s)); });
}

// ---- the sphere ----

const std::vector<Coordinate> kSphere{cyclic("phi", 0, 2 * pi), real("theta", 0, pi)};

struct Vector {
  double x, y, z;
};
Vector direction(const std::vector<double>& point) {
  const double t = pi / (1 + std::exp(-point[1]));
  return {std::sin(t) * std::cos(point[0]), std::sin(t) * std::sin(point[0]), std::cos(t)};
}
/// |a - b|^2 / 2 = 1 - cos of the angle between unit vectors, without cancellation.
double drop(const Vector& a, const Vector& b) {
  return 0.5 * ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y) + (a.z - b.z) * (a.z - b.z));
}

// kappa (1 - cos) is exponential, truncated at 2 kappa; so E cos = coth kappa - 1/kappa.
TEST(SolidAngle, AnglesHaveTheirClosedForm) {
  constexpr int kDraws = 50000;
  for (const double kappa : {0.0, 1e-6, 0.5, 10.0, 1e4}) {
    Jumps jumps(spec("solid_angle", {"phi", "theta"}, {{"kappa", {kappa}}}, {{"adapt", "none"}}), kSphere);
    for (const std::vector<double>& from : {std::vector<double>{0.3, 0.4}, {5.0, -6.0}, {2.0, 9.0}}) {
      std::vector<double> sample, to;
      double cosine = 0;
      for (int n = 0; n < kDraws; ++n) {
        jumps.from(from, to);
        sample.push_back(drop(direction(from), direction(to)));
        cosine += (1 - sample.back()) / kDraws;
      }
      expect_law(sample,
                 [&](double v) { return kappa < 1e-5 ? v / 2 : std::expm1(-kappa * v) / std::expm1(-2 * kappa); });
      const double expected = kappa < 1e-5 ? kappa / 3 : 1 / std::tanh(kappa) - 1 / kappa;
      EXPECT_NEAR(cosine, expected, 2 * ks_threshold(kDraws) * std::min(1.0, 3 / std::max(kappa, 1e-9)));
    }
  }
}

// The azimuth around the present direction is uniform, next to a pole too.
TEST(SolidAngle, NoDirectionIsPreferred) {
  Jumps jumps(spec("solid_angle", {"phi", "theta"}, {{"kappa", {50}}}, {{"adapt", "none"}}), kSphere);
  for (const double u : {0.0, -7.0, 7.0, -700.0}) {
    const std::vector<double> from{1, u};
    const Vector mu = direction(from);
    const Vector east{-std::sin(1.0), std::cos(1.0), 0};
    const Vector north{mu.y * east.z - mu.z * east.y, mu.z * east.x - mu.x * east.z, mu.x * east.y - mu.y * east.x};
    std::vector<double> sample, to;
    for (int n = 0; n < 20000; ++n) {
      jumps.from(from, to);
      const Vector v = direction(to);
      const double along = v.x * east.x + v.y * east.y + v.z * east.z;
      const double up = v.x * north.x + v.y * north.y + v.z * north.z;
      sample.push_back(std::atan2(up, along));
    }
    expect_law(
        sample, [](double v) { return 0.5 + v / (2 * pi); }, kAlpha / 4);
  }
}

// EPSIE gives NaN from an exact pole and overflows above kappa = 700.
TEST(SolidAngle, EpsieDefectL_PolesAndGreatConcentrationsAreOrdinary) {
  std::vector<double> to;
  for (const double kappa : {1e-300, 1.0, 701.0, 1e6, 1e12, 1e15}) {
    Jumps jumps(spec("solid_angle", {"phi", "theta"}, {{"kappa", {kappa}}}, {{"adapt", "none"}}), kSphere);
    for (const double u : {-800.0, -745.0, -40.0, 40.0, 745.0, 800.0, 0.1}) {
      double mean = 0;
      constexpr int kDraws = 400;
      for (int n = 0; n < kDraws; ++n) {
        const double h = jumps.from({0.5, u}, to);
        ASSERT_TRUE(std::isfinite(h) && std::isfinite(to[1])) << kappa << " from " << u;
        ASSERT_TRUE(to[0] >= 0 && to[0] < 2 * pi);
        mean += kappa * drop(direction({0.5, u}), direction(to)) / kDraws;
      }
      if (kappa < 100 || kappa > 1e13) continue;
      EXPECT_NEAR(mean, 1, 6 / std::sqrt(kDraws)) << kappa << " from " << u;
    }
  }
}

// EPSIE's default takes the density per solid angle without saying so. h is symmetric per solid angle: with the sine in
// the density per angle, without it where the table says so.
TEST(SolidAngle, EpsieDefectO_TheMeasureOfTheDensityIsSaid) {
  const auto made = [](const char* measure) {
    return Jumps(spec("solid_angle", {"phi", "theta"}, {{"kappa", {2}}}, {{"adapt", "none"}, {"measure", measure}}),
                 kSphere);
  };
  Jumps per_angle = made("angle"), per_solid_angle = made("solid_angle");
  std::vector<double> to, same;
  const std::vector<double> from{1, -2};
  const auto polar = [](double u) { return pi / (1 + std::exp(-u)); };
  for (int n = 0; n < 1000; ++n) {
    const double h = per_angle.from(from, to);
    const double bare = per_solid_angle.from(from, same);
    ASSERT_EQ(to, same);
    const auto log_slope = [&](double u) { return std::log(polar(u) * (pi - polar(u))); };
    const double jacobians = log_slope(from[1]) - log_slope(to[1]);
    const double sines = std::log(std::sin(polar(from[1]))) - std::log(std::sin(polar(to[1])));
    EXPECT_NEAR(bare, jacobians, 1e-9);
    EXPECT_NEAR(h, jacobians + sines, 1e-9);
  }
}

// ---- eigenvectors ----

// EPSIE uses the variance as the deviation: rms 99.6 where 10 was meant.
TEST(Eigenvector, EpsieDefectN_TheDeviationIsTheRootOfTheVariance) {
  Jumps jumps(spec("eigenvector", {"x"}, {{"covariance", {100}}}, {{"adapt", "none"}}), {real("x")});
  std::vector<double> sample, to;
  for (int n = 0; n < 20000; ++n) {
    EXPECT_EQ(jumps.from({0}, to), 0);
    sample.push_back(to[0]);
  }
  expect_law(sample, [](double v) { return phi(v / 10); });
}

// S = R diag(9, 1) R^T. Along v_1 with probability (1 - 0.33) 0.9 + 0.33 / 2, deviation 3; else along v_2, deviation 1.
TEST(Eigenvector, ChoosesDirectionsByTheirVarianceAndShuffles) {
  const double c = std::cos(0.6), s = std::sin(0.6);
  const std::vector<double> covariance{36 * c * c + 4 * s * s, 32 * c * s, 32 * c * s, 36 * s * s + 4 * c * c};
  Jumps jumps(spec("eigenvector", {"x", "y"}, {{"covariance", covariance}}, {{"adapt", "none"}}),
              {real("x"), real("y")});
  constexpr int kDraws = 50000;
  std::vector<double> first, second, to;
  for (int n = 0; n < kDraws; ++n) {
    jumps.from({0, 0}, to);
    const double along1 = c * to[0] + s * to[1];
    const double along2 = -s * to[0] + c * to[1];
    ASSERT_TRUE(std::fabs(along1) < 1e-12 * std::fabs(along2) || std::fabs(along2) < 1e-12 * std::fabs(along1));
    (std::fabs(along1) > std::fabs(along2) ? first : second)
        .push_back(std::fabs(along1) > std::fabs(along2) ? along1 : along2);
  }
  EXPECT_NEAR(static_cast<double>(first.size()) / kDraws, 0.67 * 0.9 + 0.33 / 2, ks_threshold(kDraws));
  expect_law(
      first, [](double v) { return phi(v / 6); }, kAlpha / 2);
  expect_law(
      second, [](double v) { return phi(v / 2); }, kAlpha / 2);
}

TEST(BoundedEigenvector, StaysInTheBoxAndItsTermsAreThoseOfTheSlabs) {
  const std::vector<double> covariance{1, 0.9, 0.9, 1};
  Jumps jumps(spec("bounded_eigenvector", {"x", "y"},
                   {{"covariance", covariance}, {"lower", {-1, 0}}, {"upper", {2, 1}}}, {{"adapt", "none"}}),
              {real("x"), real("y")});
  std::vector<double> to;
  const std::vector<double> from{0.5, 0.2};
  const auto room = [](const std::vector<double>& at, double sign, double& low, double& high) {
    const double root = std::sqrt(0.5);  // x + t (1, sign) / sqrt 2
    const double y_low = sign > 0 ? (0 - at[1]) / root : (at[1] - 1) / root;
    const double y_high = sign > 0 ? (1 - at[1]) / root : at[1] / root;
    low = std::max((-1 - at[0]) / root, y_low);
    high = std::min((2 - at[0]) / root, y_high);
  };
  for (int n = 0; n < 5000; ++n) {
    const double h = jumps.from(from, to);
    ASSERT_TRUE(to[0] >= -1 && to[0] <= 2 && to[1] >= 0 && to[1] <= 1);
    const double sign = (to[0] - from[0]) * (to[1] - from[1]) > 0 ? 1 : -1;
    const double s = std::sqrt(1 + 0.9 * sign);
    double low = 0, high = 0, back_low = 0, back_high = 0;
    room(from, sign, low, high);
    room(to, sign, back_low, back_high);
    const auto mass = [&](double a, double b) { return phi(b / s) - phi(a / s); };
    EXPECT_NEAR(h, std::log(mass(low, high)) - std::log(mass(back_low, back_high)), 1e-9);
  }
}

// ---- a user's own ----

CustomProposal shift(double skew, bool symmetric) {
  CustomProposal custom;
  custom.sample = [skew](Point x, Rng& rng, PointOut to) { to[0] = x[0] + math::draw_normal(rng) + skew; };
  custom.log_density = [skew](Point to, Point from) {
    const double z = to[0] - from[0] - skew;
    return -0.5 * z * z;
  };
  custom.symmetric = symmetric;
  return custom;
}
MovingBlock made(const CustomProposal& custom) {
  ProposalSpec s = spec("custom", {"x"});
  s.custom = std::make_shared<const CustomProposal>(custom);
  const std::vector<Coordinate> coordinates{real("x")};
  return make_proposal(s, coordinates, {1, 1000});
}

TEST(Custom, ItsFlagAndItsDensityAreTriedAtTheStart) {
  EXPECT_NO_THROW(made(shift(0, true)));
  EXPECT_NO_THROW(made(shift(0.1, false)));
  EXPECT_THROW(made(shift(0.1, true)), UsageError);
  CustomProposal one_way = shift(0, false);
  one_way.log_density = [](Point to, Point from) { return to[0] > from[0] ? 0 : -kInfinity; };
  EXPECT_THROW(made(one_way), UsageError);
  CustomProposal nan = shift(0, false);
  nan.log_density = [](Point, Point) { return std::nan(""); };
  EXPECT_THROW(made(nan), UsageError);
  CustomProposal none = shift(0, true);
  none.log_density = nullptr;
  EXPECT_THROW(made(none), UsageError);
  CustomProposal outside = shift(0, true);
  outside.sample = [](Point, Rng&, PointOut to) { to[0] = kInfinity; };
  EXPECT_THROW(made(outside), UsageError);
}

}  // namespace
}  // namespace dovetail::test
