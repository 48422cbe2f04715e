#include "dovetail/kernel/proposal/birth.hpp"

#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/truncated_normal.hpp"

namespace dovetail {
namespace {

constexpr double kLogRootTwoPi = 0.91893853320467274178;
constexpr double kIntegerMax = 0x1p53;

}  // namespace

std::string Birth::obstacle(const Coordinate& c, const BirthLaw& law) {
  const bool below = c.lower > -kInfinity;
  const bool above = c.upper < kInfinity;
  if (law.kind == BirthKind::uniform) {
    if (below && above && std::fabs(c.lower) <= kIntegerMax && std::fabs(c.upper) <= kIntegerMax) return "";
    return "it has no two bounds to be uniform between";
  }
  if (c.kind != CoordinateKind::real) return "integers and angles are born uniform alone";
  if (!(law.sd > 0) || !std::isfinite(law.sd) || !std::isfinite(law.mean)) return "mean and sd > 0 must be finite";
  if (law.kind == BirthKind::normal) {
    return law.mean >= c.lower && law.mean <= c.upper ? "" : "the mean is beyond its bounds";
  }
  if (!below || above) return "a lognormal value has a lower bound and no upper one";
  return law.mean > c.lower ? "" : "the mean is not above its lower bound";
}

Birth::Birth(const Coordinate& c, const BirthLaw& law) : lower_(c.lower), upper_(c.upper), scale_(c) {
  DOVETAIL_REQUIRE(obstacle(c, law).empty());
  if (law.kind == BirthKind::uniform) {
    shape_ = c.kind == CoordinateKind::integer  ? Shape::integer
             : c.kind == CoordinateKind::cyclic ? Shape::circle
                                                : Shape::between;
    // between bounds the density of the coordinate is that of the logistic map: no constant
    log_constant_ = shape_ == Shape::integer  ? -math::log(upper_ - lower_ + 1)
                    : shape_ == Shape::circle ? -math::log(upper_ - lower_)
                                              : 0;
  } else if (law.kind == BirthKind::normal) {
    shape_ = Shape::normal;
    mean_ = law.mean;
    sd_ = law.sd;
    const double mass = math::normal_mass_around_zero((lower_ - mean_) / sd_, (upper_ - mean_) / sd_);
    log_constant_ = -kLogRootTwoPi - math::log(sd_) - math::log(mass);
  } else {
    shape_ = Shape::log_normal;
    const double share = law.sd / (law.mean - lower_);
    const double variance = math::log1p(share * share);
    mean_ = math::log(law.mean - lower_) - 0.5 * variance;
    sd_ = std::sqrt(variance);
    log_constant_ = -kLogRootTwoPi - math::log(sd_);
  }
}

double Birth::draw(Rng& rng) const {
  switch (shape_) {
    case Shape::integer:
      return static_cast<double>(
          math::draw_integer(rng, static_cast<std::int64_t>(lower_), static_cast<std::int64_t>(upper_)));
    case Shape::circle: {
      const double x = math::draw_uniform(rng, lower_, upper_);
      return x < upper_ ? x : lower_;
    }
    case Shape::between: {
      const double p = rng.uniform_open();
      return math::log(p) - math::log1p(-p);
    }
    case Shape::normal: {
      const double z = math::draw_normal_around_zero(rng, (lower_ - mean_) / sd_, (upper_ - mean_) / sd_).z;
      return scale_.moved(mean_, {mean_ - lower_, upper_ - mean_}, sd_ * z);
    }
    case Shape::log_normal:
      break;
  }
  return mean_ + sd_ * math::draw_normal(rng);
}

double Birth::log_density(double u) const {
  switch (shape_) {
    case Shape::integer:
    case Shape::circle:
      return log_constant_;
    case Shape::between:
      return math::log_logistic(u) + math::log_logistic(-u);
    case Shape::normal: {
      // from the nearer bound, where a value has its digits
      const Room room = scale_.room(u);
      const double deviation = room.below < room.above  ? room.below - (mean_ - lower_)
                               : room.above < kInfinity ? (upper_ - mean_) - room.above
                                                        : u - mean_;
      const double z = deviation / sd_;
      return log_constant_ - 0.5 * z * z + scale_.log_jacobian(u);
    }
    case Shape::log_normal:
      break;
  }
  const double z = (u - mean_) / sd_;
  return log_constant_ - 0.5 * z * z;
}

void Newborn::draw(Rng& rng, PointOut x) const {
  for (std::size_t i = 0; i < coordinates.size(); ++i) x[coordinates[i]] = births[i].draw(rng);
}

double Newborn::log_density(Point x) const {
  double sum = 0;
  for (std::size_t i = 0; i < coordinates.size(); ++i) {
    const double u = x[coordinates[i]];
    if (!std::isfinite(u)) return -kInfinity;
    sum += births[i].log_density(u);
  }
  return sum;
}

void Newborn::clear(PointOut x) const {
  for (std::size_t i = 0; i < coordinates.size(); ++i) x[coordinates[i]] = absent[i];
}

void Newborn::take(const Newborn& other, PointOut x) const {
  for (std::size_t i = 0; i < coordinates.size(); ++i) x[coordinates[i]] = x[other.coordinates[i]];
}

}  // namespace dovetail
