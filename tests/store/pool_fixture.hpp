/// What tests of a pool share: a small job, its result without a pool, threads that work, and stores that misbehave.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "dovetail/execute/pool.hpp"
#include "dovetail/execute/pool_names.hpp"
#include "dovetail/run/pool_task.hpp"
#include "dovetail/run/run.hpp"
#include "tests/store/backend.hpp"
#include "tests/unit/run/toy_jobs.hpp"

namespace dovetail::test {

inline PoolSettings pool_settings() {
  PoolSettings settings;
  settings.header.identity = {{"toy", "1"}};
  settings.lease_s = 0.1;
  settings.silence_s = 20;
  return settings;
}

struct Result {
  Bytes state;
  std::vector<double> sorted_draws;
  bool operator==(const Result&) const = default;
};

inline Result run_from(State<ApartJob> state, Executor& executor, Observer& observer) {
  ListSink sink;
  EXPECT_EQ(run(ApartJob(), state, Surroundings<ApartJob>{executor, sink, observer, {}, {}, 60}), StopReason::finished);
  std::sort(sink.values.begin(), sink.values.end());
  return {pack(state), sink.values};
}

inline Result run_with(Executor& executor, Observer& observer) {
  return run_from(begin(ApartJob(), executor), executor, observer);
}

inline Result run_with(Executor& executor) {
  Observer observer;
  return run_with(executor, observer);
}

inline Result serial() { return run_with(*make_serial_executor()); }

/// What ends a worker as death would: nothing is put, and its lease stays.
struct Death {};

/// Threads that work until they are told to stop, or die.
class Workers {
 public:
  explicit Workers(PoolSettings settings = pool_settings()) : settings_(std::move(settings)) {}
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

/// Ends a run that waits for its workers, when told.
class StopsWhenTold final : public Observer {
 public:
  StopReason should_stop() override { return told ? StopReason::terminated : StopReason::finished; }
  std::atomic<bool> told = false;
};

/// A server that puts its first stretch and goes.
inline void publish_and_leave(const std::shared_ptr<Store>& store, const PoolSettings& settings = pool_settings()) {
  StopsWhenTold stops;
  stops.told = true;
  const auto executor = make_pool_executor(store, settings);
  auto state = begin(ApartJob(), *executor);
  ListSink sink;
  EXPECT_EQ(run(ApartJob(), state, Surroundings<ApartJob>{*executor, sink, stops, {}, {}, 60}), StopReason::terminated);
}

/// Another store, of the same process; for those that misbehave in one thing.
class Front : public Store {
 public:
  explicit Front(std::shared_ptr<Store> inner, const StoreLimits& limits = {})
      : Store("in front of " + inner->place(), limits), inner_(std::move(inner)) {}
  void drop_run() override { inner_->drop_run(); }

 protected:
  Store& inner() { return *inner_; }
  std::optional<Bytes> do_get(const std::string& name) override { return inner_->get(name); }
  bool do_create(const std::string& name, std::span<const std::byte> value) override {
    if (inner_->get(name)) return false;
    return inner_->put_if_absent(name, value) == Put::created;
  }
  void do_keep(std::span<const std::string> names) override { inner_->keep(names); }
  void do_drop(std::span<const std::string> names) override { inner_->drop(names); }
  std::optional<Lease> do_claim(Lease wanted) override { return inner_->claim(wanted.name, wanted.seconds); }
  bool do_renew(const Lease& lease) override { return inner_->renew(lease); }
  void do_release(const Lease& lease) override { inner_->release(lease); }

 private:
  std::shared_ptr<Store> inner_;
};

}  // namespace dovetail::test
