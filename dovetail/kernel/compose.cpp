#include "dovetail/kernel/compose.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dovetail/core/error.hpp"

namespace dovetail {

/// Coordinates stay where they are only when no part moves them; absent ones are left alone when all parts do.
KernelNeeds ComposedKernel::needs() const {
  KernelNeeds needs{.real_only = true, .knows_absence = true};
  for (const auto& part : parts_) {
    const KernelNeeds one = part->needs();
    needs.gradient = needs.gradient || one.gradient;
    needs.exact_draws = needs.exact_draws || one.exact_draws;
    needs.moments = needs.moments || one.moments;
    needs.metric = needs.metric || one.metric;
    needs.step_size = needs.step_size || one.step_size;
    needs.archive = needs.archive || one.archive;
    needs.real_only = needs.real_only && one.real_only;
    needs.knows_absence = needs.knows_absence && one.knows_absence;
    needs.births = needs.births || one.births;
  }
  return needs;
}

Shows ComposedKernel::shows() const {
  Shows most = Shows::nothing;
  for (const auto& part : parts_) most = std::max(most, part->shows());
  return most;
}

std::optional<double> ComposedKernel::target_acceptance() const {
  std::optional<double> target;
  int showing = 0;
  for (const auto& part : parts_) {
    if (part->shows() == Shows::nothing) continue;
    target = part->target_acceptance();
    ++showing;
  }
  return showing == 1 ? target : std::nullopt;
}

double ComposedKernel::step_factor(const KernelRecord& record) const {
  for (const auto& part : parts_) {
    if (part->needs().step_size) return part->step_factor(record);
  }
  return 1;
}

void ComposedKernel::begin_tuning(Tuning& tuning, std::span<const Coordinate> coordinates) const {
  for (const auto& part : parts_) part->begin_tuning(tuning, coordinates);
}

void ComposedKernel::begin_window(ChainState& state, const Density& density, Tuning& tuning, Rng& rng,
                                  Workspace& workspace, KernelRecord& record) const {
  for (const auto& part : parts_) part->begin_window(state, density, tuning, rng, workspace, record);
}

void ComposedKernel::end_tuning(Tuning& tuning) const {
  for (const auto& part : parts_) part->end_tuning(tuning);
}

void ComposedKernel::end_round(Tuning& tuning, const KernelRecord& record) const {
  for (const auto& part : parts_) part->end_round(tuning, record);
}

CycleKernel::CycleKernel(std::vector<std::unique_ptr<Kernel>> parts) : ComposedKernel(std::move(parts)) {
  DOVETAIL_REQUIRE(!parts_.empty());
}

/// Runs all parts, and leaves in record.last the figures of the whole.
template <class Run>
void CycleKernel::run_parts(KernelRecord& record, Run run) const {
  StepFigures whole;
  for (const auto& part : parts_) {
    record.last = {};
    run(*part);
    whole = combine(whole, record.last);
  }
  record.last = whole;
}

void CycleKernel::step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace& workspace,
                       KernelRecord& record) const {
  run_parts(record, [&](const Kernel& part) { part.step(state, density, tuning, rng, workspace, record); });
}

void CycleKernel::adapting_step(ChainState& state, const Density& density, Tuning& tuning, Rng& rng,
                                Workspace& workspace, KernelRecord& record) const {
  run_parts(record, [&](const Kernel& part) { part.adapting_step(state, density, tuning, rng, workspace, record); });
}

MixtureKernel::MixtureKernel(std::vector<std::unique_ptr<Kernel>> parts, const std::vector<double>& weights)
    : ComposedKernel(std::move(parts)) {
  if (parts_.empty() || weights.size() != parts_.size()) {
    throw UsageError("a mixture of kernels needs one weight for each of at least one kernel (their number differs)");
  }
  double sum = 0;
  for (const double weight : weights) {
    if (!(weight >= 0) || !std::isfinite(weight)) {
      throw UsageError("a weight in a mixture of kernels is negative or not finite (it is no probability)");
    }
    sum += weight;
    cumulative_.push_back(sum);
  }
  if (!(sum > 0) || !std::isfinite(sum)) {
    throw UsageError("the weights in a mixture of kernels add up to 0 or overflow (no kernel could be chosen)");
  }
}

void MixtureKernel::step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng,
                         Workspace& workspace, KernelRecord& record) const {
  choose(rng).step(state, density, tuning, rng, workspace, record);
}

void MixtureKernel::adapting_step(ChainState& state, const Density& density, Tuning& tuning, Rng& rng,
                                  Workspace& workspace, KernelRecord& record) const {
  choose(rng).adapting_step(state, density, tuning, rng, workspace, record);
}

const Kernel& MixtureKernel::choose(Rng& rng) const {
  const double target = rng.uniform() * cumulative_.back();
  std::size_t chosen = 0;
  while (chosen + 1 < parts_.size() && target >= cumulative_[chosen]) ++chosen;
  return *parts_[chosen];
}

}  // namespace dovetail
