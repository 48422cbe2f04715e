// Lets an exception out of its C interface.
#include <stdexcept>

#include "animal.hpp"

struct LeaksExceptions : zoo::Animal {
  static int before(const double* x, char**) {
    if (x[0] >= 1.5) throw std::runtime_error("this was to stay inside");
    return 0;
  }
};
ZOO(LeaksExceptions);
