#include "dovetail/kernel/kernel.hpp"

namespace dovetail {

void record_error(KernelRecord& record, Point x) {
  if (record.error_events++ == 0) record.error_point.assign(x.begin(), x.end());
}

}  // namespace dovetail
