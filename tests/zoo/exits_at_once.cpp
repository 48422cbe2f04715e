// Ends the process so that nothing in it can notice.
#include <unistd.h>

#include "animal.hpp"

struct ExitsAtOnce : zoo::Animal {
  static int before(const double*, char**) {
    if (zoo::time_has_come()) _exit(0);
    return 0;
  }
};
ZOO(ExitsAtOnce);
