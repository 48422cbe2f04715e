// Ends the process as if all were well.
#include "animal.hpp"

struct Exits : zoo::Animal {
  static int before(const double*, char**) {
    if (zoo::time_has_come()) std::exit(0);
    return 0;
  }
};
ZOO(Exits);
