// Two threads against one, at densities of about 10 us and 1 us, on a machine of its own and beside a foreign process.
#include "bench/bench.hpp"
#include "bench/costly_model.hpp"

namespace dovetail::bench {
namespace {

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
