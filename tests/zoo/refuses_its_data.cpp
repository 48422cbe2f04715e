#include "animal.hpp"

struct RefusesItsData : zoo::Animal {
  static const char* construction_error() { return "construct() failed with exception: N is -1, but must be positive"; }
};
ZOO(RefusesItsData);
