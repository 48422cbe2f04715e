#include "animal.hpp"

struct WrongGradient : zoo::Animal {
  static void gradient(const double* x, double* out) { out[0] = -x[0], out[1] = -0.5 * x[1]; }
};
ZOO(WrongGradient);
