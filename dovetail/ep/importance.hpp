/// Importance weights of points from several proposals, and what follows from them.
///
/// docs/maths/ep.md section 12. Points are row-major n x d. Pure; thread safe.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "dovetail/ep/gaussian.hpp"
#include "dovetail/ep/skewed_normal.hpp"

namespace dovetail::ep {

/// Points that one proposal made.
struct Proposed {
  SkewedNormal proposal;
  Lattice lattice;

  template <class Archive>
  void describe(Archive& archive) {
    archive(proposal);
    archive(lattice);
  }
};

/// All points of `rounds`, in order.
[[nodiscard]] std::vector<double> points_of(std::span<const Proposed> rounds, std::size_t d);

/// The point of that index among all of them.
void point_of(std::span<const Proposed> rounds, std::uint32_t index, std::span<double> x);

/// log of target over the mixture of all proposals, each with the share of points that it made (Veach and Guibas 1995:
/// the balance heuristic), at every point. `log_target`: n. The mean of their exponentials estimates the integral of
/// the target without bias, up to what proposals were learnt from the points of earlier ones.
[[nodiscard]] std::vector<double> balanced_log_weights(std::span<const Proposed> rounds, std::span<const double> points,
                                                       std::span<const double> log_target);

/// exp of the logarithms, scaled so that they sum to 1. Some must be finite.
[[nodiscard]] std::vector<double> normalised(std::span<const double> log_weights);

/// Weighted mean and covariance.
[[nodiscard]] Normal moments_of(std::span<const double> points, std::span<const double> weights, std::size_t d);

/// `count` indices, index i about count * weights[i] times (systematic resampling), in random order. `weights` sum to
/// 1.
[[nodiscard]] std::vector<std::uint32_t> resample(std::span<const double> weights, std::size_t count, Rng& rng);

/// One coordinate's marginal under a posterior approximation g times site corrections l_k / g_k: at (grid point, draw)
/// the coordinate has the grid's value and the others are a draw of g given that. The draws are the same at every grid
/// point, and come in pairs about the conditional mean.
class MarginalGrid {
 public:
  static constexpr std::size_t kPoints = 22;
  static constexpr std::size_t kDraws = 10;

  /// `normals`: kDraws / 2 rows of d. All must outlive it.
  MarginalGrid(const Normal& g, std::span<const double> factor, std::size_t coordinate,
               std::span<const double> normals);
  /// Of grid point i, in standard deviations of g.
  [[nodiscard]] static double offset(std::size_t i);
  [[nodiscard]] double value(std::size_t i) const;
  void point(std::size_t i, std::size_t draw, std::span<double> x) const;

 private:
  const Normal& g_;
  std::span<const double> factor_;
  std::size_t coordinate_;
  std::span<const double> normals_;
};

/// log of the factor at x.
[[nodiscard]] double log_factor(const Natural& factor, std::span<const double> x);

/// log of the mean of exponentials.
[[nodiscard]] double log_mean_exp(std::span<const double> logs);

}  // namespace dovetail::ep
