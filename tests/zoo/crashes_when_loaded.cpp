// Crashes before it can be asked for anything.
#include "animal.hpp"

static const int* volatile nowhere = nullptr;
static const int crash = std::getenv("ZOO_AT") == nullptr ? *nowhere : 0;

struct CrashesWhenLoaded : zoo::Animal {
  static const char* info() { return crash == 0 ? Animal::info() : ""; }
};
ZOO(CrashesWhenLoaded);
