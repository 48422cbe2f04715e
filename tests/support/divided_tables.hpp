/// Tables of rows for models of divided data.
#pragma once
#include <cmath>
#include <string>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/divided.hpp"

namespace dovetail::test {

/// J groups of n rows whose means are mu + sqrt(tau^2 + 1/n) times normal quantiles, mu = 1: no random numbers. Group j
/// is in site j mod K, so rows come in the order of sites.
inline Table quantile_groups(std::size_t groups, std::size_t rows, double tau, std::size_t sites) {
  Table table{"quantiles.csv", 0, {{"group", false, {}, {}}, {"y", true, {}, {}}}};
  for (std::size_t k = 0; k < sites; ++k) {
    for (std::size_t j = k; j < groups; j += sites) {
      const double p = (static_cast<double>(j) + 0.5) / static_cast<double>(groups);
      const double mean = 1 + std::sqrt(tau * tau + 1 / static_cast<double>(rows)) * math::normal_quantile(p);
      for (std::size_t i = 0; i < rows; ++i) {  // pairs about the mean, so that it is exact; odd ones on it
        const double away = i + 1 == rows && rows % 2 == 1 ? 0 : (i % 2 == 0 ? 0.5 : -0.5);
        table.columns[0].texts.push_back("g" + std::to_string(j + 1));
        table.columns[1].numbers.push_back(mean + away);
        ++table.rows;
      }
    }
  }
  return table;
}

/// Simulated 0 and 1 with two predictors.
inline Table logistic_groups(std::size_t groups, std::size_t rows, std::uint64_t seed) {
  Table table{
      "logistic.csv", 0, {{"group", false, {}, {}}, {"y", true, {}, {}}, {"a", true, {}, {}}, {"b", true, {}, {}}}};
  Rng rng({seed, Purpose::test});
  for (std::size_t j = 0; j < groups; ++j) {
    const double intercept = 0.5 + 0.8 * math::draw_normal(rng);
    const double slope = -1 + 0.5 * math::draw_normal(rng);
    const double other = 0.7 + 0.5 * math::draw_normal(rng);
    for (std::size_t i = 0; i < rows; ++i) {
      const double a = math::draw_normal(rng);
      const double b = math::draw_normal(rng);
      const double p = 1 / (1 + math::exp(-(intercept + slope * a + other * b)));
      table.columns[0].texts.push_back("g" + std::to_string(j + 1));
      table.columns[1].numbers.push_back(rng.uniform() < p ? 1 : 0);
      table.columns[2].numbers.push_back(a);
      table.columns[3].numbers.push_back(b);
      ++table.rows;
    }
  }
  return table;
}

}  // namespace dovetail::test
