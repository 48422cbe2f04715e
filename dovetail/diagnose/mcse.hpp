/// Monte Carlo standard errors: how far an average over draws may lie from what infinitely many draws would give.
///
/// V21 section 4 and appendix A. All need at least 8 finite draws per chain that are not all equal; n/a with the reason
/// otherwise.
#pragma once
#include "dovetail/diagnose/chains.hpp"
#include "dovetail/diagnose/column.hpp"
#include "dovetail/diagnose/figure.hpp"

namespace dovetail::diagnose {

/// sd(x) / sqrt(mean ESS).
[[nodiscard]] Figure mcse_mean(const ChainsView& view);
[[nodiscard]] Figure mcse_mean(const Column& column);

/// Delta method with v = (x - mean)^2, s^2 = mean v: sqrt((mean v^2 - s^4) / ESS of v) / (2 s).
[[nodiscard]] Figure mcse_sd(const ChainsView& view);
[[nodiscard]] Figure mcse_sd(const Column& column);

/// Half the distance between the order statistics at the 0.1586553 and 0.8413447 quantiles of
/// Beta(E p + 1, E (1-p) + 1), E the ESS of 1{x <= q_p}; 0 < p < 1.
[[nodiscard]] Figure mcse_quantile(const ChainsView& view, double p);
/// The same for a known E.
[[nodiscard]] double mcse_quantile(const Column& column, double p, double ess);

/// sqrt(p(1-p) / ESS) of an event; `indicator` holds 0 and 1 only. Constant when it always or never happened.
[[nodiscard]] Figure mcse_probability(const ChainsView& indicator);

}  // namespace dovetail::diagnose
