/// Slice sampling along one line by doubling and shrinkage (Neal 2003, Annals of Statistics 31, sections 4 and 5), on
/// reals or on integers.
///
/// Templates over the source of randomness and the slice, so that tests can enumerate every random outcome. On integers
/// intervals are half-open, [left, right): with inclusive ends the middle belongs to both halves and the law is not
/// kept.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include "dovetail/kernel/path.hpp"

namespace dovetail::detail {

inline constexpr unsigned kDoublingsMax = 20;
inline constexpr unsigned kShrinksMax = 1024;

/// Intervals of reals.
struct RealLine {
  template <class Draws>
  double left_of(double x, double width, Draws& draws) const {
    return x - width * draws.uniform();
  }
  template <class Draws>
  double pick(double a, double b, Draws& draws) const {
    return a + (b - a) * draws.uniform();
  }
  double first(double left) const { return left; }
  double last(double right) const { return right; }
  double after(double refused) const { return refused; }
  /// At most 4 units in the last place are left. An absolute or looser limit would make chains stick far from zero.
  bool exhausted(double a, double b) const { return b - a <= 0x1p-51 * std::max(std::fabs(a), std::fabs(b)); }
  static constexpr bool kExhaustedMeansStuck = true;
};

/// Half-open intervals of integers within lower..upper (both may be infinite).
struct IntegerLine {
  double lower = -kInfinity;
  double upper = kInfinity;

  template <class Draws>
  double left_of(double x, double width, Draws& draws) const {
    return x - draws.below(width);
  }
  template <class Draws>
  double pick(double a, double b, Draws& draws) const {
    return a + draws.below(b - a);
  }
  double first(double left) const { return std::max(left, lower); }
  double last(double right) const { return std::min(right, upper + 1); }
  double after(double refused) const { return refused + 1; }       // the new left end, included
  bool exhausted(double a, double b) const { return b - a <= 1; }  // the start alone is left
  static constexpr bool kExhaustedMeansStuck = false;
};

/// An end of an interval and, once somebody asked, whether the density there is above the slice's level.
struct IntervalEnd {
  enum class Seen : std::uint8_t { unknown, inside, outside };
  double at = 0;
  Seen seen = Seen::unknown;
};

/// The interval after doubling, and the end that each doubling moved away.
struct DoubledInterval {
  IntervalEnd left;
  IntervalEnd right;
  std::array<IntervalEnd, kDoublingsMax> moved;
  unsigned doublings = 0;
};

template <class Slice>
bool lies_inside(IntervalEnd& end, Slice& slice) {
  using Seen = IntervalEnd::Seen;
  if (end.seen == Seen::unknown) end.seen = slice.contains(end.at) ? Seen::inside : Seen::outside;
  return end.seen == Seen::inside;
}

/// Looks at as few ends as the answer needs.
template <class Slice>
bool either_inside(IntervalEnd& a, IntervalEnd& b, Slice& slice) {
  if (b.seen == IntervalEnd::Seen::inside) return true;
  return lies_inside(a, slice) || lies_inside(b, slice);
}

/// Neal 2003, figure 4.
template <class Line, class Slice, class Draws>
DoubledInterval double_interval(const Line& line, Slice& slice, Draws& draws, double x, double width,
                                unsigned doublings_max) {
  DoubledInterval interval;
  IntervalEnd& left = interval.left;
  IntervalEnd& right = interval.right;
  left.at = line.left_of(x, width, draws);
  right.at = left.at + width;
  while (interval.doublings < doublings_max && either_inside(left, right, slice)) {
    const double length = right.at - left.at;
    const bool to_left = draws.coin();
    IntervalEnd& end = to_left ? left : right;
    interval.moved[interval.doublings++] = end;
    end = IntervalEnd{to_left ? end.at - length : end.at + length};
  }
  return interval;
}

/// Neal 2003, figure 6: whether doubling from y could have stopped at the same interval.
///
/// While x and y lie in the same half the halving retraces the doubling, so the middle is the end that was moved and
/// its density may be known.
template <class Slice>
bool reaches_same_interval(DoubledInterval& interval, Slice& slice, double x, double y) {
  if (interval.doublings == 0) return true;
  IntervalEnd fresh[kDoublingsMax];
  IntervalEnd* a = &interval.left;
  IntervalEnd* b = &interval.right;
  bool apart = false;
  for (unsigned level = interval.doublings; level-- > 0;) {
    fresh[level].at = 0.5 * (a->at + b->at);
    IntervalEnd* middle = apart ? &fresh[level] : &interval.moved[level];
    apart = apart || (x < middle->at) != (y < middle->at);
    (y < middle->at ? b : a) = middle;
    if (apart && !either_inside(*a, *b, slice)) return false;
  }
  return true;
}

struct SliceOutcome {
  enum class Kind : std::uint8_t { moved, stayed, stuck };
  double at = 0;
  double bracket = 0;  ///< length of the shrunk bracket from which `at` was drawn; 0 unless moved
  Kind kind = Kind::stayed;
};

/// What is left of the interval for candidates.
struct Bracket {
  double a = 0;
  double b = 0;
};

/// One candidate from the bracket: the outcome of the update when it decides, nothing when the bracket shrank.
template <class Line, class Slice, class Draws>
std::optional<SliceOutcome> try_candidate(const Line& line, Slice& slice, Draws& draws, double x,
                                          DoubledInterval& interval, Bracket& bracket) {
  using Kind = SliceOutcome::Kind;
  auto& [a, b] = bracket;
  if (line.exhausted(a, b)) return SliceOutcome{x, 0, Line::kExhaustedMeansStuck ? Kind::stuck : Kind::stayed};
  const double y = line.pick(a, b, draws);
  if (y == x) return SliceOutcome{x, 0, Kind::stayed};
  if (slice.propose(y) && reaches_same_interval(interval, slice, x, y)) return SliceOutcome{y, b - a, Kind::moved};
  if (y < x) {
    a = line.after(y);
  } else {
    b = y;
  }
  return std::nullopt;
}

/// One update of x, which lies in the slice. `slice.contains(at)` looks at an end; `slice.propose(at)` looks at a
/// candidate and keeps what it found, for the caller to use when the outcome is `moved`. `stuck`: the bracket shrank to
/// nothing, or the cap was met; x is kept.
/// Draws: `uniform()` on [0,1), `coin()`, `below(n)` uniform on {0..n-1}.
template <class Line, class Slice, class Draws>
SliceOutcome doubling_update(const Line& line, Slice& slice, Draws& draws, double x, double width,
                             unsigned doublings_max = kDoublingsMax) {
  DoubledInterval interval = double_interval(line, slice, draws, x, width, doublings_max);
  Bracket bracket{line.first(interval.left.at), line.last(interval.right.at)};
  for (unsigned shrinks = 0; shrinks < kShrinksMax; ++shrinks) {
    if (const auto outcome = try_candidate(line, slice, draws, x, interval, bracket)) return *outcome;
  }
  return {x, 0, SliceOutcome::Kind::stuck};
}

}  // namespace dovetail::detail
