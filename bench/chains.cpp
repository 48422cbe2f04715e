// Hamiltonian chains beside a gradient of 20 microseconds: what is spent outside the gradient, and what a second thread
// brings.
#include <algorithm>
#include <cmath>
#include <string>

#include "bench/bench.hpp"
#include "dovetail/jobs/sample_job.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::bench {
namespace {

constexpr double kGradientSeconds = 20e-6;

/// A standard normal in d dimensions whose gradient costs `loops` dependent divisions more.
class SpinModel final : public Model {
 public:
  SpinModel(std::size_t d, int loops) : loops_(loops) {
    description_.name = "spin";
    description_.coordinates.resize(d);
    for (std::size_t i = 0; i < d; ++i) description_.output_names.push_back("x" + std::to_string(i));
    description_.parameter_count = d;
    description_.gradient = true;
  }
  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] LogDensity log_density(Point x) const override { return {0, -0.5 * math::sum_of_squares(x)}; }
  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    double burnt = 1.5 + 1e-3 * x[0];  // of the point, so that no compiler takes it out of a loop of calls
    for (int i = 0; i < loops_; ++i) burnt = 1.0 + 0.5 / burnt;
    for (std::size_t i = 0; i < x.size(); ++i) {
      prior[i] = 0;
      likelihood[i] = -x[i];
    }
    return {1e-300 * burnt, -0.5 * math::sum_of_squares(x)};
  }
  void output_values(Point x, Rng&, PointOut values) const override { std::copy(x.begin(), x.end(), values.begin()); }

 private:
  int loops_;
  ModelDescription description_;
};

/// The least seconds of one gradient, over short turns that fit between two interruptions.
double gradient_seconds(const Model& model) {
  std::vector<double> x(model.dimension(), 0.1), prior(x), likelihood(x);
  double best = 1, sum = 0;
  for (int turn = 0; turn < 200; ++turn) {
    const Clock clock;
    constexpr int kCalls = 50;
    for (int i = 0; i < kCalls; ++i) {
      x[0] = -x[0];
      const LogDensity density = model.log_density_gradient(x, prior, likelihood);
      sum += density.prior + density.likelihood;  // both, or what burns time is left out as unused
    }
    best = std::min(best, clock.seconds() / kCalls);
  }
  return sum == 0 ? 0 : best;
}

/// One chain of a job after its warm-up, moved by hand.
struct WarmChain {
  WarmChain(const Model& model, const SampleOptions& options) : job(model, options), shared(job.begin_shared()) {
    chain = job.begin_local(shared, ItemId(0), scratch);
    while (job.in_warm_up(shared)) {
      job.begin_round(shared, ItemId(0), chain, record);
      const std::uint64_t steps = job.steps(shared);
      for (std::uint64_t t = 0; t < steps; ++t) advance(shared.iterations + t);
      shared = job.update(shared, job.report(shared, ItemId(0), chain, record));
    }
    job.begin_round(shared, ItemId(0), chain, record);
  }
  void advance(std::uint64_t t) { job.advance(shared, ItemId(0), chain, record, Step(t), scratch); }

  SampleJob job;
  SampleJob::Scratch scratch;
  SampleShared shared;
  Chain chain;
  ChainRecord record;
};

/// The least seconds per gradient of iterations, draws kept; nothing is spun, so that the rest can be seen.
double iteration_seconds(const Model& model, MetricKind metric) {
  SampleOptions options;
  options.kernel = "nuts";
  options.chains = 1;
  options.metric = metric;
  WarmChain warm(model, options);
  double best = 1;
  std::uint64_t t = *warm.job.options().warmup;
  for (int turn = 0; turn < 400; ++turn) {
    const std::uint64_t before = warm.record.kernel.gradients;
    const Clock clock;
    for (int i = 0; i < 20; ++i) warm.advance(t++);
    best = std::min(best, clock.seconds() / static_cast<double>(warm.record.kernel.gradients - before));
    warm.record.draws.clear();
  }
  return best;
}

void outside(std::size_t d, MetricKind metric) {
  const SpinModel model(d, 0);
  const double rest = iteration_seconds(model, metric) - gradient_seconds(model);
  print_ratio(
      "nuts, d = " + std::to_string(d) + ", " + word(metric) + " metric: percent spent outside a gradient of 20 us",
      100 * rest / kGradientSeconds, metric == MetricKind::dense ? "below 5" : "");
}

}  // namespace

void chains() {
  for (const std::size_t d : {10U, 30U, 106U, 300U}) {
    for (const MetricKind metric : {MetricKind::diagonal, MetricKind::dense}) outside(d, metric);
  }
  const double each = (gradient_seconds(SpinModel(10, 2000)) - gradient_seconds(SpinModel(10, 0))) / 2000;
  const SpinModel model(10, static_cast<int>(kGradientSeconds / each));
  print_ratio("that gradient: measured / asked", gradient_seconds(model) / kGradientSeconds, "");
  SampleOptions options;
  options.kernel = "nuts";
  options.chains = 8;
  options.draws = 300;
  const auto run_with = [&](unsigned threads) {
    return [&, threads] {
      SampleObserver quiet;
      return sample(model, options, {"threads", threads}, quiet).summary.sampling.seconds;
    };
  };
  const auto seconds = medians(5, {run_with(1), run_with(2)});
  print_ratio("nuts, gradient of 20 us, 8 chains: 1 thread / 2 threads (needs two idle cores)", seconds[0] / seconds[1],
              "at least 1.8");
}

}  // namespace dovetail::bench
