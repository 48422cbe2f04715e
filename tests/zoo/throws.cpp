// Refuses points with a message, as Stan programs do where a scale is 0.
#include "animal.hpp"

struct Throws : zoo::Animal {
  static int before(const double* x, char** error) {
    return x[0] < 1.5 ? 0 : zoo::fail(error, "log_density() failed with exception: Scale parameter is 0");
  }
};
ZOO(Throws);
