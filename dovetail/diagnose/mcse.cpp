// Standard errors from effective sample sizes.
#include "dovetail/diagnose/mcse.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/diagnose/beta_quantile.hpp"
#include "dovetail/diagnose/ess.hpp"
#include "dovetail/diagnose/moments.hpp"

namespace dovetail::diagnose {

Figure mcse_mean(const Column& column) {
  const Figure ess = ess_mean(column);
  return ess.available() ? Figure::of(moments(column).sd / std::sqrt(ess.value)) : ess;
}
Figure mcse_mean(const ChainsView& view) { return mcse_mean(Column(view)); }

Figure mcse_sd(const ChainsView& view) { return mcse_sd(Column(view)); }
Figure mcse_sd(const Column& column) {
  const Figure ess = ess_sd(column);
  if (!ess.available()) return ess;
  const double scale = column.scale();
  const double mean = moments(column).mean / scale;
  const auto x = column.values();
  const std::size_t n = column.draws();
  const auto power_mean = [&](auto&& power) {
    return sum_over_items(column.chains(),
                          [&](std::size_t m) {
                            return math::sum_lanes(n, [&](std::size_t i) {
                              const double d = x[m * n + i] / scale - mean;
                              return power(d * d);
                            });
                          }) /
           static_cast<double>(x.size());
  };
  const double variance = power_mean([](double v) { return v; });
  const double fourth = power_mean([](double v) { return v * v; });
  const double spread = std::max(fourth - variance * variance, 0.0);
  return Figure::of(std::sqrt(spread / ess.value) / (2 * std::sqrt(variance)) * scale);
}

double mcse_quantile(const Column& column, double p, double ess) {
  DOVETAIL_REQUIRE(p > 0 && p < 1 && ess > 0);
  const auto total = static_cast<double>(column.values().size());
  const double a = ess * p + 1;
  const double b = ess * (1 - p) + 1;
  // Phi(-1) and Phi(1): one standard error to each side
  const double low = std::max(std::floor(beta_quantile(0.15865525393145705, a, b) * total), 1.0);
  const double high = std::min(std::ceil(beta_quantile(0.84134474606854293, a, b) * total), total);
  const double upper = column.order_statistic(static_cast<std::size_t>(high));
  const double lower = column.order_statistic(static_cast<std::size_t>(low));
  return upper / 2 - lower / 2;
}

Figure mcse_quantile(const ChainsView& view, double p) {
  const Figure ess = ess_quantile(view, p);
  return ess.available() ? Figure::of(mcse_quantile(Column(view), p, ess.value)) : ess;
}

Figure mcse_probability(const ChainsView& indicator) {
  for (std::size_t m = 0; m < indicator.count(); ++m) {
    for (std::size_t i = 0; i < indicator.draws(); ++i) {
      const double v = indicator.at(m, i);
      DOVETAIL_REQUIRE(v == 0 || v == 1);
    }
  }
  const Figure ess = ess_mean(indicator);
  if (!ess.available()) return ess;
  const double p = moments(Column(indicator)).mean;
  return Figure::of(std::sqrt(p * (1 - p) / ess.value));
}

}  // namespace dovetail::diagnose
