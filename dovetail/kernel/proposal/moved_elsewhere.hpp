/// What a Metropolis kernel need not move, because another kernel does.
#pragma once

namespace dovetail {

/// Coordinates that other kernels of a cycle or mixture move, and that need no proposal therefore.
struct MovedElsewhere {
  bool reals = false;
  bool others = false;    ///< integers and angles
  bool switches = false;  ///< with what comes and goes
};

}  // namespace dovetail
