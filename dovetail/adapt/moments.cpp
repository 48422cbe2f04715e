#include "dovetail/adapt/moments.hpp"

#include <utility>

#include "dovetail/core/error.hpp"

namespace dovetail {

void Moments::start(std::size_t d) {
  mean_.assign(d, 0);
  square_.assign(d, 0);
  if (shape_ == Shape::dense) product_.assign(d * (d - 1) / 2, 0);
}

void Moments::add(std::span<const double> x) {
  if (count_ == 0) start(x.size());
  DOVETAIL_REQUIRE(x.size() == mean_.size());
  ++count_;
  const double weight = 1 / static_cast<double>(count_);
  if (shape_ == Shape::dense) {
    // uses the old means on one side and (1 - weight) for the new ones on the other
    std::size_t at = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double deviation = (x[i] - mean_[i]) * (1 - weight);
      for (std::size_t j = 0; j < i; ++j) product_[at++] += deviation * (x[j] - mean_[j]);
    }
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double deviation = x[i] - mean_[i];
    mean_[i] += deviation * weight;
    square_[i] += deviation * (x[i] - mean_[i]);
  }
}

void Moments::merge(const Moments& other) {
  DOVETAIL_REQUIRE(shape_ == other.shape_);
  if (other.count_ == 0) return;
  if (count_ == 0) {
    *this = other;
    return;
  }
  DOVETAIL_REQUIRE(mean_.size() == other.mean_.size());
  const auto here = static_cast<double>(count_);
  const auto there = static_cast<double>(other.count_);
  const double weight = there / (here + there);
  const double factor = here * weight;
  std::size_t at = 0;
  if (shape_ == Shape::dense) {
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j, ++at) {
        product_[at] += other.product_[at] + (other.mean_[i] - mean_[i]) * (other.mean_[j] - mean_[j]) * factor;
      }
    }
  }
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    const double shift = other.mean_[i] - mean_[i];
    square_[i] += other.square_[i] + shift * shift * factor;
    mean_[i] += shift * weight;
  }
  count_ += other.count_;
}

double Moments::variance(std::size_t i) const { return count_ < 2 ? 0 : square_[i] / static_cast<double>(count_ - 1); }

double Moments::covariance(std::size_t i, std::size_t j) const {
  DOVETAIL_REQUIRE(shape_ == Shape::dense);
  if (i == j) return variance(i);
  if (i < j) std::swap(i, j);
  return count_ < 2 ? 0 : product_[i * (i - 1) / 2 + j] / static_cast<double>(count_ - 1);
}

}  // namespace dovetail
