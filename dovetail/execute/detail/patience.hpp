/// MPI's messages as this folder waits for them: tested for, never blocked on. A worker can then give up when another
/// fails, and gives its core away when many ranks share it. Internal to the sources of the mpi executor.
#pragma once
#include <sched.h>

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
  /// Now and then in a wait that is not short, for what need not be looked for every time.
  [[nodiscard]] bool may_look_around() const { return looks_ >= kEager && looks_ % kEager == 0; }

 private:
  static constexpr int kEager = 200;
  static constexpr int kYielding = 4000;
  int looks_ = 0;
};

inline int as_int(std::uint32_t rank) { return static_cast<int>(rank); }

}  // namespace dovetail::mpi
