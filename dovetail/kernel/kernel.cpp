#include "dovetail/kernel/kernel.hpp"

#include <cmath>

namespace dovetail {

StepFigures combine(const StepFigures& earlier, const StepFigures& later) {
  const bool later_shows = later.has_trajectory() || (!earlier.has_trajectory() && !std::isnan(later.acceptance));
  StepFigures both = later_shows ? later : earlier;
  both.leapfrogs = earlier.leapfrogs + later.leapfrogs;
  both.divergent = earlier.divergent || later.divergent;
  return both;
}

void record_error(KernelRecord& record, Point x) {
  if (record.error_events++ == 0) record.error_point.assign(x.begin(), x.end());
}

}  // namespace dovetail
