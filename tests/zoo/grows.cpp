// Leaks 512 bytes at every density.
#include "animal.hpp"

struct Grows : zoo::Animal {
  static int before(const double*, char**) {
    constexpr std::size_t kBytes = 512;
    static void* volatile kept;
    kept = std::malloc(kBytes);
    std::memset(kept, 1, kBytes);
    return 0;
  }
};
ZOO(Grows);
