/// MPI's requests as this folder uses them: tested for, never blocked on. A worker can then give up when another fails,
/// and gives its core away when many ranks share it. Internal to the sources of the mpi executor.
#pragma once
#include <mpi.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace dovetail::mpi {

/// Between two looks at a message: at once while the other rank has a core of its own, then giving this one away, then
/// asleep, so that ranks beyond the cores do not keep each other waiting.
class Patience {
 public:
  void wait() {
    ++looks_;
    if (looks_ < kEager) return;
    if (looks_ < kYielding) {
      sched_yield();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }

 private:
  static constexpr int kEager = 200;
  static constexpr int kYielding = 4000;
  int looks_ = 0;
};

/// Waits for the end of a request; false: `failed`, which may be null, came first.
inline bool finish(MPI_Request& request, const std::atomic<bool>* failed = nullptr) {
  Patience patience;
  for (;;) {
    int done = 0;
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done != 0) return true;
    if (failed && failed->load(std::memory_order_relaxed)) return false;
    patience.wait();
  }
}

inline int as_int(std::uint32_t rank) { return static_cast<int>(rank); }

}  // namespace dovetail::mpi
