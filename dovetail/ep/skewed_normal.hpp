/// A normal distribution behind sinh-arcsinh transformations of some coordinates: what posteriors of scales look like,
/// and so what points are proposed from when a posterior approximation is corrected. docs/maths/ep.md section 12.
///
/// Pure; thread safe.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "dovetail/ep/gaussian.hpp"
#include "dovetail/ep/sinh_arcsinh.hpp"

namespace dovetail::ep {

/// Quantiles of a marginal that a map is fitted to.
inline constexpr std::size_t kMapQuantiles = 150;

/// z ~ N(mean, factor factor'), z_j = map of x_j where j is in `skewed`, x_j elsewhere.
struct SkewedNormal {
  std::vector<std::uint32_t> skewed;  ///< ascending
  std::vector<SinhArcsinh> maps;      ///< one for each of them
  std::vector<double> mean;           ///< d
  std::vector<double> factor;         ///< d x d, lower triangular

  [[nodiscard]] std::size_t dimension() const { return mean.size(); }
  /// x of standard normals. `normals`, `x`: d, not the same memory.
  void value_of(std::span<const double> normals, std::span<double> x) const;
  /// log density at x, in x's own measure. `work`: d numbers of memory.
  [[nodiscard]] double log_density(std::span<const double> x, std::span<double> work) const;
  /// z of x.
  void normal_of(std::span<const double> x, std::span<double> z) const;

  template <class Archive>
  void describe(Archive& archive) {
    archive(skewed);
    archive(maps);
    archive(mean);
    archive(factor);
  }
};

/// Points of a randomly shifted Korobov lattice as standard normals: each point is N(0, I), together they are spread
/// more evenly than independent ones (Sloan and Joe 1994, chapter 4).
struct Lattice {
  std::uint32_t points = 1;     ///< n, a prime
  std::uint64_t generator = 1;  ///< point i has i generator^j / n + shift_j, modulo 1, as coordinate j
  std::vector<double> shift;    ///< d, uniform on [0, 1)

  /// Standard normals of point `i`.
  void normals(std::uint32_t i, std::span<double> out) const;

  template <class Archive>
  void describe(Archive& archive) {
    archive(points);
    archive(generator);
    archive(shift);
  }
};

/// A lattice with shift, and of some random generators the one with the least P_2 (weights 1 / (j + 1) on coordinates).
/// O(points d) for each of the 20 that it looks at.
[[nodiscard]] Lattice make_lattice(std::uint32_t points, std::size_t d, Rng& rng);

/// What is known of a posterior when a proposal is made: points with weights.
struct WeightedPoints {
  std::span<const double> points;   ///< row-major n x d
  std::span<const double> weights;  ///< n, sum 1
  double effective = 0;             ///< (sum w)^2 / sum w^2
};

/// From weighted points: maps fitted to all marginals, with tails made longer, those of `skewed` the most; mean and sd
/// of z, wider by a twentieth; correlations between theirs and those of `prior_guess` (the more theirs the larger the
/// effective size).
[[nodiscard]] SkewedNormal proposal_of(const WeightedPoints& known, const std::vector<std::uint32_t>& skewed,
                                       const Normal& prior_guess);

/// From quantiles of the marginals of `skewed`, one vector each, and of the other marginals mean and sd of `guess`,
/// with its correlations.
[[nodiscard]] SkewedNormal proposal_of(const std::vector<std::vector<double>>& quantiles,
                                       const std::vector<std::uint32_t>& skewed, const Normal& guess);

}  // namespace dovetail::ep
