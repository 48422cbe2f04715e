#include "dovetail/kernel/metric.hpp"

#include <cmath>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/math/lower_triangle.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail {

Metric diagonal_metric(std::vector<double> scale) { return {MetricKind::diagonal, std::move(scale), {}}; }

Metric dense_metric(std::span<const double> factor, std::size_t m) {
  DOVETAIL_REQUIRE(factor.size() == m * m);
  Metric metric{MetricKind::dense, std::vector<double>(m), {}};
  std::vector<float> packed(math::packed_size(m));
  for (std::size_t i = 0; i < m; ++i) {
    const auto row = factor.subspan(i * m, i + 1);
    metric.scale[i] = std::sqrt(math::sum_of_squares(row));
    for (std::size_t j = 0; j <= i; ++j)
      packed[math::packed_index(i, j)] = static_cast<float>(row[j] / metric.scale[i]);
  }
  metric.factor = packed;
  return metric;
}

}  // namespace dovetail
