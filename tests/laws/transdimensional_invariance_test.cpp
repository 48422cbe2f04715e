// Kernels leave laws whose coordinates come and go as they were: births and deaths, alone and in cycles and mixtures,
// and every kernel that moves what is there and nothing else.
//
// DOVETAIL_STARTS exact starts (a fifth for cycles, whose parts are tested alone), 1 to 3 steps with frozen tuning.
// What is not there holds the same number in exact draws and after a death, so a kernel that moves it is found out.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "dovetail/adapt/tuning.hpp"
#include "dovetail/kernel/registry.hpp"
#include "tests/support/invariance.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/transdimensional_laws.hpp"

#ifndef DOVETAIL_STARTS
#define DOVETAIL_STARTS 10000
#endif

namespace dovetail {
namespace {

constexpr std::size_t kSteps = 3;

struct Case {
  std::string name;
  std::string law;
  std::string kernel;
  std::vector<ProposalSpec> specs{};
};

ProposalSpec nested(const std::string& by, double jump, std::map<std::string, std::string> words = {}) {
  return {{by}, "nested", {{"jump", {jump}}}, std::move(words)};
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const char* law : {"signals", "shapes"}) {
    const bool counts = std::string(law) == "signals";
    const std::string by = counts ? "count" : "active";
    const std::vector<ProposalSpec> level =
        counts ? std::vector<ProposalSpec>{{{"level"}, "normal", {}, {}}} : std::vector<ProposalSpec>{};
    const auto with_level = [&](std::vector<ProposalSpec> specs) {
      specs.insert(specs.end(), level.begin(), level.end());
      return specs;
    };
    all.push_back({"births", law, "mh", with_level({nested(by, 1)})});
    all.push_back({"births_of_up_to_three", law, "mh", with_level({nested(by, 3)})});
    ProposalSpec other = nested(by, 2);
    other.births[counts ? "amplitude" : "amplitude[2]"] =
        counts ? BirthLaw{BirthKind::normal, 1, 3} : BirthLaw{BirthKind::normal, 0.4, 1.2};
    all.push_back({"births_of_another_law", law, "mh", with_level({other})});
    if (counts) all.push_back({"births_at_the_end", law, "mh", with_level({nested(by, 2, {{"dies", "last"}})})});
    const std::vector<std::string> inside =
        counts ? std::vector<std::string>{"level", "amplitude", "place"} : std::vector<std::string>{"amplitude"};
    std::vector<ProposalSpec> tables{nested(by, 1), {inside, "normal", {{"scale", {0.8}}}, {}}};
    if (counts) tables.push_back({{"phase"}, "angular", {{"group", {1}}}, {}});
    all.push_back({"tables", law, "mh", tables});
    for (const char* kernel : {"mh", "slice", "nuts", "hmc", "mala", "aaps", "automala", "mh+slice", "nuts+mh",
                               "0.5*mh|0.5*slice", "mh+automala"}) {
      all.push_back({std::string("kernel_") + kernel, law, kernel});
    }
  }
  for (Case& one : all) {
    one.name += "_on_" + one.law;
    std::replace_if(
        one.name.begin(), one.name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  }
  return all;
}

class TransdimensionalInvariance : public ::testing::TestWithParam<Case> {};

TEST_P(TransdimensionalInvariance, LeavesTheLawAsItWas) {
  const auto law = test::make_transdimensional_law(GetParam().law);
  KernelSettings settings;
  settings.leapfrogs = 4;
  settings.depth_max = GetParam().kernel == "aaps" ? 10 : 4;  // six segments take more than 15 steps
  settings.proposals = GetParam().specs;
  const auto kernel = make_kernel(GetParam().kernel, law->coordinates(), settings);
  EXPECT_TRUE(kernel->needs().knows_absence);
  Tuning tuning = initial_tuning(law->coordinates());
  kernel->begin_tuning(tuning, law->coordinates());
  tuning.step_size = kernel->needs().metric ? 0.5 : 0.8;
  tuning.metric = test::awkward_metric(*law, MetricKind::diagonal);
  for (std::size_t i = 0; i < tuning.width.size(); ++i) {
    tuning.scale[i] = 0.5 + 0.25 * static_cast<double>(i);
    if (law->coordinates()[i].kind != CoordinateKind::integer) tuning.width[i] = 0.6;
  }
  const bool cycle = GetParam().kernel.find_first_of("+|") != std::string::npos;
  test::expect_invariance(*law, *kernel, tuning, cycle ? DOVETAIL_STARTS / 5 : DOVETAIL_STARTS, kSteps,
                          test::seed_from_name());
}

INSTANTIATE_TEST_SUITE_P(Laws, TransdimensionalInvariance, ::testing::ValuesIn(cases()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace dovetail
