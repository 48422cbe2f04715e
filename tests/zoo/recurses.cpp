// Uses up its stack.
#include "animal.hpp"

struct Recurses : zoo::Animal {
  [[gnu::noinline]] static double deeper(double x) {
    if (x == 1e300) return 0;  // never: for the compiler
    volatile double kept = x;
    return deeper(x + 1) + kept;
  }
  static double value(const double* x) { return zoo::time_has_come() ? deeper(x[0]) : Animal::value(x); }
};
ZOO(Recurses);
