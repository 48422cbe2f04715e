/// Laws of one outcome given its linear predictor, and their logarithm over many rows. Pure; thread safe.
#pragma once
#include <cstddef>

namespace dovetail::divided {

/// Of the law of one outcome given its linear predictor: logarithm, its first derivative and minus its second.
struct RowLaw {
  double log;     ///< but for the logarithm of
  double factor;  ///< 1 to 2, so that many rows cost one logarithm
  double score, curvature;
};

/// The logarithm of many rows' laws.
class LogSum {
 public:
  void add(const RowLaw& law) {
    sum_ += law.log;
    product_ *= law.factor;
    if (product_ > kLarge) settle();
  }
  [[nodiscard]] double value() {
    settle();
    return sum_;
  }

 private:
  static constexpr double kLarge = 1e300;
  void settle();
  double sum_ = 0;
  double product_ = 1;
};

/// Of outcomes: Bernoulli with log odds, or normal with a known sd.
class Law {
 public:
  /// `sd` 0: Bernoulli.
  explicit Law(double sd);
  [[nodiscard]] bool is_bernoulli() const { return sd_ == 0; }
  [[nodiscard]] RowLaw at(double y, double predictor) const;
  /// Minus the third and fourth derivatives of the logarithm; the same for every y.
  struct Higher {
    double third, fourth;
  };
  [[nodiscard]] Higher higher(double predictor) const;
  /// The predictor that `n` outcomes with this sum suggest, and how sharply they do (minus a second derivative).
  struct Pull {
    double centre, kappa;
  };
  [[nodiscard]] Pull pull(double sum, std::size_t n) const;

 private:
  double sd_;
  double constant_;
};

}  // namespace dovetail::divided
