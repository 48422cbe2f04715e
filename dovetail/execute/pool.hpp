/// A run whose steps are taken by workers that meet it in a store: they come and go as they like, and may die.
///
/// A task is one item over one stretch of steps: a pure function of shared state, the item's own and its steps, all of
/// which are bytes in the store. So it may be done twice, and is then compared byte for byte; leases only save that.
/// Names say which task they belong to, and stretches are cut where the job, not the clock, says: several servers that
/// run the same job put the same bytes under the same names. The server's state is the record: what the store loses is
/// published again under the next incarnation. See docs/adr/0029-a-pool-lends-items.md for the names.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dovetail/execute/executor.hpp"
#include "dovetail/store/store.hpp"

namespace dovetail {

/// One thing that server and workers must have in common.
struct PoolField {
  std::string name;
  std::string text;

  template <class Archive>
  void describe(Archive& archive) {
    archive(name);
    archive(text);
  }
  bool operator==(const PoolField&) const = default;
};
using PoolIdentity = std::vector<PoolField>;

/// What a server says of its run to whoever wants to take part.
struct PoolHeader {
  PoolIdentity identity;
  std::string setup;         ///< what workers need to know besides; the caller's
  double lease_max_s = 120;  ///< workers' leases are no longer, since the server waits for those of the dead too

  template <class Archive>
  void describe(Archive& archive) {
    archive(identity);
    archive(setup);
    archive(lease_max_s);
  }
};

struct PoolSettings {
  PoolHeader header{};      ///< of a worker: the identity alone counts
  std::uint64_t steps = 0;  ///< of a task, at most; 0: what a record can hold
  double lease_s = 15;      ///< after which a task of a worker that is gone falls to another; see also the header
  double silence_s = 120;   ///< server: nobody at work for so long ends the run. Worker: no work for so long ends it
  std::size_t item_max = std::size_t{1} << 26;            ///< bytes of an item, and of shared state
  std::function<bool(std::uint32_t)> takes{};             ///< worker: whether it can do an item's tasks; empty: all
  std::function<std::string(std::uint32_t)> item_name{};  ///< server: for messages, where not anybody can do any item
};

/// The header of the run that is in `store`; empty: no server has begun one.
[[nodiscard]] std::optional<PoolHeader> find_pool(Store& store);

/// UsageError names the first field in which `here` is not what the run in `place` has.
void require_same_pool(const PoolIdentity& there, const PoolIdentity& here, const std::string& place);

/// The server's side. Work that cannot be lent is done here, on one thread. Ending it tells workers that they may go.
/// Errors: StoreError (nobody at work, a store that does not work, processes that differ), ModelError of a worker,
/// UsageError for a job whose items exchange at every step, or names that another run uses which has not ended.
[[nodiscard]] std::unique_ptr<Executor> make_pool_executor(std::shared_ptr<Store> store, PoolSettings settings);

/// What a worker computes: the item, as lent, after steps first .. first + count - 1; nothing, when it gave up.
/// `unwanted` turns true when nobody waits for it any more, and giving up is right.
using PoolTask =
    std::function<std::optional<Bytes>(const Bytes& shared, std::uint32_t item, const Bytes& lent, Step first,
                                       std::uint64_t count, const std::atomic<bool>& unwanted)>;

/// A task that a worker has finished.
struct TaskDone {
  std::uint32_t item = 0;
  Step first{};
  std::uint64_t count = 0;
  double seconds = 0;
};

/// Works until the run has ended or `should_stop`, which is asked between tasks: true when it has ended. `told` hears
/// of every task. Many may work, in threads or processes. A ModelError is passed on to the server and goes no further;
/// whatever else `task` throws ends the worker, and its lease runs out. A task that gives up gives its lease back.
/// StoreError and UsageError as above. `store` may be shared between workers.
bool work_in_pool(Store& store, const PoolSettings& settings, const PoolTask& task,
                  const std::function<bool()>& should_stop, const std::function<void(const TaskDone&)>& told = {});

/// The same on several threads, each with a task of its own. `told` is called by one at a time. The first exception of
/// any reaches the caller after all have stopped.
bool work_in_pool(Store& store, const PoolSettings& settings, const std::vector<PoolTask>& tasks,
                  const std::function<bool()>& should_stop, const std::function<void(const TaskDone&)>& told);

}  // namespace dovetail
