/// Streaming means and variances that merge in a fixed tree.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dovetail {

/// Mean and centred second moments of d-vectors (Welford 1962; merge by Chan, Golub and LeVeque 1983).
///
/// Add in one order and merge in one tree for the same bits. Merging with empty moments gives the other side unchanged.
/// Pure; O(d) per draw, O(d^2) with covariance; allocates at the first draw alone.
class Moments {
 public:
  enum class Shape : std::uint8_t { diagonal, dense };

  explicit Moments(Shape shape = Shape::diagonal) : shape_(shape) {}

  /// `x`: d values, the same d at every call.
  void add(std::span<const double> x);
  /// Takes in what `other`, of the same shape, has seen.
  void merge(const Moments& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::size_t dimension() const { return mean_.size(); }
  [[nodiscard]] std::span<const double> mean() const { return mean_; }
  /// Unbiased variance of coordinate i; 0 below two draws.
  [[nodiscard]] double variance(std::size_t i) const;
  /// Unbiased covariance of coordinates i and j; dense shape only.
  [[nodiscard]] double covariance(std::size_t i, std::size_t j) const;

  /// Whether these can be diagonal moments of `count` draws of d values.
  [[nodiscard]] bool fits(std::size_t d, std::uint64_t count) const {
    const std::size_t size = count == 0 ? 0 : d;
    return shape_ == Shape::diagonal && count_ == count && mean_.size() == size && square_.size() == size &&
           product_.empty();
  }

  template <class Archive>
  void describe(Archive& archive) {
    archive(shape_);
    archive(count_);
    archive(mean_);
    archive(square_);
    archive(product_);
  }

 private:
  void start(std::size_t d);

  Shape shape_;
  std::uint64_t count_ = 0;
  std::vector<double> mean_;     ///< d
  std::vector<double> square_;   ///< d: sum of squared deviations
  std::vector<double> product_;  ///< dense: sums of products of deviations, row i > column j at i (i-1) / 2 + j
};

}  // namespace dovetail
