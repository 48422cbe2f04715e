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

/// A change of size by `change`; 0 for an exchange.
struct Move {
  double change = 0;
  double log_choices = 0;  ///< log n(k)/n(k')
};

/// One of the n(k) moves from size `k` in lower..upper. `can_exchange(k)`: whether an exchange is one of them.
template <class CanExchange>
Move draw_move(double k, double lower, double upper, std::uint64_t jump, const CanExchange& can_exchange, Rng& rng) {
  const auto most = static_cast<double>(jump);
  const auto deaths = [&](double size) { return std::min(size - lower, most); };
  const auto births = [&](double size) { return std::min(upper - size, most); };
  const auto choices = [&](double size) { return deaths(size) + births(size) + (can_exchange(size) ? 1 : 0); };
  const auto drawn = static_cast<double>(math::draw_integer(rng, 1, static_cast<std::int64_t>(choices(k))));
  Move move;
  if (drawn <= deaths(k)) {
    move.change = -drawn;
  } else if (drawn <= deaths(k) + births(k)) {
    move.change = drawn - deaths(k);
  }
  move.log_choices = math::log(choices(k) / choices(k + move.change));
  return move;
}

/// log C(a, m)/C(b, m).
double log_choose_ratio(double a, double b, double m) {
  double ratio = 1;
  for (std::size_t k = 0; k < static_cast<std::size_t>(m); ++k) {
    const auto i = static_cast<double>(k);
    ratio *= (a - i) / (b - i);
  }
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
  for (const SwitchedComponent& c : components_) there += from[c.by] == c.on ? 1 : 0;
  const auto can_exchange = [&](double k) { return k > 0 && k < all; };
  const Move move = draw_move(there, 0, all, jump_, can_exchange, rng);
  const double m = std::fabs(move.change);
  const double after = there + move.change;
  double h = move.log_choices;
  if (move.change > 0) h += log_choose_ratio(all - there, after, m);
  if (move.change < 0) h += log_choose_ratio(there, all - after, m);
  if (move.change <= 0) h += change(false, std::max(m, 1.0), there, from, rng, to);
  if (move.change >= 0) h += change(true, std::max(m, 1.0), all - there, from, rng, to);
  return std::isfinite(h) ? h : -kInfinity;
}

/// Births or deaths of m among `candidates`, a uniform choice of those that are not, or are, at `from`. Returns the sum
/// of log b over the dead, minus that over the born.
double SwitchedBirths::change(bool births, double m, double candidates, Point from, Rng& rng, PointOut to) const {
  double sum = 0;
  for (const SwitchedComponent& c : components_) {
    if ((from[c.by] == c.on) == births) continue;
    const bool chosen = rng.uniform() * candidates < m;
    --candidates;
    if (!chosen) continue;
    --m;
    if (births) {
      c.newborn.draw(rng, to);
      sum -= c.newborn.log_density(to);
    } else {
      sum += c.newborn.log_density(to);
      c.newborn.clear(to);
    }
    to[c.by] = births ? c.on : c.off;
  }
  return sum;
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

std::size_t CountedBirths::there(double count) const {
  return static_cast<std::size_t>(
      std::count_if(components_.begin(), components_.end(), [&](const auto& c) { return c.from <= count; }));
}

double CountedBirths::propose(Point from, const ProposalTuning&, Rng& rng, std::span<double>, PointOut to) const {
  const double before = from[by_];
  const auto can_exchange = [&](double count) { return there(count) > 0; };
  const Move move = draw_move(before, lower_, upper_, jump_, can_exchange, rng);
  const double after = before + move.change;
  to[by_] = after;
  double births = 0;  // sum of log b over the born, minus that over the dead
  if (move.change == 0) {
    births = exchange(there(before), rng, to);
  } else if (dies_ == Dies::any) {
    births = move.change > 0 ? grow_anywhere(there(before), move.change, rng, to)
                             : shrink_anywhere(there(before), -move.change, rng, to);
  } else {
    births = move.change > 0 ? grow_at_the_end(before, after, rng, to) : shrink_at_the_end(before, after, to);
  }
  return std::isfinite(births) ? move.log_choices - births : -kInfinity;
}

double CountedBirths::exchange(std::size_t there, Rng& rng, PointOut to) const {
  if (dies_ == Dies::any) return shrink_anywhere(there, 1, rng, to) + grow_anywhere(there - 1, 1, rng, to);
  const Newborn& last = components_[there - 1].newborn;
  const double before = last.log_density(to);
  last.draw(rng, to);
  return last.log_density(to) - before;
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
  for (std::size_t end = there + static_cast<std::size_t>(births); there < end; ++there) {
    const auto place = static_cast<std::size_t>(math::draw_integer(rng, 0, static_cast<std::int64_t>(there)));
    for (std::size_t c = there; c > place; --c) components_[c].newborn.take(components_[c - 1].newborn, to);
    components_[place].newborn.draw(rng, to);
    sum += components_[place].newborn.log_density(to);
  }
  return sum;
}

double CountedBirths::shrink_anywhere(std::size_t there, double deaths, Rng& rng, PointOut to) const {
  double sum = 0;
  for (const std::size_t end = there - static_cast<std::size_t>(deaths); there > end;) {
    --there;
    const auto place = static_cast<std::size_t>(math::draw_integer(rng, 0, static_cast<std::int64_t>(there)));
    sum -= components_[place].newborn.log_density(to);
    for (std::size_t c = place; c < there; ++c) components_[c].newborn.take(components_[c + 1].newborn, to);
    components_[there].newborn.clear(to);
  }
  return sum;
}

}  // namespace dovetail
