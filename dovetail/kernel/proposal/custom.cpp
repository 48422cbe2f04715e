#include "dovetail/kernel/proposal/custom.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dovetail/kernel/proposal/circle.hpp"

namespace dovetail {
namespace {

constexpr std::size_t kTrials = 100;
constexpr double kSymmetryTolerance = 1e-10;

ValueScale scale_of(const Coordinate& c) {
  return c.kind == CoordinateKind::real ? ValueScale(c) : ValueScale::box(-kInfinity, kInfinity);
}

double middle(const Coordinate& c) {
  if (c.kind == CoordinateKind::real) return ValueScale(c).value(0);
  if (c.kind == CoordinateKind::cyclic) return c.lower;
  return std::clamp(0.0, c.lower, c.upper);
}

}  // namespace

UserProposal::UserProposal(std::vector<std::size_t> block, std::vector<Coordinate> coordinates, CustomProposal custom,
                           const std::string& name)
    : Proposal(std::move(block)), coordinates_(std::move(coordinates)), custom_(std::move(custom)) {
  for (const Coordinate& c : coordinates_) scales_.push_back(scale_of(c));
  if (!custom_.sample || !custom_.log_density) {
    throw UsageError(name + " lacks sample or log_density (both are needed, for symmetric proposals too); give both");
  }
  try_out(name);
}

/// Wraps angles; false when a value is none of its parameter's.
bool UserProposal::settle(PointOut values) const {
  for (std::size_t i = 0; i < size(); ++i) {
    const Coordinate& c = coordinates_[i];
    double& x = values[i];
    if (!std::isfinite(x)) return false;
    if (c.kind == CoordinateKind::cyclic) x = wrapped(x, c.lower, c.upper - c.lower);
    if (c.kind == CoordinateKind::integer && x != std::floor(x)) return false;
    if (!(x >= c.lower && x <= c.upper)) return false;
  }
  return true;
}

double UserProposal::log_ratio(Point from, Point to) const {
  return custom_.symmetric ? 0 : custom_.log_density(from, to) - custom_.log_density(to, from);
}

double UserProposal::propose(Point from, const ProposalTuning&, Rng& rng, std::span<double> scratch,
                             PointOut to) const {
  const std::size_t d = size();
  const std::span<double> x = scratch.first(d);
  const std::span<double> next = scratch.subspan(d, d);
  for (std::size_t i = 0; i < d; ++i) x[i] = scales_[i].value(from[block()[i]]);
  std::copy(x.begin(), x.end(), next.begin());
  custom_.sample(x, rng, next);
  if (!settle(next)) return -kInfinity;
  double h = log_ratio(x, next);
  for (std::size_t i = 0; i < d; ++i) {
    const std::size_t at = block()[i];
    to[at] = scales_[i].coordinate(next[i]);
    if (!std::isfinite(to[at])) return -kInfinity;
    h += scales_[i].log_jacobian(from[at]) - scales_[i].log_jacobian(to[at]);
  }
  return h < kInfinity ? h : -kInfinity;  // NaN too: log q failed at a point that its trial did not meet
}

void UserProposal::try_out(const std::string& name) const {
  const std::size_t d = size();
  std::vector<double> x(d), next(d);
  for (std::size_t i = 0; i < d; ++i) x[i] = middle(coordinates_[i]);
  Rng rng({0, Purpose::check, ItemId(0), Step(0)});
  bool settled = false;
  for (std::size_t n = 0; n < kTrials; ++n) {
    next = x;
    custom_.sample(x, rng, next);
    if (!settle(next)) continue;
    settled = true;
    const double there = custom_.log_density(next, x);
    const double back = custom_.log_density(x, next);
    if (!std::isfinite(there) || !std::isfinite(back)) {
      throw UsageError(name + ": log_density is not finite between a point and a draw from it (the way back must be " +
                       "as possible as the way there); correct sample or log_density");
    }
    if (custom_.symmetric && !(std::fabs(there - back) <= kSymmetryTolerance)) {
      throw UsageError(name +
                       " is called symmetric, but log q(a|b) and log q(b|a) differ (draws would follow another " +
                       "law); set symmetric = false");
    }
    x = next;
  }
  if (!settled) {
    throw UsageError(name +
                     ": none of 100 draws of sample from the middle of the parameters' ranges lies within them, " +
                     "whole where integers are meant (every move would be refused); correct sample");
  }
}

}  // namespace dovetail
