#include "dovetail/core/error.hpp"

#include <cstdio>
#include <cstdlib>

namespace dovetail::detail {

void fail_check(const char* kind, const char* condition, const char* file, int line) {
  std::fprintf(stderr, "dovetail: a bug in Dovetail: %s `%s` does not hold at %s:%d\n", kind, condition, file, line);
  std::fflush(stderr);
  std::_Exit(static_cast<int>(ExitCode::bug));
}

}  // namespace dovetail::detail
