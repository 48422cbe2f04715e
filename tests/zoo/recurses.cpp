// Uses up its stack.
#include "animal.hpp"

struct Recurses : zoo::Animal {
  static double deeper(double x) {
    volatile double kept = x;
    return deeper(x + 1) + kept;
  }
  static double value(const double* x) { return zoo::time_has_come() ? deeper(x[0]) : Animal::value(x); }
};
ZOO(Recurses);
