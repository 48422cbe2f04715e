// Functions that musl does not have: digamma, the normal quantile, erf inverse.
#include "dovetail/math/functions.hpp"

#include <cmath>
#include <limits>

namespace dovetail::math {

double digamma(double x) {
  if (!(x > 0)) return std::numeric_limits<double>::quiet_NaN();
  double shift = 0;
  for (; x < 10; x += 1) shift -= 1 / x;
  const double r = 1 / (x * x);
  // -sum B_{2n} / (2n x^{2n}); the first term left out is below 1e-17 at x = 10
  const double series =
      r * (1.0 / 12 - r * (1.0 / 120 - r * (1.0 / 252 - r * (1.0 / 240 - r * (1.0 / 132 - r * (691.0 / 32760 - r / 12))))));
  return log(x) - 0.5 / x - series + shift;
}

namespace {
// Numerators and denominators of AS 241, PPND16; highest power first.
constexpr double kCentralA[] = {2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
                                13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608};
constexpr double kCentralB[] = {5226.495278852854561,  28729.085735721942674, 39307.89580009271061,  21213.794301586595867,
                                5394.1960214247511077, 687.1870074920579083,  42.313330701600911252, 1.0};
constexpr double kMiddleC[] = {7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
                               1.27045825245236838258,   3.64784832476320460504,   5.7694972214606914055,
                               4.6303378461565452959,    1.42343711074968357734};
constexpr double kMiddleD[] = {1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
                               0.14810397642748007459,    0.68976733498510000455,  1.6763848301838038494,
                               2.05319162663775882187,    1.0};
constexpr double kTailE[] = {2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
                             0.026532189526576123093,   0.29656057182850489123,    1.7848265399172913358,
                             5.4637849111641143699,     6.6579046435011037772};
constexpr double kTailF[] = {2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
                             7.868691311456132591e-4,    0.0148753612908506148525, 0.13692988092273580531,
                             0.59983220655588793769,     1.0};

double horner(const double (&coefficients)[8], double r) {
  double sum = coefficients[0];
  for (int i = 1; i < 8; ++i) sum = sum * r + coefficients[i];
  return sum;
}
}  // namespace

double normal_quantile(double p) {
  if (!(p > 0 && p < 1)) {
    if (p == 0) return -std::numeric_limits<double>::infinity();
    if (p == 1) return std::numeric_limits<double>::infinity();
    return std::numeric_limits<double>::quiet_NaN();
  }
  const double q = p - 0.5;
  if (std::fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * horner(kCentralA, r) / horner(kCentralB, r);
  }
  double r = std::sqrt(-log(q < 0 ? p : 1 - p));
  const double magnitude = r <= 5 ? (r -= 1.6, horner(kMiddleC, r) / horner(kMiddleD, r))
                                  : (r -= 5.0, horner(kTailE, r) / horner(kTailF, r));
  return q < 0 ? -magnitude : magnitude;
}

double normal_cdf(double x) { return 0.5 * erfc(-x * 0.70710678118654752440); }

double erf_inverse(double y) { return normal_quantile(0.5 * (y + 1)) * 0.70710678118654752440; }

double log_add(double a, double b) {
  const double high = a > b ? a : b;
  if (high == -std::numeric_limits<double>::infinity()) return high;
  return high + log1p(exp((a > b ? b : a) - high));
}

}  // namespace dovetail::math
