/// Draws from standard distributions; part of `rng_format`, so a change here changes results and is announced.
///
/// Every draw says how many 32-bit words of the stream it takes. Pure but for the stream.
#pragma once
#include <cstdint>
#include <span>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail::math {

/// Uniform on [low, high). Two words.
inline double draw_uniform(Rng& rng, double low, double high) { return low + (high - low) * rng.uniform(); }
/// Standard normal by inverse distribution function. Two words.
inline double draw_normal(Rng& rng) { return normal_quantile(rng.uniform_open()); }
/// Fills `out` with independent standard normals. Two words each.
inline void draw_normals(Rng& rng, std::span<double> out) {
  for (double& z : out) z = draw_normal(rng);
}
/// Exponential with mean 1. Two words.
inline double draw_exponential(Rng& rng) { return -log(rng.uniform_open()); }
/// Gamma with `shape` > 0 and scale 1 (Marsaglia and Tsang 2000; shapes below 1 by their power of a uniform). Words vary.
double draw_gamma(Rng& rng, double shape);
/// Beta(a, b), a > 0, b > 0, as a ratio of gammas, in log space when both are small. Words vary.
double draw_beta(Rng& rng, double a, double b);
/// Uniform integer on low..high inclusive, low <= high (Lemire 2019, with rejection). Two words, rarely more.
std::int64_t draw_integer(Rng& rng, std::int64_t low, std::int64_t high);
/// Index i with probability weights[i] / sum, by ordered cumulative sum. Weights are finite, non-negative, not all zero. Two words.
std::size_t draw_categorical(Rng& rng, std::span<const double> weights);
/// Dirichlet(alpha) into `out`, computed in log space so that small alpha do not underflow to 0/0. Words vary.
void draw_dirichlet(Rng& rng, std::span<const double> alpha, std::span<double> out);

}  // namespace dovetail::math
