// What a run counts is what happened: density evaluations, restarts and round trips.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/model/callable.hpp"
#include "dovetail/tempering/schedule.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {
namespace {

struct Asked {
  std::uint64_t evaluations = 0, gradients = 0;
};

Asked sum_of(const TemperResult& result) {
  Asked sum;
  for (const TemperingRow& row : result.rounds) {
    sum.evaluations += row.density_evaluations;
    sum.gradients += row.gradient_evaluations;
  }
  return sum;
}

struct Setting {
  std::string name;
  std::string spec;
  std::string kernel;
  unsigned legs = 1;
  std::uint32_t copies = 1;
};
void PrintTo(const Setting& setting, std::ostream* out) { *out << setting.name; }

class EvaluationCount : public ::testing::TestWithParam<Setting> {};
INSTANTIATE_TEST_SUITE_P(Temper, EvaluationCount,
                         ::testing::Values(Setting{"Slice", "builtin:unid", "slice"},
                                           Setting{"AutoMala", "builtin:unid", "automala"},
                                           Setting{"Cycle", "builtin:unid", "automala+slice"},
                                           Setting{"Exact", "builtin:mvn,d=3", "exact"},
                                           Setting{"Integers", "builtin:ising,L=3", "slice"},
                                           Setting{"SliceTwoLegs", "builtin:unid", "slice", 2},
                                           Setting{"AutoMalaTwoLegs", "builtin:unid", "automala", 2},
                                           Setting{"CycleTwoLegsTwoCopies", "builtin:unid", "automala+slice", 2, 2}),
                         [](const auto& which) { return which.param.name; });

// The kernels' own count against calls of the model: what is left for swaps, records, a change of leg, a refitted
// reference and the output is nothing. The starting points, one call each, belong to no round, nor does the look that
// every state is given when a round begins (require_same_density).
TEST_P(EvaluationCount, IsThatOfTheKernelsAlone) {
  const auto inner = make_model(GetParam().spec);
  for (const bool every_rung : {false, true}) {
    const CountingModel model(*inner);
    TemperOptions options = own_options(7);
    options.kernel = GetParam().kernel;
    options.copies = GetParam().copies;
    options.legs = GetParam().legs;
    options.every_rung = every_rung;
    options.replicas = 5;
    if (options.legs == 2) options.reference = ReferenceKind::variational;
    const TemperResult result = run_temper(model, options);
    const Asked counted = sum_of(result);
    EXPECT_EQ(model.evaluations, counted.evaluations + 5 * options.legs * options.copies * (1 + options.rounds));
    EXPECT_EQ(model.gradients, counted.gradients);
    EXPECT_EQ(counted.evaluations, result.summary.sampling.density_evaluations);
    EXPECT_EQ(counted.gradients, result.summary.sampling.gradient_evaluations);
  }
}

// Independent draws at every rung: one evaluation for each rung and scan, so nothing at all for the rest of a scan.
TEST(EvaluationCount, OfExactDrawsIsOnePerRungAndScan) {
  const auto inner = make_model("builtin:mvn,d=3");
  const CountingModel model(*inner);
  TemperOptions options = own_options(8);
  options.kernel = "exact";
  options.replicas = 6;
  options.copies = 3;
  const TemperResult result = run_temper(model, options);
  for (const TemperingRow& row : result.rounds) EXPECT_EQ(row.density_evaluations, 18 * row.scans);
}

/// A likelihood that says nothing: every swap accepts.
auto flat_model() {
  return CallableModel(density(
      1, [](Point x) { return -0.5 * x[0] * x[0] - 0.91893853320467274; }, [](Point) { return 0.0; }));
}

/// docs/maths/tempering.md section 7, always-accepting swaps; all divisions floored.
tempering::TripCounts exact_trips(std::int64_t n, std::int64_t scans) {
  const auto passes = [&](std::int64_t a) { return a > scans - 1 ? 0 : (scans - 1 - a) / (2 * n) + 1; };
  std::int64_t trips = scans / (2 * n), restarts = passes(n - 1);
  for (std::int64_t i = 1; i < n; i += 2) {
    trips += std::max<std::int64_t>(0, scans - 1 - i) / (2 * n);
    restarts += passes(i + n);
  }
  for (std::int64_t i = 2; i < n; i += 2) {
    trips += std::max<std::int64_t>(0, (scans + i) / (2 * n) - 1);
    restarts += passes(3 * n - 1 - i);
  }
  return {static_cast<std::uint64_t>(restarts), static_cast<std::uint64_t>(trips)};
}

TEST(Trips, WithEverySwapAcceptedFollowTheFormulaOverTheWholeRun) {
  const auto model = flat_model();
  for (const std::uint32_t n : {2U, 3U, 4U, 7U, 10U}) {
    for (const std::uint32_t copies : {1U, 3U}) {
      TemperOptions options = own_options(7);
      options.replicas = n;
      options.copies = copies;
      const TemperResult result = run_temper(model, options);
      const auto exact = exact_trips(n, 254);
      EXPECT_EQ(result.summary.tempering->restarts, copies * exact.restarts) << n << " rungs";
      EXPECT_EQ(result.summary.tempering->round_trips, copies * exact.round_trips) << n << " rungs";
      EXPECT_EQ(result.rounds.back().swap_acceptance_min, 1);
    }
  }
}

TEST(Trips, OfARoundAreWhatItAddsToTheRun) {
  const auto model = flat_model();
  TemperOptions options = own_options(7);
  options.replicas = 4;
  const TemperResult result = run_temper(model, options);
  for (std::size_t r = 1; r < result.rounds.size(); ++r) {
    const auto before = exact_trips(4, (std::int64_t{2} << r) - 2);
    const auto after = exact_trips(4, (std::int64_t{4} << r) - 2);
    EXPECT_EQ(result.rounds[r].restarts, after.restarts - before.restarts) << "round " << r + 1;
    EXPECT_EQ(result.rounds[r].round_trips, after.round_trips - before.round_trips) << "round " << r + 1;
  }
}

/// The same walk without states: addresses swap in even and odd turns; both ends are references, the middle is the
/// target.
tempering::TripCounts walk(const tempering::Ladder& ladder, std::uint64_t scans) {
  enum class Seen { none, reference, target };
  std::vector<Seen> seen(ladder.size(), Seen::none);
  tempering::TripCounts counts;
  const std::size_t nv = ladder.betas(tempering::Leg::variational).size();
  for (std::uint64_t t = 0; t < scans; ++t) {
    for (std::size_t a = 0; a < seen.size(); ++a) {
      if (a == 0 || a + 1 == seen.size()) {
        counts.round_trips += seen[a] == Seen::target ? 1 : 0;
        seen[a] = Seen::reference;
      } else if ((a + 1 == nv || a == nv) && seen[a] == Seen::reference) {
        ++counts.restarts;
        seen[a] = Seen::target;
      }
    }
    for (std::size_t a = t % 2; a + 1 < seen.size(); a += 2) std::swap(seen[a], seen[a + 1]);
  }
  return counts;
}

TEST(Trips, OfTwoUnequalLegsAreThoseOfTheWalk) {
  const auto model = flat_model();
  for (const auto& [nv, nf] :
       std::vector<std::pair<std::size_t, std::size_t>>{{3, 3}, {2, 5}, {5, 2}, {3, 4}, {4, 7}}) {
    TemperOptions options = own_options(4);  // before a reference is fitted both legs start from the prior
    options.legs = 2;
    options.reference = ReferenceKind::variational;
    options.schedule = {0, 0.5, 1};  // only its being fixed matters: the ladder below stays as it is
    const TemperJob job(model, options);
    TemperShared shared = job.begin_shared();
    shared.ladder = tempering::Ladder::two_legs(tempering::equal_schedule(nv), tempering::equal_schedule(nf));
    shared.log_ratios = {std::vector<double>(nf - 1), std::vector<double>(nv - 1)};
    shared.tuning.resize(nv + nf, shared.tuning.front());
    shared.passes.resize(nv + nf, 1);
    State<TemperJob> state = begin_from(job, std::move(shared));
    Observer quiet;
    run_job(job, state, quiet);
    ASSERT_EQ(state.shared.ladder.size(), nv + nf);
    const auto expected = walk(state.shared.ladder, 30);
    EXPECT_EQ(state.shared.trips.restarts, expected.restarts) << nv << " + " << nf;
    EXPECT_EQ(state.shared.trips.round_trips, expected.round_trips) << nv << " + " << nf;
    EXPECT_GT(expected.round_trips, 0u);
  }
}

}  // namespace
}  // namespace dovetail::test
