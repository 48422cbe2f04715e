#include "dovetail/kernel/proposal/nested.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail {
namespace {

std::vector<std::size_t> with_coordinates(std::vector<std::size_t> block, const Newborn& newborn) {
  block.insert(block.end(), newborn.coordinates.begin(), newborn.coordinates.end());
  return block;
}

std::vector<std::size_t> block_of(std::span<const SwitchedComponent> components) {
  std::vector<std::size_t> block;
  for (const SwitchedComponent& c : components) block.push_back(c.by);
  for (const SwitchedComponent& c : components) block = with_coordinates(std::move(block), c.newborn);
  return block;
}

std::vector<std::size_t> block_of(std::size_t by, std::span<const CountedComponent> components) {
  std::vector<std::size_t> block{by};
  for (const CountedComponent& c : components) block = with_coordinates(std::move(block), c.newborn);
  return block;
}

/// A change of size: up by `change`, or down by as much where it is negative; 0 where there is no other size.
struct Resize {
  double change = 0;
  double log_choices = 0;  ///< log n(k)/n(k')
};

/// Uniform over the other sizes within `jump` that exist: `down` below and `up` above.
Resize draw_resize(double down, double up, std::uint64_t jump, Rng& rng) {
  const auto most = static_cast<double>(jump);
  const auto choices = [&](double below, double above) { return std::min(below, most) + std::min(above, most); };
  const double here = choices(down, up);
  if (here == 0) return {};
  const double deaths = std::min(down, most);
  const auto drawn = static_cast<double>(math::draw_integer(rng, 1, static_cast<std::int64_t>(here)));
  const double change = drawn <= deaths ? -drawn : drawn - deaths;
  return {change, math::log(here / choices(down + change, up - change))};
}

/// log C(a, m)/C(b, m).
double log_choose_ratio(double a, double b, double m) {
  double ratio = 1;
  for (double i = 0; i < m; ++i) ratio *= (a - i) / (b - i);
  return math::log(ratio);
}

}  // namespace

SwitchedBirths::SwitchedBirths(std::vector<SwitchedComponent> components, std::uint64_t jump)
    : Proposal(block_of(components)), components_(std::move(components)), jump_(jump) {
  DOVETAIL_REQUIRE(!components_.empty() && jump_ >= 1);
}

double SwitchedBirths::propose(Point from, const ProposalTuning&, Rng& rng, std::span<double>, PointOut to) const {
  const auto all = static_cast<double>(components_.size());
  double there = 0;
  for (const SwitchedComponent& c : components_) there += is_on(c, from) ? 1 : 0;
  const Resize resize = draw_resize(there, all - there, jump_, rng);
  const bool grows = resize.change > 0;
  const double m = std::fabs(resize.change);
  const double after = there + resize.change;
  double h = resize.log_choices;
  h += grows ? log_choose_ratio(all - there, after, m) : log_choose_ratio(there, all - after, m);
  double left = m;  // a uniform choice of m among those that could change
  double candidates = grows ? all - there : there;
  for (const SwitchedComponent& c : components_) {
    if (is_on(c, from) == grows) continue;
    const bool chosen = rng.uniform() * candidates < left;
    --candidates;
    if (!chosen) continue;
    --left;
    if (grows) c.newborn.draw(rng, to);
    const double log_birth = c.newborn.log_density(to);
    if (log_birth == -kInfinity) return -kInfinity;
    h += grows ? -log_birth : log_birth;
    to[c.by] = grows ? c.on : c.off;
    if (!grows) c.newborn.clear(to);
  }
  return h;
}

CountedBirths::CountedBirths(std::size_t by, double lower, double upper, std::vector<CountedComponent> components,
                             Dies dies, std::uint64_t jump)
    : Proposal(block_of(by, components)),
      by_(by),
      lower_(lower),
      upper_(upper),
      components_(std::move(components)),
      dies_(dies),
      jump_(jump) {
  DOVETAIL_REQUIRE(lower_ < upper_ && jump_ >= 1);
  for (std::size_t i = 1; i < components_.size(); ++i) {
    DOVETAIL_REQUIRE(components_[i - 1].from < components_[i].from);
  }
}

double CountedBirths::propose(Point from, const ProposalTuning&, Rng& rng, std::span<double>, PointOut to) const {
  const double before = from[by_];
  const Resize resize = draw_resize(before - lower_, upper_ - before, jump_, rng);
  const double after = before + resize.change;
  to[by_] = after;
  const bool grows = resize.change > 0;
  double births = 0;  // sum of log b over the born, minus that over the dead
  if (dies_ == Dies::any) {
    const auto there = static_cast<std::size_t>(
        std::count_if(components_.begin(), components_.end(), [&](const auto& c) { return c.from <= before; }));
    births = grows ? grow_anywhere(there, resize.change, rng, to) : shrink_anywhere(there, -resize.change, rng, to);
  } else {
    births = grows ? grow_at_the_end(before, after, rng, to) : shrink_at_the_end(before, after, to);
  }
  return std::isfinite(births) ? resize.log_choices - births : -kInfinity;
}

double CountedBirths::grow_at_the_end(double before, double after, Rng& rng, PointOut to) const {
  double sum = 0;
  for (const CountedComponent& c : components_) {
    if (c.from <= before || c.from > after) continue;
    c.newborn.draw(rng, to);
    sum += c.newborn.log_density(to);
  }
  return sum;
}

double CountedBirths::shrink_at_the_end(double before, double after, PointOut to) const {
  double sum = 0;
  for (const CountedComponent& c : components_) {
    if (c.from <= after || c.from > before) continue;
    sum -= c.newborn.log_density(to);
    c.newborn.clear(to);
  }
  return sum;
}

double CountedBirths::grow_anywhere(std::size_t there, double births, Rng& rng, PointOut to) const {
  double sum = 0;
  for (double i = 0; i < births; ++i, ++there) {
    const auto place = static_cast<std::size_t>(math::draw_integer(rng, 0, static_cast<std::int64_t>(there)));
    for (std::size_t c = there; c > place; --c) components_[c].newborn.take(components_[c - 1].newborn, to);
    components_[place].newborn.draw(rng, to);
    sum += components_[place].newborn.log_density(to);
  }
  return sum;
}

double CountedBirths::shrink_anywhere(std::size_t there, double deaths, Rng& rng, PointOut to) const {
  double sum = 0;
  for (double i = 0; i < deaths; ++i) {
    --there;
    const auto place = static_cast<std::size_t>(math::draw_integer(rng, 0, static_cast<std::int64_t>(there)));
    sum -= components_[place].newborn.log_density(to);
    for (std::size_t c = place; c < there; ++c) components_[c].newborn.take(components_[c + 1].newborn, to);
    components_[there].newborn.clear(to);
  }
  return sum;
}

}  // namespace dovetail
