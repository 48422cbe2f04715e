#include <unistd.h>

#include "animal.hpp"

struct MovesAway : zoo::Animal {
  static const char* construction_error() {
    static_cast<void>(!::chdir("/"));
    return nullptr;
  }
};
ZOO(MovesAway);
