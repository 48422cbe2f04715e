// NUTS as it comes against NUTS with Stan's warm-up (both in this program): effective draws per gradient, warm-up
// counted.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "bench/bench.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/registry.hpp"

namespace dovetail::bench {
namespace {

constexpr int kSeeds = 4;

/// Of one configuration, over its seeds: logarithms of geometric means, and the worst that was seen.
struct Figures {
  double log_bulk = 0, log_tail = 0, log_gradients = 0;  ///< least ESS over parameters; gradients of the whole run
  double divergences = 0;                                ///< mean
  double bias = 0;                                       ///< largest |mean - closed form| / MCSE
};

/// |mean - closed form| / MCSE, the largest over parameters whose mean is known; 0 without any.
double largest_bias(const Model& model, const Summary& summary) {
  double largest = 0;
  for (const ClosedForm& form : model.description().closed_forms) {
    for (const ParameterSummary& row : summary.parameters) {
      if (form.quantity != "mean(" + row.name + ")" || !row.mcse_mean) continue;
      largest = std::max(largest, std::fabs(row.mean - form.value) / *row.mcse_mean);
    }
  }
  return largest;
}

Figures measure(const Model& model, WarmUpScheme scheme) {
  Figures all;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    SampleOptions options;
    options.seed = static_cast<std::uint64_t>(seed);
    options.kernel = "nuts";
    options.scheme = scheme;
    SampleObserver quiet;
    const SampleResult result = sample(model, options, {"threads", 0}, quiet);
    double bulk = kInfinity, tail = kInfinity;
    for (const ParameterSummary& row : result.summary.parameters) {
      if (row.name.starts_with("log_")) continue;
      bulk = std::min(bulk, row.ess_bulk.value_or(1));
      tail = std::min(tail, row.ess_tail.value_or(1));
    }
    const SamplingSummary& sampling = result.summary.sampling;
    all.log_bulk += math::log(bulk) / kSeeds;
    all.log_tail += math::log(tail) / kSeeds;
    all.log_gradients += math::log(static_cast<double>(sampling.gradient_evaluations)) / kSeeds;
    all.divergences += static_cast<double>(sampling.divergences) / kSeeds;
    all.bias = std::max(all.bias, largest_bias(model, result.summary));
  }
  return all;
}

void compare(const char* spec, const char* goal) {
  const auto model = make_model(spec);
  const Figures own = measure(*model, WarmUpScheme::fisher);
  const Figures stan = measure(*model, WarmUpScheme::stan);
  const double fewer = stan.log_gradients - own.log_gradients;
  const std::string what = std::string(spec) + ", nuts: least ";
  print_ratio(what + "bulk ESS per gradient / with Stan's warm-up", math::exp(own.log_bulk - stan.log_bulk + fewer),
              goal);
  print_ratio(what + "tail ESS per gradient / with Stan's warm-up", math::exp(own.log_tail - stan.log_tail + fewer),
              goal);
  char text[300];
  std::snprintf(
      text, sizeof text,
      "    gradients %.0f / %.0f; per draw, bulk x %.2f, tail x %.2f; divergences %.1f / %.1f; bias %.1f / %.1f MCSE",
      math::exp(own.log_gradients), math::exp(stan.log_gradients), math::exp(own.log_bulk - stan.log_bulk),
      math::exp(own.log_tail - stan.log_tail), own.divergences, stan.divergences, own.bias, stan.bias);
  print_note(text);
}

}  // namespace

void warm_up() {
  print_note("\n" + std::to_string(kSeeds) + " seeds, 4 chains of 1000 draws; pairs are default / Stan's warm-up");
  compare("builtin:slopes", "at least 5");
  for (const char* spec : {"builtin:logistic", "builtin:eight_schools", "builtin:ark", "builtin:funnel,centred=false",
                           "builtin:rosenbrock", "builtin:mvn,d=100", "builtin:eight_schools,centred=true"}) {
    compare(spec, "at least 1.3");
  }
}

}  // namespace dovetail::bench
