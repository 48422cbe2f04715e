/// Restarts and round trips of replicas between reference and target (docs/maths/tempering.md section 7).
#pragma once
#include <cstdint>

#include "dovetail/tempering/ladder.hpp"

namespace dovetail::tempering {

/// Which end a replica saw last. Belongs to the replica, moves with it, and persists over rounds.
enum class TripState : std::uint8_t { no_end_seen, from_reference, from_target };

/// What replicas did; adds up over rungs, rounds and copies.
struct TripCounts {
  std::uint64_t restarts = 0;     ///< reference to target
  std::uint64_t round_trips = 0;  ///< reference to target to reference

  void merge(const TripCounts& other) {
    restarts += other.restarts;
    round_trips += other.round_trips;
  }
  template <class Archive>
  void describe(Archive& archive) {
    archive(restarts);
    archive(round_trips);
  }
};

/// Once per scan for the replica at `role`, before the swap.
inline void observe_trip(const RungRole& role, TripState& state, TripCounts& counts) {
  if (role.is_reference) {
    if (state == TripState::from_target) ++counts.round_trips;
    state = TripState::from_reference;
  } else if (role.is_target && state == TripState::from_reference) {
    ++counts.restarts;
    state = TripState::from_target;
  }
}

}  // namespace dovetail::tempering
