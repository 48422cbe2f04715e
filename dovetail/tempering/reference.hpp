/// References that a path can start from: a normalised density with a sampler (docs/maths/tempering.md section 9).
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "dovetail/core/rng.hpp"

namespace dovetail::tempering {

/// A proper, normalised density on d real coordinates. Pure; safe from several threads.
class Reference {
 public:
  virtual ~Reference() = default;
  [[nodiscard]] virtual std::size_t dimension() const = 0;
  /// `x`: d. Nats.
  [[nodiscard]] virtual double log_density(std::span<const double> x) const = 0;
  /// Writes the gradient (d) and returns the log density.
  virtual double log_density_gradient(std::span<const double> x, std::span<double> gradient) const = 0;
  /// An independent draw.
  virtual void draw(Rng& rng, std::span<double> x) const = 0;
};

enum class Shape : std::uint8_t { mean_field, dense };

/// Moments of target draws in unconstrained space, pooled over copies and both target rungs.
struct TargetMoments {
  std::vector<double> mean;        ///< d
  std::vector<double> covariance;  ///< d x d by rows, or d variances (mean-field only)
  double effective_draws = 0;      ///< independent draws they are worth
};

/// Normal with mean m and either independent coordinates (standard deviations s) or covariance L L^T. A value:
/// travels through the codec. log_density: O(d), dense O(d^2). draw: 2 d words, in order of coordinates.
/// Integer and cyclic coordinates have no Gaussian law: the caller refuses such models by name.
class GaussianReference final : public Reference {
 public:
  GaussianReference() = default;
  /// Standard normal.
  explicit GaussianReference(std::size_t d);
  /// `scale`: d positive standard deviations.
  GaussianReference(std::vector<double> mean, std::vector<double> scale);

  /// Moment match. Dense: S = (1-g) S_hat + g diag(S_hat), g = min(1, (d+1)/n_eff); mean-field when n_eff < 2 d, when
  /// only variances are given, or when S is not positive definite. A coordinate whose variance is 0 or not finite, or
  /// whose mean is not finite, keeps this reference's own mean and standard deviation, uncorrelated with the others.
  [[nodiscard]] GaussianReference fitted(const TargetMoments& moments, Shape wanted) const;

  [[nodiscard]] Shape shape() const { return factor_.empty() ? Shape::mean_field : Shape::dense; }
  [[nodiscard]] std::span<const double> mean() const { return mean_; }
  [[nodiscard]] std::span<const double> scale() const { return scale_; }  ///< d: standard deviations of the coordinates
  [[nodiscard]] std::span<const double> factor() const { return factor_; }  ///< d x d by rows, lower; empty: mean-field

  [[nodiscard]] std::size_t dimension() const override { return mean_.size(); }
  [[nodiscard]] double log_density(std::span<const double> x) const override;
  double log_density_gradient(std::span<const double> x, std::span<double> gradient) const override;
  void draw(Rng& rng, std::span<double> x) const override;

  template <class Archive>
  void describe(Archive& archive) {
    archive(mean_);
    archive(scale_);
    archive(factor_);
    archive(inverse_factor_);
    archive(log_norm_);
  }

 private:
  void set_log_norm();
  /// Coordinate i of L^{-1} (x - m).
  [[nodiscard]] double whitened(std::span<const double> x, std::size_t i) const;
  std::vector<double> mean_, scale_;
  std::vector<double> factor_, inverse_factor_;  // L and L^{-1}: draws and densities then need no scratch memory
  double log_norm_ = 0;
};

}  // namespace dovetail::tempering
