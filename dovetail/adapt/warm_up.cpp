#include "dovetail/adapt/warm_up.hpp"

#include <algorithm>
#include <cmath>

namespace dovetail {
namespace {

constexpr std::uint64_t kMetricLeast = 20;  // iterations below which no metric is estimated
constexpr std::uint64_t kLastStretch = 50;  // iterations that settle the step size
constexpr double kFirstMark = 10;           // fisher
constexpr double kMarkRatio = 1.5;
constexpr std::uint64_t kFirstStretch = 75;  // stan
constexpr std::uint64_t kFirstWindow = 25;

WarmUpWindow mark_at(std::uint64_t end) { return {end, end / 2, true, false}; }

/// Marks floor(10 * 1.5^k) as long as they stay a factor sqrt(1.5) below the last mark, then that one.
std::vector<WarmUpWindow> plan_fisher(std::uint64_t iterations) {
  const std::uint64_t last = iterations - std::min(kLastStretch, iterations / 2);
  std::vector<WarmUpWindow> windows;
  const double below = static_cast<double>(last) / std::sqrt(kMarkRatio);
  double mark = kFirstMark;
  while (mark < below) {
    windows.push_back(mark_at(static_cast<std::uint64_t>(mark)));
    mark *= kMarkRatio;
  }
  windows.push_back(mark_at(last));
  return windows;
}

/// Windows that double; one that would leave no room for the next is stretched to the last mark.
std::vector<WarmUpWindow> plan_stan(std::uint64_t iterations) {
  std::uint64_t first = kFirstStretch;
  std::uint64_t size = kFirstWindow;
  std::uint64_t last = iterations - std::min(kLastStretch, iterations);
  if (first + size > last) {
    first = iterations * 15 / 100;
    last = iterations - iterations / 10;
    size = last - first;
  }
  std::vector<WarmUpWindow> windows{{first, first, false, false}};
  for (std::uint64_t from = first; from < last; size *= 2) {
    const bool next_fits = from + size + 2 * size <= last;
    const std::uint64_t end = next_fits ? from + size : last;
    windows.push_back({end, from, true, false});
    from = end;
  }
  return windows;
}

}  // namespace

std::vector<WarmUpWindow> plan_warm_up(WarmUpScheme scheme, std::uint64_t iterations) {
  if (iterations == 0) return {};
  std::vector<WarmUpWindow> windows;
  if (iterations >= kMetricLeast) {
    windows = scheme == WarmUpScheme::fisher ? plan_fisher(iterations) : plan_stan(iterations);
    windows.back().last_metric = true;
  }
  windows.push_back({iterations, iterations, false, false});
  return windows;
}

}  // namespace dovetail
