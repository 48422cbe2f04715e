// Metropolis-Hastings where the density costs next to nothing: all of it is the kernel, the streams and the loop.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>
#include <utility>

#include "bench/bench.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/model/registry.hpp"

namespace dovetail::bench {
namespace {

/// The best of some short runs: chain-steps per second of processor time, warm-up, output and diagnostics included.
double best_rate(const Model& model, std::uint64_t thin) {
  SampleOptions options;
  options.kernel = "mh";
  options.chains = 4;
  options.warmup = 1000;
  options.thin = thin;
  options.draws = 200000 / thin;
  SampleObserver quiet;
  double best = 0;
  for (int repeat = 0; repeat < 15; ++repeat) {
    const std::clock_t start = std::clock();
    (void)sample(model, options, {"serial", 1}, quiet);
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    best = std::max(best, static_cast<double>(options.chains * (*options.warmup + options.draws * thin)) / seconds);
  }
  return best;
}

/// Both rates of emcee_speed.py; zeros where it cannot run.
std::pair<double, double> emcee_rates() {
  const std::string command = "/usr/bin/python3 " DOVETAIL_BENCH_FOLDER "/emcee_speed.py 2>/dev/null";
  std::pair<double, double> rates{0, 0};
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return rates;
  if (std::fscanf(pipe, "%lf %lf", &rates.first, &rates.second) != 2) rates = {0, 0};
  pclose(pipe);
  return rates;
}

}  // namespace

void metropolis() {
  const auto model = make_model("builtin:mvn,d=2");
  const double thinned = best_rate(*model, 100);
  const std::string what = "builtin:mvn,d=2, mh (adaptive normal jumps), one core: ";
  print_ratio(what + "million chain-steps/s, thin 100", thinned / 1e6, "at least 5");
  print_ratio(what + "million chain-steps/s, every step kept", best_rate(*model, 1) / 1e6, "");
  const auto [plain, vectorised] = emcee_rates();
  if (plain == 0) {
    print_note("    no comparison with emcee: /usr/bin/python3 cannot import it (Debian: python3-emcee)");
    return;
  }
  print_ratio(what + "steps/s over emcee's walker-steps/s", thinned / plain, "at least 30");
  print_ratio(what + "the same, emcee's density vectorised", thinned / vectorised, "");
}

}  // namespace dovetail::bench
