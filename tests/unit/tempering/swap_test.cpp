// Swaps by exact enumeration of toy ladders, the table of non-finite energies, and the parity.
#include "dovetail/tempering/swap.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "dovetail/tempering/ladder.hpp"

namespace dovetail::tempering {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Every state of `ladder.size()` replicas with `states` values each; laws, energies and swap sweeps as plain tables.
struct Toy {
  Ladder ladder;
  std::size_t states;
  std::vector<double> target;                  ///< log target
  std::vector<std::vector<double>> reference;  ///< log reference of each leg, by Leg

  [[nodiscard]] double energy(std::size_t address, std::size_t s) const {
    return target[s] - reference[static_cast<std::size_t>(ladder.role(address).leg)][s];
  }
  [[nodiscard]] std::size_t total() const {
    std::size_t n = 1;
    for (std::size_t a = 0; a < ladder.size(); ++a) n *= states;
    return n;
  }
  [[nodiscard]] std::vector<std::size_t> digits(std::size_t code) const {
    std::vector<std::size_t> s(ladder.size());
    for (auto& digit : s) {
      digit = code % states;
      code /= states;
    }
    return s;
  }
  [[nodiscard]] std::vector<double> law() const {
    std::vector<std::vector<double>> rung(ladder.size());
    for (std::size_t a = 0; a < ladder.size(); ++a) {
      const RungRole role = ladder.role(a);
      double sum = 0;
      for (std::size_t s = 0; s < states; ++s) {
        rung[a].push_back(std::exp(reference[static_cast<std::size_t>(role.leg)][s] + role.beta * energy(a, s)));
        sum += rung[a].back();
      }
      for (double& p : rung[a]) p /= sum;
    }
    std::vector<double> pi(total(), 1.0);
    for (std::size_t code = 0; code < pi.size(); ++code) {
      const auto s = digits(code);
      for (std::size_t a = 0; a < s.size(); ++a) pi[code] *= rung[a][s[a]];
    }
    return pi;
  }
  /// Row `from` of the sweep of one parity, `sign` = -1 for the wrong-way control.
  [[nodiscard]] std::vector<std::pair<std::size_t, double>> sweep(std::size_t from, std::uint64_t scan,
                                                                  double sign) const {
    std::vector<std::pair<std::size_t, double>> row{{from, 1.0}};
    for (std::size_t k = 0; k < ladder.pairs(); ++k) {
      if (!swaps_at(k, scan)) continue;
      std::size_t place = 1;
      for (std::size_t a = 0; a < k; ++a) place *= states;
      std::vector<std::pair<std::size_t, double>> next;
      for (const auto& [code, p] : row) {
        const auto s = digits(code);
        double accept = 1;
        if (ladder.pair_kind(k) == PairKind::within_leg) {
          accept = acceptance_probability(sign * log_swap_ratio(ladder.role(k).beta, energy(k, s[k]),
                                                                ladder.role(k + 1).beta, energy(k + 1, s[k + 1])));
        }
        const std::size_t swapped =
            code - (s[k] * place + s[k + 1] * place * states) + s[k + 1] * place + s[k] * place * states;
        next.emplace_back(swapped, p * accept);
        next.emplace_back(code, p * (1 - accept));
      }
      row = std::move(next);
    }
    return row;
  }
  [[nodiscard]] std::vector<double> advance(const std::vector<double>& law_before, std::uint64_t scan,
                                            double sign = 1) const {
    std::vector<double> after(law_before.size(), 0.0);
    for (std::size_t i = 0; i < after.size(); ++i) {
      for (const auto& [j, p] : sweep(i, scan, sign)) after[j] += law_before[i] * p;
    }
    return after;
  }
  [[nodiscard]] std::vector<std::vector<double>> matrix(std::uint64_t scan) const {
    std::vector<std::vector<double>> m(total(), std::vector<double>(total(), 0.0));
    for (std::size_t i = 0; i < m.size(); ++i) {
      for (const auto& [j, p] : sweep(i, scan, 1)) m[i][j] += p;
    }
    return m;
  }
};

const std::vector<double> kTarget{-0.3, -2.0, 0.7, -1.1, 0.2};
const std::vector<double> kFlat{-1.6, -1.6, -1.6, -1.6, -1.6};
const std::vector<double> kSloped{-0.5, -1.0, -1.5, -2.5, -3.0};

Toy one_leg() { return {Ladder::one_leg({0, 0.3, 1}), 5, kTarget, {kFlat, kSloped}}; }
Toy two_legs() { return {Ladder::two_legs({0, 1}, {0, 0.4, 1}), 3, kTarget, {kFlat, kSloped}}; }

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::fabs(a[i] - b[i]));
  return largest;
}

TEST(Swap, EachParityIsReversibleForTheProductOfAllRungs) {
  for (const Toy& toy : {one_leg(), two_legs()}) {
    const auto pi = toy.law();
    for (const std::uint64_t scan : {0, 1}) {
      const auto m = toy.matrix(scan);
      double flow = 0, imbalance = 0, moved = 0;
      for (std::size_t i = 0; i < pi.size(); ++i) {
        for (std::size_t j = 0; j < pi.size(); ++j) {
          flow = std::max(flow, pi[i] * m[i][j]);
          imbalance = std::max(imbalance, std::fabs(pi[i] * m[i][j] - pi[j] * m[j][i]));
          if (i != j) moved += pi[i] * m[i][j];
        }
      }
      EXPECT_LE(imbalance, 1e-14 * flow);
      EXPECT_GT(moved, 0.3);  // the check above is empty for a sweep that never moves
    }
  }
}

TEST(Swap, AlternatingParitiesLeaveTheProductInvariantButAreNotReversible) {
  for (const Toy& toy : {one_leg(), two_legs()}) {
    const auto pi = toy.law();
    const auto after = toy.advance(toy.advance(pi, 0), 1);
    EXPECT_LE(largest_difference(pi, after), 1e-13);
    std::vector<double> point(pi.size(), 0.0);
    const std::size_t start = 1;
    point[start] = 1;
    const auto forward = toy.advance(toy.advance(point, 0), 1);
    double imbalance = 0;
    for (std::size_t j = 0; j < pi.size(); ++j) {
      std::vector<double> other(pi.size(), 0.0);
      other[j] = 1;
      if (forward[j] > 0) {
        imbalance = std::max(imbalance,
                             std::fabs(pi[start] * forward[j] - pi[j] * toy.advance(toy.advance(other, 0), 1)[start]));
      }
    }
    EXPECT_GT(imbalance, 1e-6);
  }
}

TEST(Swap, ControlTheWrongSignIsNotInvariant) {
  const Toy toy = one_leg();
  const auto pi = toy.law();
  EXPECT_GT(largest_difference(pi, toy.advance(pi, 0, -1)), 1e-3);
}

TEST(Swap, RatioDoesNotDependOnWhichSideIsNamedFirst) {
  EXPECT_EQ(log_swap_ratio(0.25, -3, 0.75, -1), -1);
  EXPECT_EQ(log_swap_ratio(0.7, -1, 0.2, -3), log_swap_ratio(0.2, -3, 0.7, -1));
  EXPECT_EQ(log_swap_ratio(0.25, 5, 0.5, 1), 1);
}

TEST(Swap, NonFiniteEnergiesFollowTheTable) {
  // target impossible at the lower rung; reference impossible at the upper one: ordinary rejections
  EXPECT_EQ(log_swap_ratio(0, -kInf, 0.5, 3), -kInf);
  EXPECT_EQ(log_swap_ratio(0.5, 3, 1, kInf), -kInf);
  EXPECT_EQ(log_swap_ratio(0, -kInf, 1, kInf), -kInf);
  for (const double ratio :
       {log_swap_ratio(0, -kInf, 0.5, -kInf), log_swap_ratio(0.5, kInf, 1, kInf), log_swap_ratio(0.2, kInf, 0.5, 1),
        log_swap_ratio(0.2, 1, 0.5, -kInf), log_swap_ratio(0.2, kNaN, 0.5, 1), log_swap_ratio(0.2, 1, 0.5, kNaN)}) {
    EXPECT_TRUE(std::isnan(ratio));
    EXPECT_EQ(acceptance_probability(ratio), 0);
    EXPECT_FALSE(accepts_swap(ratio, 0x1p-54));
  }
  EXPECT_EQ(acceptance_probability(-kInf), 0);
  EXPECT_FALSE(accepts_swap(-kInf, 0x1p-54));
}

TEST(Swap, DecisionAcceptsExactlyBelowTheProbability) {
  for (const double ratio : {-0.1, -1.0, -5.0, -30.0}) {
    const double p = acceptance_probability(ratio);
    EXPECT_NEAR(std::log(p), ratio, 1e-14);
    EXPECT_TRUE(accepts_swap(ratio, p * (1 - 1e-13)));
    EXPECT_FALSE(accepts_swap(ratio, p * (1 + 1e-13)));
  }
  for (const double ratio : {0.0, 0.1, kInf}) {
    EXPECT_EQ(acceptance_probability(ratio), 1);
    EXPECT_TRUE(accepts_swap(ratio, 0x1p-54));
    EXPECT_TRUE(accepts_swap(ratio, 1.0));
  }
}

TEST(Swap, EvenPairsMoveAtEvenScans) {
  EXPECT_TRUE(swaps_at(0, 0));
  EXPECT_FALSE(swaps_at(1, 0));
  EXPECT_TRUE(swaps_at(1, 1));
  for (const std::size_t size : {2, 3, 4, 7, 10}) {
    for (std::uint64_t scan = 0; scan < 4; ++scan) {
      for (std::size_t a = 0; a < size; ++a) {
        const auto partner = swap_partner(a, scan, size);
        if (!partner) continue;
        ASSERT_LT(*partner, size);
        EXPECT_EQ(swap_partner(*partner, scan, size), a);
        const std::size_t pair = std::min(a, *partner);
        EXPECT_EQ(std::max(a, *partner), pair + 1);
        EXPECT_TRUE(swaps_at(pair, scan));
      }
      for (std::size_t k = 0; k + 1 < size; ++k) EXPECT_EQ(swaps_at(k, scan), swap_partner(k, scan, size) == k + 1);
    }
  }
}

}  // namespace
}  // namespace dovetail::tempering
