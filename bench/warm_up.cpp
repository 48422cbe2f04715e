// NUTS as it comes against NUTS with Stan's warm-up (both in this program): effective draws per gradient, warm-up
// counted.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/bench.hpp"
#include "bench/log_ratios.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/registry.hpp"

namespace dovetail::bench {
namespace {

/// Of one configuration: logarithms of each seed's figures, and the worst that was seen.
struct Figures {
  std::vector<double> log_bulk, log_tail, log_gradients;  ///< least ESS over parameters; gradients of the whole run
  double divergences = 0;                                 ///< mean
  double bias = 0;                                        ///< largest |mean - closed form| / MCSE
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

Figures measure(const Model& model, WarmUpScheme scheme, unsigned seeds) {
  Figures all;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    SampleOptions options;
    options.seed = seed;
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
    all.log_bulk.push_back(math::log(bulk));
    all.log_tail.push_back(math::log(tail));
    all.log_gradients.push_back(math::log(static_cast<double>(sampling.gradient_evaluations)));
    all.divergences += static_cast<double>(sampling.divergences) / seeds;
    all.bias = std::max(all.bias, largest_bias(model, result.summary));
  }
  return all;
}

void compare(const char* spec, const char* goal, unsigned seeds) {
  const auto model = make_model(spec);
  const Figures own = measure(*model, WarmUpScheme::fisher, seeds);
  const Figures stan = measure(*model, WarmUpScheme::stan, seeds);
  const auto per_gradient = [](const std::vector<double>& ess, const Figures& f) {
    return minus(ess, f.log_gradients);
  };
  const Ratio bulk = ratio(per_gradient(own.log_bulk, own), per_gradient(stan.log_bulk, stan));
  const Ratio tail = ratio(per_gradient(own.log_tail, own), per_gradient(stan.log_tail, stan));
  const std::string what = std::string(spec) + ", nuts: least ";
  print_ratio(what + "bulk ESS per gradient / with Stan's warm-up", bulk.value, goal);
  print_ratio(what + "tail ESS per gradient / with Stan's warm-up", tail.value, goal);
  char text[300];
  std::snprintf(text, sizeof text,
                "    %u seeds, errors %.0f and %.0f %%; gradients %.0f / %.0f; per draw, bulk x %.2f, tail x %.2f; "
                "divergences %.1f / %.1f; bias %.1f / %.1f MCSE",
                seeds, 100 * bulk.error, 100 * tail.error, geometric_mean(own.log_gradients),
                geometric_mean(stan.log_gradients), ratio(own.log_bulk, stan.log_bulk).value,
                ratio(own.log_tail, stan.log_tail).value, own.divergences, stan.divergences, own.bias, stan.bias);
  print_note(text);
}

}  // namespace

void warm_up() {
  print_note("\n4 chains of 1000 draws; pairs are default / Stan's warm-up");
  compare("builtin:slopes", "at least 5", 4);
  for (const char* spec : {"builtin:logistic", "builtin:ark", "builtin:funnel,centred=false", "builtin:rosenbrock",
                           "builtin:mvn,d=100", "builtin:eight_schools,centred=true"}) {
    compare(spec, "at least 1.3", 4);
  }
  compare("builtin:eight_schools", "at least 1.3", 32);  // a figure of 4 seeds is uncertain by some 12 %
}

}  // namespace dovetail::bench
