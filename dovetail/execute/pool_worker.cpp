// The worker's side of a pool: follows the stretches of the highest incarnation, leases tasks, computes, puts outcomes.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
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

/// What a worker follows.
struct Followed {
  std::uint64_t number = 0;  ///< of the incarnation; 0: none is known
  pool::Incarnation at;
  std::uint64_t step = 0;  ///< the stretch at work
};

/// Whether servers have left what is followed for another incarnation, or the store has lost it.
bool is_left(Store& store, const Followed& followed) {
  return pool::find_incarnation(store, followed.number) != followed.at ||
         store.get(pool::incarnation_name(followed.number + 1));
}

/// While a task lasts, from a thread of its own: renews the lease, and looks whether anybody waits for the outcome.
class Watch {
 public:
  Watch(Store& store, Lease lease, const Followed& followed, std::string next)
      : store_(store), lease_(std::move(lease)), followed_(followed), next_(std::move(next)), thread_([this] {
          run();
        }) {}
  ~Watch() { end(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  [[nodiscard]] const std::atomic<bool>& unwanted() const { return unwanted_; }
  /// The lease as it is now.
  const Lease& end() {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    return lease_;
  }

 private:
  void run() {
    const auto pause = std::chrono::duration<double>(lease_.seconds / 3);
    std::unique_lock lock(mutex_);
    while (!unwanted_ && !wake_.wait_for(lock, pause, [&] { return ends_; })) {
      lock.unlock();
      try {
        look();
      } catch (const StoreError&) {  // out of reach, for now
      }
      lock.lock();
    }
  }
  void look() {
    if (!store_.renew(lease_)) {
      // Where somebody else has it by now both do the work, whose bytes are the same: one may be about to die.
      if (auto again = store_.claim(lease_.name, lease_.seconds)) lease_ = std::move(*again);
    }
    if (is_left(store_, followed_) || store_.get(next_)) unwanted_ = true;
  }

  Store& store_;
  Lease lease_;
  Followed followed_;
  std::string next_;  ///< name of the stretch after the task's
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ends_ = false;
  std::atomic<bool> unwanted_ = false;
  std::thread thread_;  // last: it uses what is above
};

class Worker {
 public:
  Worker(Store& store, const PoolSettings& settings, const PoolTask& task, const std::function<bool()>& should_stop,
         const std::function<void(const TaskDone&)>& told)
      : store_(store), settings_(settings), task_(task), should_stop_(should_stop), told_(told) {}

  bool work() {
    try {
      while (!should_stop_() && !ended_) look_for_work();
    } catch (const StoreStopped&) {  // what it held runs out
    }
    return ended_;
  }

 private:
  using Clock = std::chrono::steady_clock;

  void look_for_work() {
    require_work();
    if (follow_latest()) return;
    if (followed_.number == 0) {
      static_cast<void>(store_.wait_for(pool::incarnation_name(1), kLook));
      return;
    }
    const std::string name = pool::stretch_name(followed_.at, followed_.step);
    const auto frame = store_.wait_for(name, kLook);
    if (!frame) return look_around();
    const auto stretch = unseal<pool::Stretch>(MessageKind::stretch, *frame, pool::kSmallMax, name);
    if (stretch.count == 0) throw StoreError("the message " + name + " asks for no steps: it is none of Dovetail's.");
    work_on(stretch);
  }

  void require_work() const {
    if (std::chrono::duration<double>(Clock::now() - worked_).count() <= settings_.silence_s) return;
    throw StoreError("there has been no work in " + store_.place() + " for " +
                     std::to_string(static_cast<int>(settings_.silence_s)) +
                     " s: the server is gone, or has not gone on; start this worker again when there is some.");
  }

  /// True: a newer incarnation was found, and is followed from its start.
  bool follow_latest() {
    const std::uint64_t latest = pool::latest_incarnation(store_, followed_.number);
    if (latest == followed_.number) return false;
    if (const auto header = pool::find_same_run(store_, settings_.header.identity)) {
      lease_s_ = std::min(settings_.lease_s, header->lease_max_s);
    }
    const auto found = pool::find_incarnation(store_, latest);
    if (!found) return true;  // lost between two looks
    followed_ = {latest, *found, found->first};
    done_.clear();
    return true;
  }

  /// While nothing comes: has the run ended? Has the store lost what is followed? Then it begins anew.
  void look_around() {
    ended_ = store_.get(pool::end_name(followed_.at)).has_value();
    if (pool::find_incarnation(store_, followed_.number) != followed_.at) followed_.number = 0;
    if (std::chrono::duration<double>(Clock::now() - looked_).count() < lease_s_) return;
    looked_ = Clock::now();  // a store that went back in time may lack what was done
    std::erase_if(done_, [&](std::uint32_t i) { return !store_.get(outcome_name(i)); });
  }

  /// One pass over the tasks; goes on to the next stretch when that is there.
  void work_on(const pool::Stretch& stretch) {
    if (store_.get(next_name(stretch))) return go_on(stretch);  // history
    for (std::uint32_t i = 0; i < stretch.items && !should_stop_(); ++i) {
      if (done_.contains(i) || !takes(i)) continue;
      if (is_left(store_, followed_)) return look_around();
      try_task(stretch, i);
    }
    // A server publishes the next when it has all outcomes of this one; tasks of workers that died fall to us
    // meanwhile.
    if (!store_.wait_for(next_name(stretch), kLook)) {
      look_around();
      return;
    }
    go_on(stretch);
  }

  void go_on(const pool::Stretch& stretch) {
    followed_.step += stretch.count;
    done_.clear();
  }

  [[nodiscard]] std::string outcome_name(std::uint32_t i) const {
    return pool::outcome_name(followed_.at, followed_.step, i);
  }
  [[nodiscard]] std::string next_name(const pool::Stretch& stretch) const {
    return pool::stretch_name(followed_.at, followed_.step + stretch.count);
  }
  [[nodiscard]] bool takes(std::uint32_t i) const { return !settings_.takes || settings_.takes(i); }

  void try_task(const pool::Stretch& stretch, std::uint32_t i) {
    const std::string name = outcome_name(i);
    if (store_.get(name)) {  // idle workers ask again and again: let them read
      done_.insert(i);
      worked_ = Clock::now();
      return;
    }
    const auto lease = store_.claim(name, lease_s_);
    if (!lease) {  // at work elsewhere, or done not long ago
      worked_ = Clock::now();
      return;
    }
    const auto input = store_.get(pool::input_name(followed_.at, followed_.step, i));
    const Bytes* shared = input ? shared_state(stretch.shared) : nullptr;
    if (shared == nullptr) return store_.release(*lease);  // lost, or dropped long ago
    const auto payload = open_bytes(MessageKind::input, *input, settings_.item_max, name);
    pool::Outcome outcome;
    bool given_up = false;
    const auto begin = Clock::now();
    Watch watch(store_, *lease, followed_, next_name(stretch));
    try {
      const FloatingPointDefaults defaults;
      auto item = task_(*shared, i, Bytes(payload.begin(), payload.end()), Step(followed_.step), stretch.count,
                        watch.unwanted());
      given_up = !item;
      if (item) outcome.item = std::move(*item);
    } catch (const ModelError& error) {
      outcome.fault = error.what();
    } catch (const CheckpointError& error) {
      throw StoreError("the task " + name + " in " + store_.place() + " is none of this run's: " + error.what() + ".");
    }
    const Lease& held = watch.end();
    // Another may begin at once what was given up; and who puts what nobody waits for leaves it there for good.
    if (given_up || !is_wanted(stretch, name)) return store_.release(held);
    try {
      store_.put_if_absent(name, seal(MessageKind::outcome, outcome));
    } catch (const StoreConflict&) {
      report_conflict(name);
      throw;
    }
    done_.insert(i);  // the lease stays until it runs out, so that nobody else looks
    worked_ = Clock::now();
    if (told_) told_({i, Step(followed_.step), stretch.count, std::chrono::duration<double>(worked_ - begin).count()});
  }

  /// Of an outcome; one that is there already is to be compared.
  [[nodiscard]] bool is_wanted(const pool::Stretch& stretch, const std::string& name) {
    if (is_left(store_, followed_)) return false;
    return !store_.get(next_name(stretch)) || store_.get(name);
  }

  void report_conflict(const std::string& name) {
    try {
      store_.put_if_absent(pool::conflict_name(followed_.at), pool::seal_conflict(name));
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
  const std::function<void(const TaskDone&)>& told_;
  Clock::time_point worked_ = Clock::now();  ///< when there was work, here or elsewhere
  Clock::time_point looked_ = Clock::now();  ///< whether what was done is still there
  Followed followed_;
  double lease_s_ = settings_.lease_s;  ///< as long as the run allows
  bool ended_ = false;
  std::set<std::uint32_t> done_;  ///< items of this stretch, as far as this worker knows
  std::string shared_name_;
  Bytes shared_;
};

}  // namespace

bool work_in_pool(Store& store, const PoolSettings& settings, const PoolTask& task,
                  const std::function<bool()>& should_stop, const std::function<void(const TaskDone&)>& told) {
  return Worker(store, settings, task, should_stop, told).work();
}

bool work_in_pool(Store& store, const PoolSettings& settings, const std::vector<PoolTask>& tasks,
                  const std::function<bool()>& should_stop, const std::function<void(const TaskDone&)>& told) {
  std::mutex mutex;
  std::exception_ptr failure;
  std::atomic<bool> stops = false;
  std::atomic<bool> ended = false;
  const auto work = [&](const PoolTask& task) {
    try {
      const bool has_ended = work_in_pool(
          store, settings, task, [&] { return stops.load() || should_stop(); },
          [&](const TaskDone& done) {
            const std::lock_guard lock(mutex);
            told(done);
          });
      if (has_ended) ended = true;
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      stops = true;
    }
  };
  std::vector<std::thread> threads;
  for (const PoolTask& task : tasks) threads.emplace_back(work, std::cref(task));
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  return ended;
}

}  // namespace dovetail
