#include "dovetail/kernel/exact.hpp"

#include <algorithm>

#include "dovetail/core/error.hpp"
#include "dovetail/kernel/evaluate.hpp"

namespace dovetail {

void ExactKernel::step(ChainState& state, const Density& density, const Tuning&, Rng& rng, Workspace& workspace,
                       KernelRecord& record) const {
  const auto drawn = workspace.row(0, density.path.dimension());
  if (!density.path.draw_exact(density.beta, rng, drawn)) {
    throw UsageError(
        "kernel `exact` was asked for a density that has no exact draws (only some built-in models have "
        "them at every beta); use --kernel auto");
  }
  ++record.evaluations;
  const Potential potential = density.path.evaluate(drawn);
  const auto errors = record.error_events;
  if (detail::log_or_refuse(density, potential, drawn, record) == -kInfinity) {
    if (record.error_events == errors) ++record.stuck;
    return;
  }
  std::copy(drawn.begin(), drawn.end(), state.x.begin());
  state.potential = potential;
  state.has_gradient = false;
}

}  // namespace dovetail
