// The laws of the round engine over several processes: the same bytes as one, whoever has which items.
#include <gtest/gtest.h>

#include <algorithm>

#include "dovetail/run/run.hpp"
#include "tests/unit/run/ranks_in_threads.hpp"
#include "tests/unit/run/toy_jobs.hpp"

namespace dovetail {
namespace {

using test::ApartJob;
using test::in_ranks;
using test::ListSink;
using test::PhasedJob;
using test::TradingJob;

struct Result {
  Bytes state;
  std::vector<double> draws;
};

Result result_of(const auto& state, ListSink& sink) {
  std::sort(sink.values.begin(), sink.values.end());
  return {pack(state), sink.values};
}

template <class J>
Result run_alone(const J& job) {
  const auto executor = make_serial_executor();
  ListSink sink;
  Observer observer;
  State<J> state = begin(job, *executor);
  run(job, state, Surroundings<J>{*executor, sink, observer, {}, {}, 60});
  return result_of(state, sink);
}

/// What rank 0 has in the end.
template <class J>
Result run_in_ranks(const J& job, std::uint32_t size, unsigned threads) {
  Result result;
  in_ranks(size, threads, [&](Executor& executor) {
    ListSink sink;
    Observer observer;
    State<J> state = begin(job, executor);
    EXPECT_EQ(run(job, state, Surroundings<J>{executor, sink, observer, {}, {}, 60}), StopReason::finished);
    if (executor.ranks().leads()) result = result_of(state, sink);
  });
  return result;
}

/// Stops at every second look.
class StopsOften final : public Observer {
 public:
  StopReason should_stop() override { return ++looks_ % 2 == 0 ? StopReason::terminated : StopReason::finished; }

 private:
  int looks_ = 0;
};

template <class J>
class EngineOfRanks : public ::testing::Test {};
using Jobs = ::testing::Types<ApartJob, TradingJob, PhasedJob>;
TYPED_TEST_SUITE(EngineOfRanks, Jobs);

TYPED_TEST(EngineOfRanks, GivesSerialsBytes) {
  const TypeParam job;
  const Result expected = run_alone(job);
  for (const std::uint32_t ranks : {1U, 2U, 3U, 5U, 8U, 10U}) {
    for (const unsigned threads : {1U, 2U, 3U}) {
      const Result found = run_in_ranks(job, ranks, threads);
      EXPECT_EQ(found.state, expected.state) << ranks << " ranks of " << threads;
      EXPECT_EQ(found.draws, expected.draws) << ranks << " ranks of " << threads;
    }
  }
}

TYPED_TEST(EngineOfRanks, GivesTheSameBytesWhenStoppedAndResumedByOtherRanks) {
  using J = TypeParam;
  const J job;
  const Result expected = run_alone(job);
  constexpr std::array<std::uint32_t, 5> kSizes = {3, 1, 8, 2, 5};
  Bytes saved = pack(begin(job, *make_serial_executor()));
  Result found;
  std::vector<double> kept;
  std::size_t pieces = 0;
  for (bool finished = false; !finished; ++pieces) {
    in_ranks(kSizes[pieces % kSizes.size()], 2, [&](Executor& executor) {
      ListSink sink;
      StopsOften observer;
      const bool leads = executor.ranks().leads();
      State<J> state = leads ? unpack<State<J>>(saved) : State<J>();
      tell_state(job, executor.ranks(), state);
      const auto save = [&](const State<J>& at) {
        saved = pack(at);
        kept.insert(kept.end(), sink.values.begin(), sink.values.end());
        sink.values.clear();
      };
      const StopReason reason = run(job, state, Surroundings<J>{executor, sink, observer, {}, save, 60});
      if (!leads) return;
      finished = reason == StopReason::finished;
      sink.values = kept;
      if (finished) found = result_of(state, sink);
    });
  }
  EXPECT_GT(pieces, 3U);
  EXPECT_EQ(found.state, expected.state);
  EXPECT_EQ(found.draws, expected.draws);
}

TEST(Slices, CoverTheItemsOnceInOrderAndEvenly) {
  for (const std::uint32_t size : {1U, 2U, 3U, 5U, 8U, 64U}) {
    test::Meeting meeting(size);
    for (const std::uint32_t items : {0U, 1U, 2U, 7U, 30U, 1000U}) {
      std::uint32_t next = 0;
      for (std::uint32_t r = 0; r < size; ++r) {
        const Slice slice = test::ThreadRanks(meeting, 0).slice(items, r);
        if (slice.size() == 0) continue;
        EXPECT_EQ(slice.first, next);
        EXPECT_LE(slice.size(), items / std::min(size, items) + 1);
        next = slice.last;
      }
      EXPECT_EQ(next, items);
    }
  }
}

}  // namespace
}  // namespace dovetail
