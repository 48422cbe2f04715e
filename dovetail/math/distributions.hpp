/// Draws from standard distributions; part of `rng_format`, so a change here changes results and is announced.
///
/// Every draw says how many 32-bit words of the stream it takes. Pure but for the stream.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail::math {

/// Uniform on low..high, low <= high, high - low finite; rounding may give high itself. Two words.
inline double draw_uniform(Rng& rng, double low, double high) { return low + (high - low) * rng.uniform(); }
/// Standard normal by inverse distribution function. Two words.
inline double draw_normal(Rng& rng) { return normal_quantile(rng.uniform_open()); }
/// Fills `out` with independent standard normals: the same numbers as out.size() calls of draw_normal, faster. Two
/// words each.
void draw_normals(Rng& rng, std::span<double> out);
/// Exponential with mean 1. Two words.
inline double draw_exponential(Rng& rng) { return -log(rng.uniform_open()); }
/// Gamma with finite `shape` > 0 and scale 1 (Marsaglia and Tsang 2000; shapes below 1 by their power of a uniform).
/// Zero where the number is below the least double, as for small shapes it often is. Four words per attempt (two where
/// the normal falls outside), at most 1.06 attempts on average for shapes from 1; two more words for shapes below 1.
double draw_gamma(Rng& rng, double shape);
/// Beta(a, b), a > 0, b > 0 finite, as a ratio of gammas, in log space when a shape is below 1. May round to 0 or 1.
/// Words of two gamma draws.
double draw_beta(Rng& rng, double a, double b);
/// Uniform integer on low..high inclusive, low <= high (Lemire 2019, with rejection); the whole range of
/// int64 is allowed. Two words per attempt, also for a range of one; at most 2 attempts on average, hardly over 1 for
/// small ranges.
std::int64_t draw_integer(Rng& rng, std::int64_t low, std::int64_t high);
/// Index i with probability weights[i] / sum, by ordered cumulative sum. Weights are non-negative, their
/// sum positive and finite; an index of weight zero is never drawn. Two words.
std::size_t draw_categorical(Rng& rng, std::span<const double> weights);
/// Dirichlet(alpha) into `out`, computed in log space so that small alpha do not underflow to 0/0. `out` has the
/// size of alpha, at least 1; alpha > 0 finite. Words of one gamma draw per component.
void draw_dirichlet(Rng& rng, std::span<const double> alpha, std::span<double> out);

}  // namespace dovetail::math
