// The engine against a hand-written serial loop that does the same kernel and densities and nothing else.
#include <vector>

#include "bench/bench.hpp"
#include "dovetail/adapt/tuning.hpp"
#include "dovetail/kernel/registry.hpp"
#include "dovetail/model/path.hpp"
#include "dovetail/model/registry.hpp"

namespace dovetail::bench {
namespace {

/// Scans `rungs` states with one kernel, as often as `rounds` rounds would. Returns a figure that depends on every
/// step, so that nothing can be left out.
double hand_written_loop(const Model& model, const char* kernel_name, std::uint32_t rungs, std::uint32_t rounds) {
  ModelFaults faults;
  const PriorPath path(model, faults);
  const auto kernel = make_kernel(kernel_name, path.coordinates());
  const Tuning tuning = initial_tuning(path.coordinates());
  Workspace workspace;
  KernelRecord record;
  std::vector<ChainState> states(rungs);
  for (std::uint32_t k = 0; k < rungs; ++k) {
    states[k].x.assign(path.dimension(), 0.1);
    states[k].potential = path.evaluate(states[k].x);
  }
  const std::uint64_t scans = (std::uint64_t{2} << rounds) - 2;
  double total = 0;
  for (std::uint64_t t = 0; t < scans; ++t) {
    for (std::uint32_t k = 0; k < rungs; ++k) {
      Rng rng({1, Purpose::kernel, ItemId(k), Step(t)});
      const double beta = static_cast<double>(k) / (rungs - 1);
      kernel->step(states[k], {path, beta}, tuning, rng, workspace, record);
      total += states[k].potential.energy;
    }
  }
  return total;
}

void compare(const char* spec, const char* kernel, std::uint32_t rounds, const char* goal) {
  const auto model = make_model(spec);
  TemperOptions options;
  options.replicas = 30;
  options.rounds = rounds;
  options.kernel = kernel;
  double sink = 0;
  const auto loop = [&] {
    const Clock clock;
    sink += hand_written_loop(*model, kernel, 30, rounds);
    return clock.seconds();
  };
  // the rounds of a run: all but the diagnostics of the kept draws, which are no part of the loop
  const auto engine = [&](const char* executor) {
    return [&, executor] { return quiet_run(*model, options, {executor, 1}).summary.sampling.seconds; };
  };
  const auto whole = [&] {
    const Clock clock;
    sink += quiet_run(*model, options, {"threads", 1}).summary.sampling.seconds;
    return clock.seconds();
  };
  const auto seconds = medians(9, {loop, engine("threads"), engine("serial"), whole});
  if (sink == 0) print_note("(impossible)");
  const std::string what = std::string(spec) + ", " + kernel + ", 30 rungs: engine / hand-written loop";
  print_ratio(what + ", 1 thread", seconds[1] / seconds[0], goal);
  print_ratio(what + ", serial", seconds[2] / seconds[0], "");
  print_ratio(what + ", with diagnostics", seconds[3] / seconds[0], "");
  const double scans = static_cast<double>((std::uint64_t{2} << rounds) - 2) * 30;
  print_note("    " + std::to_string(seconds[0] / scans * 1e9) + " ns a replica-scan in the loop, " +
             std::to_string((seconds[1] - seconds[0]) / scans * 1e9) + " ns on top in the engine");
}

}  // namespace

void overhead() {
  compare("builtin:mvn,d=100", "exact", 11, "at most 1.15");
  compare("builtin:mvn,d=2", "exact", 11, "");
}

}  // namespace dovetail::bench
