/// A density of a chosen cost, and what its calls take.
#pragma once
#include <algorithm>
#include <cmath>

#include "dovetail/model/model.hpp"
#include "dovetail/run/pace.hpp"

namespace dovetail::bench {

/// The Gaussian path of one coordinate among `d`, with a density that costs `loops` dependent divisions more.
class CostlyModel final : public Model {
 public:
  explicit CostlyModel(int loops, std::size_t d = 1) : loops_(loops) {
    description_.name = "costly";
    description_.coordinates.resize(d);
    description_.output_names = {"x"};
    description_.parts = description_.prior_draws = description_.exact_draws = true;
  }
  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] LogDensity log_density(Point x) const override {
    double burnt = 1.5;
    for (int i = 0; i < loops_; ++i) burnt = 1.0 + 0.5 / burnt;
    return {-0.5 * x[0] * x[0] - 0.91893853320467274178, -4.5 * x[0] * x[0] + 1e-300 * burnt};
  }
  void draw_prior(Rng& rng, PointOut x) const override { draw_exact(0, rng, x); }
  void draw_exact(double beta, Rng& rng, PointOut x) const override {
    std::fill(x.begin(), x.end(), 0.0);
    x[0] = (rng.uniform() - 0.5) * 3.4641016151377544 / std::sqrt(1 + 9 * beta);  // cheap; its law does not matter here
  }
  void output_values(Point x, Rng&, PointOut values) const override { values[0] = x[0]; }

 private:
  int loops_;
  ModelDescription description_;
};

inline double nanoseconds(const CostlyModel& model) {
  const double x = 0.3;
  double sum = 0;
  const Clock clock;
  constexpr int kCalls = 20000;
  for (int i = 0; i < kCalls; ++i) sum += model.log_density({&x, 1}).likelihood;
  return sum == 0 ? 0 : clock.seconds() / kCalls * 1e9;
}

/// Loops that make a density of about `target` nanoseconds.
inline int calibrate(double target) {
  const double each = nanoseconds(CostlyModel(1000)) / 1000;
  return static_cast<int>(target / each);
}

}  // namespace dovetail::bench
