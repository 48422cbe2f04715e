#include "dovetail/math/distributions.hpp"

#include <cmath>
#include <limits>

#include "dovetail/core/error.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::math {

namespace {

// Marsaglia and Tsang (2000), "A simple method for generating gamma variables", ACM TOMS 26(3), for shape >= 1.
// Their test log u < z^2/2 + d - d v + d log v is written with v = (1 + t)^3 so that it holds for huge shapes too.
double draw_gamma_from_1(Rng& rng, double shape) {
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double z = draw_normal(rng);
    const double t = c * z;
    if (t <= -1) continue;
    const double u = rng.uniform_open();
    const double z2 = z * z;
    const double v = (1 + t) * (1 + t) * (1 + t);
    if (u < 1 - 0.0331 * z2 * z2) return d * v;
    if (log(u) < 0.5 * z2 + d * (3 * (log1p(t) - t) - t * t * (3 + t))) return d * v;
  }
}

// The logarithm of a gamma draw, finite for any shape; the same words as draw_gamma.
double draw_log_gamma(Rng& rng, double shape) {
  if (shape >= 1) return log(draw_gamma_from_1(rng, shape));
  const double larger = draw_gamma_from_1(rng, shape + 1);
  return log(larger) + log(rng.uniform_open()) / shape;
}

bool is_shape(double shape) { return shape > 0 && std::isfinite(shape); }

}  // namespace

void draw_normals(Rng& rng, std::span<double> out) {
  for (double& u : out) u = rng.uniform_open();
  normal_quantiles(out);
}

double draw_gamma(Rng& rng, double shape) {
  DOVETAIL_REQUIRE(is_shape(shape));
  if (shape >= 1) return draw_gamma_from_1(rng, shape);
  const double larger = draw_gamma_from_1(rng, shape + 1);
  return larger * pow(rng.uniform_open(), 1 / shape);
}

double draw_beta(Rng& rng, double a, double b) {
  DOVETAIL_REQUIRE(is_shape(a) && is_shape(b));
  if (a < 1 || b < 1) {  // small shapes underflow, and 0/0 must not happen
    const double log_x = draw_log_gamma(rng, a);
    const double log_y = draw_log_gamma(rng, b);
    return 1 / (1 + exp(log_y - log_x));
  }
  const double x = draw_gamma_from_1(rng, a);
  const double y = draw_gamma_from_1(rng, b);
  return x / (x + y);
}

// Lemire (2019), "Fast random integer generation in an interval", ACM TOMACS 29(1), algorithm 5.
std::int64_t draw_integer(Rng& rng, std::int64_t low, std::int64_t high) {
  DOVETAIL_REQUIRE(low <= high);
  __extension__ using Wide = unsigned __int128;
  const auto start = static_cast<std::uint64_t>(low);
  const std::uint64_t count = static_cast<std::uint64_t>(high) - start + 1;
  if (count == 0) return static_cast<std::int64_t>(rng.bits64());  // all 2^64 integers
  Wide product = Wide{rng.bits64()} * count;
  if (static_cast<std::uint64_t>(product) < count) {
    const std::uint64_t excess = (0 - count) % count;  // 2^64 mod count
    while (static_cast<std::uint64_t>(product) < excess) product = Wide{rng.bits64()} * count;
  }
  return static_cast<std::int64_t>(start + static_cast<std::uint64_t>(product >> 64));
}

std::size_t draw_categorical(Rng& rng, std::span<const double> weights) {
  double total = 0;
  std::size_t last_possible = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    DOVETAIL_REQUIRE(weights[i] >= 0);
    total += weights[i];
    if (weights[i] > 0) last_possible = i;
  }
  DOVETAIL_REQUIRE(total > 0 && std::isfinite(total));
  const double u = rng.uniform() * total;
  double below = 0;
  for (std::size_t i = 0; i < last_possible; ++i) {
    below += weights[i];
    if (u < below) return i;
  }
  return last_possible;
}

void draw_dirichlet(Rng& rng, std::span<const double> alpha, std::span<double> out) {
  DOVETAIL_REQUIRE(!alpha.empty() && alpha.size() == out.size());
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < alpha.size(); ++i) {
    DOVETAIL_REQUIRE(is_shape(alpha[i]));
    out[i] = draw_log_gamma(rng, alpha[i]);
    if (out[i] > largest) largest = out[i];
  }
  for (double& x : out) x = exp(x - largest);
  const double total = sum(out);
  for (double& x : out) x /= total;
}

}  // namespace dovetail::math
