// The example whose derivatives are Stan Math's: half a minute and 1.3 GB of a compiler the first time.
#include <thread>

#include "loaded.hpp"

namespace dovetail::test {
namespace {

TEST_F(Compile, AModelOfStanMathHasItsGradients) {
  if (!std::filesystem::exists("/usr/lib/R/site-library/StanHeaders/include/stan/math.hpp")) {
    const CommandResult result = compile({example("robust_line.cpp")});
    EXPECT_NE(result.err.find("apt-get install r-cran-stanheaders"), std::string::npos) << result.err;
    GTEST_SKIP() << "Stan Math is not installed (r-cran-stanheaders r-cran-rcppeigen libboost-dev libtbb-dev)";
  }
  const CommandResult result = compile({example("robust_line.cpp"), "-o", "r.so"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Loaded library(folder() / "r.so", "");
  const std::vector<std::vector<double>> points = {{0, 0, 0}, {1, 2, -1.5}, {-3, 4, 2}};
  for (const auto& u : points) expect_gradient_of_density(library, u);
  std::vector<std::vector<double>> alone;
  for (const auto& u : points) alone.push_back(library.gradient(u));
  std::vector<int> same(4, 1);
  {
    std::vector<std::jthread> threads;
    for (int& flag : same) {
      threads.emplace_back([&] {
        for (int repeat = 0; repeat < 500; ++repeat) {
          for (std::size_t k = 0; k < points.size(); ++k) flag &= library.gradient(points[k]) == alone[k] ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(same, std::vector<int>(4, 1));
}

}  // namespace
}  // namespace dovetail::test
