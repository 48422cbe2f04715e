#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include "bench/bench.hpp"

namespace dovetail::bench {

ForeignLoad::ForeignLoad() : child_(fork()) {
  if (child_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // never outlives the benchmark
  for (;;) __builtin_ia32_pause();
}

ForeignLoad::~ForeignLoad() {
  if (child_ <= 0) return;
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
}

}  // namespace dovetail::bench
