/// Gamma factors for a positive parameter: x^a exp(-b x). docs/maths/ep.md section 7. Pure; thread safe; O(1) but for
/// regression.
#pragma once
#include <optional>
#include <span>

namespace dovetail::ep {

/// Factors multiply by adding both numbers. As a distribution: shape a + 1, rate b; proper where a > -1 and b > 0.
struct GammaNatural {
  double power = 0;  ///< a
  double rate = 0;   ///< b
};

struct GammaMoments {
  double mean = 0;
  double variance = 0;
};

/// Means of what the family's density is made of: x and log x.
struct GammaLogMoments {
  double mean = 0;
  double log_mean = 0;
};

/// a b^factor: cavities have -1.
[[nodiscard]] inline GammaNatural add_scaled(GammaNatural a, double factor, GammaNatural b) {
  return {a.power + factor * b.power, a.rate + factor * b.rate};
}

/// Empty where it is not proper.
[[nodiscard]] std::optional<GammaMoments> moments_of(GammaNatural g);
[[nodiscard]] std::optional<GammaLogMoments> log_moments_of(GammaNatural g);

/// The gamma distribution with this mean and variance; empty unless both are positive.
[[nodiscard]] std::optional<GammaNatural> gamma_of(GammaMoments m);
/// The gamma distribution q with the least KL(p || q) from a p with these means; empty unless mean is positive and
/// log_mean below its logarithm. Relative error about 1e-16 / (log(mean) - log_mean).
[[nodiscard]] std::optional<GammaNatural> gamma_of(GammaLogMoments m);

/// log of the integral over x > 0. Empty when it is infinite.
[[nodiscard]] std::optional<double> log_integral(GammaNatural g);

/// A site's factor from draws x of its tilted distribution and scores s there, derivatives of its log likelihood:
/// regression of x s on x. Without error where the site is itself a gamma factor, whatever the draws; else its
/// expectation is the factor that gives cavity times it the tilted mean and variance (Stein's identity, section 7).
/// Empty where x has no variance, or something is not finite.
[[nodiscard]] std::optional<GammaNatural> regress_gamma_scores(std::span<const double> points,
                                                               std::span<const double> scores);

}  // namespace dovetail::ep
