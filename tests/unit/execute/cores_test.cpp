// A process that may use some cores alone counts those alone.
#include "dovetail/execute/cores.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace dovetail {
namespace {

/// Binds this thread to the first core that it may use, and lets it free again.
class BoundToOne {
 public:
  BoundToOne() {
    CPU_ZERO(&before_);
    EXPECT_EQ(::sched_getaffinity(0, sizeof before_, &before_), 0);
    cpu_set_t one;
    CPU_ZERO(&one);
    int core = 0;
    while (CPU_ISSET(core, &before_) == 0) ++core;
    CPU_SET(core, &one);
    EXPECT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  }
  ~BoundToOne() { ::sched_setaffinity(0, sizeof before_, &before_); }
  BoundToOne(const BoundToOne&) = delete;
  BoundToOne& operator=(const BoundToOne&) = delete;

 private:
  cpu_set_t before_{};
};

TEST(Cores, AreThoseThatTheProcessMayUse) {
  const unsigned before = usable_cores();
  EXPECT_GE(before, 1U);
  {
    const BoundToOne bound;
    EXPECT_EQ(usable_cores(), 1U);
    EXPECT_EQ(share_of_cores(1), 1U);
  }
  EXPECT_EQ(usable_cores(), before);
}

TEST(Cores, AreSharedEvenlyByProcesses) {
  const unsigned all = std::thread::hardware_concurrency();
  EXPECT_EQ(share_of_cores(1), usable_cores());
  EXPECT_LE(share_of_cores(2), (all + 1) / 2);
  EXPECT_EQ(share_of_cores(100 * all), 1U);
}

}  // namespace
}  // namespace dovetail
