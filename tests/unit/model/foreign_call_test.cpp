// Who is inside foreign code, and what such code must leave alone.
#include "dovetail/model/foreign_call.hpp"

#include <gtest/gtest.h>

#include <cfenv>
#include <clocale>
#include <thread>

namespace dovetail::test {
namespace {

/// The count of this thread, 0 before its first call.
std::uint64_t own_count() {
  for (const CallsOfThread& calls : foreign_calls()) {
    if (calls.thread == detail::calls_of_thread) return calls.count;
  }
  return 0;
}

TEST(ForeignCall, IsCountedWhereItBeginsAndEnds) {
  const std::uint64_t before = own_count();
  EXPECT_EQ(before % 2, 0U);
  {
    const ForeignCall inside;
    EXPECT_TRUE(in_foreign_call());
    EXPECT_EQ(own_count(), before + 1);
  }
  EXPECT_FALSE(in_foreign_call());
  EXPECT_EQ(own_count(), before + 2);
}

TEST(ForeignCall, BelongsToItsThread) {
  const ForeignCall inside;
  const std::size_t known = foreign_calls().size();
  std::thread([&] {
    EXPECT_FALSE(in_foreign_call());
    { const ForeignCall also; }
    EXPECT_EQ(foreign_calls().size(), known + 1);
  }).join();
  EXPECT_EQ(foreign_calls().size(), known);  // a thread that has ended is forgotten
  EXPECT_TRUE(in_foreign_call());
}

TEST(ForeignCallDeathTest, IsStillKnownWhenItCallsExit) {
  EXPECT_EXIT(
      {
        std::atexit([] { std::_Exit(in_foreign_call() ? 7 : 8); });
        const ForeignCall inside;
        std::exit(0);
      },
      ::testing::ExitedWithCode(7), "");
}

TEST(Surroundings, KnowAnotherRounding) {
  const Surroundings before;
  std::fesetround(FE_DOWNWARD);
  const bool same = before.same_rounding();
  before.restore_rounding();
  EXPECT_FALSE(same);
  EXPECT_TRUE(before.same_rounding());
  EXPECT_EQ(_MM_GET_ROUNDING_MODE(), static_cast<unsigned>(_MM_ROUND_NEAREST));
  _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
  EXPECT_FALSE(before.same_rounding());
  before.restore_rounding();
}

TEST(Surroundings, LeaveOutWhatArithmeticMayRaise) {
  const Surroundings before;
  volatile double third = 3;
  third = 1 / third;  // inexact
  EXPECT_TRUE(before.same_rounding());
}

TEST(Surroundings, KnowAnotherLocale) {
  const Surroundings before;
  EXPECT_TRUE(before.same_locale());
  ASSERT_NE(std::setlocale(LC_ALL, "C.UTF-8"), nullptr);
  EXPECT_FALSE(before.same_locale());
  std::setlocale(LC_ALL, "C");
}

}  // namespace
}  // namespace dovetail::test
