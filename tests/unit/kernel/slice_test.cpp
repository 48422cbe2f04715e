// Slice sampling: large offsets, the two-valued conditional, bounds, counts, starts without density.
#include "dovetail/kernel/slice.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "dovetail/adapt/tuning.hpp"
#include "dovetail/kernel/doubling.hpp"
#include "dovetail/math/distributions.hpp"
#include "tests/support/counting_path.hpp"
#include "tests/support/kolmogorov.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

/// One density, the same at every beta but 0.
class SimplePath final : public Path {
 public:
  using Log = std::function<double(Point)>;
  SimplePath(std::vector<Coordinate> coordinates, Log log)
      : coordinates_(std::move(coordinates)), log_(std::move(log)) {}
  [[nodiscard]] std::span<const Coordinate> coordinates() const override { return coordinates_; }
  [[nodiscard]] Potential evaluate(Point x) const override { return {0, log_(x), 0, log_(x)}; }

 private:
  std::vector<Coordinate> coordinates_;
  Log log_;
};

/// A chain on a path at beta = 1.
struct Chain {
  const Path& path;
  SliceKernel kernel;
  Tuning tuning;
  ChainState state;
  Workspace workspace;
  KernelRecord record;
  std::uint64_t seed = test::seed_from_name();
  std::uint64_t steps = 0;

  Chain(const Path& p, std::vector<double> x, unsigned passes = 1)
      : path(p), kernel(passes), tuning(initial_tuning(p.coordinates())) {
    state.x = std::move(x);
    state.potential = path.evaluate(state.x);
  }
  void step() {
    Rng rng({seed, Purpose::kernel, ItemId(0), Step(steps++)});
    kernel.step(state, {path, 1}, tuning, rng, workspace, record);
  }
};

constexpr std::size_t kStarts = 20000;
constexpr double kAlpha = 1e-6;

// A stop rule with a looser relative tolerance makes the chain stick here.
TEST(Slice, DoesNotStickFarFromZero) {
  for (const double offset : {1e9, -1e10}) {
    const SimplePath path({{}}, [&](Point x) { return -0.5 * (x[0] - offset) * (x[0] - offset); });
    std::vector<double> after(kStarts);
    Chain chain(path, {offset});
    for (double& x : after) {
      Rng rng({chain.seed, Purpose::initial_point, ItemId(0), Step(chain.steps)});
      chain.state.x = {offset + math::draw_normal(rng)};
      chain.state.potential = path.evaluate(chain.state.x);
      const double before = chain.state.x[0];
      chain.step();
      EXPECT_NE(chain.state.x[0], before);
      x = chain.state.x[0] - offset;
    }
    std::sort(after.begin(), after.end());
    const double spacing = std::fabs(offset) * 0x1p-52;  // the atoms that rounding makes
    const auto below = [&](double v) { return 0.5 * std::erfc(-(v - spacing) * 0.70710678118654752); };
    const auto upto = [&](double v) { return 0.5 * std::erfc(-(v + spacing) * 0.70710678118654752); };
    EXPECT_LT(test::ks_distance(after, below, upto), test::ks_threshold(kStarts, kAlpha) + spacing);
    EXPECT_EQ(chain.record.stuck, 0U);
  }
}

TEST(Slice, DrawsTwoValuesFromTheirFullConditionalWithOneEvaluation) {
  const double log_odds = 0.8;  // of 3 against 2
  const SimplePath path({{CoordinateKind::integer, 2, 3}}, [&](Point x) { return x[0] == 3 ? log_odds : 0; });
  Chain chain(path, {2});
  std::size_t high = 0;
  for (std::size_t n = 0; n < kStarts; ++n) {
    chain.state.x = {2};
    chain.state.potential = path.evaluate(chain.state.x);
    chain.step();
    high += chain.state.x[0] == 3 ? 1 : 0;
  }
  const double p = 1 / (1 + std::exp(-log_odds));
  EXPECT_NEAR(static_cast<double>(high) / kStarts, p, test::ks_threshold(kStarts, kAlpha));
  EXPECT_EQ(chain.record.evaluations, kStarts);
}

TEST(Slice, LeavesTwoImpossibleValuesAloneAndSaysSo) {
  const SimplePath path({{CoordinateKind::integer, 0, 1}}, [](Point) { return -kInfinity; });
  Chain chain(path, {1});
  chain.step();
  EXPECT_EQ(chain.state.x[0], 1);
  EXPECT_EQ(chain.record.stuck, 1U);
}

TEST(Slice, AnIntegerWithOneValueCostsNothing) {
  const SimplePath path({{CoordinateKind::integer, 4, 4}}, [](Point) { return 0.0; });
  Chain chain(path, {4}, 3);
  chain.step();
  EXPECT_EQ(chain.state.x[0], 4);
  EXPECT_EQ(chain.record.evaluations, 0U);
}

TEST(Slice, AsksForNoIntegerBeyondItsBoundsAndReachesAllWithin) {
  std::map<double, int> visits;
  const SimplePath path({{CoordinateKind::integer, -2, 4}}, [&](Point x) {
    EXPECT_TRUE(x[0] >= -2 && x[0] <= 4 && x[0] == std::floor(x[0]));
    return 0.1 * x[0];
  });
  Chain chain(path, {0});
  for (const double width : {1.0, 3.0, 40.0}) {
    chain.tuning.width[0] = width;
    for (int n = 0; n < 300; ++n) {
      chain.step();
      ++visits[chain.state.x[0]];
    }
  }
  EXPECT_EQ(visits.size(), 7U);
}

TEST(Slice, MovesIntoTheSupportFromOutside) {
  const SimplePath path({{}}, [](Point x) { return x[0] > 0 && x[0] < 1 ? 0 : -kInfinity; });
  Chain chain(path, {4});
  chain.tuning.width[0] = 10;
  for (int n = 0; n < 100; ++n) chain.step();
  EXPECT_TRUE(chain.state.x[0] > 0 && chain.state.x[0] < 1);
  EXPECT_EQ(chain.record.error_events, 0U);
}

TEST(Slice, KeepsAPointWhereTheModelFailedAndCountsIt) {
  const SimplePath path({{}}, [](Point) { return std::nan(""); });
  Chain chain(path, {4});
  chain.step();
  EXPECT_EQ(chain.state.x[0], 4);
  EXPECT_EQ(chain.record.error_events, 1U);
  EXPECT_EQ(chain.record.evaluations, 0U);
}

TEST(Slice, MakesItsPasses) {
  const SimplePath path({{CoordinateKind::integer, 0, 1}, {CoordinateKind::integer, 0, 1}}, [](Point) { return 0.0; });
  for (const unsigned passes : {1U, 3U}) {
    Chain chain(path, {0, 1}, passes);
    chain.step();
    EXPECT_EQ(chain.record.evaluations, 2 * passes);
  }
}

/// Remembers where it was looked at; the slice is a union of short intervals.
struct WatchedSlice {
  std::map<double, int> looks;
  bool contains(double at) {
    ++looks[at];
    return std::fabs(at) < 8 && std::sin(3 * at) > -0.3;
  }
  bool propose(double at) { return contains(at); }
};

struct StreamDraws {
  Rng rng;
  double uniform() { return rng.uniform(); }
  bool coin() { return rng.bits32() >> 31 != 0; }
  double below(double) { return 0; }
};

TEST(Slice, NeverLooksAtItsStartAndLooksOnceAtEachEnd) {
  for (std::uint64_t n = 0; n < 2000; ++n) {
    WatchedSlice slice;
    StreamDraws draws{Rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(n)})};
    const double x = 0.3;
    auto interval = detail::double_interval(detail::RealLine{}, slice, draws, x, 0.25, detail::kDoublingsMax);
    detail::Bracket bracket{interval.left.at, interval.right.at};
    while (!detail::try_candidate(detail::RealLine{}, slice, draws, x, interval, bracket)) continue;
    EXPECT_EQ(slice.looks[x], 0);
    EXPECT_LE(slice.looks[interval.left.at], 1);
    EXPECT_LE(slice.looks[interval.right.at], 1);
    for (unsigned k = 0; k < interval.doublings; ++k) EXPECT_LE(slice.looks[interval.moved[k].at], 1);
  }
}

// The density is flat on (0, s): the bracket at acceptance is a fixed multiple of s, whatever the width was.
TEST(Slice, RecordsBracketsFromWhichWidthsSettle) {
  const double s = 0.003;
  const SimplePath path({{}}, [&](Point x) { return x[0] > 0 && x[0] < s ? 0 : -kInfinity; });
  for (const double start : {1e-5, 10.0}) {
    Chain chain(path, {s / 2});
    chain.tuning.width[0] = start;
    for (int round = 0; round < 12; ++round) {
      chain.record = {};
      for (int n = 0; n < 200; ++n) chain.step();
      chain.tuning = adapt_tuning(chain.tuning, chain.record, Moments(), path.coordinates());
    }
    EXPECT_GT(chain.tuning.width[0], s / 2);
    EXPECT_LT(chain.tuning.width[0], 2 * s);
    EXPECT_LT(chain.record.evaluations, 200U * 7);
  }
}

}  // namespace
}  // namespace dovetail
