/// The Executor seam: where the work of a round runs. The only code that knows about threads and processes.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/ids.hpp"
#include "dovetail/execute/ranks.hpp"

namespace dovetail {

/// Where an item goes after a step.
enum class Trade : std::uint8_t { stay, with_lower, with_upper };

/// What an address shows to the one beside it, when that is in another process.
using PacketBytes = std::array<std::byte, 8>;

/// Some consecutive steps of all items, with types erased. Items sit on a line of addresses 0..items()-1.
///
/// Order that an executor must keep, for each address i and step t:
///   advance(i, t) comes before settle(i, t), which comes before advance(i, t+1);
///   settle(i, t) comes after advance(i-1, t) where linked(i-1), and after advance(i+1, t) where linked(i).
/// Nothing else is ordered. Calls for one address never run at the same time; all may throw.
///
/// Where i and its neighbour j are in different processes, see(j, t, shown(j, t) of that process) stands for
/// advance(j, t); and when settle(i, t) answers that the item of i goes to j, take(i, give(j) of that process) comes
/// before advance(i, t+1).
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
  /// Address i looks at its neighbours' packets of this step and decides. Trades within this process are done by then;
  /// the answer is `stay` unless the item has to go to another process.
  virtual Trade settle(std::uint32_t i, Step step) = 0;

  [[nodiscard]] virtual PacketBytes shown(std::uint32_t i, Step step) const = 0;
  virtual void see(std::uint32_t i, Step step, const PacketBytes& packet) = 0;
  /// The item at address i, which the process of its new address takes.
  [[nodiscard]] virtual Bytes give(std::uint32_t i) const = 0;
  virtual void take(std::uint32_t i, const Bytes& item) = 0;

  /// Whether steps may be taken by somebody who has no more than bytes: then lend(i), with shared_bytes(), is all that
  /// advance(i) of any step reads and writes, and take_back(i) puts what came of it, up to step `next`, in its place;
  /// CheckpointError where it cannot be that.
  [[nodiscard]] virtual bool can_lend() const { return false; }
  [[nodiscard]] virtual Bytes shared_bytes() const { return {}; }
  [[nodiscard]] virtual Bytes lend(std::uint32_t /*i*/) const { return {}; }
  virtual void take_back(std::uint32_t /*i*/, const Bytes& /*item*/, Step /*next*/) {}
  /// Whether an executor that waits for others, and has heard of none for so long, should go on waiting. From the
  /// thread that called execute().
  [[nodiscard]] virtual bool should_wait(double /*seconds*/, const std::string& /*unattended*/) { return true; }
};

/// Thrown by an executor that gave up, since it should not wait: the work is as it was before execute().
struct WorkGivenUp {};

/// Work whose items never talk.
class SeparateWork : public Work {
 public:
  [[nodiscard]] bool exchanges() const final { return false; }
  [[nodiscard]] bool linked(std::uint32_t) const final { return false; }
  Trade settle(std::uint32_t, Step) final { return Trade::stay; }
  [[nodiscard]] PacketBytes shown(std::uint32_t, Step) const final { return {}; }
  void see(std::uint32_t, Step, const PacketBytes&) final {}
  [[nodiscard]] Bytes give(std::uint32_t) const final { return {}; }
  void take(std::uint32_t, const Bytes&) final {}
};

class Executor {
 public:
  virtual ~Executor() = default;
  /// How many workers may call at once; the caller provides that many scratch memories.
  [[nodiscard]] virtual unsigned workers() const = 0;
  /// Runs steps [first, first + count) of the items that this process has: ranks().slice(items). The first exception of
  /// any worker reaches the caller after all workers have stopped.
  virtual void execute(Work& work, Step first, std::uint64_t count) = 0;
  /// How many steps to take at once where not the clock decides, of at most `steps`; 0: it does.
  [[nodiscard]] virtual std::uint64_t stretch(std::uint64_t /*steps*/) const { return 0; }
  /// The run has come to its end, and will not go on: whoever waits for work from here may leave.
  virtual void end() {}
  /// The processes that share the items; one, unless the executor is of several.
  [[nodiscard]] virtual Ranks& ranks() { return one_rank(); }
};

class Border;

/// One thread, in address order. The reference that every other executor must equal, byte for byte.
[[nodiscard]] std::unique_ptr<Executor> make_serial_executor();
/// Persistent workers, each with a contiguous run of addresses; a worker waits for its neighbours, never for all.
/// `border`: of this process's addresses, where others have more; it outlives the executor. Null: all are here.
[[nodiscard]] std::unique_ptr<Executor> make_threads_executor(unsigned threads, Border* border = nullptr);

}  // namespace dovetail
