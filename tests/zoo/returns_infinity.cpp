#include "animal.hpp"

struct ReturnsInfinity : zoo::Animal {
  static double value(const double* x) { return x[0] < 1.5 ? Animal::value(x) : INFINITY; }
};
ZOO(ReturnsInfinity);
