// Equal steps of the barrier, how many of them, and which states they start from.
#include "dovetail/tempering/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dovetail/core/decimal.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/tempering/monotone_cubic.hpp"

namespace dovetail::tempering {

namespace {
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr double kResolution = 16;  ///< units in the last place that two rungs must differ by

/// Leaves out rungs that stand too near the one before, or too near the target; both ends stay. Guard (iii).
void thin(Schedule& schedule, double least_step) {
  const std::size_t wanted = schedule.betas.size();
  const auto near = [&](double low, double high) {
    return !(high - low >= std::max(least_step, kResolution * kEpsilon * high));
  };
  std::vector<double> betas{0};
  std::vector<double> coordinates{schedule.coordinates.front()};
  for (std::size_t k = 1; k + 1 < wanted; ++k) {
    if (near(betas.back(), schedule.betas[k]) || near(schedule.betas[k], 1)) continue;
    betas.push_back(schedule.betas[k]);
    coordinates.push_back(schedule.coordinates[k]);
  }
  betas.push_back(1);
  coordinates.push_back(schedule.coordinates.back());
  if (betas.size() < wanted) {
    schedule.note = std::to_string(wanted) + " rungs were wanted but only " + std::to_string(betas.size()) +
                    " different betas can be told apart (the barrier is too sharp for double precision); a reference "
                    "nearer to the target removes it.";
  }
  schedule.betas = std::move(betas);
  schedule.coordinates = std::move(coordinates);
}
}  // namespace

std::vector<double> equal_schedule(std::size_t n) {
  DOVETAIL_REQUIRE(n >= 2);
  std::vector<double> betas(n);
  for (std::size_t k = 0; k < n; ++k) betas[k] = static_cast<double>(k) / static_cast<double>(n - 1);
  return betas;
}

std::vector<double> geometric_schedule(double temperature_max, std::size_t temperatures) {
  if (!(temperature_max > 1) || !std::isfinite(temperature_max)) {
    throw UsageError("the highest temperature of a geometric schedule is " + shortest(temperature_max) +
                     " (the target has temperature 1, all others are higher); give a number above 1.");
  }
  if (temperatures < 2) {
    throw UsageError("a geometric schedule has " + std::to_string(temperatures) +
                     " temperatures (it goes from the highest to 1); give at least 2.");
  }
  std::vector<double> betas{0};
  const double log_step = math::log(temperature_max) / static_cast<double>(temperatures - 1);
  for (std::size_t k = temperatures; k-- > 0;) betas.push_back(math::exp(-log_step * static_cast<double>(k)));
  check_schedule(betas);
  return betas;
}

void check_schedule(std::span<const double> betas) {
  const std::string why = " (the ladder runs from the reference, beta 0, to the target, beta 1); ";
  if (betas.size() < 2) {
    throw UsageError("the schedule has " + std::to_string(betas.size()) + " betas" + why +
                     "give at least the two ends, as in 0,0.1,1.");
  }
  if (betas.front() != 0) {
    throw UsageError("the schedule starts at " + shortest(betas.front()) + " instead of 0" + why + "put 0 first.");
  }
  if (betas.back() != 1) {
    throw UsageError("the schedule ends at " + shortest(betas.back()) + " instead of 1" + why + "put 1 last.");
  }
  for (std::size_t k = 1; k < betas.size(); ++k) {
    if (betas[k - 1] < betas[k]) continue;
    throw UsageError("the schedule does not increase at its beta number " + std::to_string(k + 1) + ": " +
                     shortest(betas[k - 1]) + " is followed by " + shortest(betas[k]) + why +
                     "give each beta once, in increasing order.");
  }
}

Schedule adapt_schedule(std::span<const double> betas, const Barrier& barrier, std::size_t n, double least_step) {
  DOVETAIL_REQUIRE(n >= 2 && barrier.cumulative.size() == betas.size());
  Schedule schedule;
  if (barrier.all_tiny) {
    schedule.note =
        "every swap was accepted, so there is nothing to adapt the schedule to (is the reference the target?).";
    const MonotoneCubic coordinate(betas, barrier.cumulative);
    schedule.betas = n == betas.size() ? std::vector<double>(betas.begin(), betas.end()) : equal_schedule(n);
    for (const double beta : schedule.betas) schedule.coordinates.push_back(coordinate.value(beta));
    return schedule;
  }
  const MonotoneCubic beta_of(barrier.cumulative, betas);
  const double total = barrier.cumulative.back();
  for (std::size_t k = 0; k < n; ++k) {
    const double coordinate = k + 1 == n ? total : total * static_cast<double>(k) / static_cast<double>(n - 1);
    schedule.coordinates.push_back(coordinate);
    schedule.betas.push_back(beta_of.value(coordinate));
  }
  thin(schedule, least_step);
  return schedule;
}

std::size_t choose_replicas(const Barrier& barrier, std::size_t replicas, std::uint32_t round,
                            std::size_t replicas_max) {
  if (round < kReplicasFirstRound) return replicas;
  const bool late = round > kReplicasLastRound;
  const auto now = static_cast<double>(replicas);
  const bool insert = !late && barrier.to_insert > 0;
  double wanted = std::ceil(kRungsPerBarrier * barrier.corrected) + 1;
  if (insert) wanted = std::max(wanted, now + static_cast<double>(barrier.to_insert));
  const auto most = static_cast<double>(std::max(replicas_max, kReplicasMin));
  wanted = std::clamp(wanted, static_cast<double>(kReplicasMin), most);
  const bool enough = late ? wanted > 1.5 * now : insert || std::fabs(wanted - now) >= std::max(1.0, 0.15 * now);
  return enough ? static_cast<std::size_t>(wanted) : replicas;
}

std::vector<std::size_t> reassign(std::span<const double> old_cumulative, std::span<const double> coordinates) {
  DOVETAIL_REQUIRE(!old_cumulative.empty());
  std::vector<std::size_t> source;
  source.reserve(coordinates.size());
  for (const double coordinate : coordinates) {
    std::size_t nearest = 0;
    for (std::size_t k = 1; k < old_cumulative.size(); ++k) {
      if (std::fabs(old_cumulative[k] - coordinate) < std::fabs(old_cumulative[nearest] - coordinate)) nearest = k;
    }
    source.push_back(nearest);
  }
  return source;
}

}  // namespace dovetail::tempering
