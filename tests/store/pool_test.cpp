// A run over workers that meet in a store: serial's bytes, whoever works and whatever is lost.
#include "dovetail/execute/pool.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "tests/store/pool_fixture.hpp"

namespace dovetail {
namespace {

using test::ApartJob;
using test::Death;
using test::Front;
using test::ListSink;
using test::Result;
using test::run_from;
using test::run_with;
using test::serial;
using test::StopsWhenTold;
using test::TradingJob;
using test::Workers;

PoolSettings settings() { return test::pool_settings(); }

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
    EXPECT_EQ(run_with(*make_pool_executor(store, settings())), expected) << count << " workers";
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
  EXPECT_EQ(run_with(*make_pool_executor(store, shorter)), serial());
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
  EXPECT_EQ(run_with(*make_pool_executor(store, settings())), serial());
  workers.stop();
  EXPECT_GE(workers.deaths, 1) << "nobody died: the test shows nothing";
}

TEST_P(Pool, WorkersMayComeLate) {
  const auto store = backend_->open();
  Workers workers;
  std::thread later([&] {
    static_cast<void>(backend_->open()->wait_for("inc:1", 20));
    workers.add(backend_->open());
  });
  EXPECT_EQ(run_with(*make_pool_executor(store, settings())), serial());
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
      static_cast<void>(work_in_pool(*store, settings(), task, [] { return false; }));
    } catch (const std::exception&) {
    }
    ::_exit(0);
  }
  const auto store = backend_->open();
  Workers workers;
  std::thread killer([&] {
    const auto here = backend_->open();
    static_cast<void>(here->wait_for("inc:1", 20));
    static_cast<void>(here->wait_for(pool::outcome_name(*pool::find_incarnation(*here, 1), 0, 2), 20));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    workers.add(backend_->open());
  });
  EXPECT_EQ(run_with(*make_pool_executor(store, settings())), serial());
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
  auto patient = settings();
  patient.lease_s = 1000;  // a loss is noticed at the next look, not after a lease
  EXPECT_EQ(run_with(*make_pool_executor(store, patient), observer), expected);
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
        [&result, store = backend_->open()] { result = run_with(*make_pool_executor(store, settings())); });
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
  const auto first = make_pool_executor(store, settings());
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
    Result result = run_from(unpack<State<ApartJob>>(saved), *make_pool_executor(store, settings()), observer);
    EXPECT_EQ(result.state, expected.state) << wiped;
  }
}

TEST_P(Pool, WorkersThatDisagreeEndTheRun) {
  const auto store = backend_->open();
  Workers workers;
  const auto liars_store = backend_->open();
  std::atomic<bool> lied = false;
  workers.add(liars_store, [&, task = pool_task(Workers::job())](const Bytes& shared, std::uint32_t item,
                                                                 const Bytes& lent, Step first, std::uint64_t count,
                                                                 const std::atomic<bool>& unwanted) mutable {
    Bytes result = *task(shared, item, lent, first, count, unwanted);
    if (lied.exchange(true)) return result;
    const auto incarnation = pool::find_incarnation(*liars_store, 1);
    const std::string name = pool::outcome_name(*incarnation, first.value, item);
    // as one does who had the task before, and was slow
    liars_store->put_if_absent(name, seal(MessageKind::outcome, pool::Outcome{"", result}));
    result[0] ^= std::byte{1};
    return result;
  });
  std::thread honest([&] {
    EXPECT_TRUE(test::eventually([&] { return workers.conflicts == 1; }));
    workers.add(backend_->open());
  });
  EXPECT_THROW(run_with(*make_pool_executor(store, settings())), StoreConflict);
  honest.join();
  workers.stop();
  EXPECT_EQ(workers.conflicts, 1);
}

TEST_P(Pool, AModelsFaultReachesTheServer) {
  const auto store = backend_->open();
  Workers workers;
  workers.add(backend_->open(), [](auto&&...) -> Bytes { throw ModelError("no density at 3"); });
  try {
    run_with(*make_pool_executor(store, settings()));
    FAIL();
  } catch (const ModelError& error) {
    EXPECT_EQ(std::string(error.what()), "in a worker: no density at 3");
  }
}

TEST_P(Pool, SilenceEndsTheRun) {
  const auto store = backend_->open();
  auto impatient = settings();
  impatient.silence_s = 0.5;
  EXPECT_THROW(run_with(*make_pool_executor(store, impatient)), StoreError);
}

TEST_P(Pool, AnotherRunUnderTheSameNameIsRefused) {
  const auto store = backend_->open();
  auto impatient = settings();
  impatient.silence_s = 0.1;
  EXPECT_THROW(run_with(*make_pool_executor(store, impatient)), StoreError);
  auto other = settings();
  other.header.identity = {{"toy", "2"}};
  EXPECT_THROW(run_with(*make_pool_executor(store, other)), UsageError);
  EXPECT_THROW(work_in_pool(*backend_->open(), other, pool_task(Workers::job()), [] { return false; }), UsageError);
}

TEST_P(Pool, WorkersLeaveWhenTheRunHasEnded) {
  const auto store = backend_->open();
  std::thread worker([&] {
    EXPECT_TRUE(work_in_pool(*backend_->open(), settings(), pool_task(Workers::job()), [] { return false; }));
  });
  const auto executor = make_pool_executor(store, settings());
  EXPECT_EQ(run_with(*executor), serial());
  executor->end();
  worker.join();
}

TEST_P(Pool, NamesOfARunThatHasEndedMayBeUsedAgain) {
  const auto store = backend_->open();
  for (const char* name : {"1", "2", "1"}) {
    auto other = settings();
    other.header.identity = {{"toy", name}};
    Workers workers(other);
    const auto executor = make_pool_executor(store, other);
    std::thread later([&] {
      static_cast<void>(test::eventually([&] { return find_pool(*store)->identity == other.header.identity; }));
      workers.add(backend_->open());
    });
    EXPECT_EQ(run_with(*executor), serial()) << name;
    later.join();
    executor->end();
  }
}

TEST_P(Pool, WhatWentWrongIsNotMetAgain) {
  const auto store = backend_->open();
  {
    Workers workers;
    workers.add(backend_->open(), [](auto&&...) -> Bytes { throw ModelError("out of memory"); });
    EXPECT_THROW(run_with(*make_pool_executor(store, settings())), ModelError);
  }
  Workers workers;
  workers.add(backend_->open());
  EXPECT_EQ(run_with(*make_pool_executor(store, settings())), serial());
}

TEST_P(Pool, AServerToldToStopWhileItWaitsLosesNothing) {
  class Stops final : public Observer {
   public:
    StopReason should_stop() override { return ++looks_ > 2 ? StopReason::terminated : StopReason::finished; }

   private:
    int looks_ = 0;
  } stops;
  const auto store = backend_->open();
  const auto first = make_pool_executor(store, settings());
  auto state = begin(ApartJob(), *first);
  ListSink sink;
  Bytes saved;
  const auto save = [&](const State<ApartJob>& at) { saved = pack(at); };
  EXPECT_EQ(run(ApartJob(), state, Surroundings<ApartJob>{*first, sink, stops, {}, save, 60}), StopReason::terminated);
  Workers workers;
  workers.add(backend_->open());
  Observer observer;
  EXPECT_EQ(run_from(unpack<State<ApartJob>>(saved), *make_pool_executor(store, settings()), observer), serial());
}

TEST_P(Pool, ATaskThatIsGivenUpFallsToOthersAtOnce) {
  const auto store = backend_->open();
  auto longer = settings();
  longer.lease_s = 20;
  std::atomic<bool> gave_up = false;
  std::thread first([&] {
    const PoolTask task = [&](auto&&...) -> std::optional<Bytes> {
      gave_up = true;
      return std::nullopt;
    };
    EXPECT_FALSE(work_in_pool(*backend_->open(), longer, task, [&] { return gave_up.load(); }));
  });
  Workers workers;
  std::thread second([&] {
    first.join();
    const auto here = backend_->open();
    const auto lease = here->claim(pool::outcome_name(*pool::find_incarnation(*here, 1), 0, 0), 1);
    EXPECT_TRUE(lease) << "it is still held";
    if (lease) here->release(*lease);
    workers.add(here);
  });
  EXPECT_EQ(run_with(*make_pool_executor(store, settings())), serial());
  second.join();
}

/// Counts calls.
class Counted final : public Front {
 public:
  using Front::Front;
  std::atomic<int> claims = 0, renewals = 0;

 private:
  std::optional<Lease> do_claim(Lease wanted) override {
    ++claims;
    return Front::do_claim(std::move(wanted));
  }
  bool do_renew(const Lease&) override { return ++renewals > 0; }
};

/// A place that goes back in time: the first outcomes that are looked for are lost again.
class Forgetful final : public Front {
 public:
  using Front::Front;

 private:
  std::optional<Bytes> do_get(const std::string& name) override {
    auto value = Front::do_get(name);
    if (!value || lost_.size() == 3 || name.find(":out:") == std::string::npos || !lost_.insert(name).second)
      return value;
    inner().drop(std::vector{name});
    return std::nullopt;
  }

  std::set<std::string> lost_;
};

TEST(PoolLosses, WhatWasDoneAndLostIsDoneAgain) {
  const std::shared_ptr<Store> store = open_store("memory", "run");
  Workers workers;
  workers.add(store);
  EXPECT_EQ(run_with(*make_pool_executor(std::make_shared<Forgetful>(store), settings())), serial());
}

/// One that loses the first stretch while a server publishes the second.
class LosesTheWay final : public Front {
 public:
  using Front::Front;

 private:
  bool do_create(const std::string& name, std::span<const std::byte> value) override {
    if (name.find(":stretch:") != std::string::npos && !inner().get(name)) {
      if (!way_.empty()) inner().drop(std::vector{way_});
      way_ = way_.empty() ? name : "none";
    }
    return Front::do_create(name, value);
  }

  std::string way_;
};

TEST(PoolLosses, WhoComesLaterFindsAWayThatWasLost) {
  const std::shared_ptr<Store> store = open_store("memory", "run");
  Workers workers;
  workers.add(store,
              [task = pool_task(Workers::job())](const Bytes& shared, std::uint32_t item, const Bytes& lent, Step first,
                                                 std::uint64_t count, const std::atomic<bool>& unwanted) mutable {
                if (first.value > 0) throw Death{};
                return task(shared, item, lent, first, count, unwanted);
              });
  Workers later;
  const std::jthread comes([&] {
    EXPECT_TRUE(test::eventually([&] { return workers.deaths == 1; }));
    later.add(store);
  });
  EXPECT_EQ(run_with(*make_pool_executor(std::make_shared<LosesTheWay>(store), settings())), serial());
}

TEST(PoolLeases, AreRenewedWhileTheTaskLasts) {
  const std::shared_ptr<Store> store = open_store("memory", "run");
  const auto counted = std::make_shared<Counted>(store);
  Workers workers;
  workers.add(counted, [&, is_first = true, task = pool_task(Workers::job())](auto&&... arguments) mutable {
    if (std::exchange(is_first, false)) {
      EXPECT_TRUE(test::eventually([&] { return counted->renewals >= 3; }));
    }
    return task(arguments...);
  });
  auto patient = settings();
  patient.silence_s = 1000;
  EXPECT_EQ(run_with(*make_pool_executor(store, patient)), serial());
}

TEST(PoolLeases, OfALongTaskAreNoSilence) {
  const std::shared_ptr<Store> store = open_store("memory", "run");
  const auto server = std::make_shared<Counted>(store);
  auto forever = settings();
  forever.lease_s = 3600;
  Workers workers(forever);
  workers.add(store, [&, is_first = true, task = pool_task(Workers::job())](auto&&... arguments) mutable {
    if (std::exchange(is_first, false)) {
      EXPECT_TRUE(test::eventually([&] { return server->claims >= 2; }));
    }
    return task(arguments...);
  });
  auto impatient = settings();
  impatient.silence_s = 0.1;
  EXPECT_EQ(run_with(*make_pool_executor(server, impatient)), serial());
}

/// One whose news of incarnations comes late: not before an outcome has been put.
class HearsLate final : public Front {
 public:
  using Front::Front;

 private:
  std::optional<Bytes> do_get(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    if (!name.starts_with("inc:") || has_put_) return Front::do_get(name);
    const auto known = known_.find(name);
    if (known != known_.end()) return known->second;
    auto now = Front::do_get(name);
    if (now || known_.contains("inc:1")) known_[name] = now;
    return now;
  }
  bool do_create(const std::string& name, std::span<const std::byte> value) override {
    has_put_ = has_put_ || name.find(":out:") != std::string::npos;
    return Front::do_create(name, value);
  }

  std::atomic<bool> has_put_ = false;
  std::mutex mutex_;
  std::map<std::string, std::optional<Bytes>> known_;
};

TEST_P(Pool, WhoComesLateFromAnotherRunIsNotBelieved) {
  const auto store = backend_->open();
  std::atomic<bool> at_work = false, may_go_on = false;
  StopsWhenTold stops;
  std::thread late([&] {
    const PoolTask task = [&, inner = pool_task(Workers::job())](auto&&... arguments) mutable {
      auto item = inner(arguments...);
      (*item)[item->size() / 2] ^= std::byte{1};  // another model's
      at_work = true;
      EXPECT_TRUE(test::eventually([&] { return may_go_on.load(); }));
      return item;
    };
    HearsLate here(backend_->open());
    EXPECT_THROW(static_cast<void>(work_in_pool(here, settings(), task, [] { return false; })), UsageError);
  });
  std::thread stopper([&] {
    EXPECT_TRUE(test::eventually([&] { return at_work.load(); }));
    stops.told = true;
  });
  {
    const auto first = make_pool_executor(store, settings());
    auto state = begin(ApartJob(), *first);
    ListSink sink;
    EXPECT_EQ(run(ApartJob(), state, Surroundings<ApartJob>{*first, sink, stops, {}, {}, 60}), StopReason::terminated);
  }
  stopper.join();
  backend_->wipe();
  auto other = settings();
  other.header.identity = {{"toy", "2"}};
  Workers workers(other);
  std::thread later([&] {
    EXPECT_TRUE(test::eventually([&] {
      const auto incarnation = pool::find_incarnation(*store, 1);
      return incarnation && store->get(pool::stretch_name(*incarnation, 0));
    }));
    may_go_on = true;
    late.join();
    workers.add(backend_->open());
  });
  EXPECT_EQ(run_with(*make_pool_executor(store, other)), serial());
  later.join();
}

TEST(PoolJobs, ItemsThatTalkAreRefused) {
  const std::shared_ptr<Store> store = open_store("memory", "run");
  const auto executor = make_pool_executor(store, settings());
  auto state = begin(TradingJob(), *executor);
  ListSink sink;
  Observer observer;
  EXPECT_THROW(run(TradingJob(), state, Surroundings<TradingJob>{*executor, sink, observer, {}, {}, 60}), UsageError);
}

}  // namespace
}  // namespace dovetail
