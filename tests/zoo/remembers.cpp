// Its density depends on how often it was asked.
#include "animal.hpp"

struct Remembers : zoo::Animal {
  static double value(const double* x) {
    static std::atomic<int> calls{0};
    return Animal::value(x) + 1e-3 * (++calls);
  }
};
ZOO(Remembers);
