// Two threads against one, at densities of about 10 us and 1 us, on a machine of its own and beside a foreign process.
#include <cmath>

#include "bench/bench.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::bench {
namespace {

/// The one-dimensional Gaussian path with a density that costs `loops` dependent divisions more.
class CostlyModel final : public Model {
 public:
  explicit CostlyModel(int loops) : loops_(loops) {
    description_.name = "costly";
    description_.coordinates.resize(1);
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
    x[0] = (rng.uniform() - 0.5) * 3.4641016151377544 / std::sqrt(1 + 9 * beta);  // cheap; its law does not matter here
  }
  void output_values(Point x, Rng&, PointOut values) const override { values[0] = x[0]; }

 private:
  int loops_;
  ModelDescription description_;
};

double nanoseconds(const CostlyModel& model) {
  const double x = 0.3;
  double sum = 0;
  const Clock clock;
  constexpr int kCalls = 20000;
  for (int i = 0; i < kCalls; ++i) sum += model.log_density({&x, 1}).likelihood;
  return sum == 0 ? 0 : clock.seconds() / kCalls * 1e9;
}

/// Loops that make a density of about `target` nanoseconds.
int calibrate(double target) {
  const double each = nanoseconds(CostlyModel(1000)) / 1000;
  return static_cast<int>(target / each);
}

void compare(double microseconds, std::uint32_t rounds, const char* goal, const char* foreign_goal) {
  const CostlyModel model(calibrate(1000 * microseconds));
  TemperOptions options;
  options.replicas = 30;
  options.rounds = rounds;
  options.kernel = "exact";
  const auto run_with = [&](unsigned threads) {
    return [&, threads] { return quiet_run(model, options, {"threads", threads}).summary.sampling.seconds; };
  };
  const std::string what = std::to_string(microseconds).substr(0, 4) + " us density, 30 rungs: 1 thread / 2 threads";
  const auto quiet = medians(7, {run_with(1), run_with(2)});
  print_ratio(what, quiet[0] / quiet[1], goal);
  const ForeignLoad load;
  const auto loaded = medians(7, {run_with(1), run_with(2)});
  print_ratio(what + ", foreign load", loaded[0] / loaded[1], foreign_goal);
}

}  // namespace

void scaling() {
  compare(10, 9, "at least 1.8", "at least 0.7");
  compare(1, 12, "at least 1.7", "at least 0.7");
  compare(0.3, 13, "", "");
}

}  // namespace dovetail::bench
