/// Kolmogorov-Smirnov distances with thresholds that hold at every sample size, also for discrete laws.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace dovetail::test {

/// Distance between the empirical distribution of `sorted` and F. `below(v)` = P(X < v), `upto(v)` = P(X <= v).
template <class Below, class Upto>
double ks_distance(const std::vector<double>& sorted, Below&& below, Upto&& upto) {
  const auto n = static_cast<double>(sorted.size());
  double distance = 0;
  for (std::size_t i = 0; i < sorted.size();) {
    std::size_t j = i;
    while (j < sorted.size() && sorted[j] == sorted[i]) ++j;
    distance = std::max(distance, std::fabs(static_cast<double>(i) / n - below(sorted[i])));
    distance = std::max(distance, std::fabs(static_cast<double>(j) / n - upto(sorted[i])));
    i = j;
  }
  return distance;
}

/// Distance between two empirical distributions; both sorted.
inline double ks_distance(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  const auto m = static_cast<double>(b.size());
  double distance = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const double v = std::min(a[i], b[j]);
    while (i < a.size() && a[i] == v) ++i;
    while (j < b.size() && b[j] == v) ++j;
    distance = std::max(distance, std::fabs(static_cast<double>(i) / n - static_cast<double>(j) / m));
  }
  return distance;
}

/// P(distance > threshold) <= alpha for n independent draws against their law (Massart 1990).
inline double ks_threshold(std::size_t n, double alpha) {
  return std::sqrt(std::log(2 / alpha) / (2 * static_cast<double>(n)));
}
/// The same for two samples of n draws each, n >= 458 (Wei and Dudley 2012).
inline double ks_threshold_two_samples(std::size_t n, double alpha) {
  return std::sqrt(std::log(2 / alpha) / static_cast<double>(n));
}

}  // namespace dovetail::test
