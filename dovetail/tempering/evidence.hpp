/// The evidence log(Z1/Z0) of one leg from its rungs' records: stepping stones both ways, one-step bridge,
/// thermodynamic integration, and the standard error of the bridge.
///
/// docs/maths/tempering.md section 6 (Xie et al. 2011; Bennett 1976; Meng and Wong 1996; Geyer 1992). Natural
/// logarithms. Pure; O(rungs) sums of fixed length.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dovetail/tempering/pair_statistics.hpp"

namespace dovetail::tempering {

/// A number with its standard error; no error when it cannot be had.
struct Estimate {
  double value = 0;
  std::optional<double> standard_error;
};

/// What one leg says. An empty field has its reason in `problem`.
struct LegEvidence {
  std::optional<double> forward;                ///< F, below log Z on average
  std::optional<double> backward;               ///< B, above log Z on average
  std::optional<double> middle;                 ///< (F + B)/2, or the one that is finite
  std::optional<double> gap;                    ///< B - F
  std::optional<double> bridge;                 ///< headline
  std::optional<double> standard_error;         ///< of `bridge`, by batches; empty below 64 scans
  std::optional<double> standard_error_copies;  ///< of `bridge`, over copies; empty below 4 copies
  std::optional<double> thermodynamic;          ///< cross-check: trapezoid of mean V with the variance correction
  std::vector<double> log_z;    ///< N: cumulated bridge, 0 at the reference; NaN after a pair that has no estimate
  double weight_share_min = 1;  ///< least effective share of weights over all pairs and directions
  std::size_t weight_share_pair = 0;  ///< its pair, counted from the reference
  bool not_converged = false;         ///< gap > 1, or > 4 standard errors: too few rungs or too few scans
  std::string problem;                ///< what is missing and why, for a warning; empty when nothing is
};

/// `rungs`: N records of one leg from its reference to its target, each merged over `copies`. `betas`: N.
/// Where the reference's rung met target density 0 (V = -inf), the backward weights cover only the part of the
/// reference where V is finite; B is corrected by the observed share of that part, and F likewise at the target's end.
[[nodiscard]] LegEvidence estimate_evidence(std::span<const RungStatistics> rungs, std::span<const double> betas);

/// The same with copies apart, `copies[c][k]`: adds the standard error over copies when there are at least 4.
[[nodiscard]] LegEvidence estimate_evidence(std::span<const std::vector<RungStatistics>> copies,
                                            std::span<const double> betas);

/// Variance of the mean of a stationary series, by Geyer's (1992) initial monotone sequence, never below that of
/// independent terms. Requires at least 4 terms.
[[nodiscard]] double variance_of_mean(std::span<const double> series);

/// Two legs by inverse variance (plain mean when a standard error is missing).
struct CombinedEvidence {
  Estimate estimate;
  bool disagree = false;  ///< the legs differ by more than 4 combined standard errors
};
[[nodiscard]] CombinedEvidence combine_legs(const Estimate& first, const Estimate& second);

/// Two rounds weighted by their scans. Their correlation is left out.
[[nodiscard]] Estimate pool_rounds(const Estimate& previous, std::uint64_t previous_scans, const Estimate& last,
                                   std::uint64_t last_scans);

/// Predicted log(Z_{k+1}/Z_k), N' - 1 of them, for `new_betas` (N'): cubic Hermite through (beta, log_z) with the mean
/// energies as slopes (d log Z/d beta = E V), held between the chord and the tangents since log Z is convex. Where
/// log_z is not finite the trapezoid of the mean energies stands in, and 0 where these are not finite either.
/// `betas`, `log_z`, `mean_energy`: N each.
[[nodiscard]] std::vector<double> predict_log_ratios(std::span<const double> betas, std::span<const double> log_z,
                                                     std::span<const double> mean_energy,
                                                     std::span<const double> new_betas);

}  // namespace dovetail::tempering
