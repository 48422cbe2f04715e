// Prints the hash of the mathematics' table and, as a control, of glibc's own functions at the same kind of points, and
// which machine code multiplies triangles. A ctest script runs it under different processors' masks: see
// masked_processor.sh.
#include <cinttypes>
#include <cmath>
#include <cstdio>

#include "dovetail/math/identity.hpp"
#include "dovetail/math/lower_triangle.hpp"
#include "tests/unit/math/table_hash.hpp"

int main() {
  constexpr std::size_t kPoints = 20000;
  dovetail::test::Fnv ours;
  dovetail::math::evaluate_table(kPoints, [&](double value) { ours(value); });
  dovetail::test::Fnv glibc;
  volatile double argument = 0;  // so that no call is folded at compile time
  for (int i = 0; i < 300000; ++i) {
    argument = -700 + 0.004666 * i;
    glibc(std::exp(argument));
  }
  std::printf("portable %016" PRIx64 "\nglibc %016" PRIx64 "\ntriangles %s\n", ours.state(), glibc.state(),
              dovetail::math::detail::avx2_code() ? "avx2" : "baseline");
}
