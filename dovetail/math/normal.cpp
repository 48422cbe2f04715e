// The normal distribution's function, its inverse, and erf inverse.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "dovetail/math/functions.hpp"

namespace dovetail::math {

namespace {

constexpr double kRootHalf = 0.7071067811865476;  // sqrt(1/2), rounded, and what the rounding left
constexpr double kRootHalfLow = -4.833646656726457e-17;
constexpr double kTwoOverRootPi = 1.1283791670955126;

// Numerators and denominators of AS 241, PPND16; highest power first.
constexpr double kCentralA[] = {2509.0809287301226727, 33430.575583588128105, 67265.770927008700853,
                                45921.953931549871457, 13731.693765509461125, 1971.5909503065514427,
                                133.14166789178437745, 3.387132872796366608};
constexpr double kCentralB[] = {
    5226.495278852854561,  28729.085735721942674, 39307.89580009271061,  21213.794301586595867,
    5394.1960214247511077, 687.1870074920579083,  42.313330701600911252, 1.0};
constexpr double kMiddleC[] = {7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
                               1.27045825245236838258,   3.64784832476320460504,   5.7694972214606914055,
                               4.6303378461565452959,    1.42343711074968357734};
constexpr double kMiddleD[] = {
    1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
    0.68976733498510000455,    1.6763848301838038494,   2.05319162663775882187,   1.0};
constexpr double kTailE[] = {2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
                             0.026532189526576123093,   0.29656057182850489123,    1.7848265399172913358,
                             5.4637849111641143699,     6.6579046435011037772};
constexpr double kTailF[] = {
    2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
    0.0148753612908506148525,   0.13692988092273580531,   0.59983220655588793769,   1.0};
constexpr double kCentralHalfWidth = 0.425;

inline double horner(const double (&coefficients)[8], double r) {
  double sum = coefficients[0];
  for (int i = 1; i < 8; ++i) sum = sum * r + coefficients[i];
  return sum;
}

// The quantile at 0.5 + q for |q| <= 0.425; exact zero and relative accuracy at q = 0.
inline double central_quantile(double q) {
  const double r = 0.180625 - q * q;
  return q * horner(kCentralA, r) / horner(kCentralB, r);
}

// Minus the quantile at 0 < p < 0.075.
double tail_quantile(double p) {
  const double r = std::sqrt(-log(p));
  if (r <= 5) return horner(kMiddleC, r - 1.6) / horner(kMiddleD, r - 1.6);
  return horner(kTailE, r - 5.0) / horner(kTailF, r - 5.0);
}

// The quantile at p = 0.5 + q outside the central part, with its values at the ends of [0, 1] and beyond them.
double outer_quantile(double p, double q) {
  if (p > 0 && p < 1) return q < 0 ? -tail_quantile(p) : tail_quantile(1 - p);
  if (p == 0) return -std::numeric_limits<double>::infinity();
  if (p == 1) return std::numeric_limits<double>::infinity();
  return std::numeric_limits<double>::quiet_NaN();
}

inline bool is_central(double q) { return std::fabs(q) <= kCentralHalfWidth; }

}  // namespace

double normal_quantile(double p) {
  const double q = p - 0.5;
  return is_central(q) ? central_quantile(q) : outer_quantile(p, q);
}

// The central formula for all numbers first, so that it can run on two at a time, then the others' own.
void normal_quantiles(std::span<double> p) {
  constexpr std::size_t kChunk = 64;
  std::array<double, kChunk> outer_p;
  std::array<std::uint8_t, kChunk> outer_place;
  while (!p.empty()) {
    const std::size_t n = p.size() < kChunk ? p.size() : kChunk;
    double* const x = p.data();
    std::size_t outer = 0;
    for (std::size_t i = 0; i < n; ++i) {  // without a branch: which numbers are central cannot be predicted
      outer_p[outer] = x[i];
      outer_place[outer] = static_cast<std::uint8_t>(i);
      outer += is_central(x[i] - 0.5) ? 0 : 1;
    }
    for (std::size_t i = 0; i < n; ++i) x[i] = central_quantile(x[i] - 0.5);
    for (std::size_t k = 0; k < outer; ++k) x[outer_place[k]] = outer_quantile(outer_p[k], outer_p[k] - 0.5);
    p = p.subspan(n);
  }
}

double erf_inverse(double y) {
  if (std::fabs(y) <= 2 * kCentralHalfWidth) return central_quantile(0.5 * y) * kRootHalf;
  if (y >= 1 || y <= -1) {
    return std::fabs(y) == 1 ? y * std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  }
  const double magnitude = tail_quantile(0.5 * (1 - std::fabs(y))) * kRootHalf;
  return y < 0 ? -magnitude : magnitude;
}

double normal_cdf(double x) {
  const double z = -x * kRootHalf;
  if (!(x < -1 && x > -40)) return 0.5 * erfc(z);  // 0 from -38.6 down
  // erfc magnifies a rounding of z by 2 z^2 in the far tail, so what the product lost is found (Dekker 1971) and its
  // effect, to first order, put back.
  constexpr double kSplit = 134217729;  // 2^27 + 1
  const double x_high = kSplit * x - (kSplit * x - x);
  const double x_low = x - x_high;
  constexpr double kHigh = kSplit * kRootHalf - (kSplit * kRootHalf - kRootHalf);
  constexpr double kLow = kRootHalf - kHigh;
  const double product_lost = (((-x_high * kHigh - z) - x_high * kLow) - x_low * kHigh) - x_low * kLow;
  const double lost = product_lost - x * kRootHalfLow;
  return 0.5 * (erfc(z) - kTwoOverRootPi * exp(-z * z) * lost);
}

}  // namespace dovetail::math
