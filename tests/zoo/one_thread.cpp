// Says, rightly, that it serves one thread only.
#include "animal.hpp"

struct OneThread : zoo::Animal {
  static const char* info() { return "zoo\nSTAN_THREADS=false\n"; }
};
ZOO(OneThread);
