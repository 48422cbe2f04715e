// Exact restarts and round trips when every swap accepts, and none when no swap does.
#include "dovetail/tempering/trips.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "dovetail/tempering/schedule.hpp"
#include "dovetail/tempering/swap.hpp"

namespace dovetail::tempering {
namespace {

enum class Swapper { always, never };

TripCounts simulate(const Ladder& ladder, std::uint64_t scans, Swapper swapper) {
  std::vector<TripState> replica(ladder.size(), TripState::no_end_seen);
  TripCounts counts;
  for (std::uint64_t t = 0; t < scans; ++t) {
    for (std::size_t a = 0; a < ladder.size(); ++a) observe_trip(ladder.role(a), replica[a], counts);
    if (swapper == Swapper::never) continue;
    for (std::size_t k = 0; k < ladder.pairs(); ++k) {
      if (swaps_at(k, t)) std::swap(replica[k], replica[k + 1]);
    }
  }
  return counts;
}

/// docs/maths/tempering.md section 7: closed form for one leg; all divisions floored.
TripCounts closed_form(std::int64_t n, std::int64_t scans) {
  const auto passes = [&](std::int64_t a) { return a > scans - 1 ? 0 : (scans - 1 - a) / (2 * n) + 1; };
  std::int64_t trips = scans / (2 * n), restarts = passes(n - 1);
  for (std::int64_t i = 1; i < n; i += 2) {
    trips += scans - 1 - i < 0 ? 0 : (scans - 1 - i) / (2 * n);
    restarts += passes(i + n);
  }
  for (std::int64_t i = 2; i < n; i += 2) {
    trips += std::max<std::int64_t>(0, (scans + i) / (2 * n) - 1);
    restarts += passes(3 * n - 1 - i);
  }
  return {static_cast<std::uint64_t>(restarts), static_cast<std::uint64_t>(trips)};
}

/// Two legs by arithmetic: a replica goes round a circle of 2M places, place u < M being address u on the way up and
/// u >= M address 2M-1-u on the way down. Between one reference and the other lies one pass of the targets, so a
/// replica that has met a reference restarts at the first target place after each reference and closes a trip at the
/// next one.
TripCounts two_leg_closed_form(std::int64_t nv, std::int64_t nf, std::int64_t scans) {
  const std::int64_t m = nv + nf;
  const auto count = [&](std::int64_t first, std::int64_t start) {  // visits of u = first (mod 2M) in scans >= start
    const std::int64_t t0 = start + ((first - start) % (2 * m) + 2 * m) % (2 * m);
    return t0 > scans - 1 ? 0 : (scans - 1 - t0) / (2 * m) + 1;
  };
  std::int64_t trips = 0, restarts = 0;
  for (std::int64_t i = 0; i < m; ++i) {
    const std::int64_t u0 = i % 2 == 0 ? i : 2 * m - 1 - i;
    const auto at = [&](std::int64_t u) { return u - u0; };  // time (mod 2M) at which place u is reached
    const auto from = [&](std::int64_t u) { return (at(u) % (2 * m) + 2 * m) % (2 * m); };
    // references are places 2M-1, 0 (variational end) and M-1, M (fixed end); a replica may start on any of them
    const std::int64_t met = std::min({from(2 * m - 1), from(0), from(m - 1), from(m)});
    const std::int64_t first_restart = std::min(met + (((at(nv - 1) - met) % (2 * m)) + 2 * m) % (2 * m),
                                                met + (((at(m + nf - 1) - met) % (2 * m)) + 2 * m) % (2 * m));
    restarts += count(at(nv - 1), met) + count(at(m + nf - 1), met);
    trips += count(at(m - 1), first_restart) + count(at(2 * m - 1), first_restart);
  }
  return {static_cast<std::uint64_t>(restarts), static_cast<std::uint64_t>(trips)};
}

TEST(Trips, AlwaysAcceptingGivesTheClosedForm) {
  for (const std::size_t n : {2, 3, 4, 7, 10, 200}) {
    const Ladder ladder = Ladder::one_leg(equal_schedule(n));
    for (const std::uint64_t scans : {0, 1, 2, 5, 31, 32, 139, 1024}) {
      const TripCounts seen = simulate(ladder, scans, Swapper::always);
      const TripCounts expected = closed_form(static_cast<std::int64_t>(n), static_cast<std::int64_t>(scans));
      EXPECT_EQ(seen.round_trips, expected.round_trips) << n << " rungs, " << scans << " scans";
      EXPECT_EQ(seen.restarts, expected.restarts) << n << " rungs, " << scans << " scans";
    }
  }
}

// counts found by an independent brute-force simulation, to check the closed form itself
TEST(Trips, AlwaysAcceptingGivesTheReferenceCounts) {
  const auto counts = [](std::size_t n, std::uint64_t scans) {
    const TripCounts c = simulate(Ladder::one_leg(equal_schedule(n)), scans, Swapper::always);
    return std::pair(c.round_trips, c.restarts);
  };
  using Counts = std::pair<std::uint64_t, std::uint64_t>;
  EXPECT_EQ(counts(4, 32), Counts(13, 15));
  EXPECT_EQ(counts(4, 1024), Counts(509, 511));
  EXPECT_EQ(counts(7, 1024), Counts(506, 509));
  EXPECT_EQ(counts(10, 1024), Counts(503, 508));
  EXPECT_EQ(counts(200, 16384), Counts(7993, 8093));
}

TEST(Trips, TwoUnequalLegsGiveTheClosedForm) {
  for (const auto& [nv, nf] :
       std::vector<std::pair<std::size_t, std::size_t>>{{2, 2}, {2, 5}, {5, 2}, {3, 4}, {7, 10}}) {
    const Ladder ladder = Ladder::two_legs(equal_schedule(nv), equal_schedule(nf));
    for (const std::uint64_t scans : {1, 3, 8, 25, 100, 777}) {
      const TripCounts seen = simulate(ladder, scans, Swapper::always);
      const TripCounts expected = two_leg_closed_form(static_cast<std::int64_t>(nv), static_cast<std::int64_t>(nf),
                                                      static_cast<std::int64_t>(scans));
      EXPECT_EQ(seen.restarts, expected.restarts) << nv << "+" << nf << " rungs, " << scans << " scans";
      EXPECT_EQ(seen.round_trips, expected.round_trips) << nv << "+" << nf << " rungs, " << scans << " scans";
    }
  }
}

TEST(Trips, NeverAcceptingGivesNone) {
  for (const std::size_t n : {2, 3, 4, 7, 10, 200}) {
    for (const Ladder& ladder :
         {Ladder::one_leg(equal_schedule(n)), Ladder::two_legs(equal_schedule(n), equal_schedule(3))}) {
      const TripCounts counts = simulate(ladder, 64, Swapper::never);
      EXPECT_EQ(counts.restarts, 0u);
      EXPECT_EQ(counts.round_trips, 0u);
    }
  }
}

TEST(Trips, StatePersistsOverRoundsWhileCountsStartAfresh) {
  const Ladder ladder = Ladder::one_leg({0, 0.5, 1});
  TripState state = TripState::no_end_seen;
  TripCounts first, second, third;
  observe_trip(ladder.role(2), state, first);  // the target before any reference counts for nothing
  observe_trip(ladder.role(0), state, first);
  observe_trip(ladder.role(1), state, second);
  observe_trip(ladder.role(2), state, second);
  observe_trip(ladder.role(2), state, second);
  observe_trip(ladder.role(0), state, third);
  observe_trip(ladder.role(0), state, third);
  EXPECT_EQ(first.restarts + first.round_trips, 0u);
  EXPECT_EQ(second.restarts, 1u);
  EXPECT_EQ(second.round_trips, 0u);
  EXPECT_EQ(third.restarts, 0u);
  EXPECT_EQ(third.round_trips, 1u);
  first.merge(second);
  first.merge(third);
  EXPECT_EQ(first.restarts, 1u);
  EXPECT_EQ(first.round_trips, 1u);
}

}  // namespace
}  // namespace dovetail::tempering
