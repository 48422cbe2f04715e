// Takes all the memory at once, keeps it and goes on: what is asked for next is Dovetail's own.
#include "animal.hpp"

struct Hoards : zoo::Animal {
  static inline void* volatile kept = nullptr;
  static int before(const double*, char**) {
    if (!zoo::time_has_come()) return 0;
    for (std::size_t size = std::size_t{16} << 20; size >= 16; size /= 2) {
      while (void* block = std::malloc(size)) kept = block;
    }
    return 0;
  }
};
ZOO(Hoards);
