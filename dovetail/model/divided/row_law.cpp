#include "dovetail/model/divided/row_law.hpp"

#include <cmath>

#include "dovetail/math/functions.hpp"

namespace dovetail::divided {
namespace {

constexpr double kHalfLogTwoPi = 0.91893853320467274178;

}  // namespace

void LogSum::settle() {
  sum_ -= math::log(product_);
  product_ = 1;
}

Law::Law(double sd) : sd_(sd), constant_(sd > 0 ? -kHalfLogTwoPi - math::log(sd) : 0) {}

RowLaw Law::at(double y, double predictor) const {
  if (!is_bernoulli()) {
    const double z = (y - predictor) / sd_;
    return {constant_ - 0.5 * z * z, 1, z / sd_, 1 / (sd_ * sd_)};
  }
  const double tail = math::exp(-std::fabs(predictor));
  const double rare = tail / (1 + tail);  // probability of the unlikelier outcome
  const double p = predictor > 0 ? 1 - rare : rare;
  const double miss = (predictor > 0) == (y > 0) ? 0 : std::fabs(predictor);
  return {-miss, 1 + tail, y > 0 ? (predictor > 0 ? rare : 1 - rare) : -p, rare * (1 - rare)};
}

Law::Higher Law::higher(double predictor) const {
  if (!is_bernoulli()) return {0, 0};
  const double tail = math::exp(-std::fabs(predictor));
  const double rare = tail / (1 + tail);
  const double curvature = rare * (1 - rare);
  return {curvature * (1 - 2 * rare) * (predictor > 0 ? -1 : 1), curvature * (1 - 6 * curvature)};
}

Law::Pull Law::pull(double sum, std::size_t n) const {
  const auto count = static_cast<double>(n);
  if (!is_bernoulli()) return {sum / count, count / (sd_ * sd_)};
  const double p = (sum + 0.5) / (count + 1);  // half an outcome of each kind, so that all alike have a centre
  return {math::log(p / (1 - p)), count * p * (1 - p)};
}

}  // namespace dovetail::divided
