#include "dovetail/execute/cores.hpp"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace dovetail {

unsigned usable_cores() {
  cpu_set_t bound;
  CPU_ZERO(&bound);
  // Fails on a machine of more than 1024 cores, where the caller is taken to be free.
  const int count = ::sched_getaffinity(0, sizeof bound, &bound) == 0 ? CPU_COUNT(&bound) : 0;
  return count > 0 ? static_cast<unsigned>(count) : std::max(1U, std::thread::hardware_concurrency());
}

unsigned share_of_cores(unsigned ranks_here) {
  const unsigned even = std::max(1U, std::thread::hardware_concurrency() / std::max(1U, ranks_here));
  return std::min(usable_cores(), even);
}

}  // namespace dovetail
