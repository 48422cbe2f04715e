// Means and variances of sequences in fixed order.
#include "dovetail/diagnose/chains.hpp"

namespace dovetail::diagnose {

BetweenWithin between_within(const Sequences& sequences) {
  DOVETAIL_REQUIRE(sequences.count >= 1 && sequences.length >= 2);
  const auto n = static_cast<double>(sequences.length);
  const auto count = static_cast<double>(sequences.count);
  BetweenWithin result;
  result.means.resize(sequences.count);
  for (std::size_t j = 0; j < sequences.count; ++j) result.means[j] = math::sum(sequences[j]) / n;

  const double within_sum = sum_over_items(sequences.count, [&](std::size_t j) {
    const auto x = sequences[j];
    const double mean = result.means[j];
    return math::sum_lanes(x.size(), [&](std::size_t i) { return (x[i] - mean) * (x[i] - mean); });
  });
  result.within = within_sum / (n - 1) / count;

  if (sequences.count > 1) {
    const double grand = sum_over_items(sequences.count, [&](std::size_t j) { return result.means[j]; }) / count;
    const double squares = sum_over_items(
        sequences.count, [&](std::size_t j) { return (result.means[j] - grand) * (result.means[j] - grand); });
    result.between = squares / (count - 1);
  }
  result.variance_plus = (n - 1) / n * result.within + result.between;
  return result;
}

}  // namespace dovetail::diagnose
