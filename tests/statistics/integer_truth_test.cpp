// Whole sampling runs of Metropolis proposals on integers against sums over all states: each mean within its own Monte
// Carlo standard errors, each column moving.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "dovetail/jobs/sample.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {
namespace {

constexpr double kMeans = 150;  ///< compared by all cases together, about

struct Case {
  std::string name;
  std::vector<std::string> words;  ///< kind, rounding, adapt of one table for all integers; empty: no table
};

std::vector<Case> cases() {
  std::vector<Case> all{{"no_table", {}}};
  for (const char* kind : {"discrete", "bounded_discrete"}) {
    for (const char* rounding : {"exclusive", "nearest"}) {
      for (const char* rule : {"andrieu_thoms", "componentwise", "veitch", "sivia_skilling", "none"}) {
        all.push_back({std::string(kind) + "_" + rounding + "_" + rule, {kind, rounding, rule}});
      }
    }
  }
  return all;
}

class IntegerTruth : public ::testing::TestWithParam<Case> {
 protected:
  static void expect_truth(const std::string& name, const std::string& parameter, std::vector<double> start,
                           std::uint64_t index) {
    const auto model = make_model(name);
    SampleOptions options;
    options.seed = seed_from_name(index);
    options.kernel = "mh";
    options.draws = 10000;
    options.thin = parameter == "included" ? 20 : 1;  // visits without the first term are rare and long
    options.start = StartKind::values;
    options.start_values = {std::move(start)};
    const std::vector<std::string>& words = GetParam().words;
    if (!words.empty()) {
      auto& tables = options.kernel_settings.proposals;
      tables.push_back({{parameter}, words[0], {}, {{"rounding", words[1]}, {"adapt", words[2]}}});
      if (parameter == "included") tables.push_back({{"coefficient"}, "normal", {{"group", {1}}}});
    }
    SampleObserver quiet;
    const SampleResult result = sample(*model, options, serial_layout(), quiet);
    int compared = 0;
    for (const ParameterSummary& row : result.summary.parameters) {
      for (const ClosedForm& form : model->description().closed_forms) {
        if (form.quantity != "mean(" + row.name + ")") continue;
        ASSERT_TRUE(row.mcse_mean) << row.name << " never moves";
        EXPECT_LT(std::fabs(row.mean - form.value), z_limit(kMeans) * *row.mcse_mean) << row.name << " is " << row.mean;
        ++compared;
      }
      if (row.name.starts_with(parameter)) {
        EXPECT_GT(row.sd, 0) << row.name;
      }
    }
    EXPECT_GT(compared, 0);
  }
};
INSTANTIATE_TEST_SUITE_P(Proposals, IntegerTruth, ::testing::ValuesIn(cases()),
                         [](const auto& named) { return named.param.name; });

TEST_P(IntegerTruth, OfSpinsFromOnePhase) { expect_truth("builtin:ising,L=3", "spin", std::vector<double>(9, 1), 0); }

TEST_P(IntegerTruth, OfTermsThatAreAllOut) {
  expect_truth("builtin:spike_slab", "included", std::vector<double>(6, 0), 1);
}

}  // namespace
}  // namespace dovetail::test
