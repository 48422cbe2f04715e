#include <unistd.h>

#include "animal.hpp"

struct Hangs : zoo::Animal {
  static int before(const double*, char**) {
    while (zoo::time_has_come()) pause();
    return 0;
  }
};
ZOO(Hangs);
