// A rung's running record against the same figures from stored energies.
#include "dovetail/tempering/pair_statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "dovetail/core/codec.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/tempering/toy_energies.hpp"

namespace dovetail::tempering {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// log of the mean of exp(v) in long double, with the largest taken out.
double log_mean_exp(const std::vector<double>& v) {
  long double largest = -kInf, sum = 0;
  for (const double x : v) largest = std::max<long double>(largest, x);
  for (const double x : v) sum += std::exp(static_cast<long double>(x) - largest);
  return static_cast<double>(largest + std::log(sum / static_cast<long double>(v.size())));
}

WeightSum weights_of(const std::vector<double>& v, double centre) {
  PairSide side;
  side.slope = 1;
  side.centre = centre;
  for (const double x : v) side.record(x, 0);
  return side.weights;
}

TEST(WeightSum, IsTheLogMeanWhereverTheWeightsLie) {
  const std::vector<std::vector<double>> cases{{0.5, -1, 2},
                                               {-2, 400, 399},
                                               {-1e10, -1e10 - 1},
                                               {1e10, 1e10 + 1},
                                               {700, -700},
                                               {-5000, -4000, 0, 5000},
                                               {299, 301, 599, 601, 0},
                                               {-301, -299, 1},
                                               {-1e308, 1e3},
                                               {310, 20, 10}};
  for (const auto& v : cases) {
    for (const double centre : {0.0, -5.0, 500.0, -1e6}) {
      const double expected = log_mean_exp(v);
      EXPECT_NEAR(weights_of(v, centre).log_mean(), expected, 1e-13 * std::max(1.0, std::fabs(expected)));
    }
  }
}

TEST(WeightSum, MergesToTheRecordOfAllTogether) {
  const std::vector<std::vector<double>> parts{{0.5, -1}, {}, {900, 3}, {-1e9}, {-kInf, -kInf}, {899}};
  for (const auto& left : parts) {
    for (const auto& right : parts) {
      std::vector<double> all = left;
      all.insert(all.end(), right.begin(), right.end());
      WeightSum merged = weights_of(left, 0);
      merged.merge(weights_of(right, 0));
      const WeightSum together = weights_of(all, 0);
      EXPECT_EQ(merged.count, together.count);
      EXPECT_EQ(merged.zeros, together.zeros);
      EXPECT_EQ(merged.largest, together.largest);
      if (together.count == together.zeros) {
        EXPECT_EQ(merged.effective_share(), 0);
        continue;
      }
      EXPECT_NEAR(merged.log_mean(), together.log_mean(), 1e-12 * std::max(1.0, std::fabs(together.log_mean())));
      EXPECT_NEAR(merged.effective_share(), together.effective_share(), 1e-12);
    }
  }
}

TEST(WeightSum, EffectiveShareIsOneForEqualWeightsAndOneOverNForOne) {
  EXPECT_NEAR(weights_of({-7, -7, -7, -7}, 0).effective_share(), 1, 1e-14);
  EXPECT_NEAR(weights_of({100, 0, 0, 0}, 0).effective_share(), 0.25, 1e-14);
  EXPECT_EQ(weights_of({-kInf, -kInf}, 0).effective_share(), 0);
}

class Recorded : public ::testing::Test {
 protected:
  static constexpr std::size_t kScans = 256;
  const RungNeighbours at_{0.4, 0.7, 0.15, -1.25, 0.75};
  std::vector<double> before_, here_, up_;
  void SetUp() override {
    Rng rng = test::stream(test::seed_from_name());
    for (std::size_t t = 0; t < kScans; ++t) {
      before_.push_back(3 * math::draw_normal(rng) - 4);
      here_.push_back(0.5 * before_.back() + math::draw_normal(rng) - 2);
      up_.push_back(math::draw_normal(rng) - 3);
    }
  }
  [[nodiscard]] RungStatistics record() const {
    RungStatistics rung;
    rung.reset(kScans, at_);
    for (std::size_t t = 0; t < kScans; ++t) rung.record(before_[t], here_[t]);
    for (std::size_t t = 0; t < kScans; ++t) rung.record_swap(here_[t], up_[t]);
    return rung;
  }
};

TEST_F(Recorded, WeightsAndBridgeTermsAreThoseOfThePage) {
  const RungStatistics rung = record();
  std::vector<double> forward, backward;
  const std::size_t batches = batches_of(kScans);
  std::vector<double> a(batches, 0.0), b(batches, 0.0);
  for (std::size_t t = 0; t < kScans; ++t) {
    forward.push_back((0.7 - 0.4) * here_[t]);
    backward.push_back(-(0.4 - 0.15) * here_[t]);
    a[t / 4] += 1 / (1 + std::exp(-1.25 - forward.back()));
    b[t / 4] += 1 / (1 + std::exp(-backward.back() - 0.75));
  }
  EXPECT_NEAR(rung.up.weights.log_mean(), log_mean_exp(forward), 1e-13);
  EXPECT_NEAR(rung.down.weights.log_mean(), log_mean_exp(backward), 1e-13);
  for (std::size_t i = 0; i < batches; ++i) {
    EXPECT_NEAR(rung.up.bridge[i], a[i], 1e-13);
    EXPECT_NEAR(rung.down.bridge[i], b[i], 1e-13);
  }
}

TEST_F(Recorded, RejectionIsOneMinusTheMeanAcceptance) {
  double sum = 0;
  for (std::size_t t = 0; t < kScans; ++t) sum += std::min(1.0, std::exp((0.7 - 0.4) * (here_[t] - up_[t])));
  EXPECT_NEAR(record().rejection(), 1 - sum / kScans, 1e-13);
  EXPECT_TRUE(std::isnan(RungStatistics{}.rejection()));
}

TEST_F(Recorded, EnergyMomentsAreThoseOfTheStoredSeries) {
  const RungStatistics rung = record();
  double mb = 0, ma = 0, bb = 0, aa = 0, ba = 0;
  for (std::size_t t = 0; t < kScans; ++t) {
    mb += before_[t] / kScans;
    ma += here_[t] / kScans;
  }
  for (std::size_t t = 0; t < kScans; ++t) {
    bb += (before_[t] - mb) * (before_[t] - mb);
    aa += (here_[t] - ma) * (here_[t] - ma);
    ba += (before_[t] - mb) * (here_[t] - ma);
  }
  EXPECT_NEAR(rung.energy.mean(), ma, 1e-13);
  EXPECT_NEAR(rung.energy.variance(), aa / (kScans - 1), 1e-12);
  EXPECT_NEAR(rung.energy.autocorrelation(), ba / std::sqrt(aa * bb), 1e-13);
  EXPECT_GT(rung.energy.autocorrelation(), 0.5);
}

TEST_F(Recorded, MergeOfCopiesIsTheRecordOfAll) {
  RungStatistics first, second;
  first.reset(kScans, at_);
  second.reset(kScans, at_);
  for (std::size_t t = 0; t < kScans; ++t) {
    first.record(before_[t], here_[t]);
    first.record_swap(here_[t], up_[t]);
    second.record(up_[t], before_[t]);
    second.record_swap(before_[t], here_[t]);
  }
  RungStatistics merged = first;
  merged.merge(second);
  EXPECT_EQ(merged.scans, 2 * kScans);
  EXPECT_NEAR(merged.rejection(), (first.rejection() + second.rejection()) / 2, 1e-14);
  EXPECT_NEAR(merged.up.bridge[5], first.up.bridge[5] + second.up.bridge[5], 1e-14);
  EnergyMoments all;
  for (std::size_t t = 0; t < kScans; ++t) all.record(before_[t], here_[t]);
  for (std::size_t t = 0; t < kScans; ++t) all.record(up_[t], before_[t]);
  EXPECT_NEAR(merged.energy.mean(), all.mean(), 1e-13);
  EXPECT_NEAR(merged.energy.variance(), all.variance(), 1e-12);
  EXPECT_NEAR(merged.energy.autocorrelation(), all.autocorrelation(), 1e-13);
}

TEST_F(Recorded, SurvivesTheCodecAndIsEmptyAfterReset) {
  const RungStatistics rung = record();
  EXPECT_EQ(pack(unpack<RungStatistics>(pack(rung))), pack(rung));
  RungStatistics again = rung;
  again.reset(kScans, at_);
  RungStatistics fresh;
  fresh.reset(kScans, at_);
  EXPECT_EQ(pack(again), pack(fresh));
}

TEST(RungStatistics, BatchesCutTheRoundInEqualStretches) {
  for (const std::uint64_t scans : {1u, 2u, 16u, 64u, 128u, 512u, 1024u, 4096u}) {
    RungStatistics rung;
    rung.reset(scans, {0, 1, 0, 0, 0});
    for (std::uint64_t t = 0; t < scans; ++t) {
      rung.record(0, 0);  // each term is 1/2
      EXPECT_EQ(rung.up.bridge[t * batches_of(scans) / scans],
                0.5 * static_cast<double>(t % std::max<std::uint64_t>(1, scans / batches_of(scans)) + 1));
    }
  }
}

TEST(RungStatistics, EndsHaveNoPairBeyondThem) {
  RungStatistics reference, target;
  reference.reset(4, {0, 0.5, 0, 0, 0});
  target.reset(4, {1, 1, 0.5, 0, 0});
  reference.record(1, 2);
  target.record(1, 2);
  EXPECT_EQ(reference.down.weights.count, 0u);
  EXPECT_EQ(target.up.weights.count, 0u);
  EXPECT_EQ(reference.up.weights.count, 1u);
  EXPECT_EQ(target.down.weights.count, 1u);
}

TEST(RungStatistics, NonFiniteEnergiesAreZeroWeightsOrCounted) {
  RungStatistics reference, target;
  reference.reset(4, {0, 0.5, 0, 0, 0});
  target.reset(4, {1, 1, 0.5, 0, 0});
  reference.record(0, -kInf);  // target impossible: weight 0
  target.record(0, kInf);      // reference impossible: weight 0
  EXPECT_EQ(reference.up.weights.zeros, 1u);
  EXPECT_EQ(target.down.weights.zeros, 1u);
  EXPECT_EQ(reference.up.undefined + target.down.undefined, 0u);
  reference.record(0, kNaN);
  reference.record(0, kInf);
  target.record(0, -kInf);
  EXPECT_EQ(reference.up.undefined, 2u);
  EXPECT_EQ(target.down.undefined, 1u);
  EXPECT_EQ(reference.up.weights.count, 1u);
  EXPECT_EQ(reference.energy.count + target.energy.count, 0u);
  reference.record_swap(-kInf, 1);
  EXPECT_EQ(reference.undefined_swaps, 0u);
  reference.record_swap(-kInf, -kInf);
  EXPECT_EQ(reference.undefined_swaps, 1u);
  EXPECT_EQ(reference.rejection(), 1);
}

}  // namespace
}  // namespace dovetail::tempering
