// Step sizes of gradient kernels on a ladder, where they are frozen in each round.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "dovetail/diagnose/thresholds.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {
namespace {

/// A kernel with its target, and the step size of every rung before the first round.
using Start = std::tuple<std::string, double, double>;

class StepSizesOnALadder : public ::testing::TestWithParam<Start> {};
INSTANTIATE_TEST_SUITE_P(Temper, StepSizesOnALadder,
                         ::testing::Values(Start{"nuts", 0.8, 0.01}, Start{"nuts", 0.8, 100}, Start{"hmc", 0.8, 0.01},
                                           Start{"hmc", 0.8, 100}, Start{"mala", 0.574, 0.01},
                                           Start{"mala", 0.574, 100}),
                         [](const auto& which) {
                           return std::get<0>(which.param) + (std::get<2>(which.param) < 1 ? "FromBelow" : "FromAbove");
                         });

// Far too short or too long for 100 coordinates of deviations 0.3 to 1: rounds of at most a factor of 4 bring the size
// within reach while they are short, the next settle it. A rung's neighbours pull at its step size, hence the wider
// limit for each of them.
TEST_P(StepSizesOnALadder, ReachTheTargetWithinEightRounds) {
  const auto [kernel, target, step_size] = GetParam();
  const auto model = make_model("builtin:mvn,d=100");
  TemperOptions options = own_options(8);
  options.kernel = kernel;
  options.replicas = 4;
  const TemperJob job(*model, options);
  TemperShared shared = job.begin_shared();
  for (std::size_t k = 1; k < shared.tuning.size(); ++k) shared.tuning[k].step_size = step_size;  // 0 draws exactly
  State<TemperJob> state = begin_from(job, std::move(shared));
  Observer quiet;
  run_job(job, state, quiet);
  const TemperingRow& row = state.shared.last->row;
  EXPECT_NEAR(*row.kernel_acceptance_mean, target, diagnose::threshold::kAcceptanceDistanceMax);
  EXPECT_GT(*row.kernel_acceptance_min, target - 2 * diagnose::threshold::kAcceptanceDistanceMax);
}

}  // namespace
}  // namespace dovetail::test
