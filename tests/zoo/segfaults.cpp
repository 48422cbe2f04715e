#include "animal.hpp"

struct Segfaults : zoo::Animal {
  static double value(const double* x) {
    static const double* volatile nowhere = nullptr;
    return zoo::time_has_come() ? *nowhere : Animal::value(x);
  }
};
ZOO(Segfaults);
