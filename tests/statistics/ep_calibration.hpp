/// Simulation-based calibration of runs of expectation propagation on a hierarchical normal model: shared parameters
/// from the corrected answer, local ones from their sites.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "dovetail/jobs/ep_locals.hpp"
#include "dovetail/math/distributions.hpp"
#include "tests/support/calibration.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::test {

/// y_ij ~ N(theta_j, 1), theta_j ~ N(mu, sigma), mu ~ N(0, 1), log sigma ~ N(0, 1/2). Sites of two groups each.
struct CalibrationData {
  static constexpr std::size_t kGroups = 6;
  static constexpr std::size_t kRows = 3;
  static constexpr std::size_t kSites = 3;
  static constexpr const char* kModel = "builtin:hierarchical_normal,sd=1,mu_sd=1,log_sigma_sd=0.5";

  Table table{"simulated.csv", 0, {{"group", false, {}, {}}, {"y", true, {}, {}}}};
  std::vector<double> truth;  ///< mu, sigma, theta_1, ..., log likelihood

  explicit CalibrationData(Rng& rng) {
    truth.push_back(math::draw_normal(rng));
    truth.push_back(std::exp(0.5 * math::draw_normal(rng)));
    for (std::size_t j = 0; j < kGroups; ++j) {
      truth.push_back(truth[0] + truth[1] * math::draw_normal(rng));
      for (std::size_t i = 0; i < kRows; ++i, ++table.rows) {
        table.columns[0].texts.push_back("g" + std::to_string(j + 1));
        table.columns[1].numbers.push_back(truth.back() + math::draw_normal(rng));
      }
    }
    truth.push_back(log_likelihood(std::span(truth).subspan(2, kGroups)));
  }
  /// Without its constant.
  [[nodiscard]] double log_likelihood(std::span<const double> theta) const {
    double sum = 0;
    for (std::size_t i = 0; i < table.rows; ++i) {
      const double away = table.columns[1].numbers[i] - theta[i / kRows];
      sum -= 0.5 * away * away;
    }
    return sum;
  }
};

/// Of every true value among `draws` draws, in runs of expectation propagation with --correct. Runs whose correction is
/// not certified are left out, and must be few: whether it is depends on the data and on random numbers of the run, not
/// on the truth, so that ranks of the others stay uniform.
inline RankCounts ranks_of_sites(std::uint32_t replications, std::size_t draws) {
  RankCounts counts(CalibrationData::kGroups + 3, std::vector<int>(draws + 1));
  std::uint32_t uncertified = 0;
  for (std::uint32_t n = 0; n < replications; ++n) {
    Rng rng({seed_from_name(), Purpose::test, ItemId(n)});
    const CalibrationData data(rng);
    const auto model =
        make_divided_model(CalibrationData::kModel, data.table, {.by = "group", .sites_max = CalibrationData::kSites});
    EpOptions options;
    options.seed = seed_from_name(n + 1);
    options.rounds = 3;
    options.chains = 2;
    options.draws = 60;
    options.warmup = 60;
    options.correct = 0.05;
    const TemporaryFolder place;
    const RunFolder folder = RunFolder::create(place.path() / "run", "ep", Existing::refuse);
    EpObserver quiet;
    const EpResult result = expectation_propagation(*model, options, {"serial"}, quiet, {folder, ""});
    if (result.summary.ep->correction->certified == 0) {
      ++uncertified;
      continue;
    }
    std::vector<std::size_t> sites(model->sites());
    for (std::size_t k = 0; k < sites.size(); ++k) sites[k] = k;
    const LocalDraws found = local_draws(*model, options, folder, sites, draws);
    EXPECT_EQ(found.columns.size(), CalibrationData::kGroups + 2);
    std::vector<int> ranks(counts.size());
    for (std::size_t s = 0; s < found.rows; ++s) {
      const auto row = std::span(found.values).subspan(s * found.columns.size(), found.columns.size());
      for (std::size_t q = 0; q < row.size(); ++q) ranks[q] += row[q] < data.truth[q] ? 1 : 0;
      ranks.back() += data.log_likelihood(row.subspan(2)) < data.truth.back() ? 1 : 0;
    }
    for (std::size_t q = 0; q < counts.size(); ++q) ++counts[q][static_cast<std::size_t>(ranks[q])];
  }
  EXPECT_LE(uncertified, replications / 10);
  return counts;
}

}  // namespace dovetail::test
