/// Ratios of figures that vary by factors from seed to seed: means and errors are of their logarithms.
#pragma once
#include <cmath>
#include <cstddef>
#include <vector>

#include "dovetail/math/functions.hpp"

namespace dovetail::bench {

/// Of the logarithms' differences over seeds: exp of the mean, and the mean's standard error, relative.
struct Ratio {
  double value = 1, error = 0;
};

[[nodiscard]] inline Ratio ratio(const std::vector<double>& logs, const std::vector<double>& others) {
  const auto n = static_cast<double>(logs.size());
  double mean = 0, square = 0;
  for (std::size_t i = 0; i < logs.size(); ++i) mean += (logs[i] - others[i]) / n;
  for (std::size_t i = 0; i < logs.size(); ++i) square += (logs[i] - others[i] - mean) * (logs[i] - others[i] - mean);
  return {math::exp(mean), std::sqrt(square / (n * (n - 1)))};
}

[[nodiscard]] inline std::vector<double> minus(std::vector<double> logs, const std::vector<double>& others) {
  for (std::size_t i = 0; i < logs.size(); ++i) logs[i] -= others[i];
  return logs;
}

[[nodiscard]] inline double geometric_mean(const std::vector<double>& logs) {
  return ratio(logs, std::vector<double>(logs.size())).value;
}

}  // namespace dovetail::bench
