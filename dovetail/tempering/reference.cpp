// Gaussian references: fit, density, gradient and sampler, all without scratch memory.
#include "dovetail/tempering/reference.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::tempering {

namespace {
constexpr double kLogTwoPi = 1.8378770664093454836;

bool usable(double mean, double variance) {
  const double deviation = std::sqrt(variance);
  return std::isfinite(mean) && std::isfinite(deviation) && deviation > 0;
}

/// L^{-1} by columns, d x d by rows.
std::vector<double> inverted(std::span<const double> factor, std::size_t d) {
  std::vector<double> inverse(d * d);
  std::vector<double> column(d);
  for (std::size_t j = 0; j < d; ++j) {
    std::fill(column.begin(), column.end(), 0.0);
    column[j] = 1;
    math::solve_lower(factor, column);
    for (std::size_t i = 0; i < d; ++i) inverse[i * d + j] = column[i];
  }
  return inverse;
}
}  // namespace

GaussianReference::GaussianReference(std::size_t d)
    : GaussianReference(std::vector<double>(d, 0.0), std::vector<double>(d, 1.0)) {}

GaussianReference::GaussianReference(std::vector<double> mean, std::vector<double> scale)
    : mean_(std::move(mean)), scale_(std::move(scale)) {
  DOVETAIL_REQUIRE(mean_.size() == scale_.size());
  for (const double s : scale_) DOVETAIL_REQUIRE(s > 0 && std::isfinite(s));
  set_log_norm();
}

void GaussianReference::set_log_norm() {
  const std::size_t d = mean_.size();
  const double half_log_determinant = factor_.empty()
                                          ? math::sum_lanes(d, [&](std::size_t i) { return math::log(scale_[i]); })
                                          : math::log_determinant(factor_, d) / 2;
  log_norm_ = -0.5 * kLogTwoPi * static_cast<double>(d) - half_log_determinant;
}

GaussianReference GaussianReference::fitted(const TargetMoments& moments, Shape wanted) const {
  const std::size_t d = dimension();
  DOVETAIL_REQUIRE(moments.mean.size() == d);
  const bool full = moments.covariance.size() == d * d && d > 1;
  DOVETAIL_REQUIRE(full || moments.covariance.size() == d);
  std::vector<bool> moved(d);
  GaussianReference fit(mean_, scale_);
  for (std::size_t i = 0; i < d; ++i) {
    const double variance = moments.covariance[full ? i * d + i : i];
    moved[i] = usable(moments.mean[i], variance);
    if (!moved[i]) continue;
    fit.mean_[i] = moments.mean[i];
    fit.scale_[i] = std::sqrt(variance);
  }
  const double n = moments.effective_draws;
  if (wanted == Shape::dense && full && n >= 2 * static_cast<double>(d)) {
    const double shrink = std::min(1.0, static_cast<double>(d + 1) / n);
    std::vector<double> s(d * d, 0.0);
    for (std::size_t i = 0; i < d; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (moved[i] && moved[j]) s[i * d + j] = (1 - shrink) * moments.covariance[i * d + j];
      }
      s[i * d + i] = fit.scale_[i] * fit.scale_[i];
    }
    if (auto factor = math::cholesky(s, d)) {
      fit.factor_ = std::move(*factor);
      fit.inverse_factor_ = inverted(fit.factor_, d);
    }
  }
  fit.set_log_norm();
  return fit;
}

double GaussianReference::log_density(std::span<const double> x) const {
  const std::size_t d = dimension();
  DOVETAIL_REQUIRE(x.size() == d);
  const double square = math::sum_lanes(d, [&](std::size_t i) {
    if (factor_.empty()) {
      const double z = (x[i] - mean_[i]) / scale_[i];
      return z * z;
    }
    const double z = whitened(x, i);
    return z * z;
  });
  return log_norm_ - 0.5 * square;
}

double GaussianReference::log_density_gradient(std::span<const double> x, std::span<double> gradient) const {
  const std::size_t d = dimension();
  DOVETAIL_REQUIRE(x.size() == d && gradient.size() == d);
  if (factor_.empty()) {
    for (std::size_t i = 0; i < d; ++i) gradient[i] = -(x[i] - mean_[i]) / (scale_[i] * scale_[i]);
    return log_density(x);
  }
  std::fill(gradient.begin(), gradient.end(), 0.0);
  const double square = math::sum_lanes(d, [&](std::size_t i) {
    const double z = whitened(x, i);
    const double* row = inverse_factor_.data() + i * d;
    for (std::size_t j = 0; j <= i; ++j) gradient[j] -= row[j] * z;
    return z * z;
  });
  return log_norm_ - 0.5 * square;
}

double GaussianReference::whitened(std::span<const double> x, std::size_t i) const {
  const double* row = inverse_factor_.data() + i * dimension();
  return math::sum_lanes(i + 1, [&](std::size_t j) { return row[j] * (x[j] - mean_[j]); });
}

void GaussianReference::draw(Rng& rng, std::span<double> x) const {
  const std::size_t d = dimension();
  DOVETAIL_REQUIRE(x.size() == d);
  math::draw_normals(rng, x);
  if (!factor_.empty()) math::multiply_lower(factor_, x, x);
  for (std::size_t i = 0; i < d; ++i) x[i] = mean_[i] + (factor_.empty() ? scale_[i] * x[i] : x[i]);
}

}  // namespace dovetail::tempering
