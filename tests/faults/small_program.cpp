// The process that crash_test.cpp kills.
#include <cstdio>
#include <cstring>

#include "dovetail/core/error.hpp"
#include "tests/faults/file_calls.hpp"
#include "tests/faults/small_run.hpp"

int main(int count, char** arguments) {
  if (count != 3) return 2;
  dovetail::test::pretend_to_sync();  // a killed process loses nothing that the system has
  const std::filesystem::path folder = arguments[2];
  try {
    if (std::strcmp(arguments[1], "replace") == 0) {
      dovetail::replace_file(folder / "file", std::string(7000, 'n'));
    } else {
      dovetail::test::run_small(folder);
    }
  } catch (const dovetail::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(error.code());
  }
  return 0;
}
