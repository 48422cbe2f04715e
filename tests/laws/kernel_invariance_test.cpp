// Every kernel of the registry leaves every law on which it moves invariant: start in it exactly, take steps, still be
// there.
//
// DOVETAIL_STARTS independent starts, 1..5 steps, compared as tests/support/invariance.hpp says.
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "dovetail/adapt/tuning.hpp"
#include "dovetail/kernel/registry.hpp"
#include "tests/support/invariance.hpp"
#include "tests/support/laws_with_draws.hpp"
#include "tests/support/seed.hpp"

#ifndef DOVETAIL_STARTS  // mutants are gross
#define DOVETAIL_STARTS 10000
#define DOVETAIL_CYCLE_STARTS 10000
#endif

namespace dovetail {
namespace {

/// Cycles get DOVETAIL_CYCLE_STARTS, which may be fewer: each of their parts is tested alone.
std::uint32_t starts_for(const std::string& kernel) {
  return kernel.find('+') == std::string::npos ? DOVETAIL_STARTS : DOVETAIL_CYCLE_STARTS;
}
constexpr std::size_t kSteps = 5;

/// Unlike every coordinate's own scale, so that bracketing, doubling and step searches all happen. In whitened units
/// the step is short enough for trajectories of several lengths.
Tuning awkward_tuning(const test::Law& law, const KernelNeeds& needs) {
  const auto coordinates = law.coordinates();
  Tuning tuning = initial_tuning(coordinates);
  tuning.step_size = needs.metric ? 0.5 : 0.8;
  tuning.metric = test::awkward_metric(law, test::metric_kind_for(law));
  if (needs.archive) tuning.archive = test::awkward_archive(law);
  for (std::size_t i = 0; i < coordinates.size(); ++i) {
    tuning.scale[i] = 0.5 + 0.75 * static_cast<double>(i);
    tuning.width[i] = coordinates[i].kind == CoordinateKind::integer ? 2 : 0.6;
  }
  return tuning;
}

using Case = std::tuple<std::string, std::string>;  ///< kernel, law
class KernelInvariance : public ::testing::TestWithParam<Case> {};

TEST_P(KernelInvariance, LeavesTheLawAsItWas) {
  const auto law = test::make_law(std::get<1>(GetParam()));
  KernelSettings settings;
  settings.leapfrogs = 4;
  const auto kernel = make_kernel(std::get<0>(GetParam()), law->coordinates(), settings);
  test::expect_invariance(*law, *kernel, awkward_tuning(*law, kernel->needs()), starts_for(std::get<0>(GetParam())),
                          kSteps, test::seed_from_name());
}

/// Every kernel on every law where it moves at all. Kernels of reals leave integers alone; paths of aaps all meet the
/// hard bound of skewed, and then the point stays.
std::vector<Case> cases() {
  std::vector<Case> all;
  for (const KernelEntry& entry : kernel_registry()) {
    for (const std::string& name : test::law_names()) {
      const auto law = test::make_law(name);
      const bool reals_alone = make_kernel(entry.name, law->coordinates())->needs().real_only;
      if ((reals_alone && name == "integers") || (entry.name == "aaps" && name == "skewed")) continue;
      all.emplace_back(entry.name, name);
    }
  }
  return all;
}

std::string case_name(const ::testing::TestParamInfo<Case>& info) {
  std::string name = std::get<0>(info.param) + "_" + std::get<1>(info.param);
  std::replace(name.begin(), name.end(), '+', '_');
  return name + "_from_" + std::to_string(starts_for(std::get<0>(info.param)));
}

INSTANTIATE_TEST_SUITE_P(Registry, KernelInvariance, ::testing::ValuesIn(cases()), case_name);

}  // namespace
}  // namespace dovetail
