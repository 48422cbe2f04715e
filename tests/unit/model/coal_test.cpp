// Change points in the disasters of coal mines: density year by year, and figures by brute force over all sets of
// years.
#include <cmath>
#include <map>
#include <vector>

#include "tests/support/goodness_of_fit.hpp"
#include "tests/unit/model/sample_models.hpp"

namespace dovetail::test {
namespace {

/// The dates of R's boot::coal, without their fractions.
const std::vector<int> kDates = [] {
  const std::map<int, std::vector<int>> by_decade{
      {1850, {1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 6, 6, 6, 6, 7, 7, 7, 8, 8, 8, 8}},
      {1860, {0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 5, 5, 6, 6, 6, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 9, 9}},
      {1870, {0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 9, 9, 9}},
      {1880, {0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 2, 3, 3, 4, 4, 5, 5, 5, 6, 6, 6, 6, 7, 7, 8, 9, 9, 9}},
      {1890, {0, 0, 1, 1, 2, 3, 4, 5, 6, 6, 6, 9}},
      {1900, {1, 2, 5, 5, 5, 6, 8, 8, 8, 9, 9}},
      {1910, {0, 0, 2, 3, 4, 6, 8}},
      {1920, {2, 2, 3, 7, 8}},
      {1930, {0, 0, 1, 1, 1, 2, 2, 2, 3, 4, 5, 5, 6, 7, 8, 9}},
      {1940, {0, 0, 1, 1, 1, 2, 2, 2, 6, 7, 7, 7, 7}},
      {1950, {1, 7}},
      {1960, {0, 2}}};
  std::vector<int> dates;
  for (const auto& [decade, years] : by_decade) {
    for (const int year : years) dates.push_back(decade + year);
  }
  return dates;
}();

int disasters(int year) { return static_cast<int>(std::count(kDates.begin(), kDates.end(), year)); }

/// Prior of the number of changes: Poisson with mean 1, cut off.
std::vector<double> count_prior(std::size_t most) {
  std::vector<double> p;
  double total = 0;
  for (std::size_t k = 0; k <= most; ++k) total += p.emplace_back(std::exp(-std::lgamma(static_cast<double>(k) + 1)));
  for (double& one : p) one /= total;
  return p;
}

double log_poisson(int y, double rate) { return y * std::log(rate) - rate - std::lgamma(y + 1.0); }

TEST(Coal, HasTheDatesOfOneHundredAndNinetyOneDisasters) { EXPECT_EQ(kDates.size(), 191U); }

TEST(Coal, IsAPoissonRateThatChangesSpelledOutYearByYear) {
  for (const int most : {1, 4}) {
    const auto model = make_model("builtin:coal,K=" + std::to_string(most));
    const auto n = static_cast<std::size_t>(most);
    std::vector<double> x(2 + 2 * n), values(model->description().output_names.size());
    Rng rng = test_rng(n);
    std::vector<std::int64_t> counts(n + 1);
    for (int point = 0; point < 4000; ++point) {
      model->draw_prior(rng, x);
      const auto k = static_cast<std::size_t>(x[0]);
      ++counts[k];
      if (point >= 40) continue;
      std::map<int, double> changes{{1851, std::exp(x[1])}};
      double prior = std::log(count_prior(n)[k]);
      const auto add_rate = [&](double rate) {
        prior += std::log(rate) - rate + std::log(rate);
      };  // gamma(2, 1), dx/du
      add_rate(std::exp(x[1]));
      for (std::size_t c = 0; c < n; ++c) {
        if (c >= k) {
          x[2 + c] = x[2 + n + c] = std::nan("");  // whoever reads it is found out
          continue;
        }
        EXPECT_TRUE(changes.emplace(static_cast<int>(x[2 + c]), std::exp(x[2 + n + c])).second) << "years differ";
        prior -= std::log(111.0 - static_cast<double>(c));
        add_rate(std::exp(x[2 + n + c]));
      }
      double likelihood = 0;
      std::map<int, double> rate_in;
      for (int year = 1851; year <= 1962; ++year) {
        rate_in[year] = std::prev(changes.upper_bound(year))->second;
        likelihood += log_poisson(disasters(year), rate_in[year]);
      }
      const LogDensity parts = model->log_density(x);
      EXPECT_NEAR(parts.prior, prior, 1e-9 * std::fabs(prior));
      EXPECT_NEAR(parts.likelihood, likelihood, 1e-9 * std::fabs(likelihood));
      model->output_values(x, rng, values);
      const std::size_t derived = 2 + 2 * n;
      for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(values[derived + i], rate_in[1855 + 20 * static_cast<int>(i)]);
      for (std::size_t c = 0; c < n; ++c) {
        EXPECT_EQ(std::isnan(values[2 + c]), c >= k);
        EXPECT_EQ(std::isnan(values[2 + n + c]), c >= k);
      }
    }
    expect_frequencies(counts, count_prior(n));
  }
}

TEST(Coal, TwoChangesInOneYearAreImpossible) {
  const auto model = make_model("builtin:coal,K=3");
  const std::vector<double> x{3, 0, 1900, 1890, 1900, 0, 0, 0};
  EXPECT_EQ(model->log_density(x).prior, -kInfinity);
}

/// Sum over all sets of at most three years, in the order of counting.
TEST(Coal, BruteForceOverAllSetsOfYearsGivesTheFigures) {
  const auto model = make_model("builtin:coal,K=3");
  const auto log_piece = [](int from, int to) {  // years from..to-1 with one rate of prior gamma(2, 1)
    double events = 0, factorials = 0;
    for (int year = from; year < to; ++year) {
      events += disasters(year);
      factorials += std::lgamma(disasters(year) + 1.0);
    }
    return std::pair(events, std::lgamma(2 + events) - (2 + events) * std::log(1.0 + to - from) - factorials);
  };
  std::map<std::pair<int, int>, std::pair<double, double>> pieces;
  for (int from = 1851; from <= 1962; ++from) {
    for (int to = from + 1; to <= 1963; ++to) pieces[{from, to}] = log_piece(from, to);
  }
  std::vector<double> evidence(4);
  double rate = 0;  // in 1895
  const std::vector<double> sets{1, 111, 111.0 * 110 / 2, 111.0 * 110 * 109 / 6};
  const auto add = [&](std::vector<int> ends) {
    const std::size_t k = ends.size() - 2;
    double log_weight = 0, in_1895 = 0;
    for (std::size_t p = 0; p <= k; ++p) {
      const auto& [events, log_evidence] = pieces[{ends[p], ends[p + 1]}];
      log_weight += log_evidence;
      if (ends[p] <= 1895 && ends[p + 1] > 1895) in_1895 = (2 + events) / (1.0 + ends[p + 1] - ends[p]);
    }
    const double weight = std::exp(log_weight) / sets[k] * count_prior(3)[k];
    evidence[k] += weight;
    rate += weight * in_1895;
  };
  add({1851, 1963});
  for (int a = 1852; a <= 1962; ++a) {
    add({1851, a, 1963});
    for (int b = a + 1; b <= 1962; ++b) {
      add({1851, a, b, 1963});
      for (int c = b + 1; c <= 1962; ++c) add({1851, a, b, c, 1963});
    }
  }
  const double total = evidence[0] + evidence[1] + evidence[2] + evidence[3];
  EXPECT_NEAR(closed_form(*model, "log_evidence"), std::log(total), 1e-9);
  EXPECT_NEAR(closed_form(*model, "mean(rate_in[1895])"), rate / total, 1e-9);
  double mean = 0;
  for (std::size_t k = 0; k <= 3; ++k) {
    EXPECT_NEAR(closed_form(*model, "P(changes=" + std::to_string(k) + ")"), evidence[k] / total, 1e-9);
    mean += static_cast<double>(k) * evidence[k] / total;
  }
  EXPECT_NEAR(closed_form(*model, "mean(changes)"), mean, 1e-9);
}

}  // namespace
}  // namespace dovetail::test
