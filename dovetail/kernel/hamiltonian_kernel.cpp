#include "dovetail/kernel/hamiltonian_kernel.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail {
namespace {

constexpr double kFirstAcceptance = 0.8;

}  // namespace

HamiltonianKernel::HamiltonianKernel(double target) : target_(target) {
  if (!(target > 0 && target < 1)) {
    throw UsageError("adapt_delta is not between 0 and 1 (no step size has such an acceptance)");
  }
}

std::optional<double> HamiltonianKernel::move(bool adapting, ChainState& state, const Density& density,
                                              const Tuning& tuning, Rng& rng, Workspace& workspace,
                                              KernelRecord& record) const {
  detail::Hamiltonian hamiltonian(state, density, tuning.metric, workspace, record);
  if (adapting) hamiltonian.begin_adapting();
  if (!hamiltonian.prepare()) return std::nullopt;
  record.last = StepFigures();
  const double statistic = draw(hamiltonian, tuning.step_size, rng, workspace, record);
  ++record.proposals;
  ++record.step_choices;
  ++record.reversible;  // the step is the same forwards and backwards
  record.acceptance_sum += record.last.acceptance;
  record.step_sum += statistic;
  record.divergences += record.last.divergent ? 1 : 0;
  return statistic;
}

double HamiltonianKernel::step_factor(const KernelRecord& record) const {
  const double mean = (record.step_sum + target_) / (static_cast<double>(record.step_choices) + 1);
  return std::sqrt(std::sqrt((1 / target_ - 1) / (1 / mean - 1)));
}

void HamiltonianKernel::step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng,
                             Workspace& workspace, KernelRecord& record) const {
  (void)move(false, state, density, tuning, rng, workspace, record);
}

void HamiltonianKernel::begin_window(ChainState& state, const Density& density, Tuning& tuning, Rng& rng,
                                     Workspace& workspace, KernelRecord& record) const {
  tuning.step_size = find_step_size(state, density, tuning.metric, tuning.step_size, rng, workspace, record);
  restart(tuning.averaging, tuning.step_size);
}

void HamiltonianKernel::adapting_step(ChainState& state, const Density& density, Tuning& tuning, Rng& rng,
                                      Workspace& workspace, KernelRecord& record) const {
  const auto statistic = move(true, state, density, tuning, rng, workspace, record);
  if (statistic) tuning.step_size = observe(tuning.averaging, *statistic, target_);
}

void HamiltonianKernel::end_tuning(Tuning& tuning) const {
  if (tuning.averaging.count > 0) tuning.step_size = settled_step_size(tuning.averaging);
}

double find_step_size(ChainState& state, const Density& density, const Metric& metric, double from, Rng& rng,
                      Workspace& workspace, KernelRecord& record) {
  using Limits = HamiltonianKernel;
  detail::Hamiltonian hamiltonian(state, density, metric, workspace, record);
  if (!hamiltonian.prepare()) return from;
  const std::size_t d = hamiltonian.dimension();
  const std::size_t m = hamiltonian.moving();
  detail::Rows rows(workspace.row(0, 3 * d + 2 * m));
  detail::Candidate end = rows.candidate(d);
  detail::PhasePoint place{end.x, rows.take(m), rows.take(m)};

  const double low = math::log(kFirstAcceptance);
  const auto is_short = [&](double step) {
    hamiltonian.start(place, rng);
    const double before = hamiltonian.joint_at_start(place);
    const double gain = hamiltonian.leapfrog(place, step, end) - before;
    return gain > low && gain < detail::kEnergyErrorMax;  // more than that is no good luck, it is a long step
  };
  double step = std::isfinite(from) && from > 0 ? std::clamp(from, Limits::kStepMin, Limits::kStepMax) : 1;
  const bool grow = is_short(step);
  for (;;) {
    const double next = std::clamp(grow ? 2 * step : 0.5 * step, Limits::kStepMin, Limits::kStepMax);
    if (next == step) return step;
    step = next;
    if (is_short(step) != grow) return step;
  }
}

}  // namespace dovetail
