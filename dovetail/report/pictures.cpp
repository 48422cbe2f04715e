#include "dovetail/report/pictures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<double> sorted_finite(const Chains& chains) {
  std::vector<double> all;
  for (const auto& chain : chains) {
    std::copy_if(chain.begin(), chain.end(), std::back_inserter(all), [](double v) { return std::isfinite(v); });
  }
  std::sort(all.begin(), all.end());
  return all;
}

/// Type 7, as everywhere (docs/diagnostics.md).
double quantile(const std::vector<double>& sorted, double p) {
  const double h = static_cast<double>(sorted.size() - 1) * p;
  const auto k = static_cast<std::size_t>(std::floor(h));
  const double above = sorted[std::min(k + 1, sorted.size() - 1)];
  return sorted[k] + (h - std::floor(h)) * (above - sorted[k]);
}

bool are_whole(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::floor(v) == v; });
}

/// Adds `amount`, spread evenly over (from, to] of (0, size], to bins of equal size.
void spread(std::vector<double>& bins, double from, double to, double size, double amount) {
  const double width = size / static_cast<double>(bins.size());
  const auto first = std::min(bins.size() - 1, static_cast<std::size_t>(from / width));
  for (std::size_t b = first; b < bins.size() && static_cast<double>(b) * width < to; ++b) {
    const double low = std::max(from, static_cast<double>(b) * width);
    const double high = std::min(to, static_cast<double>(b + 1) * width);
    if (high > low) bins[b] += amount * (high - low) / (to - from);
  }
}

/// Where the ranges of a histogram begin, how wide and how many they are.
struct Ranges {
  double low, width;
  std::size_t count;
  bool whole_numbers;
};

Ranges ranges_of(const std::vector<double>& sorted, std::size_t draws_of_a_chain, std::size_t bins_most) {
  const double least = sorted.front();
  const double greatest = sorted.back();
  if (greatest - least < static_cast<double>(bins_most) && are_whole(sorted)) {
    return {least - 0.5, 1, static_cast<std::size_t>(greatest - least) + 1, true};
  }
  double low = quantile(sorted, 0.005);
  double high = quantile(sorted, 0.995);
  const double bulk = high - low;
  if (least >= low - 0.5 * bulk) low = least;  // nothing lies far out: show all
  if (greatest <= high + 0.5 * bulk) high = greatest;
  if (!(high > low)) {  // all but a few draws are equal
    const double half = std::max(std::fabs(low), 1.0) * 1e-3;
    return {low - half, 2 * half / 10, 10, false};
  }
  constexpr std::size_t kBinsLeast = 10;
  const double middle = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  const double width = 2 * middle * math::pow(static_cast<double>(draws_of_a_chain), -1.0 / 3);
  const double wanted = width > 0 ? std::ceil((high - low) / width) : static_cast<double>(bins_most);
  const auto count =
      static_cast<std::size_t>(std::clamp(wanted, static_cast<double>(kBinsLeast), static_cast<double>(bins_most)));
  return {low, (high - low) / static_cast<double>(count), count, false};
}

}  // namespace

std::vector<double> outline(std::span<const double> values, std::size_t points) {
  DOVETAIL_REQUIRE(points >= 2 && points % 2 == 0);
  if (values.size() <= points) return {values.begin(), values.end()};
  std::vector<double> line;
  const std::size_t stretches = points / 2;
  for (std::size_t s = 0; s < stretches; ++s) {
    const std::size_t end = (s + 1) * values.size() / stretches;
    std::size_t least = end, greatest = end;
    for (std::size_t i = s * values.size() / stretches; i < end; ++i) {
      if (!std::isfinite(values[i])) continue;
      if (least == end || values[i] < values[least]) least = i;
      if (greatest == end || values[i] > values[greatest]) greatest = i;
    }
    line.push_back(least == end ? kNaN : values[std::min(least, greatest)]);
    line.push_back(least == end ? kNaN : values[std::max(least, greatest)]);
  }
  return line;
}

std::vector<std::vector<double>> rank_counts(const Chains& chains, std::size_t bins) {
  struct Draw {
    double value;
    std::size_t chain;
  };
  std::vector<Draw> draws;
  for (std::size_t c = 0; c < chains.size(); ++c) {
    for (const double value : chains[c]) {
      if (std::isfinite(value)) draws.push_back({value, c});
    }
  }
  std::sort(draws.begin(), draws.end(), [](const Draw& a, const Draw& b) { return a.value < b.value; });
  std::vector<std::vector<double>> counts(chains.size(), std::vector<double>(bins, 0.0));
  std::vector<std::size_t> of_chain(chains.size());
  for (std::size_t first = 0, end = 0; first < draws.size(); first = end) {
    std::fill(of_chain.begin(), of_chain.end(), std::size_t{0});
    for (end = first; end < draws.size() && draws[end].value == draws[first].value; ++end) ++of_chain[draws[end].chain];
    for (std::size_t c = 0; c < chains.size(); ++c) {
      if (of_chain[c] == 0) continue;
      spread(counts[c], static_cast<double>(first), static_cast<double>(end), static_cast<double>(draws.size()),
             static_cast<double>(of_chain[c]));
    }
  }
  return counts;
}

Histogram histogram(const Chains& chains, std::size_t bins_most) {
  const std::vector<double> sorted = sorted_finite(chains);
  Histogram found;
  found.heights.resize(chains.size());
  if (sorted.empty()) return found;
  const Ranges ranges = ranges_of(sorted, std::max<std::size_t>(1, sorted.size() / chains.size()), bins_most);
  found.low = ranges.low;
  found.width = ranges.width;
  found.whole_numbers = ranges.whole_numbers;
  std::size_t outside = 0;
  const double high = ranges.low + static_cast<double>(ranges.count) * ranges.width;
  for (std::size_t c = 0; c < chains.size(); ++c) {
    std::vector<double>& heights = found.heights[c];
    heights.assign(ranges.count, 0.0);
    std::size_t finite = 0;
    for (const double value : chains[c]) {
      if (!std::isfinite(value)) continue;
      ++finite;
      // The greatest draw may lie above the last range by a rounding error.
      const bool is_last = value >= high && value == sorted.back() && value - high < 0.5 * ranges.width;
      if (value < ranges.low || (value >= high && !is_last)) {
        ++outside;
        continue;
      }
      const auto bin = static_cast<std::size_t>((value - ranges.low) / ranges.width);
      heights[std::min(bin, ranges.count - 1)] += 1;
    }
    for (double& height : heights) height /= std::max(1.0, static_cast<double>(finite)) * ranges.width;
  }
  found.outside = static_cast<double>(outside) / static_cast<double>(sorted.size());
  return found;
}

std::vector<std::size_t> evenly_spaced(std::size_t size, std::size_t count) {
  std::vector<std::size_t> positions;
  const std::size_t kept = std::min(size, count);
  for (std::size_t i = 0; i < kept; ++i) positions.push_back(i * size / kept);
  return positions;
}

}  // namespace dovetail::report
