// Autocovariance through the power spectrum of zero-padded sequences, and figures read off it.
#include "dovetail/diagnose/autocovariance.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "dovetail/diagnose/column.hpp"

namespace dovetail::diagnose {

Autocovariance::Autocovariance(std::size_t length)
    : length_(length),
      fourier_(std::bit_ceil(std::max<std::size_t>(2 * length, 2))),
      re_(fourier_.length()),
      im_(fourier_.length()),
      power_(fourier_.length()) {}

std::span<const double> Autocovariance::mean_over(const Sequences& sequences, std::span<const double> means) {
  DOVETAIL_REQUIRE(sequences.length == length_ && means.size() == sequences.count && sequences.count >= 1);
  std::fill(power_.begin(), power_.end(), 0.0);
  for (std::size_t j = 0; j < sequences.count; j += 2) {
    const auto fill = [&](std::vector<double>& buffer, std::size_t sequence) {
      std::fill(buffer.begin(), buffer.end(), 0.0);
      if (sequence >= sequences.count) return;
      const auto x = sequences[sequence];
      for (std::size_t i = 0; i < length_; ++i) buffer[i] = x[i] - means[sequence];
    };
    fill(re_, j);
    fill(im_, j + 1);
    fourier_.forward(re_, im_);
    for (std::size_t k = 0; k < power_.size(); ++k) power_[k] += re_[k] * re_[k] + im_[k] * im_[k];
  }
  // the autocovariance of a + ib has real part acov(a) + acov(b)
  std::copy(power_.begin(), power_.end(), re_.begin());
  std::fill(im_.begin(), im_.end(), 0.0);
  fourier_.inverse(re_, im_);
  const double divisor = static_cast<double>(fourier_.length()) * static_cast<double>(length_ * sequences.count);
  for (std::size_t t = 0; t < length_; ++t) re_[t] /= divisor;
  return std::span<const double>(re_).first(length_);
}

AutocorrelationTime autocorrelation_time(const ChainsView& view) {
  const Column column(view);
  if (column.obstacle() != Unavailable::none) return {Figure::missing(column.obstacle()), 0, false};
  std::vector<double> scaled(column.values().begin(), column.values().end());
  for (double& x : scaled) x /= column.scale();
  const Sequences chains{scaled, column.chains(), column.draws()};
  const BetweenWithin moments = between_within(chains);
  Autocovariance autocovariance(column.draws());
  const auto acov = autocovariance.mean_over(chains, moments.means);
  if (!(moments.within > 0)) return {Figure::missing(Unavailable::constant), 0, false};
  double tau = 1;
  for (std::size_t t = 1; t < acov.size(); ++t) {
    tau += 2 * acov[t] / acov[0];
    if (static_cast<double>(t) >= 5 * std::max(tau, 1.0)) {
      return {Figure::of(tau), t, static_cast<double>(column.draws()) >= 50 * tau};
    }
  }
  return {Figure::of(tau), acov.size() - 1, false};
}

namespace {
bool all_finite(std::span<const double> x) {
  return std::all_of(x.begin(), x.end(), [](double v) { return std::isfinite(v); });
}
bool all_equal(std::span<const double> x) {
  return std::all_of(x.begin(), x.end(), [&](double v) { return v == x.front(); });
}
}  // namespace

Figure correlation(std::span<const double> x, std::span<const double> y) {
  DOVETAIL_REQUIRE(x.size() == y.size());
  if (x.size() < 3) return Figure::missing(Unavailable::too_few);
  if (!all_finite(x) || !all_finite(y)) return Figure::missing(Unavailable::non_finite);
  if (all_equal(x) || all_equal(y)) return Figure::missing(Unavailable::constant);
  const auto n = static_cast<double>(x.size());
  const double mx = math::sum(x) / n;
  const double my = math::sum(y) / n;
  const auto moment = [&](std::span<const double> a, double ma, std::span<const double> b, double mb) {
    return math::sum_lanes(a.size(), [&](std::size_t i) { return (a[i] - ma) * (b[i] - mb); });
  };
  const double xx = moment(x, mx, x, mx);
  const double yy = moment(y, my, y, my);
  // squares of extreme values over- or underflow: no number is better than a wrong one
  if (!std::isfinite(xx) || !std::isfinite(yy)) return Figure::missing(Unavailable::non_finite);
  if (!(xx > 0 && yy > 0)) return Figure::missing(Unavailable::constant);
  return Figure::of(std::clamp(moment(x, mx, y, my) / std::sqrt(xx) / std::sqrt(yy), -1.0, 1.0));
}

Figure autocorrelation_lag_one(std::span<const double> x) {
  if (x.size() < 3) return Figure::missing(Unavailable::too_few);
  if (!all_finite(x)) return Figure::missing(Unavailable::non_finite);
  if (all_equal(x)) return Figure::missing(Unavailable::constant);
  const double mean = math::sum(x) / static_cast<double>(x.size());
  const double lagged = math::sum_lanes(x.size() - 1, [&](std::size_t i) { return (x[i] - mean) * (x[i + 1] - mean); });
  const double squares = math::sum_lanes(x.size(), [&](std::size_t i) { return (x[i] - mean) * (x[i] - mean); });
  if (!std::isfinite(squares)) return Figure::missing(Unavailable::non_finite);
  return squares > 0 ? Figure::of(lagged / squares) : Figure::missing(Unavailable::constant);
}

}  // namespace dovetail::diagnose
