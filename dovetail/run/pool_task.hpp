/// What a worker of a pool computes for a job.
#pragma once
#include <atomic>
#include <functional>
#include <optional>
#include <utility>

#include "dovetail/execute/pool.hpp"
#include "dovetail/run/segment.hpp"

namespace dovetail {

/// Keeps a reference to `job`; for one thread. CheckpointError for what is none of the job's items. Gives up where
/// `should_stop`, which is asked between steps, says so, or nobody wants the outcome any more.
template <Lendable J>
[[nodiscard]] PoolTask pool_task(
    const J& job, std::function<bool()> should_stop = [] { return false; }) {
  return [&job, should_stop = std::move(should_stop), shared_bytes = Bytes(), shared = typename J::Shared{},
          scratch = typename J::Scratch{}](const Bytes& bytes, std::uint32_t item, const Bytes& lent, Step first,
                                           std::uint64_t count,
                                           const std::atomic<bool>& unwanted) mutable -> std::optional<Bytes> {
    if (bytes != shared_bytes) {
      shared = unpack<typename J::Shared>(bytes);
      shared_bytes = bytes;
    }
    auto own = unpack<Lent<J>>(lent);
    require_own(job, shared, ItemId(item), own, first);
    for (Step step = first; step.value < first.value + count; ++step) {
      if (unwanted || should_stop()) return std::nullopt;
      job.advance(shared, ItemId(item), own.local, own.record, step, scratch);
    }
    return pack(own);
  };
}

}  // namespace dovetail
