#include "dovetail/diagnose/difference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/diagnose/column.hpp"
#include "dovetail/diagnose/mcse.hpp"
#include "dovetail/diagnose/moments.hpp"
#include "dovetail/diagnose/thresholds.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail::diagnose {
namespace {

/// sqrt(a^2 + b^2), also where the squares over- or underflow.
double in_quadrature(double a, double b) {
  const double largest = std::max(a, b);
  if (largest == 0 || std::isinf(largest)) return largest;
  const double x = a / largest;
  const double y = b / largest;
  return largest * std::sqrt(x * x + y * y);
}

/// Why a column says nothing about its law, as a clause about one of the runs; empty where it does.
std::string obstacle_words(const Column& column, const std::string& run) {
  switch (column.obstacle()) {
    case Unavailable::non_finite:
      return std::to_string(column.non_finite()) + " draws of the " + run + " run are not finite";
    case Unavailable::too_few:
      return "the " + run + " run has fewer than " + std::to_string(kDrawsMin) + " draws in each chain";
    case Unavailable::constant:
      return "all draws of the " + run + " run are equal";
    case Unavailable::none:
      break;
  }
  return "";
}

/// An error may be missing for one figure alone: all (x - mean)^2 are equal where a coin falls evenly.
void add_known(Comparison& comparison, const std::string& name, const char* figure, const Estimate& first,
               const Estimate& second) {
  const auto is_known = [](const Estimate& e) { return std::isfinite(e.value) && std::isfinite(e.se); };
  if (is_known(first) && is_known(second)) return add_figure(comparison, name, figure, first, second);
  const std::string run = is_known(first) ? "second" : "first";
  comparison.not_compared.push_back({name, "its " + std::string(figure) + " in the " + run + " run has no error"});
}

}  // namespace

Difference difference(const Estimate& first, const Estimate& second) {
  DOVETAIL_REQUIRE(std::isfinite(first.value) && first.se >= 0 && std::isfinite(first.se));
  DOVETAIL_REQUIRE(std::isfinite(second.value) && second.se >= 0 && std::isfinite(second.se));
  Difference d;
  d.value = first.value - second.value;
  d.se = in_quadrature(first.se, second.se);
  if (d.value == 0) return d;
  d.z = d.se > 0 ? d.value / d.se : std::copysign(std::numeric_limits<double>::infinity(), d.value);
  d.p = std::isinf(d.z) ? 0 : math::erfc(std::fabs(d.z) / std::numbers::sqrt2);
  return d;
}

std::vector<double> holm_adjusted(std::span<const double> p) {
  std::vector<std::size_t> ascending(p.size());
  std::iota(ascending.begin(), ascending.end(), std::size_t{0});
  std::stable_sort(ascending.begin(), ascending.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.size());
  double largest = 0;
  for (std::size_t k = 0; k < p.size(); ++k) {
    const auto still_open = static_cast<double>(p.size() - k);
    largest = std::max(largest, std::min(1.0, still_open * p[ascending[k]]));
    adjusted[ascending[k]] = largest;
  }
  return adjusted;
}

void add_figure(Comparison& comparison, std::string quantity, std::string figure, const Estimate& first,
                const Estimate& second) {
  comparison.figures.push_back({std::move(quantity), std::move(figure), first, second, difference(first, second), 1});
}

void add_quantity(Comparison& comparison, const std::string& name, const ChainsView& first, const ChainsView& second) {
  const Column a(first);
  const Column b(second);
  const bool all_fixed = a.obstacle() == Unavailable::constant && b.obstacle() == Unavailable::constant;
  if (all_fixed) return add_figure(comparison, name, "mean", {a.values().front(), 0}, {b.values().front(), 0});
  std::string reason = obstacle_words(a, "first");
  if (reason.empty()) reason = obstacle_words(b, "second");
  if (!reason.empty()) {
    comparison.not_compared.push_back({name, std::move(reason)});
    return;
  }
  const Moments in_a = moments(a);
  const Moments in_b = moments(b);
  add_known(comparison, name, "mean", {in_a.mean, mcse_mean(a).value}, {in_b.mean, mcse_mean(b).value});
  add_known(comparison, name, "sd", {in_a.sd, mcse_sd(a).value}, {in_b.sd, mcse_sd(b).value});
}

void adjust(Comparison& comparison) {
  std::vector<double> p;
  for (const ComparedFigure& figure : comparison.figures) p.push_back(figure.difference.p);
  const std::vector<double> adjusted = holm_adjusted(p);
  for (std::size_t i = 0; i < adjusted.size(); ++i) comparison.figures[i].p_adjusted = adjusted[i];
}

std::size_t count_differences(const Comparison& comparison) {
  const auto differs = [](const ComparedFigure& figure) { return figure.p_adjusted < threshold::kDifferenceLevel; };
  return static_cast<std::size_t>(std::count_if(comparison.figures.begin(), comparison.figures.end(), differs));
}

}  // namespace dovetail::diagnose
