#include "dovetail/kernel/compose.hpp"

#include <cmath>
#include <utility>

#include "dovetail/core/error.hpp"

namespace dovetail {
namespace {

/// What parts need together; coordinates stay where they are only when no part moves them.
KernelNeeds needs_of(const std::vector<std::unique_ptr<Kernel>>& parts) {
  KernelNeeds needs{.real_only = true};
  for (const auto& part : parts) {
    const KernelNeeds one = part->needs();
    needs.gradient = needs.gradient || one.gradient;
    needs.exact_draws = needs.exact_draws || one.exact_draws;
    needs.moments = needs.moments || one.moments;
    needs.real_only = needs.real_only && one.real_only;
  }
  return needs;
}

}  // namespace

CycleKernel::CycleKernel(std::vector<std::unique_ptr<Kernel>> parts) : parts_(std::move(parts)) {
  DOVETAIL_REQUIRE(!parts_.empty());
}

KernelNeeds CycleKernel::needs() const { return needs_of(parts_); }

void CycleKernel::step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace& workspace,
                       KernelRecord& record) const {
  for (const auto& part : parts_) part->step(state, density, tuning, rng, workspace, record);
}

MixtureKernel::MixtureKernel(std::vector<std::unique_ptr<Kernel>> parts, std::vector<double> weights)
    : parts_(std::move(parts)) {
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

KernelNeeds MixtureKernel::needs() const { return needs_of(parts_); }

void MixtureKernel::step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng,
                         Workspace& workspace, KernelRecord& record) const {
  const double target = rng.uniform() * cumulative_.back();
  std::size_t chosen = 0;
  while (chosen + 1 < parts_.size() && target >= cumulative_[chosen]) ++chosen;
  parts_[chosen]->step(state, density, tuning, rng, workspace, record);
}

}  // namespace dovetail
