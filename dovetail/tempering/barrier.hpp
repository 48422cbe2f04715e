/// The communication barrier of one leg from its rejections (docs/maths/tempering.md section 5).
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dovetail/tempering/pair_statistics.hpp"

namespace dovetail::tempering {

inline constexpr double kRejectionLeast = 1e-6;   ///< guard (i): keeps the cumulative barrier strictly increasing
inline constexpr double kRejectionMost = 0.999;   ///< cap of the corrected barrier: above it erf^-1 is all noise
inline constexpr double kRejectionCoarse = 0.9;   ///< above it the barrier is a lower bound
inline constexpr double kRejectionInsert = 0.95;  ///< a pair above it gets another rung
inline constexpr std::uint64_t kShrinkBelow = 8;  ///< guard (ii): fewer scans are shrunk toward 1/2

/// Barrier of one leg. `rejection`: N - 1 guarded values; `cumulative`: N.
struct Barrier {
  std::vector<double> rejection;   ///< NaN taken as 1, shrunk, raised to kRejectionLeast
  std::vector<double> cumulative;  ///< corrected, 0 at the reference, strictly increasing
  double rejection_sum = 0;        ///< of the measured rejections (NaN as 1, otherwise unguarded)
  double corrected = 0;            ///< sum of (2/sqrt pi) erf^-1(min(rejection, cap)), unguarded below
  double round_trip_rate = 0;      ///< 1/(2 + 2 sum rho/(1-rho)) per scan, from measured rejections
  std::size_t coarsest = 0;        ///< pair with the largest rejection, counted from the reference
  bool coarse = false;             ///< that rejection exceeds 0.9: ladder too coarse, `corrected` is a lower bound
  bool all_tiny = false;           ///< every rejection is below kRejectionLeast: nothing to adapt to
  std::size_t undefined = 0;       ///< pairs whose rejection was NaN
  std::size_t to_insert = 0;       ///< pairs with rejection above 0.95
};

/// (2/sqrt pi) erf^-1(min(rho, 0.999)): exact for Gaussian energies of equal variance, first order otherwise.
[[nodiscard]] double corrected_rejection(double rejection);

/// `rejection`: N - 1 from the reference, each from `scans` recorded scans.
[[nodiscard]] Barrier barrier_from_rejections(std::span<const double> rejection, std::uint64_t scans);

/// `rungs`: N records of one leg from its reference to its target, merged over copies.
[[nodiscard]] Barrier barrier_of(std::span<const RungStatistics> rungs);

}  // namespace dovetail::tempering
