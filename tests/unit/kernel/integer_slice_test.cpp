// The integer slice keeps the uniform law on its slice: by enumeration of every random outcome, no sampling.
//
// A transition matrix whose column sums are 1 keeps the uniform law. Values and those of the wrong, inclusive
// intervals: exact enumeration in rational-free double arithmetic of the same procedure by an independent program.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "dovetail/kernel/doubling.hpp"

namespace dovetail {
namespace {

using Law = std::map<double, double>;  // place -> probability

/// Plays every sequence of choices in turn, like an odometer.
class EnumeratedDraws {
 public:
  double uniform() { return ADD_FAILURE() << "integers draw no reals", 0; }
  bool coin() { return below(2) == 1; }
  double below(double n) {
    if (depth_ == wheels_.size()) wheels_.push_back({0, n});
    probability_ /= n;
    return wheels_[depth_++].first;
  }
  [[nodiscard]] double probability() const { return probability_; }
  /// Goes to the next sequence; false after the last.
  bool advance() {
    depth_ = 0;
    probability_ = 1;
    while (!wheels_.empty() && wheels_.back().first + 1 == wheels_.back().second) wheels_.pop_back();
    if (wheels_.empty()) return false;
    ++wheels_.back().first;
    return true;
  }

 private:
  std::vector<std::pair<double, double>> wheels_;  // position and size
  std::size_t depth_ = 0;
  double probability_ = 1;
};

/// The slice as a set of places.
struct SliceSet {
  std::set<double> places;
  bool contains(double at) const { return places.contains(at); }
  bool propose(double at) const { return contains(at); }
};

/// The law of the outcome once the interval is known, over all candidates.
class CandidateLaw {
 public:
  CandidateLaw(const detail::IntegerLine& line, SliceSet& slice, double x, detail::DoubledInterval interval)
      : line_(line), slice_(slice), x_(x), interval_(interval) {}

  const Law& from(const detail::Bracket& bracket) {
    const auto key = std::make_pair(bracket.a, bracket.b);
    if (const auto known = laws_.find(key); known != laws_.end()) return known->second;
    Law law;
    EnumeratedDraws draws;
    do {
      detail::Bracket left = bracket;
      const auto outcome = detail::try_candidate(line_, slice_, draws, x_, interval_, left);
      if (outcome) {
        law[outcome->at] += draws.probability();
      } else if (left.a == bracket.a && left.b == bracket.b) {
        ADD_FAILURE() << "a refused candidate did not shrink the bracket";
        return laws_[key] = law;
      } else {
        for (const auto& [place, probability] : from(left)) law[place] += draws.probability() * probability;
      }
    } while (draws.advance());
    return laws_[key] = law;
  }

 private:
  const detail::IntegerLine& line_;
  SliceSet& slice_;
  double x_;
  detail::DoubledInterval interval_;
  std::map<std::pair<double, double>, Law> laws_;
};

/// One row of the transition matrix on the slice.
Law row_of(const detail::IntegerLine& line, SliceSet slice, double x, double width, unsigned doublings_max) {
  Law row;
  EnumeratedDraws draws;
  do {
    auto interval = detail::double_interval(line, slice, draws, x, width, doublings_max);
    CandidateLaw candidates(line, slice, x, interval);
    const detail::Bracket bracket{line.first(interval.left.at), line.last(interval.right.at)};
    for (const auto& [place, probability] : candidates.from(bracket)) row[place] += draws.probability() * probability;
  } while (draws.advance());
  return row;
}

struct Sums {
  std::vector<double> rows;
  std::vector<double> columns;
};

Sums sums_of(const detail::IntegerLine& line, const std::set<double>& places, double width, unsigned doublings_max) {
  Law columns;
  Sums sums;
  for (const double x : places) {
    double row_sum = 0;
    for (const auto& [place, probability] : row_of(line, SliceSet{places}, x, width, doublings_max)) {
      EXPECT_TRUE(places.contains(place));
      columns[place] += probability;
      row_sum += probability;
    }
    sums.rows.push_back(row_sum);
  }
  for (const double x : places) sums.columns.push_back(columns[x]);
  return sums;
}

const std::set<double> kGap{0, 1, 5};
const std::set<double> kFive{0, 1, 2, 3, 4};
const std::set<double> kTwelve{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

void expect_uniform_law_kept(const detail::IntegerLine& line, const std::set<double>& places, double width,
                             unsigned doublings_max) {
  const Sums sums = sums_of(line, places, width, doublings_max);
  for (const double sum : sums.rows) EXPECT_NEAR(sum, 1, 1e-13);
  for (const double sum : sums.columns) EXPECT_NEAR(sum, 1, 1e-12);
}

TEST(IntegerSlice, KeepsTheUniformLawOnItsSlice) {
  expect_uniform_law_kept({}, kGap, 2, 4);
  expect_uniform_law_kept({}, kFive, 2, 4);
  expect_uniform_law_kept({}, kTwelve, 10, 2);
  expect_uniform_law_kept({}, {0, 3, 4, 9}, 1, 5);
  expect_uniform_law_kept({}, {-7, -6, 2}, 3, 3);
}

TEST(IntegerSlice, KeepsTheUniformLawBetweenBounds) {
  expect_uniform_law_kept({0, 5}, kGap, 2, 4);
  expect_uniform_law_kept({0, 5}, {0, 1, 2, 3, 4, 5}, 10, 3);
  expect_uniform_law_kept({-1, kInfinity}, {-1, 2, 3}, 1, 4);
}

// Detailed balance on the slice: the matrix is symmetric, which is more than column sums say.
TEST(IntegerSlice, IsReversible) {
  std::map<double, Law> matrix;
  for (const double x : kGap) matrix[x] = row_of(detail::IntegerLine{}, SliceSet{kGap}, x, 2, 4);
  for (const double x : kGap) {
    for (const double y : kGap) EXPECT_NEAR(matrix[x][y], matrix[y][x], 1e-14);
  }
}

/// The procedure written down plainly, with intervals [left, right) or, wrongly, [left, right].
class PlainProcedure {
 public:
  PlainProcedure(const std::set<double>& places, double width, bool inclusive)
      : places_(places), width_(width), extra_(inclusive ? 1 : 0) {}

  Law row(double x, unsigned doublings_max) const {
    Law law;
    const double starts = width_ + extra_;
    for (double u = 0; u < starts; ++u) grow(x, x - u, x - u + width_, doublings_max, 1 / starts, law);
    return law;
  }

 private:
  bool inside(double at) const { return places_.contains(at); }

  void grow(double x, double left, double right, unsigned doublings, double probability, Law& law) const {
    const double length = right - left;
    if (doublings == 0 || !(inside(left) || inside(right))) {
      std::map<std::pair<double, double>, Law> known;
      const double last = right - 1 + extra_;
      for (const auto& [y, p] : shrink(x, left, right, left, last, known)) law[y] += probability * p;
      return;
    }
    grow(x, left - length, right, doublings - 1, probability / 2, law);
    grow(x, left, right + length, doublings - 1, probability / 2, law);
  }

  const Law& shrink(double x, double left, double right, double first, double last,
                    std::map<std::pair<double, double>, Law>& known) const {
    const auto key = std::make_pair(first, last);
    if (const auto found = known.find(key); found != known.end()) return found->second;
    Law law;
    const double n = last - first + 1;
    for (double y = first; y <= last; ++y) {
      if (y == x || (inside(y) && accepts(x, y, left, right))) {
        law[y] += 1 / n;
        continue;
      }
      const Law& rest =
          y < x ? shrink(x, left, right, y + 1, last, known) : shrink(x, left, right, first, y - 1, known);
      for (const auto& [place, p] : rest) law[place] += p / n;
    }
    return known[key] = law;
  }

  bool accepts(double x, double y, double left, double right) const {
    bool apart = false;
    while (right - left > 1.1 * width_) {
      const double middle = (left + right) / 2;
      apart = apart || (x < middle && middle <= y) || (y < middle && middle <= x);
      (y < middle ? right : left) = middle;
      if (apart && !inside(left) && !inside(right)) return false;
    }
    return true;
  }

  const std::set<double>& places_;
  double width_;
  double extra_;
};

TEST(IntegerSlice, HasTheTransitionMatrixOfThePlainProcedure) {
  for (const auto* places : {&kGap, &kFive}) {
    for (const double x : *places) {
      Law plain = PlainProcedure(*places, 2, false).row(x, 4);
      Law row = row_of(detail::IntegerLine{}, SliceSet{*places}, x, 2, 4);
      for (const double y : *places) EXPECT_NEAR(row[y], plain[y], 1e-14);
    }
  }
}

// The control: inclusive ends, as in a program people use; to ten digits.
TEST(IntegerSlice, InclusiveEndsWouldNotKeepTheUniformLaw) {
  const auto columns = [](const std::set<double>& places) {
    Law sums;
    for (const double x : places) {
      for (const auto& [y, p] : PlainProcedure(places, 2, true).row(x, 4)) sums[y] += p;
    }
    return sums;
  };
  const Law gap = columns(kGap);
  const Law expected_gap{{0, 1.0086805555555558}, {1, 1.0128472222222222}, {5, 0.9784722222222224}};
  for (const auto& [y, sum] : expected_gap) EXPECT_NEAR(gap.at(y), sum, 1e-12);
  const Law five = columns(kFive);
  const Law expected_five{{0, 0.9954861111111113},
                          {1, 1.0006944444444446},
                          {2, 1.0076388888888892},
                          {3, 1.0006944444444446},
                          {4, 0.9954861111111113}};
  for (const auto& [y, sum] : expected_five) EXPECT_NEAR(five.at(y), sum, 1e-12);
}

}  // namespace
}  // namespace dovetail
