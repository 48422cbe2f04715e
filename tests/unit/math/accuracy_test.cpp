// Every elementary function against MPFR: the worst error over points spread over the whole range with random bits,
// half of them uniform on a range, half with uniform exponents. The bounds are those that functions.hpp states.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <functional>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/functions.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/math/mpfr_reference.hpp"

#ifndef DOVETAIL_ACCURACY_POINTS
#define DOVETAIL_ACCURACY_POINTS 4000
#define DOVETAIL_ACCURACY_NAME Functions
#endif

namespace dovetail::math {
namespace {

using test::Exact;
using test::ulps_off;

constexpr double kHuge = 0x1.fffffffffffffp1023;
constexpr double kTiny = 0x1p-1074;

using Unary = double (*)(double);
using ExactUnary = std::function<void(mpfr_ptr, mpfr_srcptr)>;

struct Range {
  double low;
  double high;
};

struct Case {
  const char* name;
  Unary ours;
  ExactUnary exact;
  std::vector<Range> ranges;
  double bound;                   // ulp, as functions.hpp states it
  double least_exponent = -1074;  // of the unit: see ulps_off
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

// A number of [low, high], uniform or with a uniform exponent (of either sign when the range holds 0).
double point_in(Range range, Rng& rng) {
  const bool uniform = (rng.bits32() & 1) != 0;
  const double u = rng.uniform_open();
  if (uniform) return range.low * (1 - u) + range.high * u;
  const bool negative = range.low < 0 && (range.high <= 0 || (rng.bits32() & 1) != 0);
  const double far = negative ? -range.low : range.high;
  const double near = negative ? std::fmax(-range.high, kTiny) : std::fmax(range.low, kTiny);
  const double least = std::log2(near);
  const double exponent = least + (std::log2(far) - least) * rng.uniform();
  const double size = std::ldexp(1 + u, static_cast<int>(std::floor(exponent)));
  const double inside = std::fmin(std::fmax(size, near), far);
  return negative ? -inside : inside;
}

template <class F>
ExactUnary exactly(F f) {
  return [f](mpfr_ptr y, mpfr_srcptr x) { f(y, x, MPFR_RNDN); };
}

void exact_lgamma(mpfr_ptr y, mpfr_srcptr x) {
  int sign = 0;
  mpfr_lgamma(y, &sign, x, MPFR_RNDN);
}

void exact_normal_cdf(mpfr_ptr y, mpfr_srcptr x) {
  Exact root(2);
  mpfr_sqrt(root.get(), root.get(), MPFR_RNDN);
  mpfr_div(y, x, root.get(), MPFR_RNDN);
  mpfr_neg(y, y, MPFR_RNDN);
  mpfr_erfc(y, y, MPFR_RNDN);
  mpfr_div_2ui(y, y, 1, MPFR_RNDN);
}

void exact_log_logistic(mpfr_ptr y, mpfr_srcptr x) {
  mpfr_neg(y, x, MPFR_RNDN);
  mpfr_exp(y, y, MPFR_RNDN);
  mpfr_log1p(y, y, MPFR_RNDN);
  mpfr_neg(y, y, MPFR_RNDN);
}

// The exact inverses, by one Newton step in MPFR from the double beside them (the square of whose error is nothing).
void exact_erf_inverse(mpfr_ptr y, mpfr_srcptr x) {
  Exact z(erf_inverse(mpfr_get_d(x, MPFR_RNDN)));
  Exact residual;
  Exact term;
  if (mpfr_sgn(z.get()) > 0) {  // erf(z) - x = (1 - x) - erfc(z)
    mpfr_erfc(residual.get(), z.get(), MPFR_RNDN);
    mpfr_ui_sub(term.get(), 1, x, MPFR_RNDN);
    mpfr_sub(residual.get(), term.get(), residual.get(), MPFR_RNDN);
  } else {
    mpfr_neg(term.get(), z.get(), MPFR_RNDN);
    mpfr_erfc(residual.get(), term.get(), MPFR_RNDN);
    mpfr_add_ui(term.get(), x, 1, MPFR_RNDN);
    mpfr_sub(residual.get(), residual.get(), term.get(), MPFR_RNDN);
  }
  if (std::fabs(mpfr_get_d(z.get(), MPFR_RNDN)) < 0.5) {  // where 1 - x would lose the last places of x
    mpfr_erf(residual.get(), z.get(), MPFR_RNDN);
    mpfr_sub(residual.get(), residual.get(), x, MPFR_RNDN);
  }
  Exact slope;  // 2 / sqrt(pi) exp(-z^2)
  mpfr_sqr(slope.get(), z.get(), MPFR_RNDN);
  mpfr_neg(slope.get(), slope.get(), MPFR_RNDN);
  mpfr_exp(slope.get(), slope.get(), MPFR_RNDN);
  mpfr_mul_2ui(slope.get(), slope.get(), 1, MPFR_RNDN);
  mpfr_const_pi(term.get(), MPFR_RNDN);
  mpfr_sqrt(term.get(), term.get(), MPFR_RNDN);
  mpfr_div(slope.get(), slope.get(), term.get(), MPFR_RNDN);
  mpfr_div(residual.get(), residual.get(), slope.get(), MPFR_RNDN);
  mpfr_sub(y, z.get(), residual.get(), MPFR_RNDN);
}

void exact_normal_quantile(mpfr_ptr y, mpfr_srcptr p) {
  Exact z(normal_quantile(mpfr_get_d(p, MPFR_RNDN)));
  Exact residual;
  Exact term;
  if (mpfr_sgn(z.get()) > 0) {  // Phi(z) - p = (1 - p) - Phi(-z)
    mpfr_neg(term.get(), z.get(), MPFR_RNDN);
    exact_normal_cdf(residual.get(), term.get());
    mpfr_ui_sub(term.get(), 1, p, MPFR_RNDN);
    mpfr_sub(residual.get(), term.get(), residual.get(), MPFR_RNDN);
  } else {
    exact_normal_cdf(residual.get(), z.get());
    mpfr_sub(residual.get(), residual.get(), p, MPFR_RNDN);
  }
  Exact slope;  // exp(-z^2 / 2) / sqrt(2 pi)
  mpfr_sqr(slope.get(), z.get(), MPFR_RNDN);
  mpfr_div_si(slope.get(), slope.get(), -2, MPFR_RNDN);
  mpfr_exp(slope.get(), slope.get(), MPFR_RNDN);
  mpfr_const_pi(term.get(), MPFR_RNDN);
  mpfr_mul_2ui(term.get(), term.get(), 1, MPFR_RNDN);
  mpfr_sqrt(term.get(), term.get(), MPFR_RNDN);
  mpfr_div(slope.get(), slope.get(), term.get(), MPFR_RNDN);
  mpfr_div(residual.get(), residual.get(), slope.get(), MPFR_RNDN);
  mpfr_sub(y, z.get(), residual.get(), MPFR_RNDN);
}

std::vector<Case> cases() {
  return {
      {"exp", math::exp, exactly(mpfr_exp), {{-746, 710}, {-1, 1}}, 0.51},
      {"expm1", math::expm1, exactly(mpfr_expm1), {{-50, 710}, {-1, 1}}, 0.9},
      {"log", math::log, exactly(mpfr_log), {{kTiny, kHuge}, {0.5, 2}}, 0.52},
      {"log1p", math::log1p, exactly(mpfr_log1p), {{-1, kHuge}, {-1, 1}, {-0.5, 0.5}}, 0.9},
      {"sin", math::sin, exactly(mpfr_sin), {{-kHuge, kHuge}, {-100, 100}}, 0.85},
      {"cos", math::cos, exactly(mpfr_cos), {{-kHuge, kHuge}, {-100, 100}}, 0.85},
      {"tan", math::tan, exactly(mpfr_tan), {{-kHuge, kHuge}, {-100, 100}}, 0.85},
      {"atan", math::atan, exactly(mpfr_atan), {{-kHuge, kHuge}, {-4, 4}}, 0.8},
      {"tanh", math::tanh, exactly(mpfr_tanh), {{-25, 25}, {-1, 1}}, 2.2},
      {"erf", math::erf, exactly(mpfr_erf), {{-6, 6}, {-1, 1}}, 1},
      {"erfc", math::erfc, exactly(mpfr_erfc), {{-6, 28}, {-1, 1}}, 2.6},
      {"lgamma_positive", math::lgamma, exact_lgamma, {{kTiny, 2.5e305}, {0.5, 3}, {3, 100}}, 2.3},
      {"lgamma_negative", math::lgamma, exact_lgamma, {{-100, -kTiny}, {-3, 0}}, 5, -52},
      {"digamma", math::digamma, exactly(mpfr_digamma), {{kTiny, kHuge}, {0, 3}, {1, 20}}, 3.5},
      {"normal_cdf", math::normal_cdf, exact_normal_cdf, {{-38.5, 9}, {-1, 1}}, 3},
      {"normal_quantile", math::normal_quantile, exact_normal_quantile, {{kTiny, 1 - 0x1p-53}, {0.4, 0.6}}, 7.5},
      {"erf_inverse", math::erf_inverse, exact_erf_inverse, {{-1 + 0x1p-53, 1 - 0x1p-53}, {-0.01, 0.01}}, 7},
      {"log_logistic", math::log_logistic, exact_log_logistic, {{-7e8, 7e8}, {-745, 745}, {-2, 2}}, 1.6},
  };
}

class Accuracy : public testing::TestWithParam<Case> {};

TEST_P(Accuracy, IsWithinTheStatedUlps) {
  const Case& c = GetParam();
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  double worst = 0;
  double worst_at = 0;
  const auto points_each = static_cast<std::size_t>(DOVETAIL_ACCURACY_POINTS) / c.ranges.size();
  for (const Range& range : c.ranges) {
    for (std::size_t i = 0; i < points_each; ++i) {
      const double x = point_in(range, rng);
      Exact argument(x);
      Exact exact;
      c.exact(exact.get(), argument.get());
      const double error = ulps_off(c.ours(x), exact, c.least_exponent);
      if (!(error <= worst)) {
        worst = error;
        worst_at = x;
      }
    }
  }
  std::printf("%s: worst %.4f ulp at %a = %.17g\n", c.name, worst, worst_at, worst_at);
  EXPECT_LE(worst, c.bound) << "at " << worst_at;
}

INSTANTIATE_TEST_SUITE_P(DOVETAIL_ACCURACY_NAME, Accuracy, testing::ValuesIn(cases()),
                         [](const testing::TestParamInfo<Case>& test) { return test.param.name; });

struct BinaryCase {
  const char* name;
  double (*ours)(double, double);
  std::function<void(mpfr_ptr, mpfr_srcptr, mpfr_srcptr)> exact;
  std::vector<std::pair<Range, Range>> ranges;
  double bound;
  double least_exponent = -1074;
};

void PrintTo(const BinaryCase& c, std::ostream* out) { *out << c.name; }

void exact_log_add(mpfr_ptr y, mpfr_srcptr a, mpfr_srcptr b) {
  Exact first;
  mpfr_exp(first.get(), a, MPFR_RNDN);
  mpfr_exp(y, b, MPFR_RNDN);
  mpfr_add(y, y, first.get(), MPFR_RNDN);
  mpfr_log(y, y, MPFR_RNDN);
}

class BinaryAccuracy : public testing::TestWithParam<BinaryCase> {};

TEST_P(BinaryAccuracy, IsWithinTheStatedUlps) {
  const BinaryCase& c = GetParam();
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  double worst = 0;
  std::pair<double, double> worst_at;
  const auto points_each = static_cast<std::size_t>(DOVETAIL_ACCURACY_POINTS) / c.ranges.size();
  for (const auto& [first, second] : c.ranges) {
    for (std::size_t i = 0; i < points_each; ++i) {
      const double x = point_in(first, rng);
      const double y = point_in(second, rng);
      Exact exact_x(x);
      Exact exact_y(y);
      Exact exact;
      c.exact(exact.get(), exact_x.get(), exact_y.get());
      const double error = ulps_off(c.ours(x, y), exact, c.least_exponent);
      if (!(error <= worst)) {
        worst = error;
        worst_at = {x, y};
      }
    }
  }
  std::printf("%s: worst %.4f ulp at %a, %a\n", c.name, worst, worst_at.first, worst_at.second);
  EXPECT_LE(worst, c.bound) << "at " << worst_at.first << ", " << worst_at.second;
}

std::vector<BinaryCase> binary_cases() {
  return {
      {"pow",
       math::pow,
       [](mpfr_ptr z, mpfr_srcptr x, mpfr_srcptr y) { mpfr_pow(z, x, y, MPFR_RNDN); },
       {{{kTiny, kHuge}, {-2, 2}}, {{0, 10}, {-300, 300}}, {{0.99, 1.01}, {-70000, 70000}}},
       0.52},
      {"atan2",
       math::atan2,
       [](mpfr_ptr z, mpfr_srcptr y, mpfr_srcptr x) { mpfr_atan2(z, y, x, MPFR_RNDN); },
       {{{-kHuge, kHuge}, {-kHuge, kHuge}}, {{-1, 1}, {-1, 1}}},
       1.5},
      // The unit is at least that of 1: near a sum of one, the error of the arguments' own rounding is of that size.
      {"log_add", math::log_add, exact_log_add, {{{-1000, 1000}, {-1000, 1000}}, {{-2, 2}, {-2, 2}}}, 0.9, -52},
  };
}

INSTANTIATE_TEST_SUITE_P(DOVETAIL_ACCURACY_NAME, BinaryAccuracy, testing::ValuesIn(binary_cases()),
                         [](const testing::TestParamInfo<BinaryCase>& test) { return test.param.name; });

}  // namespace
}  // namespace dovetail::math
