#include "dovetail/kernel/path.hpp"

#include "dovetail/core/error.hpp"

namespace dovetail {

Potential Path::evaluate_gradient(Point, PointOut, PointOut) const {
  throw UsageError("this density has no gradient (a gradient kernel was asked to move it); use --kernel slice");
}

bool Path::draw_exact(double, Rng&, PointOut) const { return false; }

}  // namespace dovetail
