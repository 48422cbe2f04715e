/// Choice of the betas and of how many there are (docs/maths/tempering.md section 5; docs/adr/0011, 0012).
///
/// Every rule looks at the round number and at merged statistics only, never at how many rounds are still to come: a
/// run of 10 rounds continued by 2 gives the bits of a run of 12.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dovetail/tempering/barrier.hpp"

namespace dovetail::tempering {

/// Rungs per unit of barrier: N = ceil(kRungsPerBarrier * Lambda_c) + 1 (docs/adr/0012 has the figures).
inline constexpr double kRungsPerBarrier = 3;
inline constexpr std::size_t kReplicasMin = 3;
inline constexpr std::size_t kReplicasStart = 10;        ///< before anything is known
inline constexpr std::uint32_t kReplicasFirstRound = 3;  ///< the automatic choice acts at the ends of these rounds
inline constexpr std::uint32_t kReplicasLastRound = 8;   ///< and later only when the ladder is far too short

/// 0, 1/(N-1), ..., 1. Requires n >= 2.
[[nodiscard]] std::vector<double> equal_schedule(std::size_t n);

/// 0, then `temperatures` betas from 1/T_max to 1 with one ratio, as in EPSIE and ptemcee, which lack the rung at 0:
/// without it neither the evidence nor a restart from the reference exists. Requires T_max > 1, temperatures >= 2
/// (UsageError).
[[nodiscard]] std::vector<double> geometric_schedule(double temperature_max, std::size_t temperatures);

/// A user's own betas: at least 2, start at 0, end at 1, increase. UsageError names the first that does not.
void check_schedule(std::span<const double> betas);

struct Schedule {
  std::vector<double> betas;        ///< from exactly 0 to exactly 1
  std::vector<double> coordinates;  ///< of each beta on the old cumulative barrier, for reassign()
  std::string note;                 ///< why the schedule was kept or has fewer rungs than asked; empty otherwise
};

/// Equal steps of the barrier. `betas`: N old ones; `n`: rungs wanted, >= 2. Neighbours closer than 16 units in the
/// last place or than `least_step` are merged, so that fewer than n rungs may come back. When every rejection is tiny
/// the schedule is kept (and if n differs, spread equally in beta).
[[nodiscard]] Schedule adapt_schedule(std::span<const double> betas, const Barrier& barrier, std::size_t n,
                                      double least_step = 0);

/// How many rungs the next round has, in automatic mode, at the end of `round`. Deviation from the page: no rule may
/// look at the total number of rounds, so it acts at the ends of rounds 3..8 when the change is at least
/// max(1, 15 %), later only when more than 1.5 times as many are needed.
[[nodiscard]] std::size_t choose_replicas(const Barrier& barrier, std::size_t replicas, std::uint32_t round,
                                          std::size_t replicas_max);

/// For each new rung the old rung whose state it takes: nearest on the cumulative barrier, ties to the lower.
/// `old_cumulative`: N, `coordinates`: N' (Schedule::coordinates). A state taken twice needs a new replica identity.
[[nodiscard]] std::vector<std::size_t> reassign(std::span<const double> old_cumulative,
                                                std::span<const double> coordinates);

}  // namespace dovetail::tempering
