// C.UTF-8 is there on every Debian.
#include <clocale>

#include "animal.hpp"

struct SetsLocale : zoo::Animal {
  static int before(const double*, char**) {
    if (zoo::time_has_come()) std::setlocale(LC_ALL, "C.UTF-8");
    return 0;
  }
};
ZOO(SetsLocale);
