/// The Executor seam: where the work of a round runs. The only code that knows about threads.
#pragma once
#include <cstdint>
#include <memory>

#include "dovetail/core/ids.hpp"

namespace dovetail {

/// Some consecutive steps of all items, with types erased. Items sit on a line of addresses 0..items()-1.
///
/// Order that an executor must keep, for each address i and step t:
///   advance(i, t) comes before settle(i, t), which comes before advance(i, t+1);
///   settle(i, t) comes after advance(i-1, t) where linked(i-1), and after advance(i+1, t) where linked(i).
/// Nothing else is ordered. Calls for one address never run at the same time; both may throw.
class Work {
 public:
  virtual ~Work() = default;
  [[nodiscard]] virtual std::uint32_t items() const = 0;
  /// False: items never talk, settle() is not called and each item may run all its steps at once.
  [[nodiscard]] virtual bool exchanges() const = 0;
  /// Addresses i and i+1 exchange packets at every step.
  [[nodiscard]] virtual bool linked(std::uint32_t i) const = 0;
  /// The item at address i takes one step. `worker` < workers() names the caller's scratch memory.
  virtual void advance(std::uint32_t i, Step step, unsigned worker) = 0;
  /// Address i looks at its neighbours' packets of this step and decides.
  virtual void settle(std::uint32_t i, Step step) = 0;
};

class Executor {
 public:
  virtual ~Executor() = default;
  /// How many workers may call at once; the caller provides that many scratch memories.
  [[nodiscard]] virtual unsigned workers() const = 0;
  /// Runs steps [first, first + count) of every item. The first exception of any worker reaches the caller after all
  /// workers have stopped.
  virtual void execute(Work& work, Step first, std::uint64_t count) = 0;
};

/// One thread, in address order. The reference that every other executor must equal, byte for byte.
[[nodiscard]] std::unique_ptr<Executor> make_serial_executor();
/// Persistent workers, each with a contiguous run of addresses; a worker waits for its neighbours, never for all.
[[nodiscard]] std::unique_ptr<Executor> make_threads_executor(unsigned threads);

}  // namespace dovetail
