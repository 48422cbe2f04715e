#include "dovetail/execute/pool_way.hpp"

#include <sys/random.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/core/error.hpp"

namespace dovetail::pool {
namespace {

constexpr double kKeepOften = 0.1;  ///< of the time after which a store forgets
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();  ///< a step

}  // namespace

/// Puts the header. Names of a run that has ended may be used again.
void Way::introduce() {
  const auto header = find_pool(store_);
  if (header && header->identity == settings_.header.identity) return;
  if (header) {
    const auto latest = find_incarnation(store_, latest_incarnation(store_, 0));
    const bool ended = latest && store_.get(end_name(*latest));
    if (!ended) require_same_pool(header->identity, settings_.header.identity, store_.place());
    store_.drop(std::vector<std::string>{"run"});
  }
  store_.put_if_absent("run", seal(MessageKind::header, settings_.header));
}

bool Way::join(std::uint64_t step) {
  introduce();
  for (;;) {
    const std::uint64_t latest = latest_incarnation(store_, 0);
    const auto found = find_incarnation(store_, latest);
    if (found && !store_.get(end_name(*found))) {
      if (latest != number_ || *found != at_) follow(latest, *found);
      if (found->first <= step) {
        arrived_ = leads_to(step);
        if (arrived_) return true;
        if (goes_on()) return false;
      }
      (void)leads_to(kNever);  // to its last stretch, which is let go
    }
    // Lower names must be there for workers that come later; what they say does not count.
    for (std::uint64_t n = latest + 1; n <= std::max(latest, number_) + 1; ++n) try_announce(n, step);
  }
}

void Way::follow(std::uint64_t number, const Incarnation& incarnation) {
  let_go();
  number_ = number;
  at_ = incarnation;
  arrived_ = false;
  walked_ = furthest_ = at_.first;
  last_items_ = 0;
  stretches_.clear();
  kept_.reset();
  moved_ = Clock::now();
}

bool Way::leads_to(std::uint64_t step) {
  if (arrived_) walked_ = at_.first;  // who comes later needs all of it, and the store may have lost a part
  while (walked_ < step) {
    const auto stretch = find<Stretch>(store_, MessageKind::stretch, stretch_name(at_, walked_));
    if (!stretch || stretch->count == 0) return false;
    pass(walked_, *stretch);
    walked_ += stretch->count;
  }
  return walked_ == step;
}

void Way::pass(std::uint64_t first, const Stretch& stretch) {
  if (first < furthest_) return;
  moved_ = Clock::now();
  if (first != at_.first) heard_ = moved_;  // all tasks before are done
  last_first_ = first;
  last_items_ = stretch.items;
  last_done_ = 0;
  stretches_.push_back(first);
  furthest_ = first + stretch.count;
}

bool Way::goes_on() {
  if (seconds_since(std::max(heard_, moved_)) <= settings_.lease_s) return true;
  if (!is_at_work()) return false;
  heard_ = Clock::now();
  return true;
}

bool Way::is_at_work() {
  std::uint32_t done = 0;
  for (std::uint32_t i = 0; i < last_items_; ++i) {
    const std::string task = outcome_name(at_, last_first_, i);
    if (store_.get(task)) {
      ++done;
    } else if (const auto free = store_.claim(task, settings_.lease_s)) {
      store_.release(*free);
    } else {
      return true;
    }
  }
  // Between two tasks nothing is leased.
  return std::exchange(last_done_, done) < done;
}

bool Way::is_highest() {
  return find_incarnation(store_, number_) == at_ && !store_.get(incarnation_name(number_ + 1));
}

void Way::let_go() {
  if (!has_joined()) return;
  std::vector<std::string> names{conflict_name(at_)};
  for (std::uint32_t i = 0; i < last_items_; ++i) names.push_back(outcome_name(at_, last_first_, i));
  store_.keep(names);
  if (!kept_ || seconds_since(*kept_) >= kKeepOften * store_.limits().life_s) keep_what_leads_here();
}

void Way::keep_what_leads_here() {
  std::vector<std::string> names{"run"};
  for (std::uint64_t n = 1; n <= number_; ++n) names.push_back(incarnation_name(n));
  for (const std::uint64_t first : stretches_) names.push_back(stretch_name(at_, first));
  store_.keep(names);
  kept_ = Clock::now();
}

void Way::leave_behind(std::uint64_t step) {
  let_go();
  try_announce(number_ + 1, step);
}

void Way::try_announce(std::uint64_t n, std::uint64_t step) {
  std::uint64_t mark = 0;
  if (::getrandom(&mark, sizeof mark, 0) != static_cast<ssize_t>(sizeof mark)) {
    throw StoreError("the system gives no random bytes for an incarnation; check /dev/urandom.");
  }
  try {
    store_.put_if_absent(incarnation_name(n), seal(MessageKind::incarnation, Incarnation{step, mark}));
  } catch (const StoreConflict&) {  // another server was faster; the next look tells
  }
}

}  // namespace dovetail::pool
