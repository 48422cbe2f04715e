/// Where a diagnostic turns into a warning. Part of the command's contract: a change is announced in the changelog.
///
/// Sources: docs/diagnostics.md, which cites them; "grave" marks the value from which the wording turns from "may" to
/// "is".
#pragma once

namespace dovetail::diagnose::threshold {

// sampling
inline constexpr double kRHatMax = 1.01;       ///< Vehtari et al. 2021, sec. 4
inline constexpr double kRHatGrave = 1.05;     ///< Gelman et al. 2013 used 1.1; own, between the two
inline constexpr double kRareShareMax = 0.05;  ///< of draws; own: an event outside both 5 % tails
inline constexpr double kEssPerChainMin =
    100;                                       ///< bulk and tail, per chain: 400 for four (Vehtari et al. 2021, sec. 4)
inline constexpr double kMcsePerSdMax = 0.05;  ///< MCSE(mean)/sd: 400 effective draws
inline constexpr double kMcsePerSdGrave = 0.1;  ///< 100 effective draws
inline constexpr double kEBfmiMin = 0.3;        ///< Betancourt 2016, as used by Stan
inline constexpr double kEBfmiGrave = 0.2;
inline constexpr double kDepthHitShareMax = 0.01;  ///< of iterations; own: below, the cap costs next to nothing
inline constexpr double kDepthHitShareGrave = 0.1;
inline constexpr double kAcceptanceDistanceMax = 0.1;  ///< realised from target; own: a chain of 1000 varies by less
inline constexpr double kStepRatioMax = 4;             ///< largest over smallest step size of the chains; own
inline constexpr double kKHatMax = 0.7;    ///< Vehtari et al. 2024: above, importance weights are unreliable
inline constexpr double kKHatGrave = 1.0;  ///< the mean does not exist
// tempering
inline constexpr double kReplicasPerBarrierMin = 2;       ///< Syed et al. 2022: optimum near 2 Lambda + 1 rungs
inline constexpr double kEnergyAutocorrelationMax = 0.9;  ///< above, exploration is too weak for round-trip theory
inline constexpr double kEnergyAutocorrelationGrave = 0.99;
inline constexpr double kEvidenceGapSeMax = 4;      ///< |stepping stone - bridge| in errors of the bridge
inline constexpr double kEvidenceGapMax = 1;        ///< and in nats: both must be passed
inline constexpr double kPairRejectionMax = 0.9;    ///< above, the barrier is only a lower bound
inline constexpr double kSwapAcceptanceMin = 0.05;  ///< below, states hardly pass the pair
inline constexpr double kReversibleMin = 0.5;       ///< autoMALA: share of steps that pass the reversibility check
// expectation propagation
inline constexpr double kEpNoiseMax = 1;       ///< nats of a round's targets; own: no step mends a noise beyond it
inline constexpr double kSteinZMax = 6;        ///< standard errors of an identity that draws of a site must meet
inline constexpr double kLogScaleSdMax = 0.3;  ///< of a log scale; own: wider ones are skewed (docs/maths/ep.md)
// two runs
inline constexpr double kDifferenceLevel = 0.01;  ///< Holm-adjusted p below which a figure of two runs differs

}  // namespace dovetail::diagnose::threshold
