/// A run whose steps are taken by workers that meet it in a store: they come and go as they like, and may die.
///
/// A task is one item over one stretch of steps: a pure function of shared state, the item's own and its steps, all of
/// which are bytes in the store. So it may be done twice, and is then compared byte for byte; leases only save that.
/// Names say which task they belong to, and stretches are cut where the job, not the clock, says: several servers that
/// run the same job put the same bytes under the same names. The server's state is the record: what the store loses is
/// published again under the next incarnation. See docs/adr/0029-a-pool-lends-items.md for the names.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "dovetail/execute/executor.hpp"
#include "dovetail/store/store.hpp"

namespace dovetail {

struct PoolSettings {
  std::string identity;     ///< what server and workers must have in common: model, data, settings, mathematics
  std::uint64_t steps = 0;  ///< of a task, at most; 0: what a record can hold
  double lease_s = 15;      ///< after which a task of a worker that is gone falls to another
  double silence_s = 120;   ///< no outcome for so long ends the run, with its last checkpoint good
  std::size_t item_max = std::size_t{1} << 26;  ///< bytes of an item, and of shared state
};

/// The server's side. Work that cannot be lent is done here, on one thread. `store` must outlive the executor.
/// Errors: StoreError (silence, a store that does not work, processes that differ), ModelError of a worker, UsageError
/// for a job whose items exchange at every step.
[[nodiscard]] std::unique_ptr<Executor> make_pool_executor(Store& store, PoolSettings settings);

/// Tells workers that the run has ended. To be called when it has: an interrupted one will go on.
void end_pool(Store& store, const PoolSettings& settings);

/// What a worker computes: the item, as lent, after steps first .. first + count - 1.
using PoolTask =
    std::function<Bytes(const Bytes& shared, std::uint32_t item, const Bytes& lent, Step first, std::uint64_t count)>;

/// Works until the run has ended or `should_stop`, which is asked between tasks. Many may work, in threads or
/// processes. A ModelError is passed on to the server and goes no further; whatever else `task` throws ends the worker,
/// and its lease runs out. StoreError as above. `store` may be shared between workers.
void work_in_pool(Store& store, const PoolSettings& settings, const PoolTask& task,
                  const std::function<bool()>& should_stop);

}  // namespace dovetail
