/// The beta distribution's function and quantiles with the same bits on every processor, for quantile standard errors.
#pragma once

namespace dovetail::diagnose {

/// I_x(a, b), the regularised incomplete beta function, for a, b > 0 and 0 <= x <= 1.
/// Continued fraction DLMF 8.17.22 by Lentz's method; O(sqrt(a + b)) terms. Relative error about 1e-12 for a, b up to
/// 1e7.
[[nodiscard]] double beta_cdf(double x, double a, double b);

/// x with I_x(a, b) = p, 0 < p < 1, by Newton steps inside a shrinking bracket.
[[nodiscard]] double beta_quantile(double p, double a, double b);

}  // namespace dovetail::diagnose
