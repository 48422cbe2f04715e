#include "animal.hpp"

struct NoParameters : zoo::Animal {
  static constexpr const char* kNames = "";
  static constexpr int kSize = 0;
  static double value(const double*) { return 0; }
};
ZOO(NoParameters);
