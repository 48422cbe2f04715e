/// A site's factor from draws of its tilted distribution (the cavity times the site's own likelihood), with its Monte
/// Carlo error.
///
/// Score regression: with s the gradient of the site's log likelihood in the shared parameters, minus the slope of s
/// on x is the factor's precision. It equals moment matching (Stein's identity), but its error is that part of the
/// site's score that is not linear, whereas moment matching estimates the whole posterior's precision and subtracts the
/// cavity. docs/maths/ep.md section 3. Pure; thread safe; O(n d^2 + d^3).
#pragma once
#include <cstddef>
#include <optional>
#include <span>

#include "dovetail/ep/family.hpp"
#include "dovetail/ep/gaussian.hpp"

namespace dovetail::ep {

/// n draws: `chains` chains of n / chains each, one after the other, row-major n x d.
struct TiltedDraws {
  std::size_t chains = 1;
  std::span<const double> points;  ///< of the shared parameters
  std::span<const double> scores;  ///< at the points: any whose mean given x is the gradient of log likelihood of x
};

struct Estimate {
  Natural target;    ///< what the site's factor ought to be
  double noise = 0;  ///< expected KL divergence that its Monte Carlo error makes in `at`, in nats, at step 1
  /// Score regression: largest |mean of the score of the tilted distribution| in its standard errors, which is 0 in
  /// expectation. Beyond 6, gradients are wrong, or mass piles up at a bound, or chains have not converged.
  double worst_z = 0;
};

/// By regression of scores, which are those of the site's own likelihood whatever its power. `power`: of the cavity and
/// of the likelihood that the draws come from. `at`: the posterior approximation that noise is measured in. Empty below
/// b + 3 draws, b being the size of the family's largest block, or when something is not finite or the draws span no
/// volume.
[[nodiscard]] std::optional<Estimate> regress_scores(const TiltedDraws& draws, const Natural& cavity, double power,
                                                     const Family& family, const Normal& at);

/// By mean and covariance of the draws, of a block of b parameters with (n - b - 2) in place of n in the precision, so
/// that it is unbiased for independent draws of a normal tilted distribution; dependent draws leave it biased. `power`:
/// of the cavity. The noise is the sum of b (b + 3) / (4 n power^2) over blocks, as if draws were independent. Reads no
/// scores. Empty below b + 5 draws for the largest block.
[[nodiscard]] std::optional<Estimate> match_moments(const TiltedDraws& draws, const Natural& cavity, double power,
                                                    const Family& family);

/// At the mode of the tilted distribution: `gradient` and `curvature` (minus the Hessian) of the site's log likelihood
/// there, local parameters integrated out. No Monte Carlo error; a bias of its own.
[[nodiscard]] Natural laplace_site(std::span<const double> mode, std::span<const double> gradient,
                                   std::span<const double> curvature);

}  // namespace dovetail::ep
