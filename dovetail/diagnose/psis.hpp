/// Pareto smoothed importance sampling: how heavy is the tail of some weights, and weights with a tamed tail.
///
/// Vehtari, Simpson, Gelman, Yao and Gabry (2024), Journal of Machine Learning Research 25; fit: Zhang and Stephens
/// (2009), Technometrics 51.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "dovetail/diagnose/figure.hpp"

namespace dovetail::diagnose {

/// Fit of a generalised Pareto distribution with density (1/sigma)(1 + k x / sigma)^(-1/k - 1).
struct GeneralisedPareto {
  double k = 0;      ///< raw shape, before shrinkage
  double sigma = 0;  ///< scale, > 0
};

/// `exceedances`: ascending, > 0, at least 5. Profile posterior mean over 30 + floor(sqrt m) grid points. O(m^1.5).
[[nodiscard]] GeneralisedPareto fit_generalised_pareto(std::span<const double> exceedances);

struct ParetoSmoothed {
  Figure k_hat;           ///< shrunk towards 0.5 by 10 pseudo-observations; n/a as described below
  std::size_t tail = 0;   ///< draws in the fitted tail
  Figure importance_ess;  ///< (sum w)^2 / sum w^2 of the raw weights; never to be read alone
  std::vector<double>
      log_weights;  ///< smoothed, largest at most 0 (the raw maximum is subtracted); empty if non-finite
};

/// `log_weights`: S natural logarithms, -inf allowed (weight zero), up to a common constant.
/// `relative_efficiency`: ESS/S of the draws they were computed at, 1 for independent ones.
///
/// The tail is the min(floor(S/5), ceil(3 sqrt(S / relative_efficiency))) largest; draws equal to the cutoff do not
/// count. n/a (non-finite) for NaN or +inf or no positive weight, (constant) when all tail weights equal the cutoff
/// (bounded: harmless), (too few) when fewer than 5 exceed it. Then the weights come back as they were.
[[nodiscard]] ParetoSmoothed pareto_smooth(std::span<const double> log_weights, double relative_efficiency = 1);

/// min(1 - 1/log10 S, 0.7): below it estimates with these weights are reliable at this number of draws; S >= 2.
[[nodiscard]] double k_hat_limit(std::size_t draws);

}  // namespace dovetail::diagnose
