// The worker's side of a pool: follows the stretches of the highest incarnation, leases tasks, computes, puts outcomes.
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/execute/floating_point.hpp"
#include "dovetail/execute/pool.hpp"
#include "dovetail/execute/pool_names.hpp"

namespace dovetail {
namespace {

constexpr double kLook = 0.05;  ///< seconds between two looks at what else may have happened

/// Renews a lease from a thread of its own, however long the task takes.
class Renewal {
 public:
  Renewal(Store& store, const Lease& lease) : thread_([this, &store, lease] { renew(store, lease); }) {}
  ~Renewal() {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  Renewal(const Renewal&) = delete;
  Renewal& operator=(const Renewal&) = delete;

 private:
  void renew(Store& store, const Lease& lease) {
    const auto pause = std::chrono::duration<double>(lease.seconds / 3);
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, pause, [&] { return ends_; })) {
      lock.unlock();
      bool holds = false;
      try {
        holds = store.renew(lease);
      } catch (const StoreError&) {  // the task's own calls will say so
      }
      lock.lock();
      if (!holds) return;  // somebody else may do the work as well: the bytes are the same
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  bool ends_ = false;
  std::thread thread_;  // last: it uses what is above
};

class Worker {
 public:
  Worker(Store& store, const PoolSettings& settings, const PoolTask& task, const std::function<bool()>& should_stop)
      : store_(store), settings_(settings), task_(task), should_stop_(should_stop) {}

  void work() {
    while (!should_stop_() && !ended_) {
      if (follow_latest()) continue;
      if (incarnation_ == 0) {
        static_cast<void>(store_.wait_for(pool::incarnation_name(1), kLook));
        continue;
      }
      const std::string name = pool::stretch_name(incarnation_, step_);
      const auto frame = store_.wait_for(name, kLook);
      if (!frame) {
        look_around();
        continue;
      }
      const auto stretch = unseal<pool::Stretch>(MessageKind::stretch, *frame, pool::kSmallMax, name);
      if (stretch.count == 0) throw StoreError("the message " + name + " asks for no steps: it is none of Dovetail's.");
      work_on(stretch);
    }
  }

 private:
  /// True: a newer incarnation was found, and is followed from its start.
  bool follow_latest() {
    const std::uint64_t latest = pool::latest_incarnation(store_, incarnation_);
    if (latest == incarnation_) return false;
    pool::require_same_run(store_, settings_.identity);
    const auto found = pool::find_incarnation(store_, latest);
    if (!found) return true;  // lost between two looks
    incarnation_ = latest;
    followed_ = *found;
    step_ = found->first;
    done_.clear();
    return true;
  }

  /// While nothing comes: has the run ended? Has the store lost what is followed? Then it begins anew.
  void look_around() {
    ended_ = store_.get(pool::end_name(incarnation_)).has_value();
    if (pool::find_incarnation(store_, incarnation_) != followed_) incarnation_ = 0;
  }

  /// One pass over the tasks; goes on to the next stretch when that is there.
  void work_on(const pool::Stretch& stretch) {
    for (std::uint32_t i = 0; i < stretch.items && !should_stop_(); ++i) {
      if (!done_.contains(i)) try_task(stretch, i);
    }
    // A server publishes the next when it has all outcomes of this one; tasks of workers that died fall to us
    // meanwhile.
    if (!store_.wait_for(pool::stretch_name(incarnation_, step_ + stretch.count), kLook)) {
      look_around();
      return;
    }
    step_ += stretch.count;
    done_.clear();
  }

  void try_task(const pool::Stretch& stretch, std::uint32_t i) {
    const std::string name = pool::outcome_name(incarnation_, step_, i);
    const auto lease = store_.claim(name, settings_.lease_s);
    if (!lease) return;  // at work elsewhere, or done not long ago
    const auto input = store_.get(pool::input_name(incarnation_, step_, i));
    if (!input || store_.get(name)) {
      done_.insert(i);
      return;
    }
    const Bytes* shared = shared_state(stretch.shared);
    if (shared == nullptr) return;
    const auto payload = open_bytes(MessageKind::input, *input, settings_.item_max, name);
    pool::Outcome outcome;
    {
      const Renewal renewal(store_, *lease);
      const FloatingPointDefaults defaults;
      try {
        outcome.item = task_(*shared, i, Bytes(payload.begin(), payload.end()), Step(step_), stretch.count);
      } catch (const ModelError& error) {
        outcome.fault = error.what();
      }
    }
    try {
      store_.put_if_absent(name, seal(MessageKind::outcome, outcome));
    } catch (const StoreConflict&) {
      report_conflict(name);
      throw;
    }
    done_.insert(i);  // the lease stays until it runs out, so that nobody else looks
  }

  void report_conflict(const std::string& name) {
    try {
      store_.put_if_absent(pool::conflict_name(incarnation_), std::as_bytes(std::span(name.data(), name.size())));
    } catch (const StoreConflict&) {  // another was reported first, which is enough
    }
  }

  const Bytes* shared_state(const std::string& name) {
    if (shared_name_ == name) return &shared_;
    if (!is_store_name(name)) throw StoreError("a stretch names no shared state: it is none of Dovetail's.");
    const auto frame = store_.get(name);
    if (!frame) return nullptr;
    const auto payload = open_bytes(MessageKind::shared, *frame, settings_.item_max, name);
    shared_.assign(payload.begin(), payload.end());
    if (pool::shared_name(shared_) != name) throw StoreError(name + " is not what its name says.");
    shared_name_ = name;
    return &shared_;
  }

  Store& store_;
  const PoolSettings& settings_;
  const PoolTask& task_;
  const std::function<bool()>& should_stop_;
  std::uint64_t incarnation_ = 0;  ///< 0: none is known
  pool::Incarnation followed_;
  std::uint64_t step_ = 0;
  bool ended_ = false;
  std::set<std::uint32_t> done_;  ///< items of this stretch, as far as this worker knows
  std::string shared_name_;
  Bytes shared_;
};

}  // namespace

void work_in_pool(Store& store, const PoolSettings& settings, const PoolTask& task,
                  const std::function<bool()>& should_stop) {
  Worker(store, settings, task, should_stop).work();
}

}  // namespace dovetail
