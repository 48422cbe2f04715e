// Two plug-ins at once on four threads. `make sanitize` runs this with the thread sanitizer, the plug-ins built with
// it.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "dovetail/model/bridgestan/library_model.hpp"

namespace dovetail::test {
namespace {

constexpr std::size_t kGradients = 10000;  // of each model on each thread
constexpr std::uint32_t kThreads = 4;
constexpr std::size_t kDimension = 4;

/// What a model says at points of a stream of its own: values and gradients of both parts.
std::vector<double> gradients(const Model& model, std::uint32_t stream) {
  constexpr std::size_t kNumbers = 2 + 2 * kDimension;
  std::vector<double> all(kGradients * kNumbers);
  Rng rng({1, Purpose::test, ItemId(stream), Step(0)});
  for (std::size_t i = 0; i < kGradients; ++i) {
    std::array<double, kDimension> u{};
    for (double& each : u) each = 4 * rng.uniform() - 2;
    const std::span<double> out = std::span(all).subspan(i * kNumbers, kNumbers);
    const LogDensity value =
        model.log_density_gradient(u, out.subspan(2, kDimension), out.subspan(2 + kDimension, kDimension));
    out[0] = value.prior;
    out[1] = value.likelihood;
  }
  return all;
}

TEST(PluginThreads, TwoLibrariesOnFourThreadsGiveTheBitsOfOne) {
  const auto line =
      make_library_model({PLUGIN_LINE, "", R"({"y": [0.1, 1.3, 1.9, 3.2]})", "d.json", "", Parts::exported});
  const auto ridge = make_library_model({PLUGIN_RIDGE});
  ASSERT_TRUE(line->description().thread_safe && ridge->description().thread_safe);
  std::array<std::vector<double>, kThreads> of_line, of_ridge;
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        // Half of the threads begin with either, so that both are inside their libraries at the same time.
        if (t % 2 == 0) of_line[t] = gradients(*line, t);
        of_ridge[t] = gradients(*ridge, t);
        if (t % 2 == 1) of_line[t] = gradients(*line, t);
      });
    }
  }
  const std::uint64_t refused = line->rejections().count;
  EXPECT_GT(refused, 0U);
  for (std::uint32_t t = 0; t < kThreads; ++t) {
    for (const auto& [model, parallel] : {std::pair(line.get(), &of_line[t]), std::pair(ridge.get(), &of_ridge[t])}) {
      const std::vector<double> serial = gradients(*model, t);
      ASSERT_EQ(parallel->size(), serial.size());
      EXPECT_EQ(std::memcmp(parallel->data(), serial.data(), serial.size() * sizeof(double)), 0) << t;
    }
  }
  EXPECT_EQ(line->rejections().count, 2 * refused);  // the same points, counted by all threads together
}

}  // namespace
}  // namespace dovetail::test
