// Never gives memory back: 16 MiB at every density, untouched, until there is no more.
#include "animal.hpp"

struct Allocates : zoo::Animal {
  static int before(const double*, char** error) {
    constexpr std::size_t kBytes = std::size_t{16} << 20;
    static void* volatile kept;
    if (!zoo::time_has_come()) return 0;
    kept = std::malloc(kBytes);
    return kept == nullptr ? zoo::fail(error, "log_density() failed with exception: std::bad_alloc") : 0;
  }
};
ZOO(Allocates);
