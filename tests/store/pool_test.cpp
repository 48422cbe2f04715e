// A run over workers that meet in a store: serial's bytes, whoever works and whatever is lost.
#include "dovetail/execute/pool.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "dovetail/run/pool_task.hpp"
#include "dovetail/run/run.hpp"
#include "tests/store/backend.hpp"
#include "tests/unit/run/toy_jobs.hpp"

namespace dovetail {
namespace {

using test::ApartJob;
using test::ListSink;
using test::TradingJob;

PoolSettings settings() {
  PoolSettings settings;
  settings.identity = "toy 1";
  settings.lease_s = 0.1;
  settings.silence_s = 20;
  return settings;
}

struct Result {
  Bytes state;
  std::vector<double> sorted_draws;
  bool operator==(const Result&) const = default;
};

Result run_from(State<ApartJob> state, Executor& executor, Observer& observer) {
  ListSink sink;
  EXPECT_EQ(run(ApartJob(), state, Surroundings<ApartJob>{executor, sink, observer, {}, {}, 60}), StopReason::finished);
  std::sort(sink.values.begin(), sink.values.end());
  return {pack(state), sink.values};
}

Result run_with(Executor& executor, Observer& observer) {
  return run_from(begin(ApartJob(), executor), executor, observer);
}

Result run_with(Executor& executor) {
  Observer observer;
  return run_with(executor, observer);
}

Result serial() { return run_with(*make_serial_executor()); }

/// What ends a worker as death would: nothing is put, and its lease stays.
struct Death {};

/// Threads that work until they are told to stop, or die.
class Workers {
 public:
  explicit Workers(PoolSettings settings = ::dovetail::settings()) : settings_(std::move(settings)) {}
  ~Workers() { stop(); }
  void add(std::shared_ptr<Store> store, PoolTask task = pool_task(job())) {
    threads_.emplace_back([this, store = std::move(store), task = std::move(task)] {
      try {
        work_in_pool(*store, settings_, task, [this] { return ends_.load(); });
      } catch (const Death&) {
        ++deaths;
      } catch (const StoreConflict&) {
        ++conflicts;
      } catch (const StoreError& error) {
        ADD_FAILURE() << error.what();
      }
    });
  }
  void stop() {
    ends_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  static const ApartJob& job() {
    static const ApartJob job;
    return job;
  }
  std::atomic<int> deaths = 0, conflicts = 0;

 private:
  PoolSettings settings_;
  std::atomic<bool> ends_ = false;
  std::vector<std::thread> threads_;
};

class Pool : public test::StoreTest {};
INSTANTIATE_TEST_SUITE_P(Members, Pool, ::testing::Values("memory", "dir", "redis"),
                         [](const auto& member) { return std::string(member.param); });
/// What is for stores that several processes see.
class PoolOfProcesses : public test::StoreTest {};
INSTANTIATE_TEST_SUITE_P(Members, PoolOfProcesses, ::testing::Values("dir", "redis"),
                         [](const auto& member) { return std::string(member.param); });

TEST_P(Pool, GivesSerialsBytesWithAnyNumberOfWorkers) {
  const Result expected = serial();
  for (const int count : {1, 2, 3}) {
    const auto store = backend_->open();
    Workers workers;
    for (int w = 0; w < count; ++w) workers.add(backend_->open());
    EXPECT_EQ(run_with(*make_pool_executor(*store, settings())), expected) << count << " workers";
    workers.stop();
    store->drop_run();
  }
}

TEST_P(Pool, GivesSerialsBytesHoweverShortTasksAre) {
  const auto store = backend_->open();
  auto shorter = settings();
  shorter.steps = 7;
  Workers workers(shorter);
  workers.add(backend_->open());
  workers.add(backend_->open());
  EXPECT_EQ(run_with(*make_pool_executor(*store, shorter)), serial());
}

TEST_P(Pool, TheWorkOfTheDeadIsDoneByOthers) {
  const auto store = backend_->open();
  Workers workers;
  for (const int life : {2, 9}) {
    workers.add(backend_->open(), [life, left = life, task = pool_task(Workers::job())](auto&&... arguments) mutable {
      if (left-- == 0) throw Death();
      return task(arguments...);
    });
  }
  workers.add(backend_->open());
  EXPECT_EQ(run_with(*make_pool_executor(*store, settings())), serial());
  workers.stop();
  EXPECT_GE(workers.deaths, 1) << "nobody died: the test shows nothing";
}

TEST_P(Pool, WorkersMayComeLate) {
  const auto store = backend_->open();
  Workers workers;
  std::thread later([&] {
    static_cast<void>(backend_->open()->wait_for("1:stretch:0", 20));
    workers.add(backend_->open());
  });
  EXPECT_EQ(run_with(*make_pool_executor(*store, settings())), serial());
  later.join();
}

TEST_P(PoolOfProcesses, AProcessKilledAtWorkIsReplaced) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      const auto store = backend_->open();
      const PoolTask task = [inner = pool_task(Workers::job())](auto&&... arguments) mutable {
        ::usleep(20000);
        return inner(arguments...);
      };
      work_in_pool(*store, settings(), task, [] { return false; });
    } catch (const std::exception&) {
    }
    ::_exit(0);
  }
  const auto store = backend_->open();
  Workers workers;
  std::thread killer([&] {
    static_cast<void>(backend_->open()->wait_for("1:out:0:2", 20));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    workers.add(backend_->open());
  });
  EXPECT_EQ(run_with(*make_pool_executor(*store, settings())), serial());
  killer.join();
}

TEST_P(Pool, AStoreThatLosesEverythingIsFilledAgain) {
  const Result expected = serial();
  // Between stretches, and in the middle of one.
  class Wipes final : public Observer {
   public:
    explicit Wipes(test::Backend& backend) : backend_(backend) {}
    void progress(const Progress&) override {
      if (++looks_ == 3 || looks_ == 7) backend_.wipe();
    }

   private:
    test::Backend& backend_;
    int looks_ = 0;
  } observer(*backend_);
  const auto store = backend_->open();
  Workers workers;
  std::atomic<int> tasks = 0;
  workers.add(backend_->open());
  workers.add(backend_->open(), [&, task = pool_task(Workers::job())](auto&&... arguments) mutable {
    if (++tasks == 4) backend_->wipe();
    return task(arguments...);
  });
  EXPECT_EQ(run_with(*make_pool_executor(*store, settings()), observer), expected);
}

TEST_P(Pool, SeveralServersComputeTheSame) {
  const Result expected = serial();
  Workers workers;
  workers.add(backend_->open());
  workers.add(backend_->open());
  std::array<Result, 3> found;
  std::vector<std::thread> servers;
  for (Result& result : found) {
    servers.emplace_back(
        [&result, store = backend_->open()] { result = run_with(*make_pool_executor(*store, settings())); });
  }
  for (std::thread& server : servers) server.join();
  for (const Result& result : found) EXPECT_EQ(result, expected);
}

TEST_P(Pool, AServerStartedAgainGoesOnFromItsCheckpoint) {
  const Result expected = serial();
  const auto store = backend_->open();
  Workers workers;
  workers.add(backend_->open());
  class StopsAt final : public Observer {
   public:
    StopReason should_stop() override { return ++looks_ == 5 ? StopReason::terminated : StopReason::finished; }

   private:
    int looks_ = 0;
  } stops;
  ListSink sink;
  Bytes saved;
  const auto first = make_pool_executor(*store, settings());
  auto state = begin(ApartJob(), *first);
  const auto save = [&](const State<ApartJob>& at) {
    saved = pack(at);
    static_cast<void>(sink.commit());
  };
  EXPECT_EQ(run(ApartJob(), state, Surroundings<ApartJob>{*first, sink, stops, {}, save, 60}), StopReason::terminated);
  // With the store as it was, and with one that forgot it all; each from the same checkpoint, as a killed server would.
  for (const bool wiped : {false, true}) {
    if (wiped) backend_->wipe();
    Observer observer;
    Result result = run_from(unpack<State<ApartJob>>(saved), *make_pool_executor(*store, settings()), observer);
    EXPECT_EQ(result.state, expected.state) << wiped;
  }
}

TEST_P(Pool, WorkersThatDisagreeEndTheRun) {
  const auto store = backend_->open();
  Workers workers;
  const auto liars_store = backend_->open();
  std::atomic<bool> lied = false;
  workers.add(liars_store,
              [&, task = pool_task(Workers::job())](const Bytes& shared, std::uint32_t item, const Bytes& lent,
                                                    Step first, std::uint64_t count) mutable {
                Bytes result = task(shared, item, lent, first, count);
                if (lied.exchange(true)) return result;
                const std::string name = "1:out:" + std::to_string(first.value) + ":" + std::to_string(item);
                liars_store->drop(std::vector{name});  // its lease as well, so that another does the task
                EXPECT_TRUE(liars_store->wait_for(name, 20));
                result[0] ^= std::byte{1};
                return result;
              });
  static_cast<void>(test::eventually([&] { return !lied; }));
  std::thread honest([&] {
    static_cast<void>(test::eventually([&] { return lied.load(); }));
    workers.add(backend_->open());
  });
  EXPECT_THROW(run_with(*make_pool_executor(*store, settings())), StoreConflict);
  honest.join();
  workers.stop();
  EXPECT_EQ(workers.conflicts, 1);
}

TEST_P(Pool, AModelsFaultReachesTheServer) {
  const auto store = backend_->open();
  Workers workers;
  workers.add(backend_->open(), [](auto&&...) -> Bytes { throw ModelError("no density at 3"); });
  try {
    run_with(*make_pool_executor(*store, settings()));
    FAIL();
  } catch (const ModelError& error) {
    EXPECT_EQ(std::string(error.what()), "in a worker: no density at 3");
  }
}

TEST_P(Pool, SilenceEndsTheRun) {
  const auto store = backend_->open();
  auto impatient = settings();
  impatient.silence_s = 0.5;
  EXPECT_THROW(run_with(*make_pool_executor(*store, impatient)), StoreError);
}

TEST_P(Pool, AnotherRunUnderTheSameNameIsRefused) {
  const auto store = backend_->open();
  auto impatient = settings();
  impatient.silence_s = 0.1;
  EXPECT_THROW(run_with(*make_pool_executor(*store, impatient)), StoreError);
  auto other = settings();
  other.identity = "toy 2";
  EXPECT_THROW(run_with(*make_pool_executor(*store, other)), StoreError);
  EXPECT_THROW(work_in_pool(*backend_->open(), other, pool_task(Workers::job()), [] { return false; }), StoreError);
}

TEST_P(Pool, WorkersLeaveWhenTheRunHasEnded) {
  const auto store = backend_->open();
  std::thread worker(
      [&] { work_in_pool(*backend_->open(), settings(), pool_task(Workers::job()), [] { return false; }); });
  EXPECT_EQ(run_with(*make_pool_executor(*store, settings())), serial());
  end_pool(*store, settings());
  worker.join();
}

TEST(PoolJobs, ItemsThatTalkAreRefused) {
  const auto store = open_store("memory", "run");
  const auto executor = make_pool_executor(*store, settings());
  auto state = begin(TradingJob(), *executor);
  ListSink sink;
  Observer observer;
  EXPECT_THROW(run(TradingJob(), state, Surroundings<TradingJob>{*executor, sink, observer, {}, {}, 60}), UsageError);
}

}  // namespace
}  // namespace dovetail
