#include "dovetail/model/model.hpp"

#include "dovetail/core/error.hpp"

namespace dovetail {

LogDensity Model::log_density_gradient(Point, PointOut, PointOut) const {
  throw UsageError("model " + description().name + " has no gradient; use --kernel slice");
}

void Model::draw_prior(Rng&, PointOut) const {
  throw UsageError("model " + description().name + " cannot draw from its prior; use --reference gaussian");
}

void Model::draw_exact(double, Rng&, PointOut) const {
  throw UsageError("model " + description().name + " has no exact draws; use --kernel slice");
}

void Model::unconstrain(Point, PointOut) const {
  throw ModelError("model " + description().name +
                   " cannot start from values (it does not say how its parameters become coordinates); leave the "
                   "starting values out");
}

}  // namespace dovetail
