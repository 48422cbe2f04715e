// Coverage of the evidence's standard error over many runs, with energies that are correlated in time and over rungs.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/tempering/evidence.hpp"
#include "dovetail/tempering/schedule.hpp"
#include "dovetail/tempering/swap.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/tempering/toy_energies.hpp"

namespace dovetail::tempering {
namespace {

constexpr std::size_t kRungs = 6;

/// A stretch of tempering of N(-3, 1) to N(3, 1): every rung explores by a normal autoregression with lag-1 correlation
/// `phi`, exactly stationary, then states swap.
class ShiftLadder {
 public:
  ShiftLadder(double phi, Rng& rng) : betas_(equal_schedule(kRungs)), phi_(phi), rng_(rng), x_(kRungs) {
    for (std::size_t k = 0; k < kRungs; ++k) x_[k] = centre(k) + math::draw_normal(rng_);
  }
  void scan(std::vector<double>& energy) {
    if (scans_ > 0) swap(scans_ - 1);
    ++scans_;
    for (std::size_t k = 0; k < kRungs; ++k) {
      x_[k] = centre(k) + phi_ * (x_[k] - centre(k)) + std::sqrt(1 - phi_ * phi_) * math::draw_normal(rng_);
      energy[k] = 6 * x_[k];
    }
  }

 private:
  [[nodiscard]] double centre(std::size_t k) const { return 6 * betas_[k] - 3; }
  void swap(std::uint64_t scan) {
    for (std::size_t k = 0; k + 1 < kRungs; ++k) {
      if (!swaps_at(k, scan)) continue;
      const double ratio = log_swap_ratio(betas_[k], 6 * x_[k], betas_[k + 1], 6 * x_[k + 1]);
      if (accepts_swap(ratio, rng_.uniform_open())) std::swap(x_[k], x_[k + 1]);
    }
  }
  std::vector<double> betas_;
  double phi_;
  Rng& rng_;
  std::vector<double> x_;
  std::uint64_t scans_ = 0;
};

class Calibration : public ::testing::TestWithParam<std::pair<double, std::uint64_t>> {};
INSTANTIATE_TEST_SUITE_P(Evidence, Calibration,
                         ::testing::Values(std::pair(0.0, 1024), std::pair(0.5, 1024), std::pair(0.9, 4096)),
                         [](const auto& which) {
                           return "LagCorrelation" + std::to_string(static_cast<int>(100 * which.param.first));
                         });

TEST_P(Calibration, TwoStandardErrorsCoverTheTruth) {
  const auto [phi, scans] = GetParam();
  const auto betas = equal_schedule(kRungs);
  std::vector<double> ratios;  // 0.1 off the truth 18 beta (beta - 1), as a prediction would be
  for (std::size_t k = 0; k + 1 < kRungs; ++k) {
    ratios.push_back(18 * (betas[k + 1] * (betas[k + 1] - 1) - betas[k] * (betas[k] - 1)) + 0.1);
  }
  const double repeats = 2000;
  double covered = 0;
  test::Replicates bridge, error;
  for (std::uint64_t r = 0; r < static_cast<std::uint64_t>(repeats); ++r) {
    Rng rng = test::stream(test::seed_from_name(), r);
    ShiftLadder ladder(phi, rng);
    const auto rungs = test::record_round(betas, scans, ratios, [&](std::vector<double>& v) { ladder.scan(v); });
    const LegEvidence e = estimate_evidence(rungs, betas);
    bridge.add(*e.bridge);
    error.add(*e.standard_error);
    covered += std::fabs(*e.bridge) < 2 * *e.standard_error ? 1 : 0;
  }
  // 92 to 98 % (docs/maths/tempering.md section 12), and the noise of the replicates
  EXPECT_NEAR(covered / repeats, 0.95, 0.03 + test::kZ * std::sqrt(0.95 * 0.05 / repeats))
      << "mean standard error over the true one: " << error.mean / bridge.deviation();
  // the bridge's own bias is of the order of its variance
  EXPECT_LT(std::fabs(bridge.mean), test::kZ * bridge.error() + bridge.deviation() * bridge.deviation());
  RecordProperty("coverage", std::to_string(covered / repeats));
  RecordProperty("error_ratio", std::to_string(error.mean / bridge.deviation()));
  RecordProperty("true_error", std::to_string(bridge.deviation()));
}

}  // namespace
}  // namespace dovetail::tempering
