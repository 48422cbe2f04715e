#include <unistd.h>

#include "animal.hpp"

// At the first draw that asks for random numbers once its time has come.
struct HangsBeforeRandomNumbers : zoo::Animal {
  static constexpr const char* kAllNames = "a,b,c";
  static constexpr int kGenerated = 1;
  static int before(const double*, char**) {
    zoo::time_has_come();
    return 0;
  }
  static void before_generator() {
    while (zoo::time_has_come()) pause();
  }
};
ZOO(HangsBeforeRandomNumbers);
