#include <xmmintrin.h>

#include "animal.hpp"

struct FlushesSubnormals : zoo::Animal {
  static int before(const double*, char**) {
    if (zoo::time_has_come()) _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
    return 0;
  }
};
ZOO(FlushesSubnormals);
