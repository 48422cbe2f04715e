// The running sums of a rung's record; the inner loop of a scan outside the kernel.
#include "dovetail/tempering/pair_statistics.hpp"

#include <bit>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/tempering/swap.hpp"

namespace dovetail::tempering {

namespace {
constexpr double kInf = std::numeric_limits<double>::infinity();
// exp(2 * 300) times 2^63 scans is still finite, and exp(-2 * 300) still normal
constexpr double kShiftReach = 300;

void rescale(WeightSum& weights, double shift) {
  const double factor = math::exp(weights.shift - shift);
  weights.sum *= factor;
  weights.squares *= factor * factor;
  weights.shift = shift;
}

void add_far_weight(WeightSum& weights, double v, double centre) {
  const bool first = weights.count == weights.zeros;
  if (first || v - weights.shift > kShiftReach) {
    const double shift = std::fabs(v - centre) <= kShiftReach ? centre : v;
    if (first) {
      weights.shift = shift;
    } else {
      rescale(weights, shift);
    }
  }
  const double w = math::exp(v - weights.shift);
  weights.sum += w;
  weights.squares += w * w;
}
}  // namespace

double WeightSum::log_mean() const { return shift + math::log(sum / static_cast<double>(count)); }

double WeightSum::effective_share() const { return sum > 0 ? sum * sum / (static_cast<double>(count) * squares) : 0; }

void WeightSum::merge(const WeightSum& other) {
  if (other.count > other.zeros) {
    WeightSum right = other;
    if (count == zeros) {
      shift = right.shift;
    } else if (shift < right.shift) {
      rescale(*this, right.shift);
    } else if (right.shift < shift) {
      rescale(right, shift);
    }
    sum += right.sum;
    squares += right.squares;
    if (right.largest > largest) largest = right.largest;
  }
  count += other.count;
  zeros += other.zeros;
}

void PairSide::record(double energy, std::size_t batch) {
  const double v = slope * energy;
  if (!(v < kInf)) {
    ++undefined;
    return;
  }
  if (v == -kInf) {
    ++weights.count;
    ++weights.zeros;
    return;
  }
  const double x = v - centre;
  if (weights.shift == centre && x <= kShiftReach && weights.count > weights.zeros) {
    const double w = math::exp(x);  // serves the weight and the logistic term
    weights.sum += w;
    weights.squares += w * w;
    bridge[batch] += w / (1 + w);
  } else {
    add_far_weight(weights, v, centre);
    bridge[batch] += x > 0 ? 1 / (1 + math::exp(-x)) : math::exp(x) / (1 + math::exp(x));
  }
  if (v > weights.largest) weights.largest = v;
  ++weights.count;
}

void PairSide::merge(const PairSide& other) {
  DOVETAIL_REQUIRE(slope == other.slope && centre == other.centre);
  weights.merge(other.weights);
  for (std::size_t b = 0; b < kBatchesMost; ++b) bridge[b] += other.bridge[b];
  undefined += other.undefined;
}

void EnergyMoments::record(double before, double after) {
  if (!std::isfinite(before) || !std::isfinite(after)) return;
  ++count;
  const double inverse = 1 / static_cast<double>(count);
  const double from_before = before - mean_before;
  const double from_after = after - mean_after;
  mean_before += from_before * inverse;
  mean_after += from_after * inverse;
  squares_before += from_before * (before - mean_before);
  squares_after += from_after * (after - mean_after);
  product += from_before * (after - mean_after);
}

void EnergyMoments::merge(const EnergyMoments& other) {
  if (other.count == 0) return;
  if (count == 0) {
    *this = other;
    return;
  }
  const auto n = static_cast<double>(count);
  const auto m = static_cast<double>(other.count);
  const double step_before = other.mean_before - mean_before;
  const double step_after = other.mean_after - mean_after;
  const double share = m / (n + m);
  mean_before += step_before * share;
  mean_after += step_after * share;
  squares_before += other.squares_before + step_before * step_before * n * share;
  squares_after += other.squares_after + step_after * step_after * n * share;
  product += other.product + step_before * step_after * n * share;
  count += other.count;
}

double EnergyMoments::variance() const {
  return count < 2 ? std::numeric_limits<double>::quiet_NaN() : squares_after / static_cast<double>(count - 1);
}

double EnergyMoments::autocorrelation() const {
  const double scale = std::sqrt(squares_before) * std::sqrt(squares_after);
  return scale > 0 ? product / scale : std::numeric_limits<double>::quiet_NaN();
}

void RungStatistics::reset(std::uint64_t scans_of_round, const RungNeighbours& neighbours) {
  DOVETAIL_REQUIRE(std::has_single_bit(scans_of_round));
  *this = RungStatistics{};
  round_scans = scans_of_round;
  up.slope = neighbours.beta_up - neighbours.beta;
  up.centre = neighbours.log_ratio_up;
  down.slope = neighbours.beta_down - neighbours.beta;
  down.centre = -neighbours.log_ratio_down;
  DOVETAIL_REQUIRE(up.slope >= 0 && down.slope <= 0);
}

void RungStatistics::record(double energy_before, double energy_now) {
  DOVETAIL_REQUIRE(scans < round_scans);
  // scan * batches / round_scans without a division
  const auto batch = static_cast<std::size_t>((scans * batches_of(round_scans)) >> std::countr_zero(round_scans));
  ++scans;
  if (up.exists()) up.record(energy_now, batch);
  if (down.exists()) down.record(energy_now, batch);
  energy.record(energy_before, energy_now);
}

void RungStatistics::record_swap(double energy_here, double energy_up) {
  const double log_ratio = log_swap_ratio(0, energy_here, up.slope, energy_up);
  ++acceptance_count;
  if (std::isnan(log_ratio)) ++undefined_swaps;
  acceptance_sum += acceptance_probability(log_ratio);
}

void RungStatistics::merge(const RungStatistics& other) {
  DOVETAIL_REQUIRE(round_scans == other.round_scans);
  scans += other.scans;
  up.merge(other.up);
  down.merge(other.down);
  acceptance_sum += other.acceptance_sum;
  acceptance_count += other.acceptance_count;
  undefined_swaps += other.undefined_swaps;
  energy.merge(other.energy);
}

double RungStatistics::rejection() const {
  if (acceptance_count == 0) return std::numeric_limits<double>::quiet_NaN();
  return 1 - acceptance_sum / static_cast<double>(acceptance_count);
}

}  // namespace dovetail::tempering
