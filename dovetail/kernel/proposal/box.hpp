/// A box around the values of a block: the parameters' own bounds, or bounds given to the proposal.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/kernel/proposal/value_scale.hpp"

namespace dovetail {

/// One side per coordinate of a block, and its name for messages.
struct Side {
  ValueScale scale;
  std::string name;

  /// UsageError when u is outside; a chain that starts there could never be told from one that may not be there.
  [[nodiscard]] Room room(double u) const {
    const Room room = scale.room(u);
    if (!(room.below >= 0 && room.above >= 0)) [[unlikely]] {
      throw UsageError("parameter \"" + name + "\" is outside the box of its proposal (no move leads back into it); " +
                       "start it inside, or widen lower and upper");
    }
    return room;
  }
};

}  // namespace dovetail
