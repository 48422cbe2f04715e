/// Effective sample size: how many independent draws would say as much. One estimator, several inputs.
#pragma once
#include <cstddef>

#include "dovetail/diagnose/autocovariance.hpp"
#include "dovetail/diagnose/column.hpp"

namespace dovetail::diagnose {

/// ESS = J n / tau of J sequences of n >= 4 draws, with Geyer's initial positive monotone sequence (Geyer 1992, 2011;
/// V21 eq. 10-13 and appendix A).
///
/// rho_t = 1 - (W - mean_j[n/(n-1) acov_j(t)]) / var+, P_t = rho_{2t} + rho_{2t+1}, kept while positive and made
/// non-increasing; tau = -1 + 2 sum P_t + max(rho_{2T+2}, 0), at least 1/log10(J n). Pairs are looked for up to lag n -
/// 3, and the last of these is never kept, as other software does. n/a (constant) when all values are equal.
[[nodiscard]] Figure effective_sample_size(const Sequences& sequences, const BetweenWithin& moments,
                                           Autocovariance& autocovariance);
[[nodiscard]] Figure effective_sample_size(const Sequences& sequences, Autocovariance& autocovariance);

// From draws of M chains of at least 8; n/a with the reason otherwise.
[[nodiscard]] Figure ess_bulk(const ChainsView& view);  ///< of normal scores: location of the bulk
[[nodiscard]] Figure ess_tail(const ChainsView& view);  ///< the smaller of quantile ESS at 5 % and at 95 %
[[nodiscard]] Figure ess_mean(
    const ChainsView& view);  ///< of x itself: for the MCSE of the mean, if the variance is finite
[[nodiscard]] Figure ess_sd(const ChainsView& view);                  ///< of (x - mean)^2
[[nodiscard]] Figure ess_quantile(const ChainsView& view, double p);  ///< of 1{x <= q_p}, 0 < p < 1
// The same from a column that is there already.
[[nodiscard]] Figure ess_mean(const Column& column);
[[nodiscard]] Figure ess_sd(const Column& column);

/// (x - mean)^2 in split halves, in units of scale()^2, the mean over all draws.
[[nodiscard]] std::vector<double> squared_deviations(const Column& column);

/// "Quick" ESS by batch means: S var(x) / (b var(batch means)), b = floor(sqrt N), batches of all chains around the
/// common mean; draws past the last whole batch are left out of the batches. Cheap, biased low in short runs. At most S
/// log10 S.
[[nodiscard]] Figure ess_batch_means(const ChainsView& view);

}  // namespace dovetail::diagnose
