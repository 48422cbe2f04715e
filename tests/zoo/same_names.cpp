#include "animal.hpp"

struct SameNames : zoo::Animal {
  static constexpr const char* kNames = "a,a";
};
ZOO(SameNames);
