// A signal is answered after one step of a slow model, and a fast one is hardly interrupted.
#include "dovetail/run/pace.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dovetail {
namespace {

TEST(Pace, LooksUpAfterTheFirstStepEver) {
  Pace pace;
  pace.begin_round(1024);
  EXPECT_EQ(pace.next(1000), 1U);
}

TEST(Pace, StaysAtSingleStepsWhileTheyAreSlowAlsoInTheNextRound) {
  Pace pace;
  for (int round = 0; round < 3; ++round) {
    pace.begin_round(1024);
    for (int step = 0; step < 10; ++step) {
      ASSERT_EQ(pace.next(1000), 1U);
      pace.took(1, 10);
    }
  }
}

TEST(Pace, DoublesWhileStepsAreFastUpToTheBuffer) {
  Pace pace;
  pace.begin_round(100);
  std::uint64_t looks = 0;
  for (std::uint64_t left = 100000; left > 0; ++looks) {
    const std::uint64_t count = pace.next(left);
    ASSERT_LE(count, 100U);
    pace.took(count, 1e-4);
    left -= count;
  }
  EXPECT_LT(looks, 1010U);
}

TEST(Pace, LearnsNothingFromTheShortEndOfARound) {
  Pace pace;
  for (int round = 0; round < 10; ++round) {
    pace.begin_round(1024);
    pace.took(1, 1e-4);  // 1 step
    const std::uint64_t count = pace.next(1);
    pace.took(count, 1e-4);  // cut to 1 of 2
    EXPECT_EQ(pace.next(1000), 2U) << round;
  }
}

TEST(Pace, SettlesWhereASignalWaitsLessThanASecondAndStepsAreMany) {
  for (const double seconds : {1e-6, 1e-4, 0.003, 0.02, 0.07, 0.3, 5.0}) {
    Pace pace;
    pace.begin_round(1000000);
    for (int i = 0; i < 100; ++i) {
      const std::uint64_t count = pace.next(1000000);
      pace.took(count, static_cast<double>(count) * seconds);
    }
    const double stretch = static_cast<double>(pace.next(1000000)) * seconds;
    EXPECT_GE(stretch, 0.15) << seconds;
    EXPECT_LE(stretch, std::max(0.5, seconds)) << seconds;
  }
}

TEST(Pace, FallsBackWhenStepsBecomeSlow) {
  Pace pace;
  pace.begin_round(1024);
  for (int i = 0; i < 20; ++i) pace.took(pace.next(100000), 1e-4);
  EXPECT_EQ(pace.next(100000), 1024U);
  pace.begin_round(1024);  // rungs may have been added
  EXPECT_EQ(pace.next(100000), 64U);
  for (int i = 0; i < 10; ++i) pace.took(pace.next(100000), 1);
  EXPECT_EQ(pace.next(100000), 1U);
}

}  // namespace
}  // namespace dovetail
