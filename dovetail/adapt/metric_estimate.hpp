/// The metric of Hamiltonian chains from a window of warm-up draws and the gradients of their log density.
///
/// Formulas, sources and limits: docs/maths/warm-up.md sections 2 to 5. Pure; no random numbers; one order of
/// operations, set by the chains' order, so that nothing depends on who computed which chain's moments.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "dovetail/kernel/metric.hpp"

namespace dovetail {

/// Up to this many real coordinates a dense metric is the default. Each leapfrog step multiplies by its factor twice,
/// m^2 multiplications in all (6 microseconds at 300), and each mark of warm-up takes some 10 m^3 (a quarter of a
/// second at 300).
constexpr std::size_t kDenseCoordinatesMax = 300;

/// Pooling is given up from this ratio on: chains that differ more have not met.
constexpr double kPoolRatioMax = 1.5;

/// Draws per coordinate below which a covariance estimated from draws alone would rather mislead: its smallest
/// eigenvalues come out too small, and trajectories are long by their roots.
constexpr std::uint64_t kDrawsPerCoordinate = 10;

/// What a metric needs to know about one chain's draws in a window: counts, means and sums of products of deviations.
struct ChainMoments {
  MetricKind kind = MetricKind::diagonal;  ///< diagonal or dense
  std::uint64_t n = 0;                     ///< draws
  std::vector<double> position_mean;       ///< m
  std::vector<double> gradient_mean;       ///< m, or none
  /// Sums of squared deviations from the mean: diagonal m, dense m x m with all products, row-major, symmetric.
  std::vector<double> position_squares;
  std::vector<double> gradient_squares;  ///< likewise, or none

  template <class Archive>
  void describe(Archive& archive) {
    archive(kind);
    archive(n);
    archive(position_mean);
    archive(gradient_mean);
    archive(position_squares);
    archive(gradient_squares);
  }
};

/// Moments of n >= 1 draws of m >= 1 real coordinates, in two passes.
///
/// `positions`: row-major n x m, unconstrained space. `gradients`: of the log density there, same shape; may be empty
/// for MetricRule::stan and positions. `kind`: diagonal for O(n m), dense for O(n m^2). Values that are not finite pass
/// on into the moments.
[[nodiscard]] ChainMoments chain_moments(std::span<const double> positions, std::span<const double> gradients,
                                         std::size_t n, MetricKind kind);

enum class MetricRule : std::uint8_t {
  fisher,       ///< minimises the Fisher divergence to a normal law: from draws and gradients; section 3
  fisher_last,  ///< the same, moved towards the covariance where the two disagree; section 4. For the last mark
  positions,    ///< where gradients are missing: as `stan`, but dense from 10 draws per coordinate on alone
  stan,         ///< regularised variances or covariance of the draws; section 5
};

enum class Pooling : std::uint8_t {
  none,     ///< every chain its own metric
  guarded,  ///< one metric from all chains while they agree, otherwise every chain its own; section 2
};

struct MetricEstimate {
  std::vector<Metric> metrics;  ///< one when pooled, otherwise one per chain
  bool pooled = false;          ///< one metric from the draws of several chains
  /// Largest sqrt((n - 1)/n + B/W) over coordinates, B the variance of chain means and W the mean variance within
  /// chains; +inf where it is undefined; 0 for a single chain.
  double worst_ratio = 0;

  [[nodiscard]] const Metric& of_chain(std::size_t chain) const { return metrics[pooled ? 0 : chain]; }
};

/// The metrics to go on with, of the kind of the moments. `chains`: at least one, in chain order, all of the same kind,
/// n and m.
///
/// A dense metric that is not positive definite to working precision, or not finite, gives way to the diagonal one of
/// the same rule: so look at each metric's kind. Scales that are not finite or not positive count as 1.
/// Costs O(chains m^2 + m^3) for dense kinds, of which an eigen-decomposition is the most.
[[nodiscard]] MetricEstimate estimate_metrics(std::span<const ChainMoments> chains, MetricRule rule, Pooling pooling);

}  // namespace dovetail
