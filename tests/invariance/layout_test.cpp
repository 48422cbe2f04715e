// The result of a run is a function of model, seed and statistical settings alone: not of executor or threads.
#include <gtest/gtest.h>

#include <set>

#include "dovetail/kernel/registry.hpp"
#include "dovetail/model/registry.hpp"
#include "tests/invariance/configurations.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

using test::Configuration;

TemperResult run(const Configuration& configuration, const Layout& layout, std::uint64_t seed) {
  TemperOptions options = configuration.options;
  options.seed = seed;
  TemperObserver observer;
  return temper(*make_model(configuration.model), options, layout, observer);
}

class Layouts : public ::testing::TestWithParam<Configuration> {};

TEST_P(Layouts, GiveTheBytesOfOneThread) {
  const std::uint64_t seed = test::seed_from_name();
  const TemperResult serial = run(GetParam(), {"serial", 1}, seed);
  ASSERT_EQ(serial.rounds.size(), GetParam().options.rounds);
  for (const unsigned threads : {1U, 2U, 3U, 5U, 8U}) {
    const TemperResult found = run(GetParam(), {"threads", threads}, seed);
    ASSERT_EQ(found.rounds.size(), serial.rounds.size());
    for (std::size_t r = 0; r < serial.rounds.size(); ++r) {
      ASSERT_EQ(found.rounds[r].state_sha256, serial.rounds[r].state_sha256)
          << threads << " threads, first in round " << r + 1;
    }
    ASSERT_EQ(found.summary.digest, serial.summary.digest) << threads << " threads";
  }
  EXPECT_NE(run(GetParam(), {"serial", 1}, seed + 1).summary.digest, serial.summary.digest);
}

INSTANTIATE_TEST_SUITE_P(All, Layouts, ::testing::ValuesIn(test::configurations()),
                         [](const auto& row) { return row.param.name; });

TEST(Configurations, LeaveOutNoKernelAndNoModel) {
  std::set<std::string, std::less<>> kernels, models;
  for (const Configuration& configuration : test::configurations()) {
    kernels.insert(configuration.options.kernel);
    models.insert(configuration.model.substr(0, configuration.model.find(',')));
  }
  for (const KernelEntry& kernel : kernel_registry()) EXPECT_TRUE(kernels.contains(kernel.name)) << kernel.name;
  for (const ModelEntry& model : model_registry()) {
    EXPECT_TRUE(models.contains("builtin:" + std::string(model.name))) << model.name;
  }
  EXPECT_GE(test::configurations().size(), 40U);
}

}  // namespace
}  // namespace dovetail
