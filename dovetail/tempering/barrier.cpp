// Rejections to barrier, with the guards of short and saturated rounds.
#include "dovetail/tempering/barrier.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail::tempering {

namespace {
constexpr double kTwoOverRootPi = 1.1283791670955126;

/// Guards (i), (ii), (iv) of the page, in the order that leaves a value in (0, 1].
double guarded(double measured, std::uint64_t scans) {
  const auto n = static_cast<double>(scans);
  const double shrunk = scans < kShrinkBelow ? (n * measured + 2 * 0.5) / (n + 2) : measured;
  return std::max(shrunk, kRejectionLeast);
}
}  // namespace

double corrected_rejection(double rejection) {
  return kTwoOverRootPi * math::erf_inverse(std::min(rejection, kRejectionMost));
}

Barrier barrier_from_rejections(std::span<const double> rejection, std::uint64_t scans) {
  DOVETAIL_REQUIRE(!rejection.empty());
  Barrier barrier;
  barrier.cumulative.push_back(0);
  barrier.all_tiny = true;
  double odds = 0;
  double largest = -1;
  for (std::size_t k = 0; k < rejection.size(); ++k) {
    if (std::isnan(rejection[k])) ++barrier.undefined;
    const double rho = std::isnan(rejection[k]) ? 1 : std::clamp(rejection[k], 0.0, 1.0);
    barrier.rejection_sum += rho;
    barrier.corrected += corrected_rejection(rho);
    odds += rho / (1 - rho);
    if (rho > largest) {
      largest = rho;
      barrier.coarsest = k;
    }
    if (rho >= kRejectionLeast) barrier.all_tiny = false;
    if (rho > kRejectionInsert) ++barrier.to_insert;
    barrier.rejection.push_back(guarded(rho, scans));
    barrier.cumulative.push_back(barrier.cumulative.back() + corrected_rejection(barrier.rejection.back()));
  }
  barrier.coarse = largest > kRejectionCoarse;
  barrier.round_trip_rate = 1 / (2 + 2 * odds);
  return barrier;
}

Barrier barrier_of(std::span<const RungStatistics> rungs) {
  DOVETAIL_REQUIRE(rungs.size() >= 2);
  std::vector<double> rejection;
  std::uint64_t scans = rungs.front().acceptance_count;
  for (const RungStatistics& rung : rungs.first(rungs.size() - 1)) {
    rejection.push_back(rung.rejection());
    scans = std::min(scans, rung.acceptance_count);
  }
  return barrier_from_rejections(rejection, scans);
}

}  // namespace dovetail::tempering
