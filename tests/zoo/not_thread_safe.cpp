// Says that it serves many threads, and keeps its point in one place for all of them.
#include <sched.h>

#include "animal.hpp"

struct NotThreadSafe : zoo::Animal {
  static double value(const double* x) {
    constexpr int kWhile = 20;
    static volatile double scratch[2];
    scratch[0] = x[0];
    scratch[1] = x[1];
    for (int i = 0; i < kWhile; ++i) sched_yield();
    const double point[2] = {scratch[0], scratch[1]};
    return Animal::value(point);
  }
};
ZOO(NotThreadSafe);
