// Gaussian references: fit, density, gradient and sampler, all without scratch memory.
#include "dovetail/tempering/reference.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::tempering {

namespace {
constexpr double kLogTwoPi = 1.8378770664093454836;

bool usable(double mean, double variance) {
  const double deviation = std::sqrt(variance);
  return std::isfinite(mean) && std::isfinite(deviation) && deviation > 0;
}

/// L with L L^T = S in place of the lower triangle of S (d x d by rows), zeros above; false when S is not positive
/// definite.
bool factor_in_place(std::vector<double>& s, std::size_t d) {
  for (std::size_t i = 0; i < d; ++i) {
    double* row = s.data() + i * d;
    for (std::size_t j = 0; j <= i; ++j) {
      const double* other = s.data() + j * d;
      const double left = row[j] - math::sum_lanes(j, [&](std::size_t k) { return row[k] * other[k]; });
      if (j < i) {
        row[j] = left / other[j];
      } else {
        if (!(left > 0) || !std::isfinite(left)) return false;
        row[i] = std::sqrt(left);
      }
    }
    std::fill(row + i + 1, row + d, 0.0);
  }
  return true;
}

/// L^{-1} of a lower triangle, both d x d by rows.
std::vector<double> inverted(const std::vector<double>& factor, std::size_t d) {
  std::vector<double> inverse(d * d, 0.0);
  for (std::size_t j = 0; j < d; ++j) {
    inverse[j * d + j] = 1 / factor[j * d + j];
    for (std::size_t i = j + 1; i < d; ++i) {
      const double sum =
          math::sum_lanes(i - j, [&](std::size_t k) { return factor[i * d + j + k] * inverse[(j + k) * d + j]; });
      inverse[i * d + j] = -sum / factor[i * d + i];
    }
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
  const double half_log_determinant =
      math::sum_lanes(d, [&](std::size_t i) { return math::log(factor_.empty() ? scale_[i] : factor_[i * d + i]); });
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
    if (factor_in_place(s, d)) {
      fit.factor_ = std::move(s);
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
  for (std::size_t i = d; i-- > 0;) {  // backwards, so that the normals a row needs are still in place
    if (factor_.empty()) {
      x[i] = mean_[i] + scale_[i] * x[i];
    } else {
      x[i] = mean_[i] + math::dot(std::span(factor_).subspan(i * d, i + 1), x.first(i + 1));
    }
  }
}

}  // namespace dovetail::tempering
