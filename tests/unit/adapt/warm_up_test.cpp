// Plans of warm-up: exact marks, and what every plan promises for any number of iterations.
#include "dovetail/adapt/warm_up.hpp"

#include <gtest/gtest.h>

namespace dovetail {
namespace {

using Numbers = std::vector<std::uint64_t>;

constexpr WarmUpScheme kSchemes[] = {WarmUpScheme::fisher, WarmUpScheme::stan};

Numbers ends(WarmUpScheme scheme, std::uint64_t iterations) {
  Numbers found;
  for (const WarmUpWindow& window : plan_warm_up(scheme, iterations)) found.push_back(window.end);
  return found;
}

// `from` of windows that update the metric.
Numbers starts(WarmUpScheme scheme, std::uint64_t iterations) {
  Numbers found;
  for (const WarmUpWindow& window : plan_warm_up(scheme, iterations)) {
    if (window.updates_metric) found.push_back(window.from);
  }
  return found;
}

TEST(WarmUp, FisherMarksGrowByHalfAndLookBackOverHalf) {
  constexpr auto fisher = WarmUpScheme::fisher;
  EXPECT_EQ(ends(fisher, 300), (Numbers{10, 15, 22, 33, 50, 75, 113, 170, 250, 300}));
  EXPECT_EQ(starts(fisher, 300), (Numbers{5, 7, 11, 16, 25, 37, 56, 85, 125}));
  EXPECT_EQ(ends(fisher, 150), (Numbers{10, 15, 22, 33, 50, 75, 100, 150}));
  EXPECT_EQ(ends(fisher, 200), (Numbers{10, 15, 22, 33, 50, 75, 113, 150, 200}));
  EXPECT_EQ(ends(fisher, 1000), (Numbers{10, 15, 22, 33, 50, 75, 113, 170, 256, 384, 576, 950, 1000}));
}

TEST(WarmUp, ShortFisherPlansKeepHalfForTheStepSize) {
  constexpr auto fisher = WarmUpScheme::fisher;
  EXPECT_EQ(ends(fisher, 100), (Numbers{10, 15, 22, 33, 50, 100}));
  EXPECT_EQ(ends(fisher, 60), (Numbers{10, 15, 22, 30, 60}));
  EXPECT_EQ(ends(fisher, 20), (Numbers{10, 20}));
  EXPECT_EQ(starts(fisher, 20), Numbers{5});
}

TEST(WarmUp, StanWindowsDoubleAndTheLastIsStretched) {
  constexpr auto stan = WarmUpScheme::stan;
  EXPECT_EQ(ends(stan, 1000), (Numbers{75, 100, 150, 250, 450, 950, 1000}));
  EXPECT_EQ(starts(stan, 1000), (Numbers{75, 100, 150, 250, 450}));
  EXPECT_EQ(ends(stan, 1500), (Numbers{75, 100, 150, 250, 450, 1450, 1500}));
  EXPECT_EQ(ends(stan, 500), (Numbers{75, 100, 150, 250, 450, 500}));
  EXPECT_EQ(ends(stan, 499), (Numbers{75, 100, 150, 449, 499}));
  EXPECT_EQ(ends(stan, 300), (Numbers{75, 100, 150, 250, 300}));
  EXPECT_EQ(ends(stan, 200), (Numbers{75, 100, 150, 200}));
  EXPECT_EQ(ends(stan, 199), (Numbers{75, 149, 199}));
  EXPECT_EQ(ends(stan, 150), (Numbers{75, 100, 150}));
}

TEST(WarmUp, ShortStanPlansAreFifteenSeventyFiveAndTenPerCent) {
  constexpr auto stan = WarmUpScheme::stan;
  EXPECT_EQ(ends(stan, 149), (Numbers{22, 135, 149}));
  EXPECT_EQ(ends(stan, 100), (Numbers{15, 90, 100}));
  EXPECT_EQ(ends(stan, 20), (Numbers{3, 18, 20}));
}

TEST(WarmUp, BelowTwentyIterationsOnlyTheStepSizeAdapts) {
  for (const WarmUpScheme scheme : kSchemes) {
    EXPECT_TRUE(plan_warm_up(scheme, 0).empty());
    EXPECT_EQ(ends(scheme, 1), Numbers{1});
    EXPECT_EQ(ends(scheme, 19), Numbers{19});
    EXPECT_TRUE(starts(scheme, 19).empty());
  }
}

TEST(WarmUp, EveryPlanCoversItsIterationsAndEndsWithTheStepSize) {
  for (const WarmUpScheme scheme : kSchemes) {
    for (std::uint64_t iterations = 1; iterations <= 2000; ++iterations) {
      const auto windows = plan_warm_up(scheme, iterations);
      ASSERT_FALSE(windows.empty());
      ASSERT_EQ(windows.back().end, iterations);
      ASSERT_FALSE(windows.back().updates_metric);
      std::uint64_t before = 0;
      std::size_t last_metrics = 0;
      for (std::size_t k = 0; k < windows.size(); ++k) {
        const WarmUpWindow& window = windows[k];
        ASSERT_LT(before, window.end);
        // Five draws at least: fewer would be all prior weight.
        if (window.updates_metric) {
          ASSERT_LE(window.from + 5, window.end) << iterations;
        }
        if (!window.updates_metric) {
          ASSERT_EQ(window.from, window.end);
        }
        if (window.last_metric) {
          ASSERT_TRUE(k + 2 == windows.size() && window.updates_metric);
        }
        last_metrics += window.last_metric ? 1 : 0;
        before = window.end;
      }
      ASSERT_EQ(last_metrics, iterations < 20 ? 0U : 1U);
    }
  }
}

TEST(WarmUp, StanWindowsTouchAndFisherWindowsLeaveNoGap) {
  for (std::uint64_t iterations = 20; iterations <= 2000; ++iterations) {
    for (const WarmUpScheme scheme : kSchemes) {
      const auto windows = plan_warm_up(scheme, iterations);
      for (std::size_t k = 1; k + 1 < windows.size(); ++k) {
        if (scheme == WarmUpScheme::stan) {
          ASSERT_EQ(windows[k].from, windows[k - 1].end);
        }
        if (scheme == WarmUpScheme::fisher) {
          ASSERT_LE(windows[k].from, windows[k - 1].end);
        }
      }
    }
  }
}

}  // namespace
}  // namespace dovetail
