/// What a worker of a pool computes for a job.
#pragma once
#include <utility>

#include "dovetail/execute/pool.hpp"
#include "dovetail/run/segment.hpp"

namespace dovetail {

/// Keeps a reference to `job`; for one thread.
template <Job J>
requires(!Exchanging<J>) [[nodiscard]] PoolTask pool_task(const J& job) {
  return [&job, shared_bytes = Bytes(), shared = typename J::Shared{}, scratch = typename J::Scratch{}](
             const Bytes& bytes, std::uint32_t item, const Bytes& lent, Step first, std::uint64_t count) mutable {
    if (bytes != shared_bytes) {
      shared = unpack<typename J::Shared>(bytes);
      shared_bytes = bytes;
    }
    auto own = unpack<Lent<J>>(lent);
    for (Step step = first; step.value < first.value + count; ++step) {
      job.advance(shared, ItemId(item), own.local, own.record, step, scratch);
    }
    return pack(own);
  };
}

}  // namespace dovetail
