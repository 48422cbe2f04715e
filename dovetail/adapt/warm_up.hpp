/// When warm-up of Hamiltonian chains estimates a metric, and from which draws: a plan made before the first step.
///
/// It depends on the number of iterations alone, so every chain, wherever it runs, follows the same one. Rules, sources
/// and figures: docs/maths/warm-up.md section 1. Pure.
#pragma once
#include <cstdint>
#include <vector>

namespace dovetail {

enum class WarmUpScheme : std::uint8_t {
  fisher,  ///< marks that grow by half, each looking back over half of what was run; for metrics from gradients
  stan,    ///< 75 steps, windows of 25, 50, 100, ... without overlap, 50 steps (Stan Reference Manual)
};

/// Iterations up to `end` that share one metric. With a new metric the search for a step size begins anew; at an `end`
/// without one (after Stan's first 75) it goes on undisturbed.
struct WarmUpWindow {
  std::uint64_t end;    ///< one past its last iteration, counted from 0
  std::uint64_t from;   ///< the new metric is estimated from draws from <= i < end; without one, from = end
  bool updates_metric;  ///< a new metric is estimated at `end`
  bool last_metric;     ///< it is the one to sample with
};

/// The windows of a warm-up, ends increasing, the last end = `iterations`; none for 0 iterations.
/// The last window never updates the metric: there the step size settles. Below 20 iterations it is the only one.
[[nodiscard]] std::vector<WarmUpWindow> plan_warm_up(WarmUpScheme scheme, std::uint64_t iterations);

}  // namespace dovetail
