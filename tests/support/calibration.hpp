/// Simulation-based calibration (Talts et al. 2018, Validating Bayesian inference algorithms with simulation-based
/// calibration): parameters from the prior, data from the parameters, draws from the posterior; the rank of the true
/// value among the draws is then uniform, for every quantity. The log likelihood should be one of them: without it a
/// sampler of the prior would pass.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <numeric>
#include <vector>

#include "tests/support/goodness_of_fit.hpp"

namespace dovetail::test {

/// [quantity][rank]: how many replications.
using RankCounts = std::vector<std::vector<int>>;

/// min over i of 2 min{P(B <= c_i), P(B >= c_i)}, c_i the count of ranks up to i, B binomial with i/(number of ranks).
inline double least_tail(const std::vector<int>& counts) {
  const int replications = std::accumulate(counts.begin(), counts.end(), 0);
  double least = 1;
  int upto = 0;
  for (std::size_t i = 0; i + 1 < counts.size(); ++i) {
    upto += counts[i];
    const boost::math::binomial law(replications, static_cast<double>(i + 1) / static_cast<double>(counts.size()));
    const double below = cdf(law, upto);
    const double above = upto == 0 ? 1 : cdf(complement(law, upto - 1));
    least = std::min(least, 2 * std::min(below, above));
  }
  return least;
}

/// By the empirical distribution functions of ranks at all their points together (Sailynoja, Burkner and Vehtari 2022),
/// with the union bound over points and quantities in place of a simulated threshold: a false alarm has probability
/// below kAlpha.
inline void expect_uniform_ranks(const RankCounts& counts) {
  ASSERT_FALSE(counts.empty());
  const double limit = kAlpha / static_cast<double>((counts.front().size() - 1) * counts.size());
  for (std::size_t q = 0; q < counts.size(); ++q) EXPECT_GT(least_tail(counts[q]), limit) << "quantity " << q;
}

}  // namespace dovetail::test
