/// Whether a sample follows a law: Kolmogorov-Smirnov and chi-square, with thresholds computed from the false-alarm
/// rate.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace dovetail::test {

/// The false-alarm rate of one statistical check; divide it by the number of checks that are made together.
inline constexpr double kAlpha = 1e-6;

/// What the distance between the empirical and the true distribution function of n independent draws exceeds with
/// probability at most alpha, for any finite n (Massart 1990).
inline double ks_threshold(std::size_t n, double alpha = kAlpha) {
  return std::sqrt(std::log(2 / alpha) / (2 * static_cast<double>(n)));
}

/// The distance itself. `cdf` is non-decreasing and continuous at the sample.
template <class Cdf>
double ks_distance(std::vector<double> sample, Cdf&& cdf) {
  std::sort(sample.begin(), sample.end());
  const double n = static_cast<double>(sample.size());
  double distance = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double f = cdf(sample[i]);
    if (!(f >= 0 && f <= 1)) return 1;
    const auto rank = static_cast<double>(i);
    distance = std::max({distance, (rank + 1) / n - f, f - rank / n});
  }
  return distance;
}

/// Fails the test when `sample` does not look drawn from the continuous law with this distribution function.
template <class Cdf>
void expect_law(const std::vector<double>& sample, Cdf&& cdf, double alpha = kAlpha) {
  EXPECT_LT(ks_distance(sample, cdf), ks_threshold(sample.size(), alpha));
}

/// Fails the test when the counts do not look multinomial with these probabilities (which must add to 1). Cells of
/// probability 0 must be empty; the others need an expected count of at least 10 for the chi-square law to hold.
inline void expect_frequencies(std::span<const std::int64_t> counts, std::span<const double> probabilities,
                               double alpha = kAlpha) {
  ASSERT_EQ(counts.size(), probabilities.size());
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  ASSERT_NEAR(std::accumulate(probabilities.begin(), probabilities.end(), 0.0), 1.0, 1e-9);
  double statistic = 0;
  int cells = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (probabilities[i] == 0) {
      EXPECT_EQ(counts[i], 0) << "cell " << i;
      continue;
    }
    const double expected = total * probabilities[i];
    ASSERT_GE(expected, 10) << "cell " << i;
    const double excess = static_cast<double>(counts[i]) - expected;
    statistic += excess * excess / expected;
    ++cells;
  }
  ASSERT_GE(cells, 2);
  EXPECT_LT(statistic, boost::math::quantile(complement(boost::math::chi_squared(cells - 1), alpha)));
}

}  // namespace dovetail::test
