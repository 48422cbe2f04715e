// Takes all the memory at once, keeps it and goes on: what is asked for next is Dovetail's own.
#include "animal.hpp"

struct Hoards : zoo::Animal {
  static int before(const double*, char**) {
    if (!zoo::time_has_come()) return 0;
    static void* volatile kept;
    for (std::size_t size = std::size_t{16} << 20; size >= 16; size /= 2) {
      while ((kept = std::malloc(size)) != nullptr) {
      }
    }
    return 0;
  }
};
ZOO(Hoards);
