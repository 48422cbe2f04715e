// Incomplete beta by continued fraction, inverted by safeguarded Newton steps.
#include "dovetail/diagnose/beta_quantile.hpp"

#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail::diagnose {

namespace {
/// lgamma(z) minus Stirling's leading terms, z >= 10; first term left out below 1e-15 (Abramowitz and Stegun 6.1.41).
double stirling_rest(double z) {
  const double r = 1 / (z * z);
  const double series =
      1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r * (1.0 / 1188 - r * (691.0 / 360360)))));
  return series / z;
}

/// log Gamma(small + large) - log Gamma(large), without the cancellation of two large logarithms.
double log_gamma_ratio(double small, double large) {
  if (large < 10) return math::lgamma(small + large) - math::lgamma(large);
  return (large - 0.5) * math::log1p(small / large) + small * (math::log(small + large) - 1) +
         stirling_rest(small + large) - stirling_rest(large);
}

/// log( x^a (1-x)^b / B(a,b) ). For large a or b the lgammas of B cancel, so they are taken apart first.
double log_kernel(double x, double a, double b) {
  if (a < 10 || b < 10) {
    const double small = a < b ? a : b;
    const double large = a < b ? b : a;
    return a * math::log(x) + b * math::log1p(-x) + log_gamma_ratio(small, large) - math::lgamma(small);
  }
  const double d = x * (a + b) - a;  // and (1-x)(a+b) - b = -d
  constexpr double kTwoPi = 6.28318530717958647693;
  return a * math::log1p(d / a) + b * math::log1p(-d / b) + 0.5 * math::log(a * (b / (a + b)) / kTwoPi) +
         stirling_rest(a + b) - stirling_rest(a) - stirling_rest(b);
}

/// The continued fraction of I_x(a,b) a B(a,b) / (x^a (1-x)^b); converges fast for x < (a+1)/(a+b+2).
double continued_fraction(double x, double a, double b) {
  constexpr double kTiny = 1e-290;
  constexpr int kTermsMax = 100000;
  const auto away_from_zero = [](double v) { return std::fabs(v) < kTiny ? kTiny : v; };
  double c = 1;
  double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  double value = d;
  for (int m = 1; m <= kTermsMax; ++m) {
    const double k = m;
    const double even = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k));
    d = 1 / away_from_zero(1 + even * d);
    c = away_from_zero(1 + even / c);
    value *= d * c;
    const double odd = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
    d = 1 / away_from_zero(1 + odd * d);
    c = away_from_zero(1 + odd / c);
    value *= d * c;
    if (std::fabs(d * c - 1) < 1e-15) break;
  }
  return value;
}
}  // namespace

double beta_cdf(double x, double a, double b) {
  DOVETAIL_REQUIRE(a > 0 && b > 0 && x >= 0 && x <= 1);
  if (x == 0 || x == 1) return x;
  const double kernel = math::exp(log_kernel(x, a, b));
  return x < (a + 1) / (a + b + 2) ? kernel * continued_fraction(x, a, b) / a
                                   : 1 - kernel * continued_fraction(1 - x, b, a) / b;
}

double beta_quantile(double p, double a, double b) {
  DOVETAIL_REQUIRE(p > 0 && p < 1);
  double low = 0;
  double high = 1;
  double x = a / (a + b);
  for (int i = 0; i < 200; ++i) {
    const double error = beta_cdf(x, a, b) - p;
    if (error == 0) return x;
    (error < 0 ? low : high) = x;
    const double density = math::exp(log_kernel(x, a, b)) / (x * (1 - x));
    double next = x - error / density;
    if (!(next > low && next < high)) next = low + (high - low) / 2;
    if (std::fabs(next - x) <= 1e-15 * x) return next;
    x = next;
  }
  return x;
}

}  // namespace dovetail::diagnose
