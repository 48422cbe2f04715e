/// Whether two independent runs tell the same: estimates compared in their standard errors, many of them together.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "dovetail/diagnose/chains.hpp"

namespace dovetail::diagnose {

struct Estimate {
  double value = 0;
  double se = 0;  ///< standard error, >= 0
};

struct Difference {
  double value = 0;  ///< first - second
  double se = 0;
  double z = 0;  ///< value / se; 0 where both are 0, infinite where the error alone is
  double p = 1;  ///< P(|N(0,1)| >= |z|)
};

/// Of two independent estimates with normal errors, whose variances add. Requires finite values and finite errors >= 0.
[[nodiscard]] Difference difference(const Estimate& first, const Estimate& second);

/// Holm's adjustment (Holm 1979, Scand. J. Statist. 6, 65-70): the k-th smallest of m values becomes the largest of
/// min(1, (m - j + 1) p_(j)) over j <= k. If those below a level are called differences, the probability of any false
/// one is at most that level, however the estimates depend on each other. Values in [0, 1], in the order given.
[[nodiscard]] std::vector<double> holm_adjusted(std::span<const double> p);

/// One figure of one quantity in two runs.
struct ComparedFigure {
  std::string quantity;
  std::string figure;  ///< "mean", "sd", ...
  Estimate first, second;
  Difference difference;
  double p_adjusted = 1;  ///< over all figures of the comparison
};

/// A quantity of which nothing can be said, and why.
struct NotCompared {
  std::string quantity;
  std::string reason;  ///< a clause: "all draws of the first run are equal"
};

struct Comparison {
  std::vector<ComparedFigure> figures;
  std::vector<NotCompared> not_compared;
};

/// Adds a figure, not adjusted yet.
void add_figure(Comparison& comparison, std::string quantity, std::string figure, const Estimate& first,
                const Estimate& second);
/// Adds mean and standard deviation of a quantity with their Monte Carlo errors. Where both runs are constant, the
/// values are compared without error; where one is, or draws are not finite or fewer than 8 per chain, nothing is.
/// Requires at least one draw each.
void add_quantity(Comparison& comparison, const std::string& name, const ChainsView& first, const ChainsView& second);
/// Fills p_adjusted of all figures. Call once all are there.
void adjust(Comparison& comparison);

/// How many figures differ at threshold::kDifferenceLevel.
[[nodiscard]] std::size_t count_differences(const Comparison& comparison);

}  // namespace dovetail::diagnose
