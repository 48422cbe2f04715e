// The laws of the round engine: the same bytes for any executor, any cut, any crash and resume.
#include "dovetail/run/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/run/toy_jobs.hpp"

namespace dovetail {
namespace {

using test::ApartJob;
using test::ListSink;
using test::PhasedJob;
using test::TradingJob;

/// Stops the run at every `every`-th look.
class StopsOften final : public Observer {
 public:
  explicit StopsOften(int every) : every_(every) {}
  StopReason should_stop() override { return ++looks_ % every_ == 0 ? StopReason::terminated : StopReason::finished; }

 private:
  int every_;
  int looks_ = 0;
};

struct Result {
  Bytes state;
  std::vector<double> sorted_draws;
};

template <class J>
Result run_whole(const J& job, Executor& executor) {
  ListSink sink;
  Observer observer;
  State<J> state = begin(job, executor);
  EXPECT_EQ(run(job, state, Surroundings<J>{executor, sink, observer, {}, {}, 60}), StopReason::finished);
  std::sort(sink.values.begin(), sink.values.end());
  return {pack(state), sink.values};
}

/// Stops and goes on as often as it can, each time from packed bytes and with another executor.
template <class J>
Result run_in_pieces(const J& job) {
  ListSink sink;
  StopsOften observer(2);
  Bytes saved;
  {
    const auto executor = make_serial_executor();
    saved = pack(begin(job, *executor));
  }
  std::uint64_t position = 0;
  for (unsigned piece = 0;; ++piece) {
    const auto executor = piece % 2 == 0 ? make_threads_executor(1 + piece % 5) : make_serial_executor();
    auto state = unpack<State<J>>(saved);
    sink.values.push_back(-1);  // what a killed process wrote past its checkpoint
    sink.rewind(position);
    const auto save = [&](const State<J>& at) {
      saved = pack(at);
      position = sink.commit();
    };
    const StopReason reason = run(job, state, Surroundings<J>{*executor, sink, observer, {}, save, 60});
    if (reason != StopReason::finished) continue;
    std::sort(sink.values.begin(), sink.values.end());
    EXPECT_GT(piece, 3U);
    return {pack(state), sink.values};
  }
}

template <class J>
class Engine : public ::testing::Test {};
using Jobs = ::testing::Types<ApartJob, TradingJob, PhasedJob>;
TYPED_TEST_SUITE(Engine, Jobs);

TYPED_TEST(Engine, GivesSerialsBytesOnAnyNumberOfThreads) {
  const TypeParam job;
  const auto serial = make_serial_executor();
  const Result expected = run_whole(job, *serial);
  for (const unsigned threads : {1U, 2U, 3U, 5U, 8U}) {
    const auto executor = make_threads_executor(threads);
    const Result found = run_whole(job, *executor);
    EXPECT_EQ(found.state, expected.state) << threads << " threads";
    EXPECT_EQ(found.sorted_draws, expected.sorted_draws) << threads << " threads";
  }
}

TYPED_TEST(Engine, GivesTheSameBytesWhenStoppedAndResumedUnderOtherLayouts) {
  const TypeParam job;
  const auto serial = make_serial_executor();
  const Result expected = run_whole(job, *serial);
  const Result found = run_in_pieces(job);
  EXPECT_EQ(found.state, expected.state);
  EXPECT_EQ(found.sorted_draws, expected.sorted_draws);
}

TYPED_TEST(Engine, GivesOtherBytesForAnotherSeed) {
  const auto serial = make_serial_executor();
  EXPECT_NE(run_whole(TypeParam(1), *serial).state, run_whole(TypeParam(2), *serial).state);
}

TYPED_TEST(Engine, HasTheRoundsStepsAndItemsThatTheJobSays) {
  const TypeParam job;
  const auto executor = make_threads_executor(2);
  ListSink sink;
  Observer observer;
  auto state = begin(job, *executor);
  run(job, state, Surroundings<TypeParam>{*executor, sink, observer, {}, {}, 60});
  EXPECT_EQ(state.round, Round(4));
  if constexpr (Phased<TypeParam>) {
    EXPECT_EQ(state.locals.size(), 7U);
    EXPECT_EQ(state.step, Step(4 * TypeParam::kPhases * 12));
  } else {
    EXPECT_EQ(state.locals.size(), 8U);
    EXPECT_EQ(state.step, Step(44 + 43 + 42 + 41));
  }
}

TEST(TradingJob, ItemsAreNeitherLostNorDoubled) {
  const TradingJob job;
  const auto executor = make_threads_executor(3);
  ListSink sink;
  Observer observer;
  auto state = begin(job, *executor);
  run(job, state, Surroundings<TradingJob>{*executor, sink, observer, {}, {}, 60});
  std::vector<std::uint32_t> ids;
  for (const auto& local : state.locals) ids.push_back(local.id);
  EXPECT_FALSE(std::is_sorted(ids.begin(), ids.end())) << "nothing traded: the test shows nothing";
  std::sort(ids.begin(), ids.end());
  for (std::uint32_t i = 0; i < ids.size(); ++i) EXPECT_EQ(ids[i], i);
}

/// Negative control: sums shaped by the number of ranks, as MPI_SUM makes them.
double rank_shaped_sum(const std::vector<double>& leaves, std::size_t ranks) {
  double total = 0;
  for (std::size_t r = 0; r < ranks; ++r) {
    double part = 0;
    for (std::size_t i = r * leaves.size() / ranks; i < (r + 1) * leaves.size() / ranks; ++i) part += leaves[i];
    total += part;
  }
  return total;
}

TEST(Fold, ASumShapedByRanksFailsTheTestThatTheTreePasses) {
  const ApartJob job(1, 40);
  std::vector<double> leaves;
  ApartJob::Scratch scratch;
  for (std::uint32_t i = 0; i < 40; ++i) {
    auto local = job.begin_local(job.begin_shared(), ItemId(i), scratch);
    ApartJob::Record record;
    for (std::uint64_t t = 0; t < 50; ++t) job.advance(job.begin_shared(), ItemId(i), local, record, Step(t), scratch);
    leaves.push_back(record.sum);
  }
  bool changed = false;
  for (const std::size_t ranks : {2U, 3U, 5U, 8U})
    changed |= rank_shaped_sum(leaves, ranks) != rank_shaped_sum(leaves, 1);
  EXPECT_TRUE(changed);
}

}  // namespace
}  // namespace dovetail
