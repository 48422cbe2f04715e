#include <cfenv>

#include "animal.hpp"

struct SetsRoundingMode : zoo::Animal {
  static int before(const double*, char**) {
    if (zoo::time_has_come()) std::fesetround(FE_UPWARD);
    return 0;
  }
};
ZOO(SetsRoundingMode);
