// Foreign code that crashes, exits or hangs ends the process by name; everything else keeps its meaning.
#include "dovetail/cli/model_watch.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>

#include "dovetail/model/foreign_call.hpp"

namespace dovetail::test {
namespace {

using cli::ModelEnd;
using cli::ModelWatch;

constexpr double kLong = 1000;
constexpr double kShort = 0.2;

std::string line(ModelEnd end) { return "the model " + cli::words_of(end, kShort) + "\n"; }

TEST(ModelWatchDeathTest, NamesACrashInForeignCode) {
  const struct {
    int signal;
    const char* words;
  } crashes[] = {
      {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"}, {SIGABRT, "SIGABRT"}};
  for (const auto& [signal, words] : crashes) {
    EXPECT_EXIT(
        {
          const ModelWatch watch(kLong, STDERR_FILENO, line);
          const ForeignCall inside;
          std::raise(signal);
        },
        ::testing::ExitedWithCode(3), std::string("^the model .*") + words);
  }
}

TEST(ModelWatchDeathTest, LeavesACrashElsewhereAlone) {
  EXPECT_EXIT(
      {
        std::signal(SIGABRT, SIG_DFL);
        const ModelWatch watch(kLong, STDERR_FILENO, line);
        { const ForeignCall inside; }
        std::abort();
      },
      ::testing::KilledBySignal(SIGABRT), "^$");
}

TEST(ModelWatchDeathTest, NamesAnExit) {
  EXPECT_EXIT(
      {
        const ModelWatch watch(kLong, STDERR_FILENO, line);
        const ForeignCall inside;
        std::exit(0);
      },
      ::testing::ExitedWithCode(3), "^the model called exit");
}

TEST(ModelWatchDeathTest, LetsDovetailExit) {
  EXPECT_EXIT(
      {
        const ModelWatch watch(kLong, STDERR_FILENO, line);
        { const ForeignCall inside; }
        std::exit(5);
      },
      ::testing::ExitedWithCode(5), "^$");
}

TEST(ModelWatchDeathTest, NamesAHangOnAnyThread) {
  EXPECT_EXIT(
      {
        const ModelWatch watch(kShort, STDERR_FILENO, line);
        std::thread([] {
          const ForeignCall inside;
          for (;;) pause();
        }).join();
      },
      ::testing::ExitedWithCode(3), "^the model has not come back from one call for 0.2s");
}

/// Looks at one thread until its call is called stuck, at most `most` times; how often it took.
int looks_until_stuck(cli::StuckCalls& calls, std::uint64_t (*count)(int), int most) {
  const int thread = 0;
  for (int look = 1; look <= most; ++look) {
    const CallsOfThread now[] = {{&thread, count(look)}};
    if (calls.look(now)) return look;
  }
  return 0;
}

TEST(StuckCalls, AreThoseThatDoNotChangeForSoManyLooks) {
  constexpr int kMany = 10 * cli::StuckCalls::kLooks;
  cli::StuckCalls hanging, outside, coming, late;
  EXPECT_EQ(looks_until_stuck(
                hanging, [](int) { return std::uint64_t{7}; }, kMany),
            cli::StuckCalls::kLooks + 1);
  EXPECT_EQ(looks_until_stuck(
                outside, [](int) { return std::uint64_t{8}; }, kMany),
            0);
  EXPECT_EQ(looks_until_stuck(
                coming, [](int look) { return 2 * static_cast<std::uint64_t>(look) + 1; }, kMany),
            0);
  // one look before it would be stuck, the call is another
  const auto just_in_time = [](int look) { return 2 * static_cast<std::uint64_t>(look / cli::StuckCalls::kLooks) + 1; };
  EXPECT_EQ(looks_until_stuck(late, just_in_time, kMany), 0);
}

TEST(StuckCalls, BelongToTheirThreads) {
  cli::StuckCalls calls;
  const int threads[2] = {};
  for (int look = 0; look < 4 * cli::StuckCalls::kLooks; ++look) {  // the same count, on one thread or the other
    const CallsOfThread now[] = {{&threads[look % 2], 7}};
    EXPECT_FALSE(calls.look(now)) << look;
  }
}

TEST(ModelWatchDeathTest, SaysWhatItWasToldLast) {
  EXPECT_EXIT(
      {
        ModelWatch watch(kLong, STDERR_FILENO, line);
        watch.say([](ModelEnd end) { return std::string(cli::id_of(end)) + " in r\n"; });
        const ForeignCall inside;
        std::raise(SIGSEGV);
      },
      ::testing::ExitedWithCode(3), "^crash in r\n$");
}

TEST(ModelWatchDeathTest, PutsActionsBack) {
  EXPECT_EXIT(
      {
        std::signal(SIGSEGV, SIG_DFL);
        { const ModelWatch watch(kLong, STDERR_FILENO, line); }
        const ForeignCall inside;
        std::raise(SIGSEGV);
      },
      ::testing::KilledBySignal(SIGSEGV), "^$");
}

}  // namespace
}  // namespace dovetail::test
