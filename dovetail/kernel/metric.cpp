#include "dovetail/kernel/metric.hpp"

#include <cmath>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail {

Metric diagonal_metric(std::vector<double> scale) { return {MetricKind::diagonal, std::move(scale), {}}; }

Metric dense_metric(std::span<const double> factor, std::size_t m) {
  DOVETAIL_REQUIRE(factor.size() == m * m);
  const std::size_t stride = math::padded(m);
  Metric metric{MetricKind::dense, std::vector<double>(m), std::vector<float>(stride * stride)};
  for (std::size_t i = 0; i < m; ++i) {
    const auto row = factor.subspan(i * m, i + 1);
    metric.scale[i] = std::sqrt(math::sum_of_squares(row));
    for (std::size_t j = 0; j <= i; ++j) metric.factor[i * stride + j] = static_cast<float>(row[j] / metric.scale[i]);
  }
  return metric;
}

}  // namespace dovetail
