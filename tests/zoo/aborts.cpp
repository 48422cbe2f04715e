#include "animal.hpp"

struct Aborts : zoo::Animal {
  static int before(const double*, char**) {
    if (zoo::time_has_come()) std::abort();
    return 0;
  }
};
ZOO(Aborts);
