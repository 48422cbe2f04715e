// Nothing that Stan 2.21 has is called newer: its own list of functions says what it has.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "dovetail/compile/stan_newer.hpp"

namespace dovetail {
namespace {

TEST(StanNewer, NamesNoFunctionOfStan221) {
  std::ifstream list(DOVETAIL_STAN_SIGNATURES);
  int functions = 0;
  const std::string call = "add(\"";
  for (std::string line; std::getline(list, line);) {
    const std::size_t at = line.find(call);
    if (at == std::string::npos) continue;
    const std::size_t start = at + call.size();
    const std::string name = line.substr(start, line.find('"', start) - start);
    EXPECT_FALSE(cure_for_newer_function(name)) << name;
    ++functions;
  }
  EXPECT_GT(functions, 500);
}

}  // namespace
}  // namespace dovetail
